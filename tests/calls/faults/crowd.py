"""Several callers at once, with the agents they share."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from tests.calls.faults.eyes import Story
from tests.rig import sipp
from tests.rig.agents import Manner
from tests.rig.calls import Call, calls
from tests.rig.capture import capture
from tests.rig.hotline import Hotline
from tests.rig.ports import PortBlock, take
from tests.rig.process import Sipp
from tests.rig.steps import parse


def together(
    line: Hotline,
    folder: Path,
    callers: Mapping[str, Sequence[str]],
    *,
    agents: Mapping[str, Manner] | None = None,
    meanwhile: Callable[[Mapping[str, str]], None] | None = None,
    listen: bool = True,
    dialled: str = "95000",
) -> dict[str, Story]:
    """Place one call for each name with these steps (without `dial`), all at once, and do `meanwhile` (given the
    number of each) while they go on. `listen` False leaves out what was heard, which takes its time."""
    setup = line.setup()
    folder.mkdir(parents=True, exist_ok=True)
    numbers = {name: line.next_number() for name in callers}
    lasts = line.listener().lasts_ms()
    with contextlib.ExitStack() as stack:
        ports = {name: stack.enter_context(take(setup.address)) for name in callers}
        theirs = {agent: stack.enter_context(take(setup.address)) for agent in agents or {}}
        if listen:
            stack.enter_context(capture(folder / "calls.pcap", [*ports.values(), *theirs.values()]))
        for agent, manner in (agents or {}).items():
            stack.enter_context(
                sipp.agent(
                    folder, agent, password=line.password(agent), manner=manner, ports=theirs[agent], setup=setup
                )
            )
        running: list[Sipp] = []
        for name, steps in callers.items():
            running.append(
                stack.enter_context(
                    sipp.caller(
                        folder / name,
                        parse(("dial", *steps)),
                        number=numbers[name],
                        dialled=dialled,
                        ports=ports[name],
                        setup=setup,
                        lasts_ms=lasts,
                    )
                )
            )
        if meanwhile is not None:
            meanwhile(numbers)
        for process in running:
            process.wait()
    if not listen:
        return {}
    found = calls(folder / "calls.pcap")
    return {name: _story(line, numbers[name], _placed_from(found, block)) for name, block in ports.items()}


def _placed_from(found: Sequence[Call], block: PortBlock) -> Call:
    return next(call for call in found if f":{block.sip};" in call.messages[0].headers.get("via", "") + ";")


def _story(line: Hotline, number: str, call: Call) -> Story:
    return Story(number, call, line.listener().listen(call.heard), {})
