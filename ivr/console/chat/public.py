"""/chat: the conversation in writing that a bank may put on its own site. Open to everybody, without rights and without
a cookie; what a visitor holds is the conversation's token, in the page. So many conversations and messages from one
address, and from all; nothing that is longer than a message is read."""

from __future__ import annotations

import ipaddress
import time
from collections.abc import Awaitable, Callable, Mapping
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Route

from ivr.console.chat.moves import command
from ivr.console.chat.node import Answer, ask
from ivr.console.context import Console
from ivr.console.security.headers import CONTENT_SECURITY_POLICY
from ivr.console.security.origin import check_origin
from ivr.errors import HotlineError, NodeError, RequestRefused, TextRefused
from ivr.rate_limit import RateLimit
from ivr.serve.agents.desk_socket import socket_path

#: Of what is sent so much is read (bytes): a complaint of 1,000 characters, each as nine, and the fields beside it.
LONGEST_BODY, MOST_FIELDS = 16 * 1024, 10
#: Conversations begun from one address in ten minutes, messages from one address and from all in a minute.
STARTS, MESSAGES, ALL_MESSAGES = 10, 40, 1_200
TOO_OFTEN = "您的操作太频繁了，请一分钟后再试，或者拨打我行客户服务电话。"


class Limits:
    """Of one console."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._starts, self._messages = RateLimit(STARTS, 600), RateLimit(MESSAGES, 60)
        self._all = RateLimit(ALL_MESSAGES, 60)

    def check(self, address: str, *, start: bool) -> None:
        """One more from this address. Raises TextRefused."""
        now, key = self._clock(), network(address)
        if not (
            self._messages.take(key, now) and (not start or self._starts.take(key, now)) and self._all.take("", now)
        ):
            raise TextRefused(TOO_OFTEN, "busy")


def network(address: str) -> str:
    """What counts as one address: of IPv6 the network that one customer has."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return ""
    return str(ipaddress.ip_network(f"{address}/64", strict=False)) if found.version == 6 else address


def chat_routes(
    console: Console, own_origin: Callable[[Request], str], lost: Callable[[], Response]
) -> list[BaseRoute]:
    """The route; it answers as if it were not there (`lost`) unless the settings have it."""
    if not console.settings.text.page:
        return [Route("/chat", _nothing(lost), methods=["GET", "POST"])]
    return [Route("/chat", _Chat(console, own_origin).answer, methods=["GET", "POST"])]


def _nothing(lost: Callable[[], Response]) -> Callable[[Request], Awaitable[Response]]:
    async def answer(_request: Request) -> Response:
        return lost()

    return answer


class _Chat:
    def __init__(self, console: Console, own_origin: Callable[[Request], str]) -> None:
        self._console, self._own_origin = console, own_origin
        self._socket = socket_path(console.settings)
        self._limits = Limits()
        ancestors = " ".join(console.settings.text.origins)
        policy = CONTENT_SECURITY_POLICY.format(ancestors=f"'self' {ancestors}".strip())
        self._headers = {
            "content-security-policy": policy,
            "permissions-policy": "microphone=(), camera=(), geolocation=(), payment=(), usb=()",
            "x-robots-tag": "noindex",
        }

    async def answer(self, request: Request) -> Response:
        """The page before a conversation, or the conversation after what the visitor has done."""
        if request.method != "POST":
            return self._page(request, None)
        field: Mapping[str, str] = {}
        try:
            check_origin(request.headers, self._own_origin(request))
            field = await _fields(request)
            return self._page(request, await self._done(request, field))
        except RequestRefused as wrong:
            return self._page(request, None, why=str(wrong), status=403)
        except (TextRefused, NodeError) as wrong:
            return await self._refused(request, field, wrong)

    async def _done(self, request: Request, field: Mapping[str, str]) -> Answer:
        session = field.get("session", "")
        start = field.get("do") == "start" or not session
        address = request.client.host if request.client is not None else ""
        self._limits.check(address, start=start)
        if start:
            return await ask(self._socket, "text-start", {"address": network(address)})
        return await ask(self._socket, *command(session, field))

    async def _refused(self, request: Request, field: Mapping[str, str], wrong: HotlineError) -> Response:
        """Why not, beside the conversation as it stands, with what was typed."""
        talk: Answer | None = None
        code = wrong.code if isinstance(wrong, TextRefused) else "away"
        if code == "wrong":
            try:
                talk = await ask(self._socket, "text-look", {"session": field.get("session", "")})
            except (TextRefused, NodeError) as other:
                wrong = other
        status = {"busy": 429, "away": 503}.get(code, 200)
        return self._page(request, talk, why=str(wrong), typed=field.get("text", ""), status=status)

    def _page(
        self, request: Request, talk: Answer | None, *, why: str = "", typed: str = "", status: int = 200
    ) -> Response:
        part = bool(request.headers.get("hx-request"))
        template = self._console.templates.get_template("text/_part.html" if part else "text/chat.html")
        words = template.render(talk=talk, why=why, typed=typed, where="/chat", csrf_token="", public=True)
        return HTMLResponse(words, status, self._headers)


async def _fields(request: Request) -> dict[str, str]:
    """The fields of a plain form. Raises RequestRefused for anything else, and for what is too long."""
    if not request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        raise RequestRefused("请在页面上填写")
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > LONGEST_BODY:
            raise RequestRefused("发送的内容太长")
    try:
        found = parse_qsl(body.decode("utf-8"), keep_blank_values=True, max_num_fields=MOST_FIELDS)
    except ValueError as wrong:
        raise RequestRefused("请在页面上填写") from wrong
    return dict(found)
