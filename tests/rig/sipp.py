"""Callers and agents: SIPp processes behind context managers.

with caller(folder, parse(["dial", "press 1", "hang up"]), number="13800000001") as call:
    call.wait()

with agent(folder, "1001", target=("127.0.0.1", 5060), password="…") as li_si:
    ...
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tests.rig import agents, g711, phones, speech
from tests.rig.agents import Manner
from tests.rig.ports import PortBlock, take
from tests.rig.process import Sipp
from tests.rig.steps import Act, Step, plan

Target = tuple[str, int]
HOTLINE: Target = ("127.0.0.1", 5060)
#: What an agent says when nothing else is given: 300 Hz, in a rhythm no prompt has.
_TONE_HZ, _TONE_DBFS = 300, -20
#: The unregistering and registering dialogue is over within this.
_REGISTER_S = 8
#: Silence behind what is spoken.
_TAIL_S = 0.5


@dataclass(frozen=True, slots=True)
class Setup:
    """What all telephones of a call share. `address` is our side, `target` the hotline's."""

    target: Target = HOTLINE
    address: str = "127.0.0.1"
    codec: str = "alaw"
    limit_s: float = 120


DEFAULT = Setup()


@contextlib.contextmanager
def caller(
    folder: Path,
    steps: Sequence[Step],
    *,
    number: str | None = "13800000001",
    dialled: str = "95000",
    lasts_ms: Mapping[str, int] | None = None,
    ports: PortBlock | None = None,
    setup: Setup = DEFAULT,
    own: Path | None = None,
) -> Iterator[Sipp]:
    """A call in progress. `number` None withholds it; `lasts_ms` gives the length of each prompt
    that a `hear` step names; `ports` is a block already held (so that a capture could start
    first); `own` is a hand-written SIPp scenario that replaces the steps. Everything written goes
    to `folder`. Raises StepError, SoundError, ToolMissing, PortsExhausted; `wait()` on the value raises
    CallFailed."""
    folder.mkdir(parents=True, exist_ok=True)
    _silence(folder / f"silence.{setup.codec}", setup.codec)
    if own is None:
        who = phones.Identity(number, dialled, setup.codec)
        acts = plan(steps, lasts_ms, speech.lengths_ms(steps))
        _speech(folder, acts, setup.codec)
        text = phones.caller(who, steps, acts, f"silence.{setup.codec}")
    else:
        text = own.read_text(encoding="utf-8")
    (folder / "caller.xml").write_text(text, encoding="utf-8")
    more = [f"{setup.target[0]}:{setup.target[1]}", "-s", dialled, "-aa", "-key", "caller", number or "anonymous"]
    with contextlib.ExitStack() as stack:
        block = ports or stack.enter_context(take(setup.address))
        process = stack.enter_context(Sipp(folder, "caller", block, setup.address))
        process.start("caller.xml", more, setup.limit_s)
        yield process


@contextlib.contextmanager
def agent(
    folder: Path,
    user: str,
    *,
    password: str | None = None,
    manner: Manner = Manner(),  # noqa: B008 (frozen)
    speech: Path | None = None,
    calls: int = 1000,
    limit_s: float = 900,
    ports: PortBlock | None = None,
    setup: Setup = DEFAULT,
) -> Iterator[Sipp]:
    """An agent's telephone, registered and waiting for at most `calls` calls; it unregisters at
    the end, or after `limit_s`. Without a `password` it does not register (a peer that is dialled by address).
    `speech` is a raw G.711 file that is looped while the agent talks. A call that went badly
    raises CallFailed when the block is left (and nothing else is wrong)."""
    folder.mkdir(parents=True, exist_ok=True)
    sound = f"{user}-speech.{setup.codec}"
    (folder / sound).write_bytes(speech.read_bytes() if speech else _tone(setup.codec))
    text = agents.agent(user, manner, sound, setup.codec, password is not None)
    (folder / f"{user}.xml").write_text(text, encoding="utf-8")
    target = f"{setup.target[0]}:{setup.target[1]}"
    with contextlib.ExitStack() as stack:
        block = ports or stack.enter_context(take(setup.address))
        more = ["-aa"]
        if password is not None:
            more += _credentials(folder, user, password)
            _register(folder, user, block, setup, 3600)
            stack.callback(_register, folder, user, block, setup, 0)
        with Sipp(folder, user, block, setup.address) as process:
            process.start(f"{user}.xml", [target, *more], limit_s, calls)
            process.listening()
            yield process
        process.check()


def _credentials(folder: Path, user: str, password: str) -> list[str]:
    """SIPp's injection file: the secret stays out of the process list."""
    path = folder / f"{user}.csv"
    path.touch(mode=0o600)
    path.write_text(f"SEQUENTIAL\n{user};[authentication username={user} password={password}]\n", encoding="utf-8")
    return ["-inf", path.name]


def _register(folder: Path, user: str, ports: PortBlock, setup: Setup, expires_s: int) -> None:
    name = f"{user}-{'register' if expires_s else 'unregister'}"
    (folder / f"{name}.xml").write_text(agents.register(user, expires_s), encoding="utf-8")
    with Sipp(folder, name, ports, setup.address) as process:
        more = [f"{setup.target[0]}:{setup.target[1]}", "-inf", f"{user}.csv"]
        process.start(f"{name}.xml", more, _REGISTER_S)
        process.wait()


def _silence(path: Path, codec: str) -> None:
    path.write_bytes(bytes([g711.SILENCE[codec]]) * g711.RATE)


def _speech(folder: Path, acts: Sequence[Act], codec: str) -> None:
    tail = bytes([g711.SILENCE[codec]]) * round(_TAIL_S * g711.RATE)
    for number, act in enumerate(acts):
        if act.say:
            sound = np.resize(speech.read(act.say), act.ms * g711.RATE // 1000)
            (folder / phones.spoken(number, codec)).write_bytes(g711.encode(sound, codec) + tail)


def _tone(codec: str) -> bytes:
    """0.8 s of tone and 0.2 s of quiet."""
    t = np.arange(g711.RATE) / g711.RATE
    wave = np.sin(2 * np.pi * _TONE_HZ * t) * 32768 * 10 ** (_TONE_DBFS / 20) * np.sqrt(2)
    return g711.encode(np.where(t < 0.8, wave, 0).astype(np.int16), codec)
