"""The one way in: every indicator of some local days, from records."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date

from ivr.metrics import rules
from ivr.metrics.accuracy import interval
from ivr.metrics.counted import Counted, add_days
from ivr.metrics.day import Config, Day, days_between, days_of
from ivr.metrics.imported import KINDS, outside
from ivr.metrics.recognition import call_counts
from ivr.metrics.registry import INDICATORS
from ivr.records.model import AgentState, Call, Complaint, QualityScore, Record

RollUp = Mapping[str, Counted]
Spoken = tuple[int, int, int]


def window(records: Iterable[Record], since: date, until: date, config: Config | None = None) -> dict[str, Counted]:
    """Every indicator, by id, over the local days `since` … `until`, both included. `records` may hold more than these
    days; an hour of calls after them is needed to see who called again. Raises ValueError where `until` is before
    `since`."""
    config = config or Config()
    days = _days(records, since, until, config)
    return finished(add_days(roll_up(day) for day in days), spoken(days), since, until, config)


def daily(
    records: Iterable[Record], since: date, until: date, config: Config | None = None
) -> dict[date, dict[str, Counted]]:
    """The roll-up of each local day: counts that may be kept and added (`add_days`, then `finished`)."""
    return {day.day: roll_up(day) for day in _days(records, since, until, config or Config())}


def roll_up(day: Day) -> dict[str, Counted]:
    """Every indicator of one day, still without the figures from outside and without intervals."""
    return {id_: indicator.compute(day) for id_, indicator in INDICATORS.items()}


def spoken(days: Iterable[Day]) -> list[Spoken]:
    """(reference, output, errors) in characters of each annotated call, for the interval of the accuracy."""
    return [(sums.reference, sums.output, sums.errors) for sums, _ in call_counts(days)]


def finished(
    summed: Mapping[str, Counted], spoken: Iterable[Spoken], since: date, until: date, config: Config
) -> dict[str, Counted]:
    """Summed roll-ups with what only the whole period has: imported figures, the number of business transactions, and
    the interval of the recognition accuracy (`spoken`, see there)."""
    done = dict(summed)
    for id_ in KINDS:
        if id_ in done:
            done[id_] = outside(id_, config.imported, since, until)
    if "hb.complaint_rate" in done:
        done["hb.complaint_rate"] = _per_business(done["hb.complaint_rate"], since, until, config)
    counts = list(spoken) if config.rounds else []
    for id_, numbers in (
        ("cba.asr_accuracy", [(reference - errors, reference) for reference, _, errors in counts]),
        ("cba.asr_accuracy_hyp_denominator", [(output - errors, output) for _, output, errors in counts]),
    ):
        if id_ in done:
            done[id_] = replace(done[id_], interval=interval(numbers, seed=config.seed, rounds=config.rounds))
    return done


def days_touched(record: Record, calls: Iterable[Call]) -> set[date]:
    """The local days whose roll-up a new or corrected record changes: its own, and those of the calls it repeats or
    calls back. `calls` are all there are within the hour before it and its parent; others do no harm. For a corrected
    record ask with the old and with the new one."""
    match record:
        case Call():
            return {rules.local_day(record.t_offered)} | _reached(record, calls)
        case Complaint():
            times = (record.received_at, record.ack_due, record.due, rules.effective_due(record))
            ends = (record.closed_at, record.notified_at, record.decided_at)
            return {rules.local_day(t) for t in (*times, *ends) if t is not None}
        case AgentState():
            if record.t_to <= record.t_from:
                return set()
            return set(days_between(rules.local_day(record.t_from), rules.local_day(record.t_to - 1)))
        case QualityScore():
            rated = {rules.local_day(call.t_offered) for call in calls if call.call_id == record.call_id}
            return rated or {rules.local_day(record.t)}


def _reached(record: Call, calls: Iterable[Call]) -> set[date]:
    key, known = rules.customer_key(record), list(calls)
    found = set()
    for call in known:
        back = call.call_id == record.parent_call_id
        if not back and key is not None and rules.customer_key(call) == key:
            whole = rules.chained(call, (one for one in known if one.parent_call_id == call.call_id))
            back = rules.is_repeat(whole.t_ended, record.t_offered)
        if back:
            found.add(rules.local_day(call.t_offered))
    return found


def _days(records: Iterable[Record], since: date, until: date, config: Config) -> list[Day]:
    if until < since:
        raise ValueError("until is before since")
    return days_of(records, since, until, config)


def _per_business(figure: Counted, since: date, until: date, config: Config) -> Counted:
    business = outside("business_count", config.imported, since, until)
    if business.reason is not None:
        return replace(figure, reason=business.reason)
    return replace(figure, denominator=business.numerator)
