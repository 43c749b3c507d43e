"""`ivr people` and `ivr audit` as they are typed."""

from __future__ import annotations

import json

import pytest

from ivr.cli.console.actions import identity
from ivr.records.store import Store
from tests.cli.conftest import Desk

ME = identity().os_user


@pytest.fixture
def staffed(desk: Desk) -> Desk:
    """A desk where boss administers and wang sees to quality; both are this user."""
    done = desk.ivr("people", "add", "boss", "主管", "--role", "administrator", "--os-user", ME)
    assert (done.exit_code, done.stdout) == (0, "已登记 boss（主管）：系统管理员\n")
    done = desk.ivr(
        "people", "add", "wang", "王五", "--role", "quality", "--role", "qa", "--os-user", ME, "--to", "2199-12-30"
    )
    assert done.exit_code == 0
    return desk


def boss(desk: Desk, *words: str, typed: str | None = None) -> str:
    """What a command of the administrator's prints."""
    done = desk.ivr(*words, typed=typed, IVR_PERSON="boss")
    assert done.exit_code == 0, done.output
    return done.stdout


def test_the_first_person_is_the_administrator_who_sits_here(desk: Desk) -> None:
    assert "尚未登记" in desk.ivr("people", "list").stderr
    told = desk.refused("people", "add", "wang", "王五", "--role", "quality", "--os-user", ME)
    assert f"--role administrator --os-user {ME}" in told


def test_people_are_listed_with_what_they_are_now(staffed: Desk) -> None:
    assert "质量管理、测试" in boss(staffed, "people", "list")
    rows = [json.loads(line) for line in boss(staffed, "people", "list", "--format", "json").splitlines()]
    assert [(row["id"], row["roles"], row["secret"]) for row in rows] == [
        ("boss", ["administrator"], False), ("wang", ["quality", "qa"], False),
    ]  # fmt: skip
    shown = boss(staffed, "people", "show", "wang")
    assert "2199-12-30 23:59:59" in shown and "由 boss 授予" in shown
    assert "没有人员 x" in staffed.refused("people", "show", "x", IVR_PERSON="boss")


def test_roles_come_and_go(staffed: Desk) -> None:
    boss(
        staffed, "people", "grant", "wang", "trainer", "--from", "2026-01-01", "--to", "2199-01-01", "--reason", "接班"
    )
    assert "机器人训练师" in boss(staffed, "people", "list")
    boss(staffed, "people", "revoke", "wang", "trainer")
    assert "机器人训练师" not in boss(staffed, "people", "list")
    assert "没有角色" in staffed.refused("people", "revoke", "wang", "trainer", IVR_PERSON="boss")
    assert "没有 cook 这种" in staffed.refused("people", "grant", "wang", "cook", status=2, IVR_PERSON="boss")
    boss(staffed, "people", "end", "wang")
    assert "wang" not in boss(staffed, "people", "list") and "wang" in boss(staffed, "people", "list", "--all")
    assert "没有对应到人员 wang" in staffed.refused("records", "list", IVR_PERSON="wang")


def test_the_last_administrator_stays(staffed: Desk) -> None:
    for words in (
        ("revoke", "boss", "administrator"),
        ("end", "boss"),
        ("os-user", "boss"),
        ("end", "boss", "--at", "2199-01-01"),
    ):
        assert "系统管理员" in staffed.refused("people", *words, IVR_PERSON="boss")
    boss(staffed, "people", "grant", "wang", "administrator")
    assert "系统管理员" in staffed.refused("people", "end", "boss", IVR_PERSON="boss")  # wang's time ends in 2199


def test_one_s_own_secret_is_one_s_own_and_another_s_the_administrator_s(staffed: Desk) -> None:
    for who, words in (
        ("wang", ("secret", "wang")),
        ("boss", ("secret", "wang")),
        ("boss", ("secret", "wang", "--clear")),
    ):
        assert staffed.ivr("people", *words, typed="一个足够长的密码啊啊啊啊\n", IVR_PERSON=who).exit_code == 0
    assert "无权" in staffed.refused("people", "secret", "boss", IVR_PERSON="wang")
    done = staffed.ivr("people", "secret", "wang", typed="short\n", IVR_PERSON="wang")
    assert done.exit_code == 1 and "至少 12" in done.stderr
    trail = boss(staffed, "audit", "list", "--format", "json")
    assert "密码" not in trail and "scrypt" not in trail
    assert [json.loads(line)["action"] for line in trail.splitlines() if "secret" in line][-1] == "people.secret"


def test_the_trail_is_listed_by_who_and_what(staffed: Desk) -> None:
    staffed.ivr("records", "show", "n-1.1", "--reason", "核对", IVR_PERSON="wang")
    staffed.ivr("records", "show", "n-1.1", IVR_PERSON="wang")
    rows = [
        json.loads(line)
        for line in boss(staffed, "audit", "list", "--target", "call:n-1.1", "--format", "json").splitlines()
    ]
    assert [(row["person"], row["allowed"], row["reason"]) for row in rows] == [
        ("wang", False, None),
        ("wang", True, "核对"),
    ]
    assert "拒绝" in boss(staffed, "audit", "list", "--refused", "--person", "wang")
    assert "查看一通来电" in boss(
        staffed, "audit", "list", "--action", "records.read", "--from", "2026-01-01", "--to", "2199-01-01"
    )
    assert "查看和导出审计记录" in boss(staffed, "audit", "list")  # reading the trail is in it, too


def test_the_trail_is_verified_and_exported(staffed: Desk) -> None:
    told = boss(staffed, "audit", "verify")
    assert told.startswith("审计记录完整\n最后一条：第 3 条，校验值 ")
    boss(staffed, "audit", "export", "trail.jsonl")
    file = staffed.folder / "trail.jsonl"
    assert file.stat().st_mode & 0o777 == 0o600
    assert "完整" in boss(staffed, "audit", "verify", "trail.jsonl")
    file.write_bytes(file.read_bytes().replace("主管".encode(), b"").replace(b'"boss"', b'"wang"', 1))
    done = staffed.ivr("audit", "verify", "trail.jsonl", IVR_PERSON="boss")
    assert done.exit_code == 1 and "处问题" in done.stdout
    told = staffed.ivr("audit", "verify", "trail.jsonl", "--format", "json", IVR_PERSON="boss").stdout
    assert json.loads(told)["faults"]


def test_a_trail_that_was_thrown_away_is_missed(staffed: Desk) -> None:
    (staffed.folder / "run" / "ivr.sqlite").unlink()
    for side in ("-wal", "-shm"):
        (staffed.folder / "run" / f"ivr.sqlite{side}").unlink(missing_ok=True)
    done = staffed.ivr("audit", "verify")
    assert done.exit_code == 1 and "第 2 条：另处留存过校验值，现在没有这一条" in done.stdout
    store = Store(f"sqlite:///{staffed.folder / 'run' / 'ivr.sqlite'}")
    assert store.audit.head().number == 2  # that somebody verified, and what was found
    store.close()


def test_the_matrix_is_printed(desk: Desk) -> None:
    assert desk.ivr("people", "roles").stdout.startswith("# 角色与权限")
