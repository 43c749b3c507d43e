"""Calls: who sees what of them, how they are found, and one as a time line."""

from __future__ import annotations

import io
import re
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from ivr.console.context import Console
from ivr.flow.loader import load
from ivr.metrics.trouble import points, troubles
from ivr.people.roles import Role
from ivr.records.model import AgentLeg, Call, Handoff, MenuVisit, PromptHeard, Survey, Transaction, Turn
from ivr.records.vocabulary import TransactionOutcome
from tests.console.rig import open_console, visitor

T = 1_790_000_000_000
NUMBER = "+8613812345678"
FLOWS = Path(__file__).parents[2] / "flows"


def served(call_id: str = "c-1", t: int = T, **more: object) -> Call:
    """A call that went through menus, spoke, waited and was answered."""
    call = Call(
        call_id, call_id, "in", "95000", "normal", t, t + 90_000, "caller", NUMBER,
        customer_id="K-77", t_answered=t + 200, t_first_prompt=t + 900,
        menu_visits=(
            MenuVisit("main", 1, t + 1_000, "timeout"),
            MenuVisit("main", 1, t + 9_000, "choice", "1"),
            MenuVisit("accounts", 2, t + 12_000, "hangup"),
        ),
        turns=(Turn(f"{call_id}-t", t + 15_000, t + 17_000, "我的卡丢了", 0.9, "card_loss", 0.87, "leaf:card_loss"),),
        handoffs=(
            Handoff(t + 20_000, "key", t + 35_000, "answered", t_queued=t + 20_500, t_ring_first=t + 30_000,
                    ring_ms_answering=5_000, t_connected=t + 35_000, agent_id="1001", queue="general"),
        ),
        agent_legs=(AgentLeg("1001", t + 35_000, t + 80_000),),
        transactions=(Transaction("report_loss", t + 60_000, TransactionOutcome.DONE, "REF-4711"),),
        surveys=(Survey("agent", True, True, 3),),
        completed_leaf=("card_loss",),
    )  # fmt: skip
    return replace(call, **more)  # type: ignore[arg-type]


@pytest.fixture
def console(tmp_path: Path) -> Console:
    found = open_console(tmp_path)
    found.store.save([served()])
    return found


def test_a_list_masks_numbers_and_leads_to_the_call(console: Console, tmp_path: Path) -> None:
    browser = visitor(tmp_path, Role.QA, console=console)
    told = browser.get("/calls")
    assert told.status_code == 200 and "****5678" in told.text and NUMBER not in told.text and "K-77" not in told.text
    assert "/calls/c-1" in told.text and "没选中 1 次" in told.text and "不满意" in told.text


def test_who_may_not_read_sees_what_happened_but_no_words_and_no_number(console: Console, tmp_path: Path) -> None:
    browser = visitor(tmp_path, Role.QA, console=console)
    told = browser.get("/calls/c-1").text
    assert "客户说（5 个字）" in told and "座席 1001 接听" in told and "9.0 秒" in told and "等了 0:14" in told
    for secret in ("我的卡丢了", NUMBER, "K-77", "REF-4711"):
        assert secret not in told
    assert browser.get("/calls/c-1/whole").status_code == 403


def test_the_whole_call_needs_a_reason_and_is_in_the_trail(console: Console, tmp_path: Path) -> None:
    browser = visitor(tmp_path, Role.QUALITY, console=console)
    asked = browser.get("/calls/c-1/whole")
    assert asked.status_code == 403 and "我的卡丢了" not in asked.text
    fields = {"action": "records.read", "target": "call:c-1", "next": "/calls/c-1/whole", "reason": "客户投诉复核"}
    assert browser.post("/reason", fields).status_code == 303
    told = browser.get("/calls/c-1/whole")
    assert told.status_code == 200
    for shown in ("我的卡丢了", NUMBER, "K-77", "REF-4711"):
        assert shown in told.text
    entry = next(e.entry for e in console.store.audit.list() if e.entry.action == "records.read" and e.entry.allowed)
    assert (entry.target, entry.reason) == ("call:c-1", "客户投诉复核")


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("entry=menu", True), ("entry=bot", False), ("agent=1001", True), ("agent=1002", False),
        ("outcome=answered", True), ("outcome=refused", False), ("menu=accounts", True), ("menu=loans", False),
        ("leaf=card_loss", True), ("leaf=x", False), ("intent=card_loss", True), ("action=leaf", True),
        ("action=rephrase", False), ("queue=general&outcome=answered", True), ("queue=cards", False),
        ("dissatisfied=1", True), ("recorded=1", False), ("transactions=1", True), ("least=90", True),
        ("least=91", False), ("from=2026-09-21&to=2026-09-21", True), ("from=2026-09-22", False),
        ("to=2026-09-20", False), ("channel=text", False), ("hangup_by=caller", True), ("did=95000", True),
        ("from=gestern", True), ("least=-1", True), ("menu=' OR 1=1 --", False), ("after=nonsense", True),
    ],
)  # fmt: skip
def test_every_field_filters(console: Console, tmp_path: Path, query: str, found: bool) -> None:
    told = visitor(tmp_path, Role.QA, console=console).get(f"/calls?{query}").text
    assert ("/calls/c-1" in told) is found and ("没有符合的通话" in told) is not found


def test_an_id_leads_to_its_call(console: Console, tmp_path: Path) -> None:
    browser = visitor(tmp_path, Role.QA, console=console)
    assert browser.get("/calls?call_id=c-1").headers["location"] == "/calls/c-1"
    assert "没有符合的通话" in browser.get("/calls?call_id=c-9").text
    assert browser.get("/calls/c-9").status_code == 404


def test_pages_follow_each_other_without_gap_or_repetition(tmp_path: Path) -> None:
    console = open_console(tmp_path)
    # many of one moment, so that the cursor must tell them apart
    console.store.save([served(f"c-{n:03}", T + 1000 * (n // 40)) for n in range(130)])
    browser, seen, place = visitor(tmp_path, Role.QA, console=console), list[str](), "/calls?entry=menu"
    while place:
        text = browser.get(place).text
        seen += re.findall(r'"/calls/(c-\d+)"', text)
        following = re.search(r'rel="next" href="([^"]+)"', text)
        place = following[1].replace("&amp;", "&") if following else ""
    assert seen == sorted(seen, reverse=True) and len(seen) == len(set(seen)) == 130


def test_tests_are_listed_only_when_they_are_asked_for(tmp_path: Path) -> None:
    console = open_console(tmp_path)
    console.store.save([served("c-drill", drill=True)])
    browser = visitor(tmp_path, Role.QA, console=console)
    assert "c-drill" not in browser.get("/calls").text and "c-drill" in browser.get("/calls?drill=1").text


def test_a_number_is_sought_for_a_reason_and_stands_in_no_address(console: Console, tmp_path: Path) -> None:
    browser = visitor(tmp_path, Role.QUALITY, console=console)
    told = browser.post("/calls/number", {"number": "138 1234 5678", "reason": "投诉"})
    assert told.status_code == 200 and "/calls/c-1" in told.text
    assert "****5678" in told.text and NUMBER not in told.text
    assert "/calls/c-1" not in browser.post("/calls/number", {"number": "13812345679", "reason": "投诉"}).text
    assert "/calls/c-1" in browser.post("/calls/number", {"customer": "K-77", "reason": "投诉"}).text
    assert browser.post("/calls/number", {"number": "13812345678"}).status_code == 403
    wrong = browser.post("/calls/number", {"number": "abc", "reason": "投诉"})
    assert wrong.status_code == 409 and "看不懂这个号码" in wrong.text and 'value="abc"' in wrong.text
    other = visitor(tmp_path, Role.QA, console=console, person="other")
    assert other.post("/calls/number", {"number": "13812345678", "reason": "投诉"}).status_code == 403
    assert "按号码或客户查找" not in other.get("/calls").text


def test_whose_calls_were_sought_is_in_the_trail(console: Console, tmp_path: Path) -> None:
    browser = visitor(tmp_path, Role.QUALITY, console=console)
    browser.post("/calls/number", {"number": "138 1234 5678", "reason": "投诉"})
    told = browser.post("/calls/number", {"customer": "CUSTOMER-K-77", "number": "13812345678", "reason": "复核"})
    assert told.status_code == 200
    found = [one.entry for one in console.store.audit.list(action="records.read")]
    assert [(one.target, one.reason) for one in found] == [
        ("customer:*********K-77", "复核"), ("customer:**********5678", "复核"), ("customer:**********5678", "投诉")
    ]  # fmt: skip
    other = visitor(tmp_path, Role.QA, console=console, person="other")
    assert other.post("/calls/number", {"customer": "CUSTOMER-K-77", "reason": "看看"}).status_code == 403
    refused = console.store.audit.list(action="records.read")[0].entry
    assert (refused.person, refused.allowed, refused.target) == ("other", False, "customer:*********K-77")


def test_places_have_the_names_of_the_revision_that_served_the_call(tmp_path: Path) -> None:
    console = open_console(tmp_path)
    flow = load(FLOWS).flow
    assert flow is not None
    console.store.save_revision(flow.revision, T)
    console.store.save([served(flow_revision=flow.revision.id)])
    told = visitor(tmp_path, Role.QA, console=console).get("/calls/c-1").text
    assert "账户理财（accounts）" in told and "去业务 " in told and flow.revision.author in told


def test_the_prompts_that_were_heard_are_steps_of_the_call(tmp_path: Path) -> None:
    console = open_console(tmp_path)
    flow = load(FLOWS).flow
    assert flow is not None
    console.store.save_revision(flow.revision, T)
    heard = (
        PromptHeard("main_menu", T + 1_100, T + 8_900),
        PromptHeard("queue_position", T + 23_000, T + 25_500, "hangup", values=True),
    )
    console.store.save([served(flow_revision=flow.revision.id, prompts_heard=heard)])
    told = visitor(tmp_path, Role.QA, console=console).get("/calls/c-1").text
    menu = flow.prompts["main_menu"].texts["zh"][:30]
    assert 'data-kind="prompt"' in told and f"播放 「{menu}…」（main_menu），7.8 秒" in told
    assert "（其中报的内容不记录），2.5 秒，播放中通话结束" in told
    assert told.index("菜单 主菜单") < told.index("（main_menu）") < told.index("（queue_position）")


def test_a_call_is_taken_along_as_a_test(tmp_path: Path) -> None:
    console = open_console(tmp_path)
    flow = load(FLOWS).flow
    assert flow is not None
    console.store.save_revision(flow.revision, T)
    console.store.save([served(flow_revision=flow.revision.id)])
    browser = visitor(tmp_path, Role.QA, console=console)
    told = browser.get("/calls/c-1/test?name=lost-card").text
    assert "expect-menu main" in told and "flows/tests/lost-card.txt" in told and "须手工补上" in told
    for private in ("我的卡丢了", NUMBER, "K-77"):
        assert private not in told
    packed = browser.get("/calls/c-1/test.zip?name=lost-card")
    with zipfile.ZipFile(io.BytesIO(packed.content)) as found:
        assert found.namelist() == ["flows/tests/lost-card.txt"]
    assert "测试的名字用" in browser.get("/calls/c-1/test?name=../x").text
    assert browser.get("/calls/c-1/test.zip?name=../x").status_code == 409
    assert browser.get("/calls/c-9/test").status_code == 404


def test_the_worst_come_first_with_what_went_wrong(tmp_path: Path) -> None:
    console = open_console(tmp_path)
    smooth = served("c-smooth", menu_visits=(), surveys=(), handoffs=(), transactions=(), agent_legs=(), turns=())
    misses = tuple(MenuVisit("main", 1, T + 1000 * n, "invalid", "8") for n in range(70))
    drill = served("c-drill", drill=True, menu_visits=misses)
    console.store.save([smooth, served("c-worse", menu_visits=misses), served(), drill])
    console.store.save([served(f"x-{n:03}", T - 60_000 * n, menu_visits=misses[: 60 - n]) for n in range(55)])
    browser, seen, place = visitor(tmp_path, Role.QA, console=console), list[str](), "/calls/worst"
    while place:
        text = browser.get(place).text
        seen += re.findall(r'"/calls/([a-z]-[a-z0-9]+)"', text)
        following = re.search(r'rel="next" href="([^"]+)"', text)
        place = following[1].replace("&amp;", "&") if following else ""
    assert seen == ["c-worse", *(f"x-{n:03}" for n in range(55)), "c-1"]
    text = browser.get("/calls/worst").text
    assert "没有选中 +70" in text and "客户不满意 +5" in text
    assert "这些天没有不顺的通话" in browser.get("/calls/worst?from=2026-09-01&to=2026-09-05").text


def test_what_did_not_reach_the_caller_well_is_worth_points() -> None:
    assert points(served(menu_visits=(), surveys=())) == 0
    assert points(served()) == 6
    turn = served().turns[0]
    lost = replace(turn, action="rephrase", asr_conf=0.2)
    assert dict(troubles(served(turns=(lost, replace(turn, action="no")))))["没有听懂"] == 2
    left = replace(served().handoffs[0], outcome="abandoned", t_left=T + 60_000)
    assert dict(troubles(served(handoffs=(left,))))["等待后放弃"] == 4
