"""The way of a browser's telephone to Asterisk: who gets on it, and how it ends."""

from __future__ import annotations

import shutil
import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
import uvicorn
from starlette.testclient import TestClient, WebSocketTestSession
from starlette.websockets import WebSocketDisconnect
from websockets import ConnectionClosed
from websockets.sync.server import ServerConnection, serve
from websockets.typing import Subprotocol

from ivr.console import server
from ivr.console.application import application
from ivr.console.security.sessions import hashed
from ivr.console.telephone import relay
from ivr.console.telephone.sip import LONGEST
from ivr.errors import StoreError
from ivr.people.roles import Role
from ivr.records.audit.model import AuditEntry
from ivr.records.console.model import Session
from ivr.report.monitoring.live_view import AgentLine, LiveView
from ivr.serve.asterisk.configuration import load_secrets
from ivr.settings import Settings, Sip
from tests.console.rig import ORIGIN, Browser, Clock, open_console, visitor
from tests.console.test_telephone_sip import AGENT, request
from tests.rig.hotline import until

TOP = Path(__file__).parents[2]
#: RFC 6455, 4.1: how a browser asks for a telephone.
UPGRADE = (
    "GET /sip/try HTTP/1.1\r\nHost: 127.0.0.1:8470\r\nOrigin: {origin}\r\nCookie: {cookies}\r\nUpgrade: websocket\r\n"
    "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
    "Sec-WebSocket-Protocol: sip\r\n\r\n"
)


class Asterisk:
    """Asterisk's WebSocket: keeps what it is told, and says it again."""

    def __init__(self) -> None:
        self.told: list[str] = []
        self.connections: list[ServerConnection] = []

    def serve(self, connection: ServerConnection) -> None:
        self.connections.append(connection)
        for text in connection:
            assert isinstance(text, str)
            self.told.append(text)
            connection.send(f"heard {len(text)}")


@contextmanager
def listening(one: Asterisk) -> Iterator[int]:
    """The port at which it listens."""
    with serve(one.serve, "127.0.0.1", 0, subprotocols=[Subprotocol("sip")], compression=None) as there:
        thread = threading.Thread(target=there.serve_forever)
        thread.start()
        yield there.socket.getsockname()[1]
        there.shutdown()
        thread.join(10)


@pytest.fixture
def asterisk() -> Iterator[tuple[Asterisk, int]]:
    one = Asterisk()
    with listening(one) as port:
        yield one, port


def signed_in(
    folder: Path, port: int, *roles: Role, agent_id: str | None = None, flows: Path = TOP / "flows"
) -> Browser:
    """Somebody's browser at a console whose Asterisk listens at `port`."""
    settings = replace(Settings(state=folder / "run", flows=flows), sip=Sip(websocket_port=port))
    console = open_console(folder, settings=settings)
    load_secrets(console.settings, {})
    browser = visitor(folder, *roles, console=console, agent_id=agent_id)
    browser.client = _with_telephones(browser)
    return browser


def _with_telephones(browser: Browser) -> TestClient:
    client = TestClient(application(browser.console, relay.routes(browser.console)), base_url=ORIGIN)
    client.cookies = browser.client.cookies
    return client


@contextmanager
def telephone(
    browser: Browser, path: str, origin: str | None = ORIGIN, protocol: str = "sip"
) -> Iterator[WebSocketTestSession]:
    headers = {} if origin is None else {"origin": origin}
    url = ORIGIN.replace("http", "ws") + path
    with browser.client.websocket_connect(url, subprotocols=[protocol], headers=headers) as connection:
        yield connection


def test_an_agents_telephone_speaks_to_asterisk_and_is_heard(tmp_path: Path, asterisk: tuple[Asterisk, int]) -> None:
    one, port = asterisk
    browser = signed_in(tmp_path, port, Role.AGENT, agent_id="1001")
    text = request(AGENT, "REGISTER", "sip:desk.invalid")
    with telephone(browser, "/sip") as line:
        assert line.accepted_subprotocol == "sip"
        line.send_text("\r\n\r\n")
        assert line.receive_text() == "\r\n", "a sign of life is answered here"
        line.send_text("\r\n")
        line.send_text(text)
        assert line.receive_text() == f"heard {len(text)}"
    assert one.told == [text], "a sign of life is none of Asterisk's business"


@pytest.mark.parametrize(
    ("path", "roles", "agent", "origin", "protocol"),
    [
        ("/sip", (Role.AGENT,), "1001", "https://elsewhere.example", "sip"),
        ("/sip", (Role.AGENT,), "1001", "null", "sip"),
        ("/sip", (Role.AGENT,), "1001", None, "sip"),
        ("/sip", (Role.AGENT,), "1001", ORIGIN, "chat"),
        ("/sip", (Role.AGENT,), None, ORIGIN, "sip"),
        ("/sip", (Role.AGENT,), "9999", ORIGIN, "sip"),
        ("/sip", (Role.QA,), None, ORIGIN, "sip"),
        ("/sip/try", (Role.AGENT,), "1001", ORIGIN, "sip"),
        ("/sip/try", (Role.COMPLAINTS,), None, ORIGIN, "sip"),
    ],
)
def test_who_has_no_such_telephone_is_refused_before_the_upgrade(
    tmp_path: Path,
    asterisk: tuple[Asterisk, int],
    path: str,
    roles: tuple[Role, ...],
    agent: str | None,
    origin: str | None,
    protocol: str,
) -> None:
    browser = signed_in(tmp_path, asterisk[1], *roles, agent_id=agent)
    with pytest.raises(WebSocketDisconnect), telephone(browser, path, origin, protocol):
        pass
    assert not asterisk[0].connections


@pytest.mark.parametrize("cookie", ["", "forged", "x" * 500])
def test_a_forged_cookie_gets_no_telephone(tmp_path: Path, asterisk: tuple[Asterisk, int], cookie: str) -> None:
    browser = signed_in(tmp_path, asterisk[1], Role.QA)
    browser.client.cookies.clear()
    browser.client.cookies.set("ivr-8470", cookie)
    with pytest.raises(WebSocketDisconnect), telephone(browser, "/sip/try"):
        pass
    assert not asterisk[0].connections


def test_who_says_what_no_telephone_says_is_hung_up_on(tmp_path: Path, asterisk: tuple[Asterisk, int]) -> None:
    one, port = asterisk
    browser = signed_in(tmp_path, port, Role.AGENT, agent_id="1001")
    with telephone(browser, "/sip") as line:
        line.send_text(request(AGENT, "REGISTER", "sip:desk.invalid", user="1002-web"))
        with pytest.raises(WebSocketDisconnect) as closed:
            line.receive_text()
    assert closed.value.code == 1008 and one.told == []


def test_where_asterisk_is_away_the_telephone_is_told_to_come_again(tmp_path: Path) -> None:
    browser = signed_in(tmp_path, 1, Role.QA)
    with telephone(browser, "/sip/try") as line, pytest.raises(WebSocketDisconnect) as closed:
        line.receive_text()
    assert closed.value.code == 1013


def test_with_the_session_the_telephone_is_over(
    tmp_path: Path, asterisk: tuple[Asterisk, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relay, "LOOK_SECONDS", 0.05)
    browser = signed_in(tmp_path, asterisk[1], Role.QA)
    with telephone(browser, "/sip/try") as line:
        sign_out(browser)
        is_hung_up_on(line)


class Database:
    """Lets the test take the table of sessions away, and wait until it has been asked for so often."""

    def __init__(self, browser: Browser, patch: pytest.MonkeyPatch) -> None:
        self.away = False
        self._asked = threading.Semaphore(0)
        there = browser.console.store.console.session

        def session(id_: str, now: int, *, seen: bool = True) -> Session | None:
            self._asked.release()
            if self.away:
                raise StoreError("away")
            return there(id_, now, seen=seen)

        patch.setattr(relay, "LOOK_SECONDS", 0.02)
        patch.setattr(browser.console.store.console, "session", session)

    def asked(self, times: int = 3) -> None:
        """Wait."""
        while self._asked.acquire(blocking=False):
            pass
        for _ in range(times):
            assert self._asked.acquire(timeout=10)


def sign_out(browser: Browser) -> None:
    store, now = browser.console.store, browser.console.clock()
    store.console.end_all("tester", AuditEntry("tester", "console.sign_in", "person:tester"), now)


def is_heard(line: WebSocketTestSession, text: str) -> None:
    line.send_text(text)
    assert line.receive_text() == f"heard {len(text)}"


def is_hung_up_on(line: WebSocketTestSession) -> None:
    with pytest.raises(WebSocketDisconnect) as closed:
        line.receive_text()
    assert closed.value.code == 1008


REGISTER = request(AGENT, "REGISTER", "sip:desk.invalid")
BYE = request(AGENT, "BYE", "sip:a@b", to="<sip:a@b>;tag=t")


def test_a_telephone_outlives_the_database_and_not_its_session(
    tmp_path: Path, asterisk: tuple[Asterisk, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = signed_in(tmp_path, asterisk[1], Role.AGENT, agent_id="1001")
    database = Database(browser, monkeypatch)
    with telephone(browser, "/sip") as line:
        database.away = True
        database.asked()
        is_heard(line, REGISTER)
        with telephone(browser, "/sip") as again:
            is_heard(again, REGISTER)
        sign_out(browser)
        database.away = False
        is_hung_up_on(line)


def test_the_call_in_progress_outlives_the_session_and_no_other_is_made(
    tmp_path: Path, asterisk: tuple[Asterisk, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = signed_in(tmp_path, asterisk[1], Role.AGENT, agent_id="1001")
    database, link = Database(browser, monkeypatch), browser.console.live.link
    talks = AgentLine("1001", "李", "talk", 0, call_id="k1")
    link.view = LiveView(1, 0, "n1", 0, "r1", agents=(talks,))
    with telephone(browser, "/sip") as line:
        sign_out(browser)
        database.asked()
        is_heard(line, BYE)
        with telephone(browser, "/sip") as again:
            again.send_text(request(AGENT, "INVITE", "sip:1002@desk.invalid"))
            is_hung_up_on(again)
        link.view = LiveView(2, 0, "n1", 0, "r1", agents=(replace(talks, state="acw"),))
        is_hung_up_on(line)


def test_an_open_telephone_is_no_sign_of_anybody_being_there(
    tmp_path: Path, asterisk: tuple[Asterisk, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = signed_in(tmp_path, asterisk[1], Role.QA)
    database, clock = Database(browser, monkeypatch), browser.console.clock
    assert isinstance(clock, Clock)
    with telephone(browser, "/sip/try") as line:
        clock.now += 29 * 60_000
        database.asked()
        clock.now += 60_000
        is_hung_up_on(line)


def test_a_frame_that_is_no_text_is_hung_up_on(tmp_path: Path, asterisk: tuple[Asterisk, int]) -> None:
    browser = signed_in(tmp_path, asterisk[1], Role.QA)
    with telephone(browser, "/sip/try") as line:
        line.send_bytes(b"INVITE")
        is_hung_up_on(line)


def test_a_half_finished_edit_takes_nobodys_telephone(tmp_path: Path, asterisk: tuple[Asterisk, int]) -> None:
    flows = tmp_path / "flows"
    shutil.copytree(TOP / "flows", flows)
    browser = signed_in(tmp_path, asterisk[1], Role.AGENT, Role.QA, agent_id="1001", flows=flows)
    served = browser.console.served.now()
    (flows / "hotline.yaml").write_text("menus: {main: [half", encoding="utf-8")
    assert browser.console.served.now() is served
    for path in ("/sip", "/sip/try"):
        with telephone(browser, path) as line:
            assert line.accepted_subprotocol == "sip"
    assert 'data-agent="1001"' in browser.get("/desk").text and 'number="95000"' in browser.get("/try").text


class Talkative(Asterisk):
    """Asterisk that has more to say than anybody takes; `over` once nobody listens any more."""

    def __init__(self) -> None:
        super().__init__()
        self.over = threading.Event()
        self.said = 0

    def serve(self, connection: ServerConnection) -> None:
        try:
            while True:
                connection.send("x" * LONGEST)
                self.said += 1
        except ConnectionClosed:
            self.over.set()


@contextmanager
def served(browser: Browser) -> Iterator[tuple[int, uvicorn.Server]]:
    """The console on a real port."""
    with server._listener("127.0.0.1", 0) as listener:
        running = uvicorn.Server(server._configuration(browser.console.settings, browser.console))
        thread = threading.Thread(target=running.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            until("the console to serve", lambda: running.started)
            yield listener.getsockname()[1], running
        finally:
            running.should_exit = True
            thread.join(10)


@contextmanager
def on_a_wire(browser: Browser, port: int) -> Iterator[socket.socket]:
    """A browser's telephone that reads what it likes."""
    cookies = "; ".join(f"{name}={text}" for name, text in browser.client.cookies.items())
    with socket.socket() as wire:
        wire.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        wire.connect(("127.0.0.1", port))
        wire.sendall(UPGRADE.format(origin=ORIGIN, cookies=cookies).encode())
        assert wire.recv(12) == b"HTTP/1.1 101"
        yield wire


def test_a_browser_that_takes_nothing_is_hung_up_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor does it keep its connection by saying that it is still there: nothing of it is left."""
    monkeypatch.setattr(relay, "STALLED_SECONDS", 0.3)
    monkeypatch.setattr(server, "STALLED_MS", 500)
    one = Talkative()
    with listening(one) as asterisk_port:
        browser = signed_in(tmp_path, asterisk_port, Role.QA)
        with served(browser) as (port, running), on_a_wire(browser, port):
            assert one.over.wait(20), f"Asterisk's side is still open, {one.said} messages were taken"
            until("its connection to be gone", lambda: not running.server_state.connections)
    assert not browser.console.telephones._taken


def test_no_answer_waits_for_the_browsers_acknowledgement() -> None:
    with server._listener("127.0.0.1", 0) as listener, socket.socket() as near:
        listener.listen()
        near.connect(listener.getsockname())
        accepted, _ = listener.accept()
        with accepted:
            assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


def test_a_session_has_no_more_than_four_telephones(tmp_path: Path, asterisk: tuple[Asterisk, int]) -> None:
    browser = signed_in(tmp_path, asterisk[1], Role.QA)
    session = hashed(browser.client.cookies["ivr-8470"])
    with ExitStack() as stack:
        for _ in range(4):
            stack.enter_context(browser.console.telephones.taken(session))
        with pytest.raises(WebSocketDisconnect), telephone(browser, "/sip/try"):
            pass
