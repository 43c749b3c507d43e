"""Behind the bank's own proxy: nobody else is answered, and what it says of the browser is believed."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence

from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware


class BehindProxy:
    """Whoever comes past the proxy would be served without TLS and could say that he is anybody: he is not answered.
    `networks`: IPv4 addresses or networks of the proxy."""

    def __init__(self, app: ASGIApp, networks: Sequence[str]) -> None:
        self._networks = [ipaddress.ip_network(one, strict=False) for one in networks]
        self._app = ProxyHeadersMiddleware(_OnlyEncrypted(app), trusted_hosts=list(networks))  # type: ignore[arg-type]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan" or self._from_proxy(scope) or _whether_alive(scope):
            await self._app(scope, receive, send)  # type: ignore[arg-type]
            return
        await _refuse("只接受经由银行反向代理的请求（[console] proxy）\n", scope, receive, send)

    def _from_proxy(self, scope: Scope) -> bool:
        peer = scope.get("client")
        try:
            address = ipaddress.ip_address(peer[0]) if peer else None
        except ValueError:
            return False
        return address is not None and any(address in network for network in self._networks)


class _OnlyEncrypted:
    """The browser must have reached the proxy by TLS; a proxy that does not say so is not set up."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan" or scope.get("scheme") in ("https", "wss") or _whether_alive(scope):
            await self._app(scope, receive, send)
            return
        await _refuse("反向代理要用 https 接受请求，并发送 X-Forwarded-Proto: https\n", scope, receive, send)


def _whether_alive(scope: Scope) -> bool:
    """Who only asks whether the process is alive, learns that."""
    return bool(scope["type"] == "http" and scope["path"] == "/alive")


async def _refuse(why: str, scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 1008, "reason": ""})
        return
    await PlainTextResponse(why, status_code=403)(scope, receive, send)
