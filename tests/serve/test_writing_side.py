"""Conversations in writing over the node's local socket: their records, what is never stored, and a node that dies."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, cast

import pytest

from ivr.records.complaints.model import Case, Via
from ivr.records.journal.journal import Journal
from ivr.records.journal.recorder import Recorder
from ivr.records.journal.recovery import recover
from ivr.records.store import Store
from ivr.records.vocabulary import EndCause
from ivr.report.monitoring.exporter import Snapshot
from ivr.serve.agents.desk_socket import LONGEST_LINE, DeskSocket
from ivr.serve.care.effects import CareEffects
from ivr.serve.live_figures import LiveFigures
from ivr.serve.writing.writing_side import WritingSide
from ivr.settings import Settings
from ivr.settings.model import TextService
from ivr.telephony.events.queue_board import QueueBoard
from ivr.text.check_digits import check_digit_ok
from tests.call.desks import FLOW, World
from tests.call.written import shipped, small
from tests.serve.test_desk_socket import Client

CARD, PIN, PHONE = "6222021234567894", "860713", "13800138000"


class Node:
    """The part of a node that is needed, on a folder of its own."""

    def __init__(self, state: Path, *, secret: bool = False) -> None:
        self.state = state
        self.store = Store(f"sqlite:///{state / 'ivr.sqlite'}")
        self.store.migrate()
        self.journal = Journal(state / "journal")
        self.recorder = Recorder(self.journal, self.store)
        self.socket = DeskSocket(state / "desk.sock")
        self.served = shipped() if secret else small()
        self.world = World()

    async def open(self) -> None:
        def reading(live: Any, agents: Mapping[Any, int], spoken: Mapping[str, int]) -> Snapshot:
            return Snapshot(live, dict(agents), dict(spoken))

        self.figures = LiveFigures(self.recorder, self.store, lambda: FLOW, reading)
        settings = Settings(state=self.state, text=TextService(sessions=3, complaints=5))
        self.care = CareEffects(settings, self.store, QueueBoard(), lambda: self.served.flow, lambda: None)
        self.writing = WritingSide(settings, lambda: self.served, self.figures, self.care.of_no_line, lambda: None)
        self.care.complaints.follow(lambda: self.writing.sessions.calls, self.recorder.facts)
        self.writing.offer(self.socket)
        await self.socket.open(self.world.desk)

    async def client(self) -> Client:
        return Client(*await asyncio.open_unix_connection(str(self.state / "desk.sock"), limit=2**20))

    async def close(self) -> None:
        await self.writing.sessions.close()
        await self.socket.close()
        await self.world.desk.close()
        self.stop()

    def stop(self) -> None:
        self.recorder.close()
        self.store.close()


def run(state: Path, what: Callable[[Node, Client], Awaitable[None]], *, secret: bool = False) -> None:
    async def whole() -> None:
        node = Node(state, secret=secret)
        await node.open()
        client = await node.client()
        try:
            await asyncio.wait_for(what(node, client), 60)
        finally:
            client.writer.close()
            await node.close()

    asyncio.run(whole())


def test_a_conversation_is_held_and_its_record_is_in_the_database(tmp_path: Path) -> None:
    calls: list[str] = []

    async def what(node: Node, client: Client) -> None:
        begun = await client.ask(command="text-start")
        assert (begun["ok"], begun["over"], begun["words"], begun["lines"][0]["who"]) == (True, False, True, "us")
        session = begun["session"]
        assert [one.channel for one in node.figures.calls_now.calls()] == ["text"]
        assert node.figures.look(0).live.calls == 0
        said = await client.ask(command="text-say", session=session, text="要带什么证件", **{"from": begun["seen"]})
        assert [line["who"] for line in said["lines"]] == ["you", "us"]
        question = said["lines"][1]["question"]
        assert question == said["unrated"]
        rated = await client.ask(command="text-rate", session=session, question=question, resolved=True)
        assert (rated["unrated"], rated["lines"][-1]["resolved"]) == (None, True)
        ended = await client.ask(command="text-end", session=session)
        assert ended["over"] and not node.figures.calls_now.calls()
        assert (await client.ask(command="text-look", session=session))["lines"] == ended["lines"]
        calls.append(begun["call"])
        assert await asyncio.to_thread(node.recorder.drain, 20)
        call = node.store.get(begun["call"])
        assert call is not None
        assert (call.channel, call.turns[0].resolution, call.hangup_by) == ("text", "resolved", "caller")

    run(tmp_path, what)
    assert len(calls) == 1


def test_requests_that_make_no_sense_are_refused_in_words(tmp_path: Path) -> None:
    async def what(node: Node, client: Client) -> None:
        session = (await client.ask(command="text-start"))["session"]
        for request in (
            {"command": "text-say"},
            {"command": "text-say", "session": 7, "text": "人工"},
            {"command": "text-say", "session": "stranger", "text": "人工"},
            {"command": "text-say", "session": session},
            {"command": "text-say", "session": session, "text": ["人工"]},
            {"command": "text-say", "session": session, "text": "字" * 121},
            {"command": "text-choose", "session": session, "key": {"1": 1}},
            {"command": "text-rate", "session": session, "question": "t1", "resolved": True},
            {"command": "text-end", "session": None},
        ):
            answer = await client.ask(**request)
            assert (answer["ok"], answer["code"] in ("wrong", "unknown")) == (False, True), request
            assert answer["error"]
        more = [await client.ask(command="text-start", test=True) for _ in range(3)]
        assert [one.get("code") for one in more] == [None, None, "busy"]

    run(tmp_path, what)


def test_a_line_beyond_the_limit_ends_that_connection_and_no_conversation(tmp_path: Path) -> None:
    async def what(node: Node, client: Client) -> None:
        session = (await client.ask(command="text-start"))["session"]
        other = await node.client()
        huge = {"command": "text-say", "session": session, "text": "A" * 1_000_000}
        assert len(json.dumps(huge)) > LONGEST_LINE
        other.writer.write(json.dumps(huge).encode() + b"\n")
        with suppress(ConnectionError):
            assert await asyncio.wait_for(other.reader.read(), 10) == b""
        other.writer.close()
        assert (await client.ask(command="text-say", session=session, text="要带什么证件"))["ok"]

    run(tmp_path, what)


def test_nothing_that_must_be_secret_is_anywhere_on_the_disk(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")

    async def what(node: Node, client: Client) -> None:
        session = (await client.ask(command="text-start"))["session"]
        for text in (
            CARD,
            f"卡号{CARD}密码{PIN}",
            PIN,
            "查余额",
            PIN,
            CARD,
            "人工",
            "给我回电",
            PHONE,
            "是的",
            f"投诉，{CARD}",
        ):
            await client.ask(command="text-say", session=session, text=text)
        await client.ask(command="text-end", session=session)
        assert await asyncio.to_thread(node.recorder.drain, 20)

    run(tmp_path, what, secret=True)
    kept = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()) + caplog.text.encode()
    assert b"text-" in kept
    for secret in (CARD, PIN):  # the telephone number is kept where a callback was promised
        assert secret.encode() not in kept


COMPLAINT = f"昨天在网点等了两个小时，还把我的卡{CARD}弄丢了"


async def complains(client: Client, *moves: str, **start: object) -> dict[str, Any]:
    """Begin, say so, write it; then choose what these words are in."""
    told = await client.ask(command="text-start", **start)
    session = told["session"]
    told = await client.ask(command="text-say", session=session, text="我要投诉")
    if any(one["label"] == "写下情况" for one in told["choices"]):  # the complaint desk is there
        told = await client.ask(command="text-say", session=session, text="写下情况")
    assert told["longest"] == 1_000
    told = await client.ask(command="text-say", session=session, text=COMPLAINT)
    for words in moves:
        key = next((one["key"] for one in told["choices"] if words in one["label"]), None)
        if key is None:
            told = await client.ask(command="text-say", session=session, text=words)
        else:
            told = await client.ask(command="text-choose", session=session, key=key)
        assert told["ok"], told
    return told


def cases(node: Node) -> list[Case]:
    return list(node.store.complaints.list(open_only=True))


def test_a_complaint_is_written_read_again_and_filed(tmp_path: Path) -> None:
    async def what(node: Node, client: Client) -> None:
        told = await complains(client, "再看一遍", "就这样提交", PHONE, "是")
        if told["choices"]:  # what it is about
            told = await client.ask(command="text-choose", session=told["session"], key="1")
        (case,) = cases(node)
        assert case.id in " ".join(line["text"] for line in told["lines"])
        assert (case.via, case.audio, case.missing) == (Via.TEXT, None, ())
        assert case.call_back_number == f"+86{PHONE}" and case.call_ids == (told["call"],)
        assert case.transcript is not None and "等了两个小时" in case.transcript and CARD not in case.transcript

    run(tmp_path, what, secret=True)
    kept = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert CARD.encode() not in kept and "等了两个小时".encode() in kept


def test_a_complaint_is_kept_whatever_becomes_of_the_conversation_and_dropped_where_he_wants_that(
    tmp_path: Path,
) -> None:
    async def what(node: Node, client: Client) -> None:
        await complains(client, "不提交了")
        told = await complains(client, "重新写", "我又写了一遍")
        await node.care.complaints.look()
        assert cases(node) == []  # he is still at it
        await client.ask(command="text-end", session=told["session"])
        await node.care.complaints.look()
        (case,) = cases(node)
        assert (case.transcript, case.via) == ("我又写了一遍", Via.TEXT)

    run(tmp_path, what, secret=True)


async def refused_complaint(client: Client, **start: object) -> str:
    """What who is told to call instead is told."""
    told = await client.ask(command="text-start", **start)
    told = await client.ask(command="text-say", session=told["session"], text="我要投诉")
    if any(one["label"] == "写下情况" for one in told["choices"]):
        told = await client.ask(command="text-say", session=told["session"], text="写下情况")
    assert told["longest"] < 1_000
    await client.ask(command="text-end", session=told["session"])
    return " ".join(line["text"] for line in told["lines"])


def test_one_address_complains_so_often_in_a_day_and_all_together_so_often(tmp_path: Path) -> None:
    async def what(node: Node, client: Client) -> None:
        for address in ("192.0.2.1", "192.0.2.1", "192.0.2.1", "192.0.2.2"):
            told = await complains(client, "重新写", "我又写了一遍", address=address)
            await client.ask(command="text-end", session=told["session"])
        assert "请拨打95000" in await refused_complaint(client, address="192.0.2.1")
        told = await complains(client, address="192.0.2.2")
        await client.ask(command="text-end", session=told["session"])
        assert "请拨打95000" in await refused_complaint(client, address="192.0.2.3"), "five of all together"
        await node.care.complaints.look()
        assert len(cases(node)) == 5

    run(tmp_path, what, secret=True)


def test_a_test_is_told_a_number_and_no_case_is_made(tmp_path: Path) -> None:
    async def what(node: Node, client: Client) -> None:
        told = await complains(client, "就这样提交", PHONE, "是", test=True)
        if told["choices"]:
            told = await client.ask(command="text-choose", session=told["session"], key="1")
        said = " ".join(line["text"] for line in told["lines"])
        assert any(check_digit_ok(digits) for digits in re.findall(r"\d{10}", said)), said
        told = await complains(client, test=True)  # and another that he leaves in the middle
        await client.ask(command="text-end", session=told["session"])
        await node.care.complaints.look()
        assert cases(node) == [] and node.store.work.items() == () and node.store.work.open_callbacks() == ()
        assert list((tmp_path / "complaint-drafts").glob("*")) == []

    run(tmp_path, what, secret=True)


def test_a_conversation_that_the_node_did_not_survive_has_its_record(tmp_path: Path) -> None:
    calls: list[str] = []

    async def begin() -> None:
        node = Node(tmp_path)
        await node.open()
        client = await node.client()
        begun = await client.ask(command="text-start")
        await client.ask(command="text-say", session=begun["session"], text="要带什么证件")
        calls.append(begun["call"])
        client.writer.close()
        await node.socket.close()
        await node.world.desk.close()
        node.stop()  # without a word to anybody

    asyncio.run(begin())

    async def what(node: Node, client: Client) -> None:
        recover(node.journal, node.store, alive=frozenset(), skip=node.writing.sessions.calls)
        call = node.store.get(calls[0])
        assert call is not None
        assert (call.channel, call.hangup_cause, len(call.turns)) == ("text", EndCause.APP_LOST, 1)
        lost = await client.ask(command="text-say", session="old", text="人工")
        assert (lost["ok"], lost["code"]) == (False, "unknown")

    run(tmp_path, what)


def test_a_conversation_in_progress_is_not_taken_for_one_that_was_lost(tmp_path: Path) -> None:
    async def what(node: Node, client: Client) -> None:
        begun = await client.ask(command="text-start")
        assert node.writing.sessions.calls == {begun["call"]}
        await client.ask(command="text-end", session=begun["session"])
        assert node.writing.sessions.calls == frozenset()

    run(tmp_path, cast(Any, what))
