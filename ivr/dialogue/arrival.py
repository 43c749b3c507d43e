"""How a call comes in: which entry serves it, and whether the caller is an elderly one (CBA 七, 二十二)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from ivr.dialogue.model import Caller
from ivr.flow.elderly_table import age_on
from ivr.flow.emergency import Measures
from ivr.flow.hours import entry_at, queue_open
from ivr.flow.model import Flow
from ivr.flow.prompts.announcements import greeting

MENU, CLOSED, ELDERLY_DIRECT, EMERGENCY = "menu", "closed", "elderly_direct", "emergency"
#: On a day like any other.
NOTHING = Measures()


@dataclass(frozen=True, slots=True)
class Arrival:
    """`entry` is the record's word, `greeting` the prompts before the first menu, `root` that menu.
    `elderly`: the caller list, or the bank, says so. `direct`: straight to the elderly queue; `refused`: it would
    be, but the queue is closed."""

    entry: str
    greeting: tuple[str, ...]
    root: str
    elderly: bool = False
    direct: bool = False
    refused: bool = False


def serving(flow: Flow, queue: str, at: int) -> bool:
    """Whether the agents of `queue` are on duty at `at`, UTC epoch milliseconds."""
    return queue_open(flow, flow.queues[queue], at)


def reached(flow: Flow, queue: str, at: int, measures: Measures) -> bool:
    """Whether callers reach them: they are on duty, and an emergency keeps them."""
    return serving(flow, queue, at) and measures.keeps(queue)


def elderly_queue(flow: Flow, at: int, measures: Measures = NOTHING) -> str:
    """Where the one key leads (CBA 二十二): the elderly queue, or the general one while only that is reached."""
    elderly, general = flow.elderly.queue, flow.agent_queue
    there = reached(flow, elderly, at, measures) or not reached(flow, general, at, measures)
    return elderly if there else general


def is_elderly(flow: Flow, caller: Caller, at: int) -> bool:
    """Whether the caller list knows the number as that of somebody old enough on the local day of `at`, or the bank
    told such an age. Either is enough: a number may be shared, and a young customer loses little."""
    if caller.age is not None and caller.age >= flow.elderly.age:
        return True
    born = None if caller.number is None else flow.elderly.callers.get(caller.number)
    if born is None:
        return False
    local = datetime.fromtimestamp(at // 1000, UTC).astimezone(ZoneInfo(flow.timezone))
    return age_on(born, local.date()) >= flow.elderly.age


def arrive(flow: Flow, caller: Caller, at: int, measures: Measures = NOTHING) -> Arrival:
    """Choose the entry. Who notices that an emergency is in force comes in by that.

    An elderly caller goes to the elderly queue or hears the elderly menu, also out of the hotline's hours: that queue
    stays open. Where it is closed, the caller is served as everybody is, at the elderly pace."""
    entry = entry_at(flow, at)
    usual = CLOSED if entry.closed else MENU
    plain = Arrival(EMERGENCY if measures.felt else usual, greeting(flow, entry), entry.menu)
    if not is_elderly(flow, caller, at):
        return plain
    elderly = replace(plain, elderly=True)
    there = reached(flow, elderly_queue(flow, at, measures), at, measures)
    if flow.elderly.route == "queue":
        if there:
            return replace(elderly, entry=ELDERLY_DIRECT, greeting=entry.greeting[:1], direct=True)
        return replace(elderly, refused=True)
    if flow.elderly.menu is not None and (not entry.closed or there):
        return replace(elderly, entry=ELDERLY_DIRECT, root=flow.elderly.menu)
    return elderly
