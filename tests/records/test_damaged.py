"""Journal, exchange form, Asterisk's log and imported figures, damaged at random: what can be read is read, the rest is
told, and none ends in a traceback. Some seconds in all."""

from __future__ import annotations

import contextlib
from contextlib import closing
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from ivr.errors import MetricsError
from ivr.metrics.day import Config
from ivr.metrics.imported import imported_figure, read_imported
from ivr.metrics.window import window
from ivr.records.cel.facts import call_facts
from ivr.records.days import moment
from ivr.records.exchange.lines import Fault, Numbered, import_lines, read, to_line
from ivr.records.facts import CallerSpoke, WrappedUp
from ivr.records.journal.journal import Journal
from ivr.records.journal.lines import fact_line, stored_line
from ivr.records.journal.recovery import rebuild_missing, recover
from ivr.records.model import Call
from ivr.records.store import Store
from ivr.report.record_text import describe
from ivr.serve.records.cel_file import CelFile
from ivr.telephony.events.cel import by_call, parse
from tests.metrics.told import answered, call, leg, turn
from tests.mutations import damaged
from tests.records.rebuilt import rebuild
from tests.records.told import BASE, told

HERE = Path(__file__).parent
CEL = [path.read_bytes() for path in sorted((HERE / "cel").glob("*.csv"))]
EXCHANGE = [
    *(path.read_bytes() for path in sorted((HERE / "odd").glob("*.jsonl"))),
    *(HERE / "golden-day.jsonl").read_bytes().splitlines(keepends=True)[:4],
    to_line(call("a", handoffs=(answered(2000),), agent_legs=(leg(),), turns=(turn("查余额", "查余额"),))).encode(),
]
FACTS = [
    *told("0 Offered c in 95000 +8613800000001 normal\n1 Answered\n2 MenuEntered main 1\n3 MenuKey choice 1"),
    CallerSpoke(BASE + 4, "t1", BASE + 5, "查余额", 0.9, "balance", 0.8, "leaf:balance", False),
    *told("5 HandoffRequested key general\n6 Queued general\n7 Connected 1001 1\n8 StillUp\n9 Ended caller 16"),
]
JOURNAL = [
    b"".join(fact_line("c", fact) for fact in FACTS),
    fact_line("d", WrappedUp(BASE, "1001", 5)) + stored_line("d"),
]
IMPORTED = (
    "\ufeffid,from,to,numerator,denominator,source\r\n"
    "business_count,2026-01-01,2026-01-31,120000,,核心系统\r\n"
    'cba.staff_satisfaction,2026-01-01,2026-01-31,91,100,"问卷,人事部"\r\n'
).encode()


@pytest.fixture
def store(tmp_path: Path) -> Store:
    made = Store(f"sqlite:///{tmp_path / 'ivr.sqlite'}")
    made.migrate()
    return made


@pytest.mark.parametrize("seed", range(3))
def test_lines_of_the_exchange_form(store: Store, seed: int) -> None:
    taken: list[bytes] = []
    for data in damaged(EXCHANGE, 4000, seed):
        for item in read(data.split(b"\n")):
            assert isinstance(item, Numbered | Fault)
            if isinstance(item, Numbered):
                taken.append(to_line(item.record).encode())
                if isinstance(item.record, Call):
                    assert describe(item.record, None, ZoneInfo("Asia/Shanghai"))
            else:
                assert item.why and "\n" not in item.why and len(item.why) < 300
    assert taken
    # What was taken can be kept, listed and counted; what the database refuses is told by its line.
    import_lines(taken, store)
    calls = store.list(limit=None)
    assert calls and all(moment(one.t_offered, ZoneInfo("Asia/Shanghai")) for one in calls)
    window(calls, date(2026, 1, 4), date(2026, 1, 6), Config(rounds=0))


@pytest.mark.parametrize("seed", range(3))
def test_segments_of_the_journal(store: Store, tmp_path: Path, seed: int) -> None:
    for number, data in enumerate(damaged(JOURNAL, 150, seed)):
        folder = tmp_path / f"j{number}"
        folder.mkdir(mode=0o700)
        (folder / "journal-00000001.jsonl").write_bytes(data)
        with closing(Journal(folder)) as journal:
            assert all(left for left in journal.left.values())
            done = recover(journal, store, now=BASE + 10**9, alive=())
            assert not done.pending and journal.left == {}
            assert all(len(fault) < 300 for fault in done.faults)


@pytest.mark.parametrize("seed", range(3))
def test_asterisks_log_of_calls(store: Store, tmp_path: Path, seed: int) -> None:
    for number, data in enumerate(damaged(CEL, 400, seed)):
        lines = data.decode("utf-8", "replace").split("\n")
        parsed = parse(lines)
        for story in by_call(parsed.rows).values():
            assert [fact.t for fact in call_facts(story)] == sorted(fact.t for fact in call_facts(story))
        rebuild(parsed.rows)
        if number % 10 == 0:
            rebuild_missing(store, lines, 10**14)
            file = tmp_path / f"{number}.csv"
            file.write_bytes(data)
            cel = CelFile(file)
            cel.take()
            cel.over(10**14)
            assert not cel.facts("unheard of")


@pytest.mark.parametrize("seed", range(2))
def test_figures_from_outside(seed: int) -> None:
    read_well = 0
    for data in damaged([IMPORTED], 4000, seed):
        with contextlib.suppress(MetricsError):
            found = read_imported(data.decode("utf-8", "replace").splitlines(keepends=True))
            read_well += 1
            for id_ in ("business_count", "cba.staff_satisfaction"):
                imported_figure(id_, found, date(2026, 1, 1), date(2026, 1, 31))
    assert read_well


def test_the_samples_are_read_whole() -> None:
    """A damaged sample tells something only where the whole one is read."""
    faults = [str(item) for data in EXCHANGE for item in read(data.split(b"\n")) if isinstance(item, Fault)]
    assert len(faults) == 1 and "秒" in faults[0]
    assert not [fault for data in CEL for fault in parse(data.decode().split("\n")).faults]
    assert len(read_imported(IMPORTED.decode().splitlines(keepends=True))) == 2
