"""Conversations in writing as pages: tried from the console, and open to everybody at /chat, with bounds, no rights."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from ivr.console.chat.public import LONGEST_BODY, MESSAGES, STARTS, Limits, network
from ivr.console.context import Console
from ivr.errors import TextRefused
from ivr.people.roles import Role
from ivr.settings import Settings
from ivr.settings.model import TextService
from tests.console.rig import ORIGIN, Browser, open_console, visitor
from tests.console.text_node import text_node
from tests.serve.test_writing_side import Node

BANK = "https://www.bank.example"


@pytest.fixture
def console(tmp_path: Path) -> Console:
    return open_console(tmp_path, settings=Settings(text=TextService(page=True, ancestors=BANK)))


@pytest.fixture
def node(console: Console) -> Iterator[Node]:
    with text_node(console.settings.state) as found:
        yield found


def hidden(page: httpx2.Response, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page.text)
    assert found is not None, page.text
    return found[1]


class Site:
    """A visitor of the bank's site: no cookie, no sign-in."""

    def __init__(self, console: Console) -> None:
        self.browser = Browser(console)
        self.session = ""

    def send(self, do: str, origin: str = ORIGIN, **fields: str) -> httpx2.Response:
        page = self.browser.client.post(
            "/chat", data={"do": do, "session": self.session, **fields}, headers={"origin": origin}
        )
        assert "set-cookie" not in page.headers
        return page

    def start(self) -> httpx2.Response:
        page = self.send("start")
        self.session = hidden(page, "session") if page.status_code == 200 else ""
        return page


# ---- from the console


def test_a_conversation_is_tried_and_counts_nowhere(tmp_path: Path, console: Console, node: Node) -> None:
    browser = visitor(tmp_path, Role.TRAINER, console=console)
    assert browser.get("/text").status_code == 200
    begun = browser.post("/text")
    path = begun.headers["location"]
    page = browser.get(path)
    assert "开始" not in page.text and "选择" in page.text
    said = browser.post(path, {"do": "say", "text": "要带什么证件"}, **{"hx-request": "true"})
    assert said.status_code == 200 and "<html" not in said.text and "解决了吗" in said.text
    rated = browser.post(path, {"do": "rate", "question": hidden(said, "question"), "resolved": "yes"})
    assert rated.status_code == 303
    assert "您的评价：已解决" in browser.get(path).text
    browser.post(path, {"do": "choose", "key": "*"})
    ended = browser.post(path, {"do": "end"}, **{"hx-request": "true"})
    assert "对话已经结束" in ended.text
    call_id = re.search(r"text-[0-9a-f]{32}", browser.get(path).text)
    assert call_id is not None and node.recorder.drain(20)
    call = node.store.get(call_id[0])
    assert call is not None and (call.drill, call.channel, call.turns[0].resolution) == (True, "text", "resolved")


def test_what_is_refused_says_why_and_loses_nothing(tmp_path: Path, console: Console, node: Node) -> None:
    browser = visitor(tmp_path, Role.TRAINER, console=console)
    path = browser.post("/text").headers["location"]
    long = "我想问一下" * 200
    page = browser.post(path, {"do": "say", "text": long})
    assert "最多 120 个字" in page.text and long in page.text
    assert "没有这个选项" in browser.post(path, {"do": "choose", "key": "7777"}).text
    assert browser.post(path, {"do": "rate", "question": "x", "resolved": "maybe"}).status_code == 200
    lost = browser.post("/text/stranger", {"do": "say", "text": "人工"})
    assert (lost.status_code, lost.headers["location"]) == (303, "/text")
    assert "重新开始" in browser.get("/text").text
    assert browser.get("/text/stranger").headers["location"] == "/text"


def test_without_a_node_the_page_says_so(tmp_path: Path, console: Console) -> None:
    browser = visitor(tmp_path, Role.TRAINER, console=console)
    for page in (
        browser.post("/text"),
        browser.get("/text/any"),
        browser.post("/text/any", {"do": "say", "text": "a"}),
    ):
        assert page.status_code == 409 and "不能使用文字服务" in page.text
    site = Site(console)
    page = site.send("start")
    assert page.status_code == 503 and "不能使用文字服务" in page.text


# ---- open to everybody


def test_who_has_not_opened_it_has_no_such_page(tmp_path: Path) -> None:
    browser = Browser(open_console(tmp_path))
    assert browser.get("/chat").status_code == 404
    assert browser.client.post("/chat", data={"do": "start"}, headers={"origin": ORIGIN}).status_code == 404


def test_a_visitor_talks_without_a_cookie_and_without_a_script(console: Console, node: Node) -> None:
    site = Site(console)
    before = site.browser.get("/chat")
    assert before.status_code == 200 and "请不要在这里写密码" in before.text and "set-cookie" not in before.headers
    assert site.start().status_code == 200
    said = site.send("say", text="要带什么证件")
    assert "解决了吗" in said.text and said.text.startswith("<!doctype html>")
    assert "您的评价：未解决" in site.send("rate", question=hidden(said, "question"), resolved="no").text
    assert "对话已经结束" in site.send("end").text
    assert "重新开始" in site.send("say", text="人工").text


def test_only_named_sites_may_show_it_in_a_frame(console: Console) -> None:
    page = Browser(console).get("/chat")
    assert f"frame-ancestors 'self' {BANK}" in page.headers["content-security-policy"]
    assert "script-src" not in page.headers["content-security-policy"]
    assert page.headers["permissions-policy"].startswith("microphone=()")
    assert "frame-ancestors 'none'" in Browser(console).get("/sign-in").headers["content-security-policy"]


@pytest.mark.parametrize("origin", ["https://evil.example", "null", f"{ORIGIN}.evil.example", "http://127.0.0.1:8471"])
def test_another_site_begins_no_conversation(console: Console, node: Node, origin: str) -> None:
    assert Site(console).send("start", origin).status_code == 403
    assert node.writing.sessions.calls == frozenset()


def test_what_says_nothing_of_where_it_comes_from_is_refused(console: Console, node: Node) -> None:
    assert Browser(console).client.post("/chat", data={"do": "start"}).status_code == 403


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"do=start&text=" + b"A" * LONGEST_BODY, "application/x-www-form-urlencoded"),
        (b"&".join(b"a%d=1" % at for at in range(1_000)), "application/x-www-form-urlencoded"),
        (b"do=start&text=\xff\xfe", "application/x-www-form-urlencoded"),
        (b'{"do": "start"}', "application/json"),
        (b"--x\r\ncontent-disposition: form-data; name=do\r\n\r\nstart\r\n--x--", "multipart/form-data; boundary=x"),
    ],
)
def test_what_is_no_form_of_ours_is_not_read(console: Console, node: Node, body: bytes, kind: str) -> None:
    headers = {"origin": ORIGIN, "content-type": kind}
    assert Browser(console).client.post("/chat", content=body, headers=headers).status_code == 403
    assert node.writing.sessions.calls == frozenset()


def test_what_is_written_is_shown_as_text(console: Console, node: Node) -> None:
    site = Site(console)
    site.start()
    page = site.send("say", text="<script>alert(1)</script>\"'&<b>")
    assert "<script>alert" not in page.text and "<b>" not in page.text
    assert "&lt;script&gt;" in page.text


def test_strangers_read_no_conversation(console: Console, node: Node) -> None:
    one, other = Site(console), Site(console)
    one.start()
    one.send("say", text="要带什么证件")
    other.session = one.session[:-1] + ("A" if one.session[-1] != "A" else "B")
    assert "要带什么证件" not in other.send("look").text
    assert one.session not in node.writing.sessions.calls  # what is in records and lists opens nothing


def test_so_many_from_one_address() -> None:
    clock = [0.0]
    limits = Limits(lambda: clock[0])
    for _ in range(STARTS):
        limits.check("192.0.2.1", start=True)
    with pytest.raises(TextRefused):
        limits.check("192.0.2.1", start=True)
    limits.check("192.0.2.2", start=True)
    clock[0] = 601.0
    limits.check("192.0.2.1", start=True)
    for _ in range(MESSAGES - 1):
        limits.check("192.0.2.1", start=False)
    with pytest.raises(TextRefused):
        limits.check("192.0.2.1", start=False)


def test_who_writes_too_often_is_told_so(console: Console, node: Node) -> None:
    site = Site(console)
    pages = [site.send("look") for _ in range(STARTS + 1)]  # without a session each begins one
    assert (pages[-1].status_code, "太频繁" in pages[-1].text) == (429, True)


def test_an_address_is_the_network_of_one_customer() -> None:
    assert network("192.0.2.1") != network("192.0.2.2")
    assert network("2001:db8:0:1::1") == network("2001:db8:0:1:ffff::9") != network("2001:db8:0:2::1")
    assert network("testclient") == ""
