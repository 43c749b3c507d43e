"""`ivr announcements`, and a call in an emergency in `ivr try`."""

from __future__ import annotations

import json
from pathlib import Path

from tests.cli.conftest import Desk
from tests.flow import small

FILE = "flows/announcements.yaml"
LATE = ("publish_at: 2098-11-30 00:00", "publish_at: 2098-11-30 23:30")


def text(desk: Desk) -> str:
    return (desk.folder / FILE).read_text(encoding="utf-8")


def late(desk: Desk) -> None:
    small.edit(desk.folder / "flows", "announcements.yaml", *LATE)


def test_what_is_announced_is_listed(desk: Desk) -> None:
    shown = desk.ivr("announcements", "list")
    assert shown.exit_code == 0, shown.output
    assert shown.stdout.splitlines() == [
        "net_bank　系统维护、网上银行　待播报　2098-11-30 00:00 起播报，到 2098-12-01 06:00 为止",
        "　　菜单之前、排队时（所有队列）：网上银行将于今晚暂停服务。",
        "共 1 条公告",
    ]
    (row,) = json.loads(desk.ivr("announcements", "list", "--format", "json").stdout)
    assert (row["id"], row["state"], row["emergency"]) == ("net_bank", "待播报", None)


def test_the_emergency_lead_lets_a_maintenance_begin_sooner(desk: Desk) -> None:
    late(desk)
    assert "F181" in desk.ivr("check").stdout
    shown = desk.ivr("announcements", "list")
    assert shown.exit_code == 0 and "！维护公告「net_bank」只提前了 0.5 小时" in shown.stdout
    before = text(desk)
    assert desk.ivr("announcements", "emergency", "net_bank").exit_code == 1, "a reason is needed"
    assert text(desk) == before
    done = desk.ivr("announcements", "emergency", "net_bank", "--reason", "机房漏水，须立即停机")
    assert done.exit_code == 0, done.output
    assert "没有问题" in desk.ivr("check").stdout
    lines = text(desk).splitlines()
    assert [line for line in lines if "emergency:" not in line] == before.splitlines()
    listed = desk.ivr("announcements", "list").stdout
    assert "机房漏水，须立即停机" in listed and "没有这位应急负责人的同意" not in listed
    again = desk.ivr("announcements", "emergency", "net_bank", "--reason", "再来一次")
    assert again.exit_code == 1 and "已经写了" in again.stderr


def test_a_mark_that_nobody_gave_is_told(desk: Desk) -> None:
    late(desk)
    mark = "menu: true\n    emergency: {by: os:x, reason: 急}"
    small.edit(desk.folder / "flows", "announcements.yaml", "menu: true", mark)
    checked = desk.ivr("check")
    assert "没有问题" in checked.stdout
    assert "在发布时按发布时间和审计记录核对" in checked.stderr
    assert "审计里没有这位应急负责人的同意" in desk.ivr("announcements", "list").stdout


def test_what_is_not_there_is_not_marked(desk: Desk) -> None:
    failed = desk.ivr("announcements", "emergency", "net_bnk", "--reason", "急")
    assert failed.exit_code == 1 and "没有「net_bnk」" in failed.stderr


def test_a_caller_in_an_emergency_is_tried_out(desk: Desk) -> None:
    script = desk.folder / "call.txt"
    script.write_text(
        "时间 2026-03-02 10:00\n应急 surge general handle\n应听到 目前来电较多\n按 0\n应听到 emergency_agents\n"
        "应记录 FlowChosen entry=emergency\n挂机\n应结束\n",
        encoding="utf-8",
    )
    done = desk.ivr("try", "--no-speech", "--script", str(script))
    assert done.exit_code == 0, done.output
    script.write_text("时间 2026-03-02 10:00\n应听到 目前来电较多\n挂机\n", encoding="utf-8")
    assert desk.ivr("try", "--no-speech", "--script", str(script)).exit_code == 1
    met = desk.ivr("try", "--no-speech", "--emergency", "surge general handle", "--script", str(script))
    assert met.exit_code == 0, met.output
    unknown = desk.ivr("try", "--emergency", "surge general hand")
    assert unknown.exit_code == 2 and "没有阶段「hand」" in unknown.stderr


def test_an_announcement_is_tried_out_at_its_time(desk: Desk, tmp_path: Path) -> None:
    script = tmp_path / "call.txt"
    script.write_text("应听到 网上银行将于今晚暂停服务\n按 1 early\n应听到 开户请带身份证\n挂机\n", encoding="utf-8")
    for at, code in (
        ("2098-11-29 23:59", 1),
        ("2098-11-30 00:00", 0),
        ("2098-12-01 05:59", 0),
        ("2098-12-01 06:00", 1),
    ):
        done = desk.ivr("try", "--no-speech", "--at", at, "--script", str(script))
        assert done.exit_code == code, (at, done.output)
