"""`ivr purge`, `ivr privacy …` and exports: what an operator types, and what is there afterwards."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from ivr.care.complaints.intake import Received, receive
from ivr.care.privacy.sound_files import RECORDINGS, UTTERANCES
from ivr.cli.console.actions import identity
from ivr.flow.loader import require
from ivr.people.actions import Action
from ivr.people.roles import Role
from ivr.records.complaints.model import Via
from ivr.records.days import DAY_MS
from ivr.records.model import Transaction
from ivr.records.privacy.model import Purpose
from ivr.records.store import Store
from ivr.records.vocabulary import TransactionOutcome
from ivr.report.definitions import open_store
from tests.cli.conftest import Desk
from tests.metrics.told import call, turn
from tests.people.registered import register

NOW = time.time_ns() // 1_000_000
OLD, NEW = NOW - 1_100 * DAY_MS, NOW - DAY_MS
NUMBER = "+8613800000001"


@pytest.fixture
def store(desk: Desk) -> Iterator[Store]:
    made = open_store(f"sqlite:///{desk.folder / 'run' / 'ivr.sqlite'}")
    made.migrate()
    yield made
    made.close()


def sound(desk: Desk, *paths: str) -> list[Path]:
    files = [desk.folder / "run" / path for path in paths]
    for file in files:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(b"RIFF")
    return files


def people(store: Store) -> None:
    """An administrator, an analyst and one of quality, all of them whoever runs the tests."""
    me = identity().os_user
    for name, role in (("root", Role.ADMINISTRATOR), ("wang", Role.ANALYST), ("li", Role.QUALITY)):
        register(store, name, role, os_user=me)


def test_a_purge_deletes_what_is_past_its_class_and_says_so(desk: Desk, store: Store) -> None:
    store.save([call("old", OLD), call("held", OLD), call("new", NEW)])
    gone, held, kept = sound(desk, *(f"{RECORDINGS}/{name}-1.wav" for name in ("old", "held", "new")))
    assert desk.ivr("privacy", "hold", "call", "held", "--reason", "诉讼").exit_code == 0
    done = desk.ivr("purge")
    assert done.exit_code == 0 and "通话记录：1 条" in done.stdout and "1 个文件" in done.stdout
    assert {one.call_id for one in store.all()} == {"held", "new"}
    assert not gone.exists() and held.exists() and kept.exists()
    assert {entry.entry.action for entry in store.audit.list()} >= {"privacy.purge", "privacy.hold"}
    assert "没有到" in desk.refused("purge", "--as-of", "2199-01-01")
    assert "held" in desk.ivr("privacy", "holds").stdout
    assert desk.ivr("privacy", "release", "1", "--reason", "结案").exit_code == 0
    assert desk.ivr("privacy", "release", "1", "--reason", "结案").exit_code == 1
    desk.ivr("purge")
    assert store.count() == 1 and not held.exists()


def test_a_class_may_be_kept_longer_by_the_settings(desk: Desk, store: Store) -> None:
    store.save([call("old", OLD)])
    (desk.folder / "ivr.toml").write_text("[retention]\ncalls_days = 1200\n")
    desk.ivr("purge")
    assert store.count() == 1
    assert "1200（calls_days）" in desk.ivr("privacy", "register").stdout
    (desk.folder / "ivr.toml").write_text("[retention]\ncalls_days = 30\n")
    assert "[retention] calls_days 应在 31 到" in desk.refused("purge")


def test_everything_about_a_number_is_gathered_and_what_may_go_goes(desk: Desk, store: Store) -> None:
    deed = Transaction("transfer_accept", NEW, TransactionOutcome.DONE)
    store.save([
        call("plain", NEW, caller_number=NUMBER),
        call("deed", NEW, caller_number=NUMBER, transactions=(deed,)),
        call("other", NEW),
    ])  # fmt: skip
    paths = [f"{RECORDINGS}/plain-1.wav", f"{UTTERANCES}/2026-01-01/deed-t1.wav", f"{RECORDINGS}/deed-1.wav"]
    plain, spoken, recorded = sound(desk, *paths)
    desk.ivr("privacy", "consent", NUMBER, "yes", "--for", "marketing", "--how", "branch")
    assert store.privacy.consents.allowed(NUMBER, Purpose.MARKETING, NOW + DAY_MS)
    shown = desk.ivr("privacy", "show", "13800000001", "--reason", "客户查询").stdout
    assert "通话 2 通，录音 3 段" in shown and "交易 1 笔" in shown and "同意营销（branch）" in shown
    before = desk.ivr("report", "--from", "2000-01-01", "--to", "2000-02-01").exit_code
    erased = desk.ivr("privacy", "erase", NUMBER, "--reason", "客户要求")
    assert "删除 1 通通话" in erased.stdout and "保留 deed：有交易" in erased.stdout and before == 0
    assert {one.call_id for one in store.all()} == {"deed", "other"}
    assert not plain.exists() and not spoken.exists() and recorded.exists()
    assert not store.privacy.consents.allowed(NUMBER, Purpose.MARKETING, NOW + DAY_MS)
    assert "不是电话号码" in desk.ivr("privacy", "show", "张三").stderr
    assert "请用 --for" in desk.ivr("privacy", "consent", NUMBER, "yes").stderr


def test_the_calls_of_a_complaint_stay_from_its_first_word_on(desk: Desk, store: Store) -> None:
    store.save([call("n-1.1", OLD, caller_number=NUMBER), call("n-2.1", OLD, caller_number=NUMBER)])
    flow = require(desk.folder / "flows")
    told = Received("n-1.1", "n-1.1", NUMBER, NUMBER, None, None, 0, "多收了一笔费", Via.CALL)
    case = receive(store, flow, told, OLD)
    assert case.accepted_at is None
    desk.ivr("purge")
    assert {one.call_id for one in store.all()} == {"n-1.1"}
    assert "保留 n-1.1：法定保全或投诉涉及" in desk.ivr("privacy", "erase", NUMBER, "--reason", "客户要求").stdout
    assert store.get("n-1.1") is not None


def test_the_trail_names_whom_it_was_about_and_no_whole_number(desk: Desk, store: Store) -> None:
    desk.ivr("privacy", "show", NUMBER, "--reason", "客户查询")
    desk.ivr("privacy", "consent", NUMBER, "yes", "--for", "marketing")
    desk.ivr("privacy", "hold", "number", NUMBER, "--reason", "诉讼")
    assert desk.ivr("privacy", "erase", "13800009999", "--reason", "客户要求").exit_code == 0, "there is nothing of him"
    targets = {one.entry.action: one.entry.target for one in store.audit.list()}
    assert targets["privacy.show"].endswith("0001") and targets["privacy.erase"].endswith("9999")
    assert targets["consents.note"].startswith("consent:marketing:*") and targets["consents.note"].endswith("0001")
    assert targets["privacy.hold"] == "hold:number:1"
    assert not any(NUMBER[-8:] in target or "13800009999" in target for target in targets.values())


def test_a_use_that_nobody_may_make_uses_up_no_approval(desk: Desk, store: Store) -> None:
    people(store)
    told = desk.ivr("records", "export", "--marketing", "--reason", "营销", IVR_PERSON="wang")
    assert told.exit_code == 1 and "--full" in told.stderr and store.approvals.list(open_only=False) == ()


def test_without_people_exports_are_as_they_were(desk: Desk, store: Store) -> None:
    store.save([call("a", NEW, caller_number=NUMBER)])
    assert json.loads(desk.ivr("records", "export").stdout)["caller_number"] == NUMBER


def test_marketing_sees_only_those_who_agreed(desk: Desk, store: Store) -> None:
    store.save([call(name, NEW, caller_number=f"+861380000000{name}") for name in "123"])
    for number, word in (("1", "yes"), ("2", "yes"), ("2", "no")):
        desk.ivr("privacy", "consent", f"+861380000000{number}", word, "--for", "marketing")
    lines = desk.ivr("records", "export", "--marketing").stdout.splitlines()
    assert [json.loads(line)["call_id"] for line in lines] == ["1"]


def test_an_export_needs_a_second_person_and_hides_numbers(desk: Desk, store: Store) -> None:
    spoken = turn("查余额", "查余额")
    store.save([call("a", NEW, caller_number=NUMBER, turns=(spoken,)), call("b", NEW + 9, caller_number=NUMBER)])
    people(store)
    export = ("records", "export", "--reason", "季度分析")
    first = desk.ivr(*export, IVR_PERSON="wang")
    assert first.exit_code == 3 and first.stdout == "" and "申请 1" in first.stderr
    assert desk.ivr(*export, IVR_PERSON="wang").exit_code == 3
    assert desk.ivr("approvals", "approve", "1", IVR_PERSON="wang").exit_code == 1
    assert desk.ivr(*export, IVR_PERSON="wang").exit_code == 3
    assert desk.ivr("approvals", "approve", "1", IVR_PERSON="li").exit_code == 0
    done = desk.ivr(*export, IVR_PERSON="wang")
    one, two = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.exit_code == 0 and NUMBER not in done.stdout and "查余额" not in done.stdout
    assert one["caller_number"] == two["caller_number"] and one["caller_number"].startswith("h-")
    # once; and what was approved is this export, not one with whole numbers
    assert desk.ivr(*export, IVR_PERSON="wang").exit_code == 3
    full = desk.ivr(*export, "--full", IVR_PERSON="wang")
    assert full.exit_code == 3 and "号码和原话完整" in full.stderr
    noted = [one.entry for one in store.audit.list(action=Action.RECORDS_EXPORT.value)]
    assert noted and all(entry.reason == "季度分析" for entry in noted)
