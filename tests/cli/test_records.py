"""`ivr records`: import and export lose nothing, and what is shown masks who called."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from ivr.flow.loader import load
from ivr.records.exchange.lines import from_line
from ivr.records.model import Call, MenuVisit
from ivr.records.numbers import masked, plain
from ivr.records.store import Store
from ivr.report.definitions import open_store
from ivr.settings import Settings
from tests.cli.conftest import TOP, Desk

GOLDEN = TOP / "tests" / "records" / "golden-day.jsonl"


def lines(text: str) -> list[dict[str, object]]:
    """JSON Lines as values."""
    return [json.loads(line) for line in text.splitlines()]


@pytest.fixture
def day(desk: Desk) -> Desk:
    """A desk with the golden day in its database."""
    assert desk.ivr("records", "import", str(GOLDEN)).exit_code == 0
    return desk


# ---- import and export


def test_the_golden_day_goes_in_and_comes_out_the_same(desk: Desk) -> None:
    done = desk.ivr("records", "import", str(GOLDEN))
    assert done.exit_code == 0 and "导入 12 条，0 行有问题" in done.stdout
    exported = desk.process("records", "export")
    assert exported.returncode == 0 and "导出 12 条" in exported.stderr.decode()
    given = {line["call_id"]: line for line in lines(GOLDEN.read_text(encoding="utf-8"))}
    found = {line["call_id"]: line for line in lines(exported.stdout.decode())}
    assert found.keys() == given.keys()
    for call, line in given.items():  # every field that was given comes back; those it left out have their defaults
        assert from_line(json.dumps(found[call])) == from_line(json.dumps(line))
        assert {name: found[call][name] for name in line if name not in ("handoffs", "agent_legs", "turns")} == {
            name: line[name] for name in line if name not in ("handoffs", "agent_legs", "turns")
        }


def test_what_was_exported_is_imported_to_the_letter(day: Desk) -> None:
    first = day.ivr("records", "export").stdout
    (day.folder / "all.jsonl").write_text(first, encoding="utf-8")
    other = {"IVR_STATE": "elsewhere"}
    assert day.ivr("records", "import", "all.jsonl", **other).exit_code == 0
    assert day.ivr("records", "export", **other).stdout == first


def test_importing_twice_changes_nothing(day: Desk) -> None:
    before = day.ivr("records", "export").stdout
    again = day.ivr("records", "import", str(GOLDEN))
    assert again.exit_code == 0 and "12 条" in again.stdout
    assert day.ivr("records", "export").stdout == before


def test_bad_lines_are_told_by_number_and_the_good_ones_taken(desk: Desk) -> None:
    good = GOLDEN.read_text(encoding="utf-8").splitlines()
    wrong = [
        good[0],
        "{",
        "",
        '{"type": "parcel"}',
        good[1][:-1] + ', "colour": 3}',
        good[2][:40],
        good[0],
        "\u4e2d",
        good[3],
    ]
    (desk.folder / "mixed.jsonl").write_text("\n".join(wrong), encoding="utf-8")
    result = desk.ivr("records", "import", "mixed.jsonl")
    assert result.exit_code == 1 and "导入 2 条，6 行有问题" in result.stdout
    told = result.stderr.splitlines()
    assert [line.split("：")[0] for line in told] == [f"第 {number} 行" for number in (2, 4, 5, 6, 7, 8)]
    assert "colour" in told[2] and "第 1 行重复" in told[4]
    assert len(lines(desk.ivr("records", "export").stdout)) == 2


@pytest.mark.parametrize("content", [b"", b"\n\n", b"\xef\xbb\xbf"], ids=["empty", "blank", "mark"])
def test_nothing_to_import(desk: Desk, content: bytes) -> None:
    result = desk.ivr("records", "import", typed=content)
    assert result.exit_code == 0 and "导入 0 条，0 行有问题" in result.stdout


def test_a_file_that_is_no_text(desk: Desk) -> None:
    result = desk.ivr("records", "import", typed=b"\xff\xfe\x00{\n" + b"\x80" * 100)
    assert result.exit_code == 1 and "第 1 行：不是 UTF-8 文本" in result.stderr


def test_an_export_is_private_and_whole_or_not_there(day: Desk) -> None:
    out = day.folder / "out.jsonl"
    assert day.ivr("records", "export", "out.jsonl").exit_code == 0
    assert out.stat().st_mode & 0o777 == 0o600
    before = out.read_bytes()
    assert day.ivr("records", "export", "out.jsonl").exit_code == 0
    assert out.read_bytes() == before == day.process("records", "export").stdout
    assert sorted(path.name for path in day.folder.iterdir()) == ["flows", "out.jsonl", "run"]


def test_an_export_of_nothing_is_an_empty_file(desk: Desk) -> None:
    assert desk.ivr("records", "export", "none.jsonl").exit_code == 0
    assert (desk.folder / "none.jsonl").read_bytes() == b""


def test_days_are_local_and_both_ends_count(day: Desk) -> None:
    def count(*options: str) -> int:
        return len(lines(day.ivr("records", "export", *options).stdout))

    assert count("--from", "2026-01-05", "--to", "2026-01-05") == 12
    assert count("--to", "2026-01-04") == 0 and count("--from", "2026-01-06") == 0


# ---- list and show


def test_the_newest_calls_come_first_and_numbers_are_masked(day: Desk) -> None:
    text = day.ivr("records", "list", "--limit", "3").stdout
    rows = text.splitlines()
    assert len(rows) == 4 and rows[1].split()[0] == "c07"
    assert "0006" in text and "138" not in text.replace("*", "")
    assert "已接听" in text and "客户" in text and "None" not in text
    assert len(day.ivr("records", "list").stdout.splitlines()) == 13


def test_a_call_is_shown_part_by_part(day: Desk) -> None:
    text = day.ivr("records", "show", "c02").stdout
    order = [
        "通话编号　c02",
        "接通",
        "请求人工",
        "进入队列",
        "座席振铃",
        "座席 1002 接听",
        "已向客户报工号",
        "结束：客户挂断",
    ]
    places = [text.index(words) for words in order]
    assert places == sorted(places)
    assert "None" not in text and "+86" not in text


def test_one_call_in_the_exchange_form(day: Desk) -> None:
    (line,) = lines(day.ivr("records", "show", "c02", "--json").stdout)
    assert line in lines(day.ivr("records", "export").stdout)


def test_every_golden_call_can_be_shown(day: Desk) -> None:
    for line in lines(GOLDEN.read_text(encoding="utf-8")):
        result = day.ivr("records", "show", str(line["call_id"]))
        assert result.exit_code == 0 and "None" not in result.stdout


def test_a_call_that_is_not_there(day: Desk) -> None:
    result = day.ivr("records", "show", "c99")
    assert result.exit_code == 1 and result.stdout == ""
    assert result.stderr == "没有通话 c99；用 ivr records list 查看编号\n"


def test_a_record_cannot_move_the_terminals_cursor(desk: Desk) -> None:
    line = json.loads(GOLDEN.read_text(encoding="utf-8").splitlines()[0])
    line |= {"call_id": "c\u001b[2Jx", "flow_revision": "[bold]\r\n\u202e", "hangup_cause": "\u0007"}
    desk.ivr("records", "import", typed=json.dumps(line))
    for words in (["list"], ["show", "c\u001b[2Jx"]):
        text = desk.ivr("records", *words).stdout
        assert not {c for c in text if not c.isprintable() and c not in "\n\u3000"}
        assert "[bold]" in text


def test_masking() -> None:
    assert masked("+8613800000006") == "**********0006"
    assert masked("110") == "110"
    assert masked(None) == "隐藏号码"
    assert plain(None) == plain("") == "—" and plain("a\x1bb") == "a?b"


# ---- the database


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("mysql://x", "不认识 'mysql'"),
        ("nonsense", "不认识 'nonsense'"),
        ("sqlite:////proc/no/such.sqlite", "/proc/no"),
        ("postgresql://ivr@127.0.0.1:1/ivr", ""),
    ],
)
def test_a_database_that_cannot_be_used_is_told_in_one_line(desk: Desk, url: str, told: str) -> None:
    for words in (["list"], ["export"], ["import"], ["show", "c01"]):
        assert told in desk.refused("records", *words, IVR_DATABASE_URL=url)


def test_a_file_that_is_no_database(desk: Desk) -> None:
    run = Path(desk.folder / "run")
    run.mkdir()
    (run / "ivr.sqlite").write_bytes(b"not a database, " * 1000)
    assert desk.refused("records", "list")
    assert (run / "ivr.sqlite").read_bytes() == b"not a database, " * 1000


def test_a_row_of_no_date_is_listed_and_shown(desk: Desk) -> None:
    """A database may hold any number, whoever wrote it; a list of records never ends in a traceback."""
    with closing(Store(Settings().url)) as store:
        store.migrate()
        for at, t in enumerate((0, 253_402_300_800_000, 2**63 - 1)):
            store.save([Call(f"odd{at}", f"odd{at}", "in", "95000", "withheld", t, max(0, t - 60_000), "caller")])
    listed = desk.ivr("records", "list")
    assert listed.exit_code == 0 and all(f"odd{at}" in listed.stdout for at in range(3))
    for at in range(3):
        assert f"odd{at}" in desk.ivr("records", "show", f"odd{at}").stdout
    assert desk.ivr("records", "export", "-").exit_code == 0


# ---- numbers


def test_which_number_a_caller_id_becomes(desk: Desk) -> None:
    texts = ("0086-138 0000 0006", "anonymous", "95588", "13800000006\r\nEvent: x")
    done = desk.ivr("records", "number", "--format", "json", *texts)
    assert done.exit_code == 0
    numbers = ("+8613800000006", None, "95588", None)
    assert lines(done.stdout) == [{"text": text, "number": number} for text, number in zip(texts, numbers, strict=True)]
    plainly = desk.ivr("records", "number", *texts)
    shown = [line.split("　")[-1] for line in plainly.stdout.splitlines()]
    assert shown == [number or "隐藏号码" for number in numbers]


def test_a_withheld_number_that_is_known_is_not_shown(desk: Desk) -> None:
    call = json.loads(GOLDEN.read_text(encoding="utf-8").splitlines()[0])
    call |= {"caller_number": "+8613800007391", "caller_kind": "withheld"}
    (desk.folder / "one.jsonl").write_text(json.dumps(call), encoding="utf-8")
    assert desk.ivr("records", "import", "one.jsonl").exit_code == 0
    for words in (("list",), ("show", call["call_id"])):
        done = desk.ivr("records", *words)
        assert done.exit_code == 0 and "隐藏号码" in done.stdout and "7391" not in done.stdout
    assert "+8613800007391" in desk.ivr("records", "export").stdout


def test_what_nobody_counted_is_counted_on_request(desk: Desk) -> None:
    desk.ivr("records", "import", str(GOLDEN))
    database = desk.folder / "run" / "ivr.sqlite"
    with sqlite3.connect(database) as connection:
        connection.execute("UPDATE counting SET definitions = 'of an earlier version'")
        connection.commit()
    result = desk.ivr("records", "count")
    assert result.exit_code == 0 and "全部记录都已计数" in result.stderr and result.stdout == ""
    with closing(open_store(f"sqlite:///{database}", read_only=True)) as store:
        assert store.counts.uncounted() == 0


def test_transactions_and_calls_to_look_at_are_listed_and_numbers_masked(desk: Desk) -> None:
    t = 1_767_571_200_000
    base = {
        "direction": "in", "did": "95000", "caller_kind": "normal", "caller_number": "+8613800005678",
        "t_offered": t, "t_ended": t + 60_000, "hangup_by": "caller", "customer_id": "k10007777",
    }  # fmt: skip
    loss = {"operation": "report_loss", "t": t + 20_000, "outcome": "done", "reference": "R1"}
    later = {"operation": "transfer_accept", "t": t + 50_000, "outcome": "in_doubt"}
    recorded = [{"ref": "a.wav", "t_start": t + 1000, "t_end": t + 30_000}]
    calls = [
        base | {"call_id": "a", "linkedid": "a", "transactions": [loss, later], "recordings": recorded},
        base | {"call_id": "b", "linkedid": "b", "customer_id": None},
    ]
    typed = "".join(json.dumps(one) + "\n" for one in calls).encode()
    assert desk.ivr("records", "import", typed=typed).exit_code == 0
    text = desk.ivr("records", "list", "--transactions").stdout
    first, second = text.splitlines()[1:]
    assert (
        "挂失：已办成，凭证号 R1" in first
        and first.split()[-1] == "有"
        and "*****7777" in first
        and "k1000" not in text
    )
    assert "结果未知，须人工核对" in second and second.split()[-1] == "没有"
    done = desk.ivr("records", "flagged", "--from", "2026-01-05", "--to", "2026-01-05")
    assert "挂失之后转账" in done.stdout and "30s" in done.stdout and "1 通须复核" in done.stderr
    assert "+8613800005678" not in text + done.stdout and "**********5678" in text and "**********5678" in done.stdout
    assert "0 通须复核" in desk.ivr("records", "flagged", "--from", "2026-01-06", "--to", "2026-01-06").stderr


def test_a_call_becomes_a_test_once(desk: Desk) -> None:
    flow = load(TOP / "flows").flow
    assert flow is not None
    t = 1_795_226_400_000
    call = Call(
        "c-1", "c-1", "in", "95000", "normal", t, t + 20_000, "caller", "+8613812345678", t_answered=t,
        flow_revision=flow.revision.id,
        menu_visits=(MenuVisit("main", 1, t + 1000, "choice", "5"), MenuVisit("service", 2, t + 9000, "hangup")),
    )  # fmt: skip
    with closing(open_store(f"sqlite:///{desk.folder / 'run' / 'ivr.sqlite'}")) as store:
        store.migrate()
        store.save_revision(flow.revision, t)
        store.save([call])
    done = desk.ivr("records", "to-test", "c-1", "by-key")
    assert done.exit_code == 0, done.output
    script = (desk.folder / "flows" / "tests" / "by-key.txt").read_text("utf-8")
    assert "press 5\nexpect-menu service\nhang up\n" in script and "138" not in script
    assert (desk.folder / "tests" / "calls" / "by-key" / "call.yaml").is_file()
    assert desk.ivr("records", "to-test", "c-1", "by-key").exit_code != 0  # what is there is not written over
    assert desk.ivr("records", "to-test", "c-9", "by-key").exit_code == 1
