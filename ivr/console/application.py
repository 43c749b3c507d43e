"""The console as an ASGI application: routes from the registry of pages, each behind the same gate."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import cache
from typing import Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData, Headers
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from ivr.console import sign_in
from ivr.console.chat.public import chat_routes
from ivr.console.context import STATIC, Console
from ivr.console.live.endpoint import live_route
from ivr.console.live.node_link import ended
from ivr.console.navigation import PLACES
from ivr.console.page import OWN_FIELDS, Page, PageSpec, Visit, carry_out, shown_again
from ivr.console.pages.registry import pages
from ivr.console.security.body_limit import BodyLimit
from ivr.console.security.headers import SecurityHeaders, always
from ivr.console.security.origin import check_origin, check_token
from ivr.console.security.sessions import SignedIn
from ivr.errors import HotlineError, NotAllowed, RequestRefused, StoreError
from ivr.people.access import Access, access_of, enters_itself
from ivr.settings import Settings
from ivr.tasks import background

log = logging.getLogger(__name__)

#: Of a form so many fields and files are read, and of a field so many bytes.
MOST_FIELDS, MOST_FILES, LONGEST_FIELD = 200, 4, 4 * 1024 * 1024


def application(console: Console, more: tuple[BaseRoute, ...] = ()) -> Starlette:
    """All routes; `more`: those that are no pages (SIP relay)."""
    routes = [
        *_routes(),
        *chat_routes(
            console,
            lambda request: own_origin(console, request.headers),
            lambda: sign_in.bare(console, "没有这个页面", 404),
        ),
    ]
    if STATIC.is_dir():
        routes.append(Mount("/static", _Static(directory=STATIC)))
    app = Starlette(
        routes=[*routes, live_route(console.live, console.sessions, console.store), *more],
        lifespan=_lifespan,
        middleware=[
            Middleware(SecurityHeaders, tls=console.tls),
            Middleware(TrustedHostMiddleware, allowed_hosts=_names(console.settings), www_redirect=False),
            Middleware(BodyLimit, inside=console.sessions.holds),
        ],
        exception_handlers=_told_of(console),
    )
    app.state.console = console
    return app


@cache
def _routes() -> tuple[BaseRoute, ...]:
    """Those that are the same for every console."""
    return (
        Route("/", _first, methods=["GET"]),
        Route("/alive", _alive, methods=["GET"]),
        *(Route(path, _open(function), methods=[method]) for path, method, function in sign_in.ROUTES),
        *(
            Route(spec.path, _gate(function, spec), methods=[spec.method], name=f"{spec.method} {spec.path}")
            for function, spec in pages()
        ),
    )


@asynccontextmanager
async def _lifespan(app: Starlette) -> AsyncIterator[None]:
    """While the application serves, it follows what goes on at the node."""
    following = background(app.state.console.live.keep(), "live")
    try:
        yield
    finally:
        await ended(following)


def own_origin(console: Console, headers: Headers) -> str:
    """The origin under which this request reached us: its host is one of ours (TrustedHostMiddleware)."""
    return f"{'https' if console.tls else 'http'}://{headers.get('host', '')}"


def _names(settings: Settings) -> list[str]:
    own = settings.console
    named = [one.strip() for one in own.names.split(",") if one.strip()]
    return [*named, own.host, "127.0.0.1", "localhost"]


class _Static(StaticFiles):
    """What vite built has a hash in its name and never changes."""

    def file_response(self, *args: object, **named: object) -> Response:
        found = super().file_response(*args, **named)  # type: ignore[arg-type]
        found.headers["cache-control"] = "public, max-age=31536000, immutable"
        return found

    async def get_response(self, path: str, scope: Scope) -> Response:
        if path.startswith("."):
            raise HTTPException(404)
        return await super().get_response(path, scope)


async def _alive(_request: Request) -> Response:
    return PlainTextResponse("ok\n")


async def _first(request: Request) -> Response:
    """Where a visitor begins: the first place that he may see."""
    console: Console = request.app.state.console
    signed_in = await run_in_threadpool(console.sessions.of, request, console.clock())
    if signed_in is None:
        return RedirectResponse("/sign-in", 303)
    access = await run_in_threadpool(access_of, console.store, signed_in.session.person, console.clock())
    place = next((one for one in PLACES if access.may(one.action)), None)
    return RedirectResponse("/account" if place is None else place.path, 303)


def _open(function: sign_in.OpenPage) -> Callable[[Request], Awaitable[Response]]:
    """A page for whoever comes: signing in."""

    async def endpoint(request: Request) -> Response:
        console: Console = request.app.state.console
        form = FormData()
        try:
            if request.method == "POST":
                check_origin(request.headers, own_origin(console, request.headers))
                form = await _form(request)
            return await run_in_threadpool(function, console, request, form)
        except HotlineError as wrong:
            return sign_in.refused(console, wrong)
        finally:
            await form.close()

    return endpoint


def _gate(function: Page, spec: PageSpec) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        console: Console = request.app.state.console
        form = FormData()
        try:
            if spec.method == "POST":
                check_origin(request.headers, own_origin(console, request.headers))
                form = await _form(request)
            return await _visited(console, function, spec, request, form)
        except HotlineError as wrong:
            return sign_in.refused(console, wrong)
        finally:
            await form.close()

    return endpoint


async def _visited(console: Console, function: Page, spec: PageSpec, request: Request, form: FormData) -> Response:
    """Who comes, whether he may, and what he gets. Raises StoreError where nobody can be asked who he is."""
    now = console.clock()
    who = await run_in_threadpool(_who, console, spec, request, now)
    if who is None:
        return sign_in.asked(console, request, form)
    signed_in, access = who
    if access.gone:
        await run_in_threadpool(console.sessions.end, signed_in, now)
        return sign_in.asked(console, request, FormData())
    visit = Visit(console, request, signed_in, access, spec, now, form)
    try:
        if spec.method == "POST":
            check_token(form.get("csrf") or request.headers.get("x-csrf"), signed_in.secret)
        return await _allowed(visit, function)
    except HotlineError as wrong:
        return await _refused(visit, wrong)


def _who(console: Console, spec: PageSpec, request: Request, now: int) -> tuple[SignedIn, Access] | None:
    if spec.by_itself:
        known = console.last_known.of(request)
        return None if known is None else (known.signed_in, known.access)
    signed_in = console.sessions.of(request, now)
    return None if signed_in is None else (signed_in, access_of(console.store, signed_in.session.person, now))


async def _allowed(visit: Visit, function: Page) -> Response:
    """Ask for leave, enter it where that comes first, and carry the page out. Raises HotlineError."""
    if (asking := await run_in_threadpool(_permit, visit)) is not None:
        return asking
    return await carry_out(function, visit)


def _permit(visit: Visit) -> Response | None:
    action, target = visit.spec.action, visit.target
    reason: str | None = visit.field("reason") or None
    if visit.spec.method == "GET" and action.needs_reason and visit.may(action):
        reason = visit.store.console.reason(visit.signed_in.session.id, action.value, target, visit.now)
        if reason is None:
            return visit.render("reason.html", action=action, target=target, status=403)
    visit.granted = visit.access.permit(action, target, reason)
    if enters_itself(action):
        visit.store.audit.note(visit.granted.entry, visit.now)
    return None


async def _refused(visit: Visit, wrong: HotlineError) -> Response:
    """What the visitor is told, with what he typed."""
    status = 403 if isinstance(wrong, NotAllowed | RequestRefused) else 503 if isinstance(wrong, StoreError) else 409
    if visit.spec.back is not None and status == 409:
        again = shown_again(visit, str(wrong))
        try:
            found = await _allowed(again, visit.spec.back)
        except HotlineError as other:
            wrong = other
        else:
            found.status_code = status if found.status_code == 200 else found.status_code
            return found
    typed = {name: text for name, text in visit.form.items() if isinstance(text, str) and name not in OWN_FIELDS}
    return await run_in_threadpool(visit.render, "refused.html", status=status, why=str(wrong), typed=typed)


async def _form(request: Request) -> FormData:
    """What was filled in. Raises RequestRefused where it is far too long, or no form."""
    try:
        return await request.form(max_files=MOST_FILES, max_fields=MOST_FIELDS, max_part_size=LONGEST_FIELD)
    except HTTPException as wrong:
        if wrong.status_code == 413:
            raise
        log.info("a form that cannot be read: %s", wrong.detail)
        raise RequestRefused("发来的内容太大或不完整，没有收下；用浏览器的“后退”可以回到填写的内容") from wrong


def _told_of(console: Console) -> dict[Any, Callable[[Request, Exception], Awaitable[Response]]]:
    """What a visitor is told who is at no page, brings too much, or meets a defect."""
    lost = _lost(console)
    return {404: lost, 405: lost, 413: _too_large(console), Exception: _broken(console)}


def _lost(console: Console) -> Callable[[Request, Exception], Awaitable[Response]]:
    async def answer(request: Request, wrong: Exception) -> Response:
        status = wrong.status_code if isinstance(wrong, HTTPException) else 404
        return sign_in.bare(console, "没有这个页面", status)

    return answer


def _too_large(console: Console) -> Callable[[Request, Exception], Awaitable[Response]]:
    async def answer(_request: Request, _wrong: Exception) -> Response:
        return sign_in.bare(console, "发来的内容太大，没有收下；用浏览器的“后退”可以回到填写的内容", 413)

    return answer


def _broken(console: Console) -> Callable[[Request, Exception], Awaitable[Response]]:
    async def answer(request: Request, wrong: Exception) -> Response:
        log.error("%s %s failed", request.method, request.url.path, exc_info=wrong)
        found = sign_in.bare(console, "程序出错了，已记入日志；请稍后再试", 500)
        found.headers.update(always(tls=console.tls))  # it is said outside of the middleware that adds them
        return found

    return answer
