"""How a call comes in: which entry serves it, and whether the caller is an elderly one (CBA 七, 二十二)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from ivr.dialogue.model import Caller
from ivr.flow.hours import is_open
from ivr.flow.model import Entry, Flow

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


def hours_open(flow: Flow, hours: str | None, at: int) -> bool:
    """Whether the calendar `hours` (`None`: always) is open at `at`, UTC epoch milliseconds."""
    return hours is None or is_open(flow.calendars[hours], at, flow.timezone)


def queue_open(flow: Flow, queue: str, at: int) -> bool:
    """Whether agents serve `queue` at `at`."""
    return hours_open(flow, flow.queues[queue].hours, at)


def elderly_queue(flow: Flow, at: int) -> str:
    """Where the one key leads (CBA 二十二): the elderly queue, or the general one while only that is open."""
    elderly, general = flow.elderly.queue, flow.agent_queue
    return general if not queue_open(flow, elderly, at) and queue_open(flow, general, at) else elderly


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
    entry = _entry(flow, at)
    plain = Arrival(CLOSED if entry.closed else MENU, entry.greeting, entry.menu)
    if not is_listed_elderly(flow, caller, at):
        return plain
    elderly = replace(plain, elderly=True)
    if flow.elderly.route == "queue":
        if queue_open(flow, elderly_queue(flow, at), at):
            return replace(elderly, entry=ELDERLY_DIRECT, greeting=entry.greeting[:1], direct=True)
        return replace(elderly, refused=True)
    if flow.elderly.menu is not None and not entry.closed:
        return replace(elderly, entry=ELDERLY_DIRECT, root=flow.elderly.menu)
    return elderly


def _entry(flow: Flow, at: int) -> Entry:
    """The first open entry. `ivr check` refuses a flow with a minute that no entry covers; should
    one be served all the same, the last entry answers, for a caller must not hear silence."""
    return next((entry for entry in flow.entries if hours_open(flow, entry.hours, at)), flow.entries[-1])
