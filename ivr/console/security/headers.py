"""What every answer tells the browser about itself: nothing from elsewhere is loaded, nothing is framed or kept."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

#: Pages hold no inline script and no inline style, so neither is allowed.
CONTENT_SECURITY_POLICY = "; ".join((
    "default-src 'self'",
    "img-src 'self' data:",
    "media-src 'self' blob:",
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors {ancestors}",
))  # fmt: skip

_ALWAYS: Mapping[str, str] = {
    "x-content-type-options": "nosniff",
    # never "no-referrer": forms would then be sent with the origin "null"
    "referrer-policy": "same-origin",
    "permissions-policy": "microphone=(self), camera=(), geolocation=(), payment=(), usb=()",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}


def always(*, tls: bool) -> dict[str, str]:
    """What every answer says unless it says otherwise itself."""
    policy = CONTENT_SECURITY_POLICY.format(ancestors="'none'")
    found = {**_ALWAYS, "content-security-policy": policy, "cache-control": "no-store"}
    return {**found, "strict-transport-security": "max-age=31536000"} if tls else found


class SecurityHeaders:
    """Adds the headers to every answer; what an answer says itself about caching and framing stays."""

    def __init__(self, app: ASGIApp, *, tls: bool) -> None:
        self._app = app
        self._tls = tls

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in always(tls=self._tls).items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, with_headers)
