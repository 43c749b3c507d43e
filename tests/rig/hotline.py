"""A whole hotline of its own for tests and the demo: Asterisk (container or chroot) and `ivr serve`, on a loopback
address nobody else uses, in a state folder of its own. Everything started here is ended here, by id."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from ivr.flow.loader import load as load_flows
from ivr.flow.loader import require
from ivr.records.exchange.lines import to_line
from ivr.records.model import Call as Record
from ivr.records.store import Store
from ivr.speech.prompts.catalogue import Catalogue
from ivr.speech.voices.registry import named
from tests.rig import sipp
from tests.rig.addresses import own_address
from tests.rig.agents import Manner
from tests.rig.calls import Call, calls
from tests.rig.capture import capture
from tests.rig.errors import CallFailed, RigError
from tests.rig.g711 import Samples
from tests.rig.heard import Heard, SpeechListener
from tests.rig.ports import take
from tests.rig.process import Sipp
from tests.rig.scenario import Scenario, write_flows
from tests.rig.sound import Clip, read_wav
from tests.rig.steps import Step, parse
from tests.rig.verdict import Evidence
from tests.rig.waited import waiting

TOP = Path(__file__).parents[2]
SCRIPT = TOP / "asterisk-conf" / "asterisk.sh"
#: Laid over the shipped flows in every test: the bank is open, whatever the time is.
OPEN = {"hours.yaml": {"calendars": {"service": {"weekly": {"mon-fri": ["00:00-24:00"], "sat-sun": ["00:00-24:00"]},
                                                "holidays": None, "workdays": None}}}}  # fmt: skip
T = TypeVar("T")
#: Niceness is a thread's own on Linux (0: the calling one).
_listener = ThreadPoolExecutor(1, "listener", lambda: os.setpriority(os.PRIO_PROCESS, 0, 15))


def until(what: str, look: Callable[[], T | None], seconds: float = 20.0) -> T:
    """Wait for a condition: the first value of `look` that is neither None nor False. Raises RigError."""
    end = time.monotonic() + seconds
    with waiting("for conditions"):
        while True:
            value = look()
            if value is not None and value is not False:
                return value
            if time.monotonic() > end:
                raise RigError(f"waited {seconds:g} s in vain for {what}")
            time.sleep(0.05)


@dataclass(slots=True)
class Hotline:
    """One running hotline. `number` counts the callers given out, so that records can be told apart."""

    address: str
    state: Path
    flows: Path
    environ: Mapping[str, str]
    app: subprocess.Popen[bytes] | None = None
    #: What is run as `ivr`; a test may have its own.
    module: str = "ivr.cli"
    _listeners: dict[str, SpeechListener] = field(default_factory=dict)
    _number: int = 0

    # ---- the application

    def start_app(self) -> None:
        """Start `ivr serve` and wait until it serves."""
        log = self.log.open("ab")
        size = self.log.stat().st_size
        with log:
            self.app = subprocess.Popen(
                [sys.executable, "-m", self.module, "serve"], cwd=TOP, env=dict(self.environ), stdout=log, stderr=log
            )
        until("the application", lambda: self._serves(size), 90)

    def kill_app(self) -> None:
        """SIGKILL, as a crash."""
        assert self.app is not None
        self.app.kill()
        self.app.wait(10)
        self.app = None

    def stop_app(self, patience: float = 30.0) -> int:
        """SIGTERM, and wait for the drained exit; the exit code."""
        assert self.app is not None
        self.app.terminate()
        code = self.app.wait(patience)
        self.app = None
        return code

    def signal_app(self, number: signal.Signals) -> None:
        """SIGSTOP, SIGCONT…"""
        assert self.app is not None
        self.app.send_signal(number)

    @property
    def log(self) -> Path:
        """What the application wrote."""
        return self.state / "ivr.log"

    def wait_linked(self) -> None:
        """Until the application has its manager link."""
        until("the AMI link", lambda: "AMI link up" in self.log.read_text(encoding="utf-8"), 30)

    def _said(self, words: str, since: int) -> bool:
        with self.log.open("rb") as file:
            file.seek(since)
            return words.encode() in file.read()

    def _serves(self, since: int) -> bool:
        if self.app is not None and self.app.poll() is not None:
            raise RigError(f"the application ended:\n{self.log.read_text(encoding='utf-8')[-2000:]}")
        return self._said("serves revision", since)

    # ---- Asterisk

    @property
    def name(self) -> str:
        """The container's name."""
        return f"ivr-{self.state.name}"

    def script(self, *words: str, within: float = 300) -> str:
        """Run asterisk.sh. Raises RigError with what it wrote."""
        done = subprocess.run(
            ["bash", str(SCRIPT), *words], capture_output=True, text=True, timeout=within, check=False
        )
        if done.returncode:
            raise RigError(f"asterisk.sh {words[0]}: {done.stdout}{done.stderr}")
        return done.stdout

    def kill_asterisk(self) -> None:
        """SIGKILL, as a crash; `start_asterisk` starts it again."""
        found = subprocess.run(["docker", "kill", self.name], capture_output=True, check=False)
        if found.returncode:  # no container: the same in a chroot
            os.kill(int((self.state / "asterisk" / "run" / "asterisk.pid").read_text()), signal.SIGKILL)

    def start_asterisk(self) -> None:
        """Start it; one that runs goes on."""
        self.script("up", self.name, str(self.state / "asterisk"), self.environ["IVR_PROMPTS"])

    def console(self, command: str) -> str:
        """A console command's answer."""
        return self.script("rx", str(self.state / "asterisk"), self.name, command)

    # ---- flow

    def serve_flows(self, scenario: Scenario | None) -> None:
        """Serve the shipped flows, open all day, with the scenario's changes; wait until new calls hear them. A test
        that left a broken folder behind harms no other."""
        left = load_flows(self.flows).flow
        before = None if left is None else left.revision.id
        lay_flows(self.flows, scenario)
        revision = require(self.flows).revision.id
        if revision != before:
            self.wait_revision(revision)

    def wait_revision(self, revision: str) -> None:
        """Until new calls are served with this revision."""
        words = f"revision {revision} ("
        first = f"serves revision {revision}"

        def served() -> bool:
            lines = [line for line in self.log.read_text(encoding="utf-8").splitlines() if "serves" in line]
            return bool(lines) and (words in lines[-1] or first in lines[-1])

        until(f"revision {revision}", served, 20)

    def listener(self) -> SpeechListener:
        """Knows every recording of the flow that is served now, and the hold music."""
        flow = require(self.flows)
        if flow.revision.id not in self._listeners:
            catalogue = Catalogue(flow, Path(self.environ["IVR_PROMPTS"]), named("pyttsx3"))
            self._listeners[flow.revision.id] = SpeechListener(list(_clips(catalogue)), _music(self))
        return self._listeners[flow.revision.id]

    def listen(self, call: Call) -> list[Heard]:
        """What the caller heard. Worked out with low priority, lest it hold up the calls of other tests."""
        with waiting("to know what was heard"):
            return _listener.submit(self.listener().listen, call.heard).result()

    # ---- calls

    def next_number(self) -> str:
        """A caller's number that no other call of this hotline has."""
        self._number += 1
        return f"139{os.getpid() % 10000:04d}{self._number:04d}"

    def setup(self, limit_s: float = 120) -> sipp.Setup:
        """How telephones reach this hotline."""
        return sipp.Setup(target=(self.address, 5060), limit_s=limit_s)

    def password(self, agent: str) -> str:
        """An agent's SIP password."""
        return str(json.loads((self.state / "secrets.json").read_text())["agents"][agent])

    def record(self, number: str | None, seconds: float = 10.0, *, since: int | None = None) -> dict[str, object]:
        """The record of this caller's last call (of those offered at or after `since`, epoch milliseconds), once it
        is in the store, as plain data. `number` is Chinese without its +; None: the last call with a withheld one."""
        wanted = number if number is None or number.startswith("+") else f"+86{number}"

        def look() -> Record | None:
            found = store.list(since=since, caller_number=wanted, limit=50)
            return next((one for one in found if one.caller_number == wanted), None)

        store = Store(self.environ["IVR_DATABASE_URL"])
        try:
            return dict(json.loads(to_line(until(f"the record of {number}", look, seconds))))
        except RigError as wrong:
            raise RigError(f"{wrong}; the application says:\n{self.log.read_text(encoding='utf-8')[-3000:]}") from wrong
        finally:
            store.close()

    def place(
        self,
        folder: Path,
        steps: Sequence[Step],
        *,
        number: str | None = None,
        dialled: str = "95000",
        agents: Mapping[str, Manner] | None = None,
        own: Path | None = None,
        limit_s: float = 120,
        busy: str | None = None,
        meanwhile: Callable[[Sipp], None] | None = None,
    ) -> tuple[Call, dict[str, Call]]:
        """Place one call with these agents signed in; what was on the wire of the caller and of each agent (its last
        call). `busy`: this agent talks to another customer when the call begins."""
        if agents:
            self._rested()
        setup = self.setup(limit_s)
        pcap = folder / "call.pcap"
        folder.mkdir(parents=True, exist_ok=True)
        with contextlib.ExitStack() as stack:
            mine = stack.enter_context(take(setup.address))
            theirs = {agent: stack.enter_context(take(setup.address)) for agent in agents or {}}
            stack.enter_context(capture(pcap, [mine, *theirs.values()]))
            for agent, manner in (agents or {}).items():
                stack.enter_context(
                    sipp.agent(
                        folder, agent, password=self.password(agent), manner=manner, ports=theirs[agent], setup=setup
                    )
                )
            if busy is not None:
                stack.enter_context(self._another_customer(folder / "other", busy))
            process = stack.enter_context(
                sipp.caller(
                    folder,
                    steps,
                    number=number,
                    dialled=dialled,
                    ports=mine,
                    setup=setup,
                    own=own,
                    lasts_ms=self.listener().lasts_ms(),
                )
            )
            if meanwhile is not None:
                meanwhile(process)
            process.wait()
        found = calls(pcap)
        caller = next((call for call in found if _from_port(call, mine.sip)), None)
        if caller is None:
            raise CallFailed(f"{pcap}: no INVITE of the caller was captured")
        legs = {agent: call for agent in theirs for call in found if call is not caller and _to_agent(call, agent)}
        return caller, legs

    def _rested(self) -> None:
        """No agent is still at the notes of an earlier test's call: Asterisk forgets when each of them last talked, and
        that they are paused for it. Else this call would wait for one of them, or another would answer it. Calls that
        go on are left alone."""
        if "0 active channels" not in self.console("core show channels count"):
            return
        self.console("queue reset stats")
        paused = re.findall(r"(Local/\S+).*\(paused", self.console("queue show"))
        for member in sorted(set(paused)):
            self.console(f"queue unpause member {member}")

    @contextlib.contextmanager
    def _another_customer(self, folder: Path, agent: str) -> Iterator[None]:
        steps = parse(["dial", "wait 1s", "press 0", "wait for bye 90s"])
        with sipp.caller(folder, steps, number=self.next_number(), setup=self.setup()) as process:
            talking = f"PJSIP/{agent}-"
            until(f"agent {agent} to talk", lambda: _up(self.console("core show channels concise"), talking), 30)
            yield
            process.wait()

    def run(self, scenario: Scenario, folder: Path, number: str | None) -> Evidence:
        """Serve the scenario's flow, place its call, and gather what it left."""
        self.serve_flows(scenario)
        call, legs = self.place(
            folder,
            scenario.steps,
            number=number,
            dialled=scenario.dialled,
            agents=scenario.agents,
            own=scenario.own,
            limit_s=scenario.limit_ms / 1000,
        )
        refused = call.status is not None and call.status >= 300
        record = None if refused else self.record(number, since=int(call.t_invite * 1000))
        return Evidence(call, self.listen(call), record, legs)


def _up(channels: str, name: str) -> bool:
    return any(line.startswith(name) and "!Up!" in line for line in channels.splitlines())


def lay_flows(target: Path, scenario: Scenario | None = None) -> None:
    """The shipped flows, open all day and without the survey after an agent, with a scenario's changes, written to
    `target`. Raises FlowError, and leaves `target` as it is, where the changes make no flow."""
    part = target.with_name(target.name + ".new")
    shutil.rmtree(part, ignore_errors=True)
    write_flows(_open_all_day(scenario), TOP / "flows", part)
    if "survey" not in str(scenario.flow.get("hotline.yaml", "") if scenario is not None else ""):
        hotline_file = part / "hotline.yaml"
        text = hotline_file.read_text(encoding="utf-8")
        hotline_file.write_text(text.replace("after_agent: true", "after_agent: false"), encoding="utf-8")
    target.mkdir(exist_ok=True)
    require(part)
    for path in part.iterdir():
        path.replace(target / path.name)
    part.rmdir()


def _open_all_day(scenario: Scenario | None) -> Scenario:
    from dataclasses import replace

    from tests.rig.scenario import Expect

    laid = _both(OPEN, scenario.flow if scenario else {})
    if scenario is not None:
        return replace(scenario, flow=laid)
    return Scenario("shipped", TOP, "", (), None, "95000", (), None, laid, {}, Expect(), 0)


def _both(first: Mapping[str, object], second: Mapping[str, object]) -> dict[str, object]:
    """Two changes as one; the second wins. A null stays one, for it removes."""
    out = dict(first)
    for name, change in second.items():
        known = out.get(name)
        both = isinstance(known, Mapping) and isinstance(change, Mapping)
        out[name] = _both(known, change) if both else change  # type: ignore[arg-type]
    return out


def _clips(catalogue: Catalogue) -> Iterator[Clip]:
    for clip in catalogue.clips:
        path = catalogue.path(clip)
        if path is None:
            continue
        name, _, part = clip.id.partition(".")
        if clip.prompt is None:
            name, part = "(piece)", clip.id.removeprefix("pieces/")
        yield Clip(name, clip.variant, read_wav(catalogue.prompts / path), clip.text, part)


def _music(hotline: Hotline) -> dict[str, Samples]:
    recipe = hashlib.sha256((SCRIPT.parent / "Dockerfile").read_bytes()).hexdigest()[:12]
    folder = hotline.state.parent / f"ivr-moh-{recipe}"
    if not folder.exists():
        part = Path(tempfile.mkdtemp(prefix="ivr-moh-", dir=folder.parent))
        hotline.script("moh", str(part))
        try:
            part.rename(folder)
        except OSError:  # another test process was quicker
            shutil.rmtree(part)
    return {path.stem: read_wav(path) for path in sorted(folder.glob("*.wav"))}


def _from_port(call: Call, port: int) -> bool:
    return any(f":{port}" in value for message in call.messages[:1] for value in [message.headers.get("via", "")])


def _to_agent(call: Call, agent: str) -> bool:
    return any(f"sip:{agent}@" in message.headers.get("to", "") for message in call.messages[:1])


def _stop(one: Hotline) -> None:
    if one.app is not None:
        one.signal_app(signal.SIGCONT)
        one.app.terminate()
        try:
            one.app.wait(5)
        except subprocess.TimeoutExpired:
            one.kill_app()
    one.script("down", one.name, str(one.state / "asterisk"))


@contextlib.contextmanager
def hotline(scenario: Scenario | None = None, module: str = "ivr.cli", **settings: str) -> Iterator[Hotline]:
    """A hotline from start to end. `module` is run as `ivr`. `settings` are IVR_* variables without the prefix, for
    example MAX_CALLS="2"."""
    state = Path(tempfile.mkdtemp(prefix="ivr-", dir="/tmp"))
    with own_address() as address:
        environ = {
            **{name: value for name, value in os.environ.items() if not name.startswith("IVR_")},
            "IVR_FLOWS": str(state / "flows"),
            "IVR_PROMPTS": str(TOP / "prompts"),
            "IVR_STATE": str(state),
            "IVR_DATABASE_URL": f"sqlite:///{state / 'ivr.sqlite'}",
            "IVR_SIP_ADDRESS": address,
            "IVR_SIP_TRUNK": "127.0.0.1",
            "IVR_SIP_QUALIFY_SECONDS": "0",
            "IVR_AMI_HOST": address,
            "IVR_AGI_HOST": address,
            "IVR_SPEECH_HOST": address,
            "IVR_SPEECH_ENGINE": "none",
            # other tests run on the same machine: how late anything comes is their doing
            "IVR_LOAD_PROTECTION": "false",
            "IVR_METRICS_HOST": address,
            "IVR_NODE": f"t{address.rpartition('.')[2]}",
            **{f"IVR_{name}": value for name, value in settings.items()},
        }
        one = Hotline(address, state, state / "flows", environ, module=module)
        try:
            lay_flows(one.flows, scenario)
            one.log.touch()
            with waiting("for hotlines to start"):
                one.start_app()
                one.start_asterisk()
                one.wait_linked()
            yield one
        finally:
            with waiting("for hotlines to stop"):
                _stop(one)
            shutil.rmtree(state, ignore_errors=True)
