"""Signing in and out, with a password, or once with a link that `ivr console sign-in` printed. Who is nobody here
learns nothing of who is somebody."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeAlias

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from ivr.console.context import Console, os_user
from ivr.console.page import SECRET_FIELDS, own_path
from ivr.console.security.origin import token
from ivr.console.security.sessions import SignedIn, hashed
from ivr.errors import HotlineError, NotAllowed, PeopleRefused, SignInRefused, StoreError
from ivr.people import registry, secret
from ivr.people.access import Access, access_of
from ivr.people.actions import Action
from ivr.people.roles import Role
from ivr.records.audit.model import AuditEntry
from ivr.records.console.model import IDLE_MS, SEEN_MS
from ivr.records.people.model import Person

OpenPage: TypeAlias = Callable[[Console, Request, FormData], Response]
_WRONG = "编号或密码不对，或者现在不能登录"
#: Fields of an act that was refused because nobody was signed in are carried through signing in under this name.
_KEPT = "kept."
_MOST_KEPT = 4_000_000
#: No person's id is longer (`ivr.people.registry`).
_LONGEST_ID = 32


def bare(console: Console, why: str, status: int) -> Response:
    """A page that says one thing, to whoever comes."""
    return _page(console, "bare.html", status, why=why)


def refused(console: Console, wrong: HotlineError) -> Response:
    """What was sent is not taken."""
    return bare(console, str(wrong), 503 if isinstance(wrong, StoreError) else 403)


def asked(console: Console, request: Request, form: FormData) -> Response:
    """Somebody who is not signed in wants something: he signs in first, and what he typed is not lost."""
    items = form.multi_items()
    kept = [(name, text) for name, text in items if isinstance(text, str) and name not in SECRET_FIELDS]
    lost = len(kept) < len([name for name, _ in items if name not in SECRET_FIELDS])  # files
    if sum(len(text) for _, text in kept) > _MOST_KEPT:
        kept, lost = [], True
    if request.headers.get("hx-request") or not _reads_pages(request):
        return HTMLResponse("登录已失效", 401)
    act = request.url.path if request.method == "POST" else ""
    query = f"?{request.url.query}" if request.url.query else ""
    next_ = "" if act else f"{request.url.path}{query}"
    return _form(console, status=401, next=next_, act=act, kept=kept, lost_session=bool(act), not_kept=lost)


def _reads_pages(request: Request) -> bool:
    """A browser that opens a page, not a script of ours that fetches a part of one."""
    accepted = request.headers.get("accept", "*/*")
    return "text/html" in accepted or "*/*" in accepted


def show(console: Console, request: Request, _form_: FormData) -> Response:
    """The form."""
    if console.sessions.of(request, console.clock()) is not None:
        return RedirectResponse("/", 303)
    return _form(console, next=own_path(request.query_params.get("next", "")))


def with_password(console: Console, request: Request, form: FormData) -> Response:
    """Sign in with id and password; so many tries by person and address."""
    person, password = _text(form, "person"), _text(form, "password")
    items = ((name, text) for name, text in form.multi_items() if isinstance(text, str))
    kept = [(name.removeprefix(_KEPT), text) for name, text in items if name.startswith(_KEPT)]
    act, next_ = own_path(_text(form, "act")), own_path(_text(form, "next"))
    try:
        signed_in = _proved(console, request, person, password)
    except SignInRefused as wrong:
        return _form(console, status=403, next=next_, act=act, kept=kept, why=str(wrong), person=person)
    if act:
        response = _page(
            console, "go_on.html", 200, act=act, kept=kept, csrf_token=token(signed_in.secret), person=person
        )
    else:
        response = RedirectResponse(next_ or "/", 303)
    console.sessions.give(response, signed_in)
    return response


def _proved(console: Console, request: Request, person: str, password: str) -> SignedIn:
    """Raises SignInRefused; a wrong password is in the trail then. Only what was wrong counts: a whole office may sign
    in from one address; and an address that has tried too often locks nobody else out."""
    moment, now = time.monotonic(), console.clock()
    address, id_ = request.client.host if request.client is not None else "", person[:_LONGEST_ID]
    if not (console.tries_from_address.take(address, moment) and console.tries_of_person.take(id_, moment)):
        raise SignInRefused("尝试次数太多：请五分钟后再试，或请系统管理员协助")
    found = console.store.people.get(person) if len(person) <= _LONGEST_ID else None
    with console.proving:
        right = secret.fits(found.secret if found is not None else None, password[:1000])
    if found is None or not right or not found.in_force(now):
        target = "console" if found is None else f"person:{person}"
        entry = AuditEntry("system", Action.CONSOLE_SIGN_IN.value, target, allowed=False)
        console.store.audit.note(entry, now)
        raise SignInRefused(_WRONG)
    console.tries_from_address.give_back(address)
    console.tries_of_person.forget(id_)
    return console.sessions.begin(person, request, "password", now)


def show_link(console: Console, request: Request, _form_: FormData) -> Response:
    """A link that signs in once. Opening it uses nothing up: mail programs and browsers open links by themselves."""
    link = console.store.console.link(hashed(request.path_params["secret"][:100]), console.clock())
    if link is None:
        return bare(console, "登录链接已经用过或已过期：在热线所在的机器上运行 ivr console sign-in 得到新的", 410)
    if link.person is None and console.store.people.any():
        return bare(console, "已经登记了人员，这个链接不再有效：运行 ivr console sign-in 编号", 410)
    return _page(console, "link.html", 200, person=link.person, why="", id_="", name="")


def use_link(console: Console, request: Request, form: FormData) -> Response:
    """Sign in by the link; the first person registers himself with it."""
    now = console.clock()
    id_ = hashed(request.path_params["secret"][:100])
    link = console.store.console.link(id_, now)
    if link is None:
        return show_link(console, request, form)
    person = link.person
    if person is None:
        with console.registering:  # of two who hold such a link one is the first
            if console.store.people.any():
                return show_link(console, request, form)
            try:
                person = _first_person(console, form, now)
            except (PeopleRefused, NotAllowed) as wrong:
                typed = {"id_": _text(form, "person"), "name": _text(form, "name")}
                return _page(console, "link.html", 409, person=None, why=str(wrong), **typed)
    found = console.store.people.get(person)
    if console.store.console.use_link(id_, now) is None or found is None or not found.in_force(now):
        return show_link(console, request, form)
    next_ = own_path(request.query_params.get("next", ""))
    response = RedirectResponse(next_ or ("/" if found.secret is not None else "/account"), 303)
    console.sessions.give(response, console.sessions.begin(person, request, "link", now))
    return response


def _first_person(console: Console, form: FormData, now: int) -> str:
    """Whoever holds the machine is the first system administrator. Raises PeopleRefused."""
    id_, name, password = _text(form, "person"), _text(form, "name"), _text(form, "password")
    if password != _text(form, "again"):
        raise PeopleRefused("两次输入的密码不一样")
    kept = secret.made(password)  # refused before anything is changed
    assert kept
    user = os_user()
    access = Access(console.store, f"os:{user}", None, now)
    permit = access.permit(Action.PEOPLE_MANAGE, f"person:{id_}", "首次启动：登记第一位系统管理员")
    person = Person(id_, name, now, None, (user,), None, None, ())
    registry.register(console.store, permit, person, (Role.ADMINISTRATOR,), now, os_user=user)
    own = access_of(console.store, id_, now)
    registry.set_secret(console.store, own.permit(Action.PEOPLE_SECRET, f"person:{id_}"), id_, password, now)
    return id_


def left(console: Console, request: Request, _form_: FormData) -> Response:
    """How long the session goes on (JSON, milliseconds): if nothing more is done in it, and at most. Asked by pages
    themselves (GET), it is no sign of anybody being there; where somebody says that he is (POST) it is."""
    now = console.clock()
    here = request.method == "POST"
    signed_in = console.sessions.of(request, now, seen=here)
    if signed_in is None:
        return JSONResponse({"why": "登录已失效"}, 401)
    session = signed_in.session
    idle = IDLE_MS - SEEN_MS if here else session.t_seen + IDLE_MS - now
    return JSONResponse({"idle": idle, "longest": session.t_ends - now})


def sign_out(console: Console, request: Request, form: FormData) -> Response:
    """The session is over."""
    response = RedirectResponse("/sign-in", 303)
    if (signed_in := console.sessions.of(request, console.clock())) is not None:
        console.sessions.end(signed_in, console.clock())
    console.sessions.take(response)
    return response


def _form(console: Console, *, status: int = 200, next: str = "", act: str = "", **values: object) -> Response:
    known = {
        "kept": [],
        "not_kept": False,
        "why": "",
        "person": "",
        "lost_session": False,
        "nobody": not console.store.people.any(),
    }
    return _page(console, "sign_in.html", status, next=next, act=act, **{**known, **values})


def _page(console: Console, template: str, status: int, **values: object) -> Response:
    return HTMLResponse(console.templates.get_template(template).render(**values), status_code=status)


def _text(form: FormData, name: str) -> str:
    found = form.get(name, "")
    return found if isinstance(found, str) else ""


#: The only pages without an action of somebody who is signed in.
ROUTES: tuple[tuple[str, str, OpenPage], ...] = (
    ("/sign-in", "GET", show),
    ("/sign-in", "POST", with_password),
    ("/sign-in/once/{secret}", "GET", show_link),
    ("/sign-in/once/{secret}", "POST", use_link),
    ("/sign-out", "POST", sign_out),
    ("/session", "GET", left),
    ("/session", "POST", left),
)
