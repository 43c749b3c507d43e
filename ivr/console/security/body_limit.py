"""How much a request may bring along: it is counted as it comes, before anything of it is kept or anybody is asked who
he is."""

from __future__ import annotations

from collections.abc import Callable

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

#: Bytes: of who is signed in (a prompt's recording, a menu's text); of everybody else.
LARGEST, LARGEST_OUTSIDE = 12 * 1024 * 1024, 5 * 1024 * 1024
#: Bytes of a form in which somebody signs in, without what is carried through it.
_SIGN_IN = 6 * 1024 * 1024


class BodyLimit:
    """Refuses a request (413) that brings more than it may. `inside`: whether a connection belongs to a session, asked
    without the database."""

    def __init__(self, app: ASGIApp, *, inside: Callable[[Scope], bool]) -> None:
        self._app = app
        self._inside = inside

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        most = _SIGN_IN if scope["path"] == "/sign-in" else LARGEST if self._inside(scope) else LARGEST_OUTSIDE
        came = 0

        async def counted() -> Message:
            nonlocal came
            message = await receive()
            came += len(message.get("body", b""))
            if came > most:
                raise HTTPException(413)
            return message

        await self._app(scope, counted, send)
