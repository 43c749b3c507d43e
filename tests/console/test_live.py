"""What goes on at the node reaches browsers: over a real socket, whatever comes over it; streams end with sessions, say
how old they are, and tell nobody more than he may know."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from ivr.console.context import Console
from ivr.console.live import live as module
from ivr.console.live import node_link
from ivr.console.live.live import Live
from ivr.console.live.node_link import Event, NodeLink, ended
from ivr.console.live.regions import REGIONS, Regions, Rights, callers, listed, values
from ivr.console.live.streams import MOST_OF_SESSION, MOST_UNREAD, Reader, Streams
from ivr.errors import AgentRefused, NodeError
from ivr.people.access import access_of
from ivr.people.roles import Role
from ivr.records.audit.model import AuditEntry
from ivr.report.monitoring.calls_now import CallNow, Stage
from ivr.report.monitoring.live_view import AgentLine, LiveView, QueueNow, view_to_json
from ivr.serve.live import watchers
from tests.console.rig import Clock, open_console, register, visitor
from tests.serve.live_node import LiveNode, offered

VIEW = LiveView(1, 2, "n1", 3, "r1")


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Time goes faster."""
    monkeypatch.setattr(watchers, "EVERY_SECONDS", 0.02)
    monkeypatch.setattr(watchers, "ALIVE_SECONDS", 0.1)
    monkeypatch.setattr(node_link, "AGAIN_SECONDS", (0.02,))
    monkeypatch.setattr(node_link, "SILENCE_SECONDS", 1.0)
    monkeypatch.setattr(module, "BEAT_SECONDS", 0.05)


async def until(done: Callable[[], bool]) -> None:
    """What comes over the socket, no event tells."""
    async with asyncio.timeout(10):
        while not done():  # noqa: ASYNC110
            await asyncio.sleep(0.005)


async def told_to(link: NodeLink) -> None:
    """Until it knows how the node is."""
    await until(lambda: link.connected)


@asynccontextmanager
async def kept(work: Callable[[], Any]) -> AsyncIterator[None]:
    """While `work` runs."""
    task = asyncio.create_task(work())
    try:
        yield
    finally:
        await ended(task)


@asynccontextmanager
async def node_at(path: Path) -> AsyncIterator[LiveNode]:
    """A node that tells those who watch."""
    node = LiveNode(path)
    await node.open()
    async with kept(node.watchers.keep):
        yield node
    await node.close()


def asks_from_here(console: Console) -> None:
    """Pages are served by another loop here, and a real console has one: what they ask of the node, this loop asks."""
    here, link = asyncio.get_running_loop(), console.live.link
    ask = link.ask

    async def asked(request: Mapping[str, Any], seconds: float = 5.0) -> Event:
        if asyncio.get_running_loop() is here:
            return await ask(request, seconds)
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(ask(request, seconds), here))

    setattr(link, ask.__name__, asked)


def run(what: Callable[[], Awaitable[None]]) -> None:
    """Within half a minute."""

    async def whole() -> None:
        await asyncio.wait_for(what(), 30)

    asyncio.run(whole())


# ---- the connection to the node


def test_the_link_follows_the_node_and_comes_back_after_its_restart(tmp_path: Path) -> None:
    async def what() -> None:
        link = NodeLink(tmp_path / "desk.sock")
        async with kept(link.keep):
            async with node_at(tmp_path / "desk.sock") as node:
                await until(lambda: link.connected)
                node.note(offered(1_000))
                await until(lambda: link.view is not None and len(link.view.calls) == 1)
                first = link.view
            await until(lambda: not link.connected)
            assert link.view is first  # what was last known stays, and grows old
            with pytest.raises(NodeError, match="没有在运行"):
                await link.ask({"command": "list"})
            async with node_at(tmp_path / "desk.sock"):
                await until(lambda: link.connected and link.view is not None and link.view.calls == ())

    run(what)


def test_one_connection_serves_everybody_who_asks_and_tells_events(tmp_path: Path) -> None:
    async def what() -> None:
        link, events = NodeLink(tmp_path / "desk.sock"), list[Any]()
        link.listeners.append(events.append)
        async with node_at(tmp_path / "desk.sock") as node, kept(link.keep):
            await until(lambda: link.connected)
            answers = await asyncio.gather(*(link.ask({"command": "list"}) for _ in range(60)))
            assert all(one["agents"] for one in answers)
            with pytest.raises(AgentRefused, match="没有工号为 9 的座席"):
                await link.ask({"command": "ready", "agent": "9"})
            await link.ask({"command": "watch-call", "call": "k1"})
            node.socket.publish({"event": "ringing", "agent": "1001"})
            await until(lambda: bool(events))
            assert events[0]["event"] == "ringing"

    run(what)


def test_who_is_not_answered_is_told(tmp_path: Path) -> None:
    async def what() -> None:
        link = NodeLink(tmp_path / "desk.sock")

        async def never(*_: object) -> dict[str, Any]:
            await asyncio.Event().wait()
            return {}

        async with node_at(tmp_path / "desk.sock") as node, kept(link.keep):
            node.socket.offer("never", never)
            await until(lambda: link.connected)
            with pytest.raises(NodeError, match="没有应答"):
                await link.ask({"command": "never"}, seconds=0.05)
            asked = asyncio.create_task(link.ask({"command": "never"}))
            await asyncio.sleep(0)
        with pytest.raises(NodeError, match="没有应答"):
            await asked

    run(what)


GOOD = json.dumps({"id": -1, "ok": True, "view": view_to_json(VIEW)}).encode() + b"\n"
DEEP = b'{"event": "view", "view": ' + b"[" * 100_000 + b"\n"


@asynccontextmanager
async def saying(path: Path, *said: list[bytes]) -> AsyncIterator[list[asyncio.StreamWriter]]:
    """A node that says this to the first connection, that to the second …, the last to all others; b"" ends its word.
    The connections so far."""
    writers: list[asyncio.StreamWriter] = []

    async def serve(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.append(writer)
        for one in said[min(len(writers), len(said)) - 1]:
            writer.write(one)
            if not one:
                writer.write_eof()

    server = await asyncio.start_unix_server(serve, str(path))
    try:
        yield writers
    finally:
        server.close()
        for writer in writers:
            writer.transport.abort()
        await asyncio.sleep(0)


@pytest.mark.parametrize(
    "line",
    [
        b"no JSON\n",
        b"[1]\n",
        b"\xff\xfe\n",
        DEEP,
        b'{"event": "view"}\n',
        b'{"event": "view", "view": 3}\n',
        b'{"event": "view", "view": {"calls": 3, "agents": []}}\n',
        b'{"event": "view", "view": {"calls": [[]], "agents": []}}\n',
        b'{"event": "view", "view": {"calls": [{"call_id": "a"}], "agents": []}}\n',
        b'{"event": "view", "view": {"calls": [], "agents": [], "number": -1}}\n',
        json.dumps({"event": "view", "view": {**view_to_json(VIEW), "t": "<script>"}}).encode() + b"\n",
        GOOD[:-20],
        b"x" * 200,
        b'{"id": -1, "ok": false, "error": "no"}\n',
    ],
    ids=lambda line: line[:40],
)
def test_a_line_that_is_cut_or_hostile_ends_the_connection_and_not_the_console(tmp_path: Path, line: bytes) -> None:
    """The view that was good stays; the next connection is as good as the first."""

    async def what() -> None:
        link = NodeLink(tmp_path / "desk.sock")
        first = [GOOD + line, *([] if line.endswith(b"\n") else [b""])]
        async with saying(tmp_path / "desk.sock", first, [GOOD]) as connections, kept(link.keep):
            await until(lambda: len(connections) == 2 and link.connected)
            assert link.view == VIEW

    run(what)


def test_a_node_that_falls_silent_is_left_and_a_line_without_end_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(node_link, "LONGEST_LINE", 4096)
    monkeypatch.setattr(node_link, "SILENCE_SECONDS", 0.1)

    async def what() -> None:
        link = NodeLink(tmp_path / "desk.sock")
        said = ([GOOD], [GOOD + b"y" * 20_000], [GOOD])
        async with saying(tmp_path / "desk.sock", *said) as connections, kept(link.keep):
            await until(lambda: len(connections) >= 4)
            assert link.view == VIEW

    run(what)


def test_a_fault_in_what_is_called_with_the_news_ends_no_watching(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def what() -> None:
        link, told = NodeLink(tmp_path / "desk.sock"), list[int]()

        def faulty() -> None:
            told.append(1)
            if len(told) == 1:
                raise KeyError("template")

        link.changed.append(faulty)
        async with node_at(tmp_path / "desk.sock"), kept(link.keep):
            await until(lambda: len(told) >= 3 and link.connected)

    run(what)
    assert "could not be passed on" in caplog.text


def test_who_stops_watching_stops_though_the_node_speaks_just_then(tmp_path: Path) -> None:
    """A console that is stopped would wait for its own end for ever."""

    async def what() -> None:
        async with saying(tmp_path / "desk.sock", [GOOD]) as connections:
            for moment in range(20):
                link = NodeLink(tmp_path / "desk.sock")
                task = asyncio.create_task(link.keep())
                await told_to(link)
                connections[-1].write(b'{"event": "alive", "number": 1, "t": 5}\n')
                for _ in range(moment):
                    await asyncio.sleep(0)
                task.cancel()
                await asyncio.wait((task,), timeout=1)
                assert task.cancelled() and not link.connected

    run(what)


def test_what_is_old_is_known_to_be(tmp_path: Path) -> None:
    """By the console's own steps: the age grows while the node says nothing, and a sign of life of another view than
    ours makes nothing young."""
    steps = [10.0]
    link = NodeLink(tmp_path / "desk.sock", clock=lambda: steps[0])

    class Writer:
        """Nobody writes."""

    writer: Any = Writer()
    link._take(GOOD, writer)
    assert (link.connected, link.age_ms) == (True, 0)
    steps[0] += 3
    link._take(b'{"event": "alive", "number": 9, "t": 5}\n', writer)
    assert link.age_ms == 3_000
    link._take(b'{"event": "alive", "number": 1, "t": 5}\n', writer)
    assert link.age_ms == 0


# ---- the streams


async def told(reader: Reader) -> list[tuple[str, Any]]:
    """What lies ready for a reader, until it is cut."""
    found = [text async for text in reader.texts()]
    return [parsed(one) for text in found for one in text.split("\n\n") if one.startswith("event")]


def parsed(text: str) -> tuple[str, Any]:
    """Event and data."""
    name, _, data = text.partition("\n")
    return name.removeprefix("event: "), json.loads(data.removeprefix("data: "))


def test_a_slow_reader_gets_the_newest_state_and_every_event_in_order() -> None:
    reader = Reader("s", None, frozenset())  # type: ignore[arg-type]
    for number in range(1000):
        reader.state("calls", "region", {"number": number})
    for number in range(3):
        reader.event("ringing", {"number": number, "words": "挂失\n\nevent: forged"})

    async def what() -> None:
        texts = reader.texts()
        assert (await anext(texts)).startswith("retry: ")
        found = [parsed(one) for one in (await anext(texts)).split("\n\n") if one]
        assert [(name, data["number"]) for name, data in found] == [
            ("ringing", 0), ("ringing", 1), ("ringing", 2), ("region", 999),
        ]  # fmt: skip
        reader.cut("session")
        reader.cut("behind")
        assert parsed(await anext(texts)) == ("over", {"why": "session"})
        with pytest.raises(StopAsyncIteration):
            await anext(texts)

    run(what)


def test_one_who_leaves_too_much_unread_is_cut() -> None:
    reader = Reader("s", None, frozenset())  # type: ignore[arg-type]
    for number in range(MOST_UNREAD + 1):
        reader.event("fact", {"number": number})

    async def what() -> None:
        assert await told(reader) == [("over", {"why": "behind"})]

    run(what)


def test_a_session_has_so_many_streams() -> None:
    streams = Streams()
    own: Any = None
    readers = [streams.open("s", own, ["now"]) for _ in range(MOST_OF_SESSION)]
    assert streams.open("s", own, ["now"]) is None and streams.open("t", own, ["now"]) is not None
    assert readers[0] is not None
    streams.close(readers[0])
    assert streams.open("s", own, ["now"]) is not None


# ---- who is told what


def live_console(folder: Path, *roles: Role, person: str = "p") -> tuple[Console, str]:
    """A console, and the session of somebody who is signed in with these roles."""
    browser = visitor(folder, *roles, person=person)
    (session,) = browser.console.store.console.of(person, browser.console.clock())
    return browser.console, session.id


def opened(console: Console, session: str, *topics: str, person: str = "p") -> Reader:
    """Somebody's stream."""
    access = access_of(console.store, person, console.clock())
    reader = console.live.streams.open(session, access, topics)
    assert reader is not None
    return reader


def take(live: Live, view: LiveView) -> None:
    """The node tells it."""
    link: Any = live.link
    link._see(view_to_json(view), object())


CALLS = (
    CallNow("c1", 1_000, Stage.TALKING, 5_000, queue="general", agent="1001"),
    CallNow("c2", 2_000, Stage.QUEUE, 3_000, queue="general", position=1, waiting_since=3_000),
    CallNow("c3", 2_500, Stage.MENU, 2_600, menu="main", where="主菜单"),
    CallNow("c4", 2_600, Stage.LEAF, 2_700, menu="main", leaf="balance", where="余额", test=True),
)
AGENTS = (AgentLine("1001", "李静", "talk", 5_000, call_id="c1"), AgentLine("1002", "王伟<b>", "pause", 1, "会议"))
FULL = LiveView(
    2, 9_000, "n1", 3, "r1", calls=CALLS, agents=AGENTS, queues=(QueueNow("general", "综合业务", 1, 3_000, 1, 0),)
)  # fmt: skip


def test_a_stream_begins_with_everything_and_goes_on_with_what_changes(tmp_path: Path) -> None:
    console, session = live_console(tmp_path, Role.SUPERVISOR)
    live = console.live

    async def what() -> None:
        reader = opened(console, session, "now", "menu")
        take(live, FULL)
        texts = reader.texts()
        await anext(texts)
        first = [parsed(one) for one in (await anext(texts)).split("\n\n") if one]
        regions = {data["region"] for name, data in first if name == "region"}
        assert regions == {"menu.places", *(f"now.{one}" for one in REGIONS["now"])}
        assert ("menu", {"revision": "r1", "callers": {"leaf:balance": 1, "menu:main": 1, "queue:general": 1}}) in first
        take(live, LiveView(**{**vars_of(FULL), "number": 3, "warnings": ("磁盘满了",)}))
        second = [parsed(one) for one in (await anext(texts)).split("\n\n") if one]
        assert [data["region"] for name, data in second if name == "region"] == ["now.warnings"]
        alive = next(data for name, data in second if name == "alive")
        assert alive["linked"] is True and 0 <= alive["age"] < 1_000 and alive["now"] == console.clock()

    run(what)


def vars_of(view: LiveView) -> dict[str, Any]:
    """Its fields."""
    return {name: getattr(view, name) for name in LiveView.__dataclass_fields__}


def test_nobody_is_told_more_than_he_may_know(tmp_path: Path) -> None:
    console, _ = live_console(tmp_path)

    def seen(*roles: Role, agent_id: str | None = None) -> str:
        name = "-".join(roles)
        register(console.store, name, roles, console.clock(), agent_id=agent_id)
        take(console.live, FULL)
        return "".join(console.live.regions(access_of(console.store, name, console.clock()), "now").values())

    supervisor, operator, trainer = seen(Role.SUPERVISOR, agent_id="1006"), seen(Role.OPERATOR), seen(Role.TRAINER)
    assert "李静" in supervisor and 'value="listen:1001"' in supervisor and "会议" in supervisor
    assert "李静" not in operator and "listen:" not in operator and "有座席" in operator and 'id="call-c1"' in operator
    assert "李静" not in trainer and 'id="call-c1"' not in trainer and "综合业务" in trainer
    assert "listen:" not in seen(Role.SUPERVISOR, Role.ANALYST)  # nobody's telephone could be rung
    assert "王伟<b>" not in supervisor and "王伟&lt;b&gt;" in supervisor


def test_streams_end_when_their_session_does_or_the_right_is_gone(tmp_path: Path) -> None:
    console, session = live_console(tmp_path, Role.ANALYST)
    register(console.store, "other", [Role.ANALYST], console.clock())

    async def what() -> None:
        reader = opened(console, session, "now")
        await console.live.look_at_sessions()
        assert [one.over for one in console.live.streams.readers] == [""]
        revoke = AuditEntry("system", "people.manage", "person:p")
        console.store.people.end("p", console.clock() - 1, revoke, console.clock(), lambda _people: None)
        await console.live.look_at_sessions()
        assert reader.over == "rights"
        gone = opened(console, session, "now", person="other")
        console.store.console.end(session, AuditEntry("p", "console.sign_in", "person:p"), console.clock())
        await console.live.look_at_sessions()
        assert gone.over == "session"

    run(what)


def test_only_a_screen_on_the_wall_stays_signed_in_without_anybody(tmp_path: Path) -> None:
    console, session = live_console(tmp_path, Role.ANALYST)
    clock = console.clock
    assert isinstance(clock, Clock)

    async def half_an_hour(topic: str) -> Reader:
        reader = opened(console, session, topic)
        for _ in range(35):
            clock.now += 60_000
            await console.live.look_at_sessions()
        return reader

    async def what() -> None:
        assert not (await half_an_hour("wall")).over
        console.live.streams.readers.clear()
        assert (await half_an_hour("now")).over == "session"

    run(what)


def test_the_stream_asks_who_comes_and_what_for(tmp_path: Path) -> None:
    browser = visitor(tmp_path, Role.AGENT)
    assert browser.get("/live?topics=nothing").status_code == 400
    assert browser.get("/live?topics=now").status_code == 403
    refused = browser.console.store.audit.list(person="tester", refused=True)
    assert [one.entry.action for one in refused] == ["status.read"]
    assert browser.get("/live?topics=", **{"sec-fetch-site": "cross-site"}).status_code == 403
    browser.client.cookies.clear()
    assert browser.get("/live?topics=now").status_code == 401


# ---- the pages


def test_the_page_shows_how_it_is_and_says_so_where_it_knows_nothing(tmp_path: Path) -> None:
    browser = visitor(tmp_path, Role.SUPERVISOR, agent_id="1006")
    nothing = browser.get("/now").text
    assert "控制台连不上它" in nothing and "中断" in nothing
    take(browser.console.live, FULL)
    full = browser.get("/now").text
    assert "综合业务" in full and "主菜单" in full and 'id="call-c2"' in full and 'form="supervise"' in full
    wall = browser.get("/wall").text
    assert 'class="wall"' in wall and "<form" not in wall and "<button" not in wall and "<a " not in wall


def test_every_figure_leads_to_its_list(tmp_path: Path) -> None:
    browser = visitor(tmp_path, Role.SUPERVISOR)
    take(browser.console.live, FULL)
    page = browser.get("/now").text
    for link in (
        "/now/calls",
        "/now/calls?stage=queue",
        "/now/calls?at=queue:general",
        "/calls",
        "/work",
        "/complaints",
    ):
        assert f'href="{link}"' in page and browser.get(link).status_code == 200, link
    assert "<h1>进行中的来电</h1>" in browser.get("/now/calls").text  # no place's name on the whole list
    waiting = browser.get("/now/calls?at=queue:general").text
    assert 'id="call-c2"' in waiting and 'id="call-c1"' not in waiting and "综合业务" in waiting
    assert 'id="call-c3"' in browser.get("/now/calls?stage=menu").text
    assert 'id="call-' not in browser.get("/now/calls?at=menu:nowhere").text
    odd = browser.get("/now/calls?at=menu:%3Cscript%3E")
    assert odd.status_code == 409 and "<script>" not in odd.text


def test_the_picture_of_the_menus_leads_to_who_is_there_now(tmp_path: Path) -> None:
    browser = visitor(tmp_path, Role.SUPERVISOR)
    take(browser.console.live, FULL)
    page = browser.get("/now/menu").text
    assert 'data-node="menu:main"' in page and 'href="/now/calls?at=menu:main"' in page
    assert "主菜单" in page and 'data-topics="menu"' in page
    other = visitor(tmp_path, Role.TRAINER, console=browser.console, person="trainer").get("/now/menu").text
    assert "/now/calls" not in other and 'href="/menus/places/menu:main"' in other


def test_a_supervisor_is_called_into_a_talk_that_goes_on(tmp_path: Path) -> None:
    browser = visitor(tmp_path, Role.SUPERVISOR, agent_id="1006")
    console = browser.console
    path = console.settings.state / "desk.sock"

    async def what() -> None:
        asks_from_here(console)
        async with node_at(path) as node, kept(console.live.keep):
            node.world.call("1001", to="up")
            await until(lambda: console.live.link.connected)
            done = await asyncio.to_thread(browser.post, "/now/supervise", {"what": "listen:1001"})
            assert (done.status_code, done.headers["location"]) == (303, "/now")
            assert node.world.trail.asked == [("1006", "1001", "listen", "k1", True)]
            other = await asyncio.to_thread(browser.post, "/now/supervise", {"what": "whisper:1002"})
            assert other.status_code == 409 and "1002 现在没有和客户通话" in other.text
            assert (await asyncio.to_thread(browser.post, "/now/supervise", {"what": "shout:1001"})).status_code == 409
        (seen,) = {one.entry.target for one in console.store.audit.list(action="calls.supervise")}
        assert seen == "now"

    run(what)


def test_who_has_no_telephone_cannot_listen(tmp_path: Path) -> None:
    browser = visitor(tmp_path, Role.SUPERVISOR)
    asked = browser.post("/now/supervise", {"what": "listen:1001"})
    assert asked.status_code == 409 and "没有工号" in asked.text
    assert visitor(tmp_path, Role.OPERATOR, console=browser.console, person="op").post(
        "/now/supervise", {"what": "listen:1001"}
    ).status_code == 403  # fmt: skip


# ---- what is shown


def test_who_waits_longest_comes_first_and_the_picture_counts_callers() -> None:
    assert [one.call_id for one in listed(CALLS)] == ["c2", "c1", "c3", "c4"]
    assert callers(FULL) == {"leaf:balance": 1, "menu:main": 1, "queue:general": 1}
    shown = values(FULL, Rights())
    assert (shown["in_progress"], shown["tests"], shown["longest"]) == (3, 1, 3_000)
    written = LiveView(**{**vars_of(FULL), "calls": (*CALLS, CallNow("t", 1, channel="text"))})
    shown = values(written, Rights())
    assert (shown["in_progress"], shown["written"]) == (3, 1)


@pytest.mark.parametrize(
    ("role", "leads"),
    [
        (Role.SUPERVISOR, ("/work/callbacks", "/work", "/complaints")),
        (Role.AGENT, ("/work/callbacks", "/work")),
        (Role.ANALYST, ("/complaints",)),
        (Role.ADMINISTRATOR, ()),
    ],
)
def test_figures_lead_to_their_lists_for_who_may_see_them(tmp_path: Path, role: Role, leads: tuple[str, ...]) -> None:
    console = open_console(tmp_path)
    register(console.store, "somebody", [role], console.clock())
    rights = Rights.of(access_of(console.store, "somebody", console.clock()))
    shown = Regions(console.templates).of(FULL, rights, "now")["now.machinery"]
    assert tuple(one for one in ("/work/callbacks", "/work", "/complaints") if f'href="{one}"' in shown) == leads


def test_what_was_rendered_is_shared_until_the_view_changes(tmp_path: Path) -> None:
    regions = Regions(open_console(tmp_path).templates)
    first = regions.of(FULL, Rights(agents=True), "now")
    assert regions.of(FULL, Rights(agents=True), "now")["now.calls"] is first["now.calls"]
    other = regions.of(FULL, Rights(), "now")
    assert other["now.agents"] != first["now.agents"]
    changed = LiveView(**{**vars_of(FULL), "number": 5, "calls": ()})
    assert "没有进行中的来电" in regions.of(changed, Rights(calls=True), "now")["now.calls"]
