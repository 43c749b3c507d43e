"""Browsers that are signed in. A browser holds a random secret, the database its hash; the person's rights are asked
for anew with every request."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass

from starlette.requests import HTTPConnection
from starlette.responses import Response
from starlette.types import Scope

from ivr.people.access import Permit
from ivr.people.actions import Action
from ivr.records.audit.model import AuditEntry
from ivr.records.console.model import LINK_MS, LONGEST_MS, Session, SignInLink
from ivr.records.store import Store

_LONGEST_SECRET = 100
_MOST_BROWSER = 120


def hashed(secret: str) -> str:
    """What is kept of a secret that a browser or a link holds; it is random, so a plain hash tells nothing."""
    return hashlib.sha256(secret.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A session with the secret that its browser holds."""

    session: Session
    secret: str


class Sessions:
    """Cookie ↔ session. `tls`: the console is reached by https alone."""

    def __init__(self, store: Store, *, tls: bool, port: int) -> None:
        self._store = store
        self._tls = tls
        # cookies of a host are shared by its ports: two consoles on one machine sign nobody out of the other
        self._cookie = "__Host-ivr" if tls else f"ivr-{port}"

    def holds(self, scope: Scope) -> bool:
        """Whether a browser says that it belongs to a session: not proved, so of no right."""
        return bool(HTTPConnection(scope).cookies.get(self._cookie))

    def of(self, connection: HTTPConnection, now: int, *, seen: bool = True) -> SignedIn | None:
        """Who sent this, or None. `seen`: it is a sign of somebody being there. Raises StoreError."""
        if (secret := self._held(connection)) is None:
            return None
        session = self._store.console.session(hashed(secret), now, seen=seen)
        return None if session is None else SignedIn(session, secret)

    def id_of(self, connection: HTTPConnection) -> str | None:
        """The id of the session that the browser says it has, whether there is one or not."""
        secret = self._held(connection)
        return None if secret is None else hashed(secret)

    def begin(self, person: str, connection: HTTPConnection, how: str, now: int) -> SignedIn:
        """A new session; whatever the browser held before is over. Raises StoreError."""
        before = self.of(connection, now)
        entry = AuditEntry(person, Action.CONSOLE_SIGN_IN.value, f"person:{person}", detail=f'{{"how": "{how}"}}')
        if before is not None:
            self._store.console.end(before.session.id, entry, now)
        secret = secrets.token_urlsafe(32)
        browser = "".join(c for c in connection.headers.get("user-agent", "") if c.isprintable())[:_MOST_BROWSER]
        session = Session(hashed(secret), person, now, now, now + LONGEST_MS, browser)
        self._store.console.begin(session, entry, now)
        return SignedIn(session, secret)

    def end(self, signed_in: SignedIn, now: int) -> None:
        """Signed out. Raises StoreError."""
        person = signed_in.session.person
        entry = AuditEntry(person, Action.CONSOLE_SIGN_IN.value, f"person:{person}", detail='{"how": "signed out"}')
        self._store.console.end(signed_in.session.id, entry, now)

    def _held(self, connection: HTTPConnection) -> str | None:
        secret = connection.cookies.get(self._cookie, "")
        return secret if 0 < len(secret) <= _LONGEST_SECRET and secret.isascii() else None

    def give(self, response: Response, signed_in: SignedIn) -> None:
        """Have the browser hold the secret."""
        response.set_cookie(
            self._cookie, signed_in.secret, path="/", httponly=True, samesite="strict", secure=self._tls
        )

    def take(self, response: Response) -> None:
        """Have the browser forget it."""
        response.delete_cookie(self._cookie, path="/", httponly=True, samesite="strict", secure=self._tls)


def make_link(store: Store, person: str | None, permit: Permit | None, now: int) -> str:
    """The secret of a link that signs `person` in once (`/sign-in/once/SECRET`), or lets the first person be
    registered. Raises StoreError."""
    secret = secrets.token_urlsafe(24)
    target = "console" if person is None else f"person:{person}"
    entry = (
        AuditEntry("system", Action.CONSOLE_LINK.value, target)
        if permit is None
        else permit.entry_with(target, link=True)
    )
    store.console.add_link(SignInLink(hashed(secret), person, now + LINK_MS), entry, now)
    return secret
