"""How a fault test looks at a call while it goes on, and at what it left behind."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.request import urlopen

from ivr.records.exchange.lines import to_line
from ivr.records.store import Store
from ivr.telephony.events.cel import CelRow, by_call, parse
from tests.rig import timeline
from tests.rig.agents import Manner as Manner
from tests.rig.calls import Call
from tests.rig.heard import MUSIC as MUSIC
from tests.rig.heard import Heard
from tests.rig.hotline import Hotline, until
from tests.rig.process import Sipp
from tests.rig.speech import longest_wait
from tests.rig.steps import parse as steps_of

Record = Mapping[str, Any]
#: The agent's number, said over the music: by its beginning, its digits, or its end, whichever stands out of the music.
AGENT = ("agent_number", "(piece)", "agent_service")
#: A caller may sit in silence for so long, whatever fails (requirements 2.3).
SILENCE_S = 2.0


@dataclass(frozen=True, slots=True)
class Story:
    """One call that is over: its packets, what was heard, the agents' calls, and who called."""

    number: str
    call: Call
    heard: Sequence[Heard]
    agents: Mapping[str, Call]

    @property
    def prompts(self) -> list[str]:
        """Everything heard, in order; music and unknown sound among it."""
        return [one.prompt for one in timeline.sentences(self.heard)]

    @property
    def ended(self) -> float:
        """When the call was over, epoch seconds; a capture of many calls may have lost the BYE itself."""
        return self.call.t_ended or self.call.heard[-1].t

    def silence(self) -> float:
        """The longest stretch without sound between answer and end, seconds."""
        assert self.call.t_answered is not None, self.text()
        return longest_wait(self.call, self.call.t_answered, self.ended).seconds

    def began(self, prompt: str) -> float:
        """When a prompt began to be heard for the first time, epoch seconds."""
        return next(one.t_start for one in self.heard if one.is_(prompt))

    def text(self, record: Record | None = None) -> str:
        """The time line, for whoever reads a failure."""
        return timeline.as_text(timeline.entries(self.call, self.heard, self.agents), record)


def dial(
    line: Hotline,
    folder: Path,
    *steps: str,
    agents: Mapping[str, Manner] | None = None,
    meanwhile: Callable[[str], None] | None = None,
    dialled: str = "95000",
) -> Story:
    """Place a call and do `meanwhile` (given the caller's number) while it goes on."""
    number = line.next_number()

    def act(_process: Sipp) -> None:
        if meanwhile is not None:
            meanwhile(number)

    call, legs = line.place(
        folder, steps_of(("dial", *steps)), number=number, dialled=dialled, agents=agents, meanwhile=act
    )
    return Story(number, call, line.listener().listen(call.heard), legs)


# ---- while it goes on


def facts(line: Hotline, number: str) -> list[dict[str, Any]]:
    """What the journal holds of this caller's call now."""
    lines: list[dict[str, Any]] = []
    for file in sorted((line.state / "journal").glob("journal-*.jsonl")):
        lines += [json.loads(one) for one in _read(file).splitlines() if one.endswith("}")]
    ours = {one["call_id"] for one in lines if one.get("caller_number") == f"+86{number}"}
    return [one for one in lines if one["call_id"] in ours]


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except FileNotFoundError:
        return ""


def wait_fact(line: Hotline, number: str, name: str, seconds: float = 30, **values: object) -> dict[str, Any]:
    """Until a fact with these values stands in the journal."""

    def look() -> dict[str, Any] | None:
        told = facts(line, number)
        return next((one for one in told if one.get("fact") == name and values.items() <= one.items()), None)

    return until(f"the fact {name} {values}", look, seconds)


def wait_prompt(line: Hotline, number: str, prompt: str, seconds: float = 30) -> dict[str, Any]:
    """Until this prompt has begun to be spoken to the caller."""
    return wait_fact(line, number, "PromptSpoken", seconds, prompt=prompt)


def cel(line: Hotline, number: str) -> list[CelRow]:
    """What Asterisk itself has written of this caller's calls."""
    text = _read(line.state / "asterisk" / "log" / "cel-custom" / "ivr.csv")
    stories = by_call(parse(text.splitlines()).rows)
    return [row for rows in stories.values() if any(one.number == number for one in rows) for row in rows]


def wait_cel(line: Hotline, number: str, event: str, seconds: float = 30, **values: object) -> CelRow:
    """Until Asterisk has written such a row of this caller's call."""

    def look() -> CelRow | None:
        for row in cel(line, number):
            if row.event == event and all(getattr(row, name) == value for name, value in values.items()):
                return row
        return None

    return until(f"CEL {event} {values}", look, seconds)


def wait_over(line: Hotline, number: str, seconds: float = 60) -> CelRow:
    """Until Asterisk has written that this caller's channel is gone."""

    def look() -> CelRow | None:
        ours = [row for row in cel(line, number) if row.channel.startswith("PJSIP/trunk") and row.event == "HANGUP"]
        return next((row for row in ours if row.uniqueid == row.linkedid), None)

    return until(f"the end of the call of {number}", look, seconds)


def metric(line: Hotline, name: str) -> float | None:
    """A figure of the live endpoint."""
    with urlopen(f"http://{line.address}:9464/metrics", timeout=5) as answer:
        for row in answer.read().decode().splitlines():
            if row.startswith(f"{name} "):
                return float(row.split()[1])
    return None


# ---- what it left


def records(line: Hotline, number: str | None = None) -> list[Record]:
    """Every record of this caller, or of everybody."""
    store = Store(line.environ["IVR_DATABASE_URL"])
    try:
        found = store.list(caller_number=None if number is None else f"+86{number}", limit=None)
    finally:
        store.close()
    return [json.loads(to_line(one)) for one in found]


def only_record(line: Hotline, number: str, seconds: float = 15) -> Record:
    """The one record of this caller's only call, once it is in the store."""
    until(f"a record of {number}", lambda: bool(records(line, number)), seconds)
    found = records(line, number)
    assert len(found) == 1, found
    return found[0]


def log_since(line: Hotline, size: int) -> str:
    """What the application has written to its log after the first `size` bytes."""
    with line.log.open("rb") as file:
        file.seek(size)
        return file.read().decode("utf-8", "replace")


def log_size(line: Hotline) -> int:
    """How long the application's log is."""
    return line.log.stat().st_size


def wait_log(line: Hotline, words: str, since: int, seconds: float = 30) -> str:
    """Until the log says so; the whole of what it says."""
    until(f"{words!r} in the log", lambda: words in log_since(line, since), seconds)
    return log_since(line, since)


def assert_in_order(story: Story, *prompts: str | tuple[str, ...]) -> None:
    """These (or one of several) were heard in this order, whatever else was."""
    rest = iter(story.prompts)
    for prompt in prompts:
        wanted = (prompt,) if isinstance(prompt, str) else prompt
        assert any(one in wanted for one in rest), f"{prompt} was not heard in its place\n{story.text()}"


def assert_never_left_alone(story: Story, most: float = SILENCE_S) -> None:
    """The caller was never in silence for longer than `most` seconds."""
    assert story.silence() <= most, f"silence of {story.silence():.2f} s\n{story.text()}"


def asterisk_pid(line: Hotline) -> int:
    """The process id of this hotline's own Asterisk, in a container or a chroot alike."""
    conf = f"{line.state}/asterisk/etc/asterisk.conf"
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit() and conf in _read_bytes(folder / "cmdline").decode("utf-8", "replace").split("\0"):
            return int(folder.name)
    raise AssertionError(f"no Asterisk runs on {conf}")


def _read_bytes(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError:
        return b""


def signal_asterisk(line: Hotline, number: signal.Signals) -> None:
    """SIGSTOP, SIGCONT, SIGKILL… to this hotline's own Asterisk."""
    os.kill(asterisk_pid(line), number)
