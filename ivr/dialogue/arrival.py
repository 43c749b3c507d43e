"""How a call comes in: which entry serves it, and whether the caller is an elderly one (CBA 七, 二十二)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from ivr.dialogue.model import Caller
from ivr.flow.hours import entry_at, queue_open
from ivr.flow.model import Flow

MENU, CLOSED, ELDERLY_DIRECT = "menu", "closed", "elderly_direct"


@dataclass(frozen=True, slots=True)
class Arrival:
    """`entry` is the record's word, `greeting` the prompts before the first menu, `root` that menu.
    `elderly`: the caller list says so. `direct`: straight to the elderly queue; `refused`: it would
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


def elderly_queue(flow: Flow, at: int) -> str:
    """Where the one key leads (CBA 二十二): the elderly queue, or the general one while only that is open."""
    elderly, general = flow.elderly.queue, flow.agent_queue
    return general if not serving(flow, elderly, at) and serving(flow, general, at) else elderly


def age(born: date, day: date) -> int:
    """Completed years of life on `day`; who is born on 29 February turns a year older on 1 March."""
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


def is_listed_elderly(flow: Flow, caller: Caller, at: int) -> bool:
    """Whether the caller list knows the number as that of somebody old enough on the local day of `at`."""
    born = None if caller.number is None else flow.elderly.callers.get(caller.number)
    if born is None:
        return False
    local = datetime.fromtimestamp(at // 1000, UTC).astimezone(ZoneInfo(flow.timezone))
    return age(born, local.date()) >= flow.elderly.age


def arrive(flow: Flow, caller: Caller, at: int) -> Arrival:
    """Choose the entry. A listed caller goes to the elderly queue or hears the elderly menu; where
    that queue or the hotline is closed, the caller is served as everybody is, at the elderly pace."""
    entry = entry_at(flow, at)
    plain = Arrival(CLOSED if entry.closed else MENU, entry.greeting, entry.menu)
    if not is_listed_elderly(flow, caller, at):
        return plain
    elderly = replace(plain, elderly=True)
    if flow.elderly.route == "queue":
        if serving(flow, elderly_queue(flow, at), at):
            return replace(elderly, entry=ELDERLY_DIRECT, greeting=entry.greeting[:1], direct=True)
        return replace(elderly, refused=True)
    if flow.elderly.menu is not None and not entry.closed:
        return replace(elderly, entry=ELDERLY_DIRECT, root=flow.elderly.menu)
    return elderly
