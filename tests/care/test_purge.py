"""The purge as of days of a generated year: nothing past its class is left, nothing on hold is gone, no count
changes; and whatever fails in the middle, nothing is half gone and the next run goes on."""

from __future__ import annotations

import random
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any
from unittest import mock

import pytest

from ivr.care.privacy.purge import PurgeRun
from ivr.care.privacy.sound_files import MESSAGES, RECORDINGS, UTTERANCES, SoundFiles
from ivr.errors import PrivacyError, StoreError
from ivr.metrics.day import Config
from ivr.records.days import DAY_MS, day_start, local_day
from ivr.records.model import AgentState, Call, Complaint, QualityScore, Recording, Transaction, Turn
from ivr.records.privacy import purge as purge_module
from ivr.records.privacy.model import HoldKind
from ivr.records.privacy.retention import Retention, Schedule
from ivr.records.store import Store
from ivr.records.vocabulary import TransactionOutcome
from ivr.records.work.model import WorkItem, WorkKind
from ivr.report.build import build
from ivr.report.definitions import open_store
from ivr.report.making import Making
from tests.metrics.told import answered, call, complaint, turn
from tests.records.privacy_told import ENTRY

FIRST, DAYS = date(2025, 1, 1), 365
#: Shorter than a bank's, in the same order of length; every class ends within the walk.
SCHEDULE = Schedule({
    Retention.CALLS: 40, Retention.RECORDINGS: 20, Retention.UTTERANCES: 7, Retention.WORK: 30,
    Retention.COMPLAINTS: 60, Retention.AGENTS: 35, Retention.LABELS: 40, Retention.CONSENTS: 50, Retention.HOLDS: 25,
})  # fmt: skip
NOW = day_start(FIRST + timedelta(days=DAYS + 400))
CONFIG = Config(as_of=NOW, rounds=0)
#: On hold in the walk over the year.
HELD = ("+8613900000001", "d40-0", "k18")
NOTHING_HELD = ("", "", "")


@dataclass
class Year:
    """Everything that was written in a year, as the test knows it."""

    calls: list[Call] = field(default_factory=list)
    complaints: list[Complaint] = field(default_factory=list)
    states: list[AgentState] = field(default_factory=list)
    scores: list[QualityScore] = field(default_factory=list)
    items: list[WorkItem] = field(default_factory=list)
    #: path → call
    files: dict[str, Call] = field(default_factory=dict)

    @cached_property
    def of_complaints(self) -> dict[str, set[str]]:
        """Call → the complaints that speak of it."""
        found: dict[str, set[str]] = {}
        for one in self.complaints:
            for call_id in one.call_ids:
                found.setdefault(call_id, set()).add(one.id)
        return found


def a_year() -> Year:
    year, chance = Year(), random.Random(11)
    for at in range(DAYS):
        start = day_start(FIRST + timedelta(days=at))
        for number in range(chance.randint(0, 2)):
            year.calls.append(_call(f"d{at}-{number}", start + chance.randrange(DAY_MS - 60_000), chance))
        if at % 7 == 0:
            year.states.append(AgentState("1001", "talk", start + 9, start + chance.choice([60_000, DAY_MS + 5])))
        today = [one for one in year.calls if local_day(one.t_offered) == local_day(start)]
        if at % 9 == 0:
            closed = start + chance.randint(3, 20) * DAY_MS
            tied = tuple(one.call_id for one in today[:1])
            year.complaints.append(
                complaint(f"k{at}", start, due=start + 15 * DAY_MS, decided_at=closed, closed_at=closed, call_ids=tied)
            )
        for one in today[:1]:
            if at % 5 == 0:
                year.scores.append(QualityScore(one.call_id, "1001", "f", 90.0 + at / 10, "赵六", start + 2 * DAY_MS))
            if at % 4 == 0:
                done = start + DAY_MS if at % 8 else None
                audio = f"{MESSAGES}/{one.call_id}-1.wav"
                item = WorkItem(
                    f"{one.call_id}-1", WorkKind.MESSAGE, one.call_id, "general", one.caller_number, "留言", start,
                    start + DAY_MS, audio, 3000, t_done=done, done_by="1001" if done else None,
                )  # fmt: skip
                year.items.append(item)
                year.files[audio] = one
        for one in today:
            year.files[f"{RECORDINGS}/{one.call_id}-{chance.choice(['1', '1001'])}.wav"] = one
            year.files[f"{UTTERANCES}/{local_day(one.t_offered)}/{one.call_id}-t1.wav"] = one
    return year


def _call(name: str, at: int, chance: random.Random) -> Call:
    number = f"+861390000000{chance.randrange(6)}"
    more: dict[str, Any] = {"caller_number": number, "recordings": (Recording(f"{name}-1.wav", at, at + 50_000),)}
    if chance.random() < 0.5:
        more["handoffs"] = (answered(chance.randrange(40_000), at + 10_000),)
    if chance.random() < 0.2:
        spoken = turn("查余额", chance.choice(["查余额", "查余"]), action="leaf:balance")
        more["turns"] = (_named(spoken, f"{name}-t1"),)
    if chance.random() < 0.1:
        more["transactions"] = (Transaction("transfer_accept", at + 20_000, TransactionOutcome.DONE),)
    return call(name, at, **more)


def _named(spoken: Turn, turn_id: str) -> Turn:
    notes = tuple(replace(note, turn_id=turn_id) for note in spoken.annotations)
    return replace(spoken, turn_id=turn_id, annotations=notes)


YEAR = a_year()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    made = open_store(f"sqlite:///{tmp_path / 'ivr.sqlite'}")
    made.migrate()
    yield made
    made.close()


def write(store: Store, state: Path, year: Year) -> None:
    store.save(year.calls)
    store.save_other([*year.complaints, *year.states, *year.scores])
    for item in year.items:
        store.work.add(item)
    for path in year.files:
        (state / path).parent.mkdir(parents=True, exist_ok=True)
        (state / path).write_bytes(b"RIFF sound")


def run_of(store: Store, state: Path) -> PurgeRun:
    return PurgeRun(store, SoundFiles(state), SCHEDULE, Making(NOW))


def on_hold(year: Year, one: Call, complaints: set[str], held: tuple[str, str, str]) -> bool:
    """By the rules as a person would say them: its own hold, its caller's, or a complaint that is there still."""
    own = one.call_id == held[1] or one.caller_number == held[0]
    return own or bool(year.of_complaints.get(one.call_id, set()) & complaints)


def expected(year: Year, as_of: date, held: tuple[str, str, str] = NOTHING_HELD) -> dict[str, set[Any]]:
    """What must be there after a purge as of a day: exactly this."""

    def fresh(t: int, retention: Retention) -> bool:
        return local_day(t) >= as_of - timedelta(days=SCHEDULE.days[retention])

    asked = {one.call_id for one in year.calls if on_hold(year, one, set(), held)}
    complaints = {
        one.id
        for one in year.complaints
        if one.id == held[2] or asked & set(one.call_ids) or one.closed_at is None
        or fresh(one.closed_at, Retention.COMPLAINTS)
    }  # fmt: skip
    stay = {one.call_id: on_hold(year, one, complaints, held) for one in year.calls}
    calls = {one.call_id for one in year.calls if stay[one.call_id] or fresh(one.t_offered, Retention.CALLS)}
    scores = {
        one.call_id
        for one in year.scores
        if (one.call_id in calls) and (stay[one.call_id] or fresh(one.t, Retention.AGENTS))
    }
    items = {
        one.ref for one in year.items if one.t_done is None or stay[one.call_id] or fresh(one.t_done, Retention.WORK)
    }

    def wanted(path: str, one: Call) -> bool:
        if path.startswith(MESSAGES):
            return f"{one.call_id}-1" in items
        own = Retention.RECORDINGS if path.startswith(RECORDINGS) else Retention.UTTERANCES
        return stay[one.call_id] or (one.call_id in calls and fresh(one.t_offered, own))

    files = {path for path, one in year.files.items() if wanted(path, one)}
    states = {one.t_from for one in year.states if fresh(one.t_to, Retention.AGENTS)}
    return {
        "complaints": complaints,
        "calls": calls,
        "scores": scores,
        "items": items,
        "files": files,
        "states": states,
    }


def there(store: Store, state: Path) -> dict[str, Any]:
    others = list(store.others())
    return {
        "complaints": {one.id for one in others if isinstance(one, Complaint)},
        "calls": set(store.privacy.offered([one.call_id for one in YEAR.calls])),
        "scores": {one.call_id for one in others if isinstance(one, QualityScore)},
        "items": {one.ref for one in store.work.items(open_only=False)},
        "files": {str(path.relative_to(state)) for top in (RECORDINGS, MESSAGES, UTTERANCES)
                  for path in (state / top).rglob("*.wav")},
        "states": {one.t_from for one in others if isinstance(one, AgentState)},
    }  # fmt: skip


def counts(store: Store, since: date, until: date) -> Any:
    report = build(store, since, until, "day", CONFIG)
    return report.whole, report.days, [(one.kind, one.count) for one in report.lists]


def days_of_the_walk() -> list[date]:
    """How many days a purge may cover: one for a month, as it is each night; the ends of months; the days about those
    on which the oldest record of a class is first past it; some after some nights on which there was none."""
    whole = [FIRST + timedelta(days=at) for at in range(DAYS + 45)]
    ends = {day for day in whole if day.day in (1, 15) or (day + timedelta(days=1)).day == 1}
    firsts = {FIRST + timedelta(days=days + near) for days in SCHEDULE.days.values() for near in (-1, 0, 1, 2)}
    nights = set(whole[60:91])
    return sorted({*ends, *firsts, *nights, *random.Random(5).sample(whole, 30), whole[-1]})


def test_as_of_any_day_of_a_year(store: Store, tmp_path: Path) -> None:
    year = YEAR
    write(store, tmp_path, year)
    for kind, target in zip((HoldKind.NUMBER, HoldKind.CALL, HoldKind.COMPLAINT), HELD, strict=True):
        store.privacy.hold(kind, target, "诉讼", ENTRY, NOW)
    months = [(date(2025, month, 1), date(2025, month, 28)) for month in range(1, 13)]
    before = {month: counts(store, *month) for month in months}
    gone = 0
    run = run_of(store, tmp_path)
    for as_of in days_of_the_walk():
        done = run.run(as_of, ENTRY, NOW)
        gone += sum(done.rows.values())
        assert done.failed == [] and there(store, tmp_path) == expected(year, as_of, HELD), as_of
        if as_of.day == 15 and as_of.month % 3 == 0:
            month = months[(as_of.month - 3) % 12]
            assert counts(store, *month) == before[month], month
    assert {month: counts(store, *month) for month in months} == before
    assert gone > 300 and 0 < store.count() < 100 and store.audit.verify() == ()


def test_a_day_that_is_still_to_come_is_refused(store: Store, tmp_path: Path) -> None:
    run = run_of(store, tmp_path)
    with pytest.raises(PrivacyError, match="还没有到"):
        run.run(local_day(NOW) + timedelta(days=1), ENTRY, NOW)


@contextmanager
def disk_full_beyond(size: int) -> Iterator[None]:
    """The system refuses to let any file of this process grow beyond so many bytes: the database's journal too."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_disk_that_is_full_in_the_middle_leaves_whole_rows_and_the_next_run_ends_it(
    store: Store, tmp_path: Path
) -> None:
    year = YEAR
    write(store, tmp_path, year)
    store.privacy.tidy()
    as_of, month = date(2025, 9, 1), (date(2025, 3, 1), date(2025, 3, 31))
    before, whole, wanted = counts(store, *month), {one.call_id: one for one in store.all()}, expected(year, as_of)
    run, stopped_at = run_of(store, tmp_path), set[int]()
    with mock.patch.object(purge_module, "PAGE", 20):
        for room in range(0, 2_000_000, 150_000):
            try:
                with disk_full_beyond(room):
                    run.run(as_of, ENTRY, NOW)
            except StoreError:
                left = there(store, tmp_path)
                stopped_at.add(len(left["calls"]))
                # a record is there as it was, or it is gone; no sound is gone whose record is there
                assert all(one == whole[one.call_id] for one in store.all()) and counts(store, *month) == before
                assert all(left[name] >= wanted[name] for name in wanted)
                sound = {path for path, one in year.files.items() if one.call_id in left["calls"]}
                assert sound - left["files"] <= {path for path in sound if path.startswith(MESSAGES)}
            else:
                break
        assert len(stopped_at) >= 3, "it was stopped at several places"
    run.run(as_of, ENTRY, NOW)
    assert there(store, tmp_path) == wanted and counts(store, *month) == before and store.audit.verify() == ()


def test_a_file_that_cannot_be_deleted_is_told_and_deleted_later(store: Store, tmp_path: Path) -> None:
    write(store, tmp_path, Year(calls=[call("c-1", day_start(FIRST))], files={}))
    folder = tmp_path / RECORDINGS / "c-1-1.wav"
    folder.mkdir(parents=True)  # no file: it cannot be unlinked
    (tmp_path / RECORDINGS / "c-1-1001.wav").write_bytes(b"")
    run = run_of(store, tmp_path)
    with mock.patch.object(
        SoundFiles, "of_calls", lambda *_: [f"{RECORDINGS}/c-1-1.wav", f"{RECORDINGS}/c-1-1001.wav"]
    ):
        done = run.run(FIRST + timedelta(days=41), ENTRY, NOW)
    assert store.count() == 0 and done.files == 1 and "c-1-1.wav" in done.failed[0]
    folder.rmdir()
    folder.write_bytes(b"")
    assert run.run(FIRST + timedelta(days=41), ENTRY, NOW).files == 1 and not folder.exists()


def test_a_record_cannot_have_anything_else_deleted(store: Store, tmp_path: Path) -> None:
    """What a record names is what somebody may have imported."""
    outside = tmp_path / "precious.wav"
    outside.write_bytes(b"")
    evil = WorkItem("r", WorkKind.MESSAGE, "c", "q", None, "留言", 0, 0, "../precious.wav", 1, t_done=1, done_by="1")
    for ref, path in (("a", "precious.wav"), ("b", f"{MESSAGES}/../../precious.wav"), ("c", str(outside))):
        store.work.add(replace(evil, ref=ref, audio=path))
    done = run_of(store, tmp_path).run(FIRST, ENTRY, NOW)
    assert done.rows[Retention.WORK] == 3 and len(done.failed) == 3 and outside.exists()


def test_what_is_purged_cannot_be_read_in_the_databases_files(store: Store, tmp_path: Path) -> None:
    store.save([call("c", day_start(FIRST), caller_number="+8613899998888")])
    store.privacy.tidy()
    assert b"13899998888" in b"".join(path.read_bytes() for path in tmp_path.glob("ivr.sqlite*"))
    run_of(store, tmp_path).run(FIRST + timedelta(days=41), ENTRY, NOW)
    assert b"13899998888" not in b"".join(path.read_bytes() for path in tmp_path.glob("ivr.sqlite*"))
