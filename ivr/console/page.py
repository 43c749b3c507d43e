"""What a page is: a function that is given a visit and gives an answer. Each names its action; whether the visitor may
is decided, and what is to be entered in the audit trail is entered, before the function runs (CBA 四十二)."""

from __future__ import annotations

import inspect
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeAlias
from urllib.parse import urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from ivr.console.context import Console
from ivr.console.navigation import navigation
from ivr.console.security.origin import token
from ivr.console.security.sessions import SignedIn
from ivr.people.access import Access, Permit, enters_itself
from ivr.people.actions import Action
from ivr.records.console.model import IDLE_MS, SEEN_MS
from ivr.records.store import Store
from ivr.settings import Settings

#: A page's function: plain ones run in a thread of their own and may use the database, those that are async may not.
Page: TypeAlias = "Callable[[Visit], Response] | Callable[[Visit], Awaitable[Response]]"
_MARK = "__ivr_page__"
#: What the browser calls what it keeps of a form (web/typed).
_KEPT = re.compile(r"[0-9a-f-]{36}", re.ASCII)
#: Fields that are never shown again.
SECRET_FIELDS = frozenset({"csrf", "password", "again", "old_password"})
#: What scripts of ours add to a form; nobody typed it.
OWN_FIELDS = SECRET_FIELDS | {"kept"}


@dataclass(frozen=True, slots=True)
class PageSpec:
    """One route. `target`: what the audit trail calls what is looked at or changed, with the path's parts in braces;
    `back`: the page that is shown again, with what was typed, where an act is refused."""

    path: str
    method: str
    action: Action
    title: str
    target: str
    back: Page | None = None
    #: A page asks for it by itself: no sign of anybody being there, and the last known rights go on (`LastKnown`).
    by_itself: bool = False


@dataclass(slots=True)
class Visit:
    """One request by somebody who is signed in."""

    console: Console
    request: Request
    signed_in: SignedIn
    access: Access
    spec: PageSpec
    now: int
    form: FormData
    granted: Permit | None = None
    #: Why the act that was tried was refused; the page is shown again.
    error: str = ""

    @property
    def settings(self) -> Settings:
        """The hotline's settings."""
        return self.console.settings

    @property
    def store(self) -> Store:
        """The records."""
        return self.console.store

    @property
    def person(self) -> str:
        """The id of who visits."""
        return self.access.person

    @property
    def permit(self) -> Permit:
        """Leave for the page's action, entered in the trail where that comes first."""
        assert self.granted is not None
        return self.granted

    @property
    def path(self) -> Mapping[str, Any]:
        """The parts of the path that the route names."""
        return self.request.path_params

    @property
    def query(self) -> Mapping[str, str]:
        """What stands behind the question mark."""
        return self.request.query_params

    @property
    def target(self) -> str:
        """What the trail calls what is looked at or changed here."""
        return self.spec.target.format(**self.path)

    def may(self, action: Action) -> bool:
        """Whether the visitor's roles allow it: to show or to hide."""
        return self.access.may(action)

    def permit_for(self, action: Action, target: str, reason: str | None = None) -> Permit:
        """Leave for a second action within the page. Raises NotAllowed."""
        permit = self.access.permit(action, target, reason)
        if enters_itself(action):
            self.store.audit.note(permit.entry, self.now)
        return permit

    def field(self, name: str, default: str = "") -> str:
        """A field of the form as text, without spaces around it."""
        found = self.form.get(name, default)
        return found.strip() if isinstance(found, str) else default

    def render(self, template: str, *, status: int = 200, **values: Any) -> Response:
        """A whole page."""
        own = self.signed_in.session.id
        notice, forms = self.console.notices.taken(own), self.console.notices.forms_taken(own)
        return HTMLResponse(self._html(template, values, notice, forms), status_code=status)

    def fragment(self, template: str, **values: Any) -> Response:
        """A part of a page, for a live region."""
        return HTMLResponse(self._html(template, values))

    def redirect(self, url: str, notice: str = "") -> Response:
        """After an act that was carried out: to a page of ours, which says `notice` once."""
        url = own_path(url) or "/"
        self.taken()
        if notice:
            self.console.notices.tell(self.signed_in.session.id, notice)
        return RedirectResponse(url, status_code=303)

    def taken(self) -> None:
        """What the form held is where it belongs now: the browser need not keep it any more. An act that ends with a
        redirect says so by itself."""
        if _KEPT.fullmatch(kept := self.field("kept")):
            self.console.notices.form_taken(self.signed_in.session.id, kept)

    @property
    def session_left(self) -> int:
        """So long (ms) the session goes on at least if nothing more is done in it."""
        return min(self.signed_in.session.t_ends - self.now, IDLE_MS - SEEN_MS)

    def _html(self, template: str, values: Mapping[str, Any], notice: str = "", forms: tuple[str, ...] = ()) -> str:
        return self.console.templates.get_template(template).render(
            visit=self,
            title=self.spec.title,
            csrf_token=token(self.signed_in.secret),
            notice=notice,
            forms_taken=forms,
            navigation=navigation(self.may, self.request.url.path),
            Action=Action,
            **values,
        )


def own_path(url: str) -> str:
    """A path of the console, or "": browsers take a backslash for a slash, and drop tabs and line ends."""
    if not url.startswith("/") or url[1:2] in ("/", "\\") or not url.isprintable():
        return ""
    return url if not urlsplit(url).netloc else ""


def page(path: str, action: Action, *, title: str, target: str = "") -> Callable[[Page], Page]:
    """A page that is read (GET). `target` is its path's first part where none is given."""
    return _mark(PageSpec(path, "GET", action, title, target or _area(path)))


def act(
    path: str,
    action: Action,
    *,
    title: str = "",
    target: str = "",
    back: Page | None = None,
    by_itself: bool = False,
) -> Callable[[Page], Page]:
    """Something that is done (POST). Where it is refused, `back` (a page of the same path parameters) is shown again
    with what was typed; without it, a page that says why and shows what was typed."""
    return _mark(PageSpec(path, "POST", action, title, target or _area(path), back, by_itself))


def spec_of(function: object) -> PageSpec | None:
    """The route that a function is, or None."""
    found = getattr(function, _MARK, None)
    return found if isinstance(found, PageSpec) else None


def _mark(spec: PageSpec) -> Callable[[Page], Page]:
    def mark(function: Page) -> Page:
        setattr(function, _MARK, spec)
        return function

    return mark


def _area(path: str) -> str:
    return re.split(r"[/{]", path.strip("/"))[0] or "console"


async def carry_out(function: Page, visit: Visit) -> Response:
    """Run a page's function, in a thread where it is plain."""
    if inspect.iscoroutinefunction(function):
        found: Response = await function(visit)
        return found
    plain: Response = await run_in_threadpool(function, visit)  # type: ignore[arg-type]
    return plain


def shown_again(visit: Visit, error: str) -> Visit:
    """The visit as the page sees it that is shown again after a refused act."""
    assert visit.spec.back is not None
    spec = spec_of(visit.spec.back)
    assert spec is not None
    return replace(visit, spec=spec, error=error)
