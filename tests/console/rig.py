"""A console without a network: a temporary database, people in it, and a browser that is signed in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx2
from anyio.from_thread import BlockingPortal
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket
from starlette.testclient import TestClient

from ivr.console.application import application
from ivr.console.context import Console
from ivr.console.security.origin import token
from ivr.people import secret
from ivr.people.roles import Role
from ivr.records.audit.model import AuditEntry
from ivr.records.people.model import Grant, Person
from ivr.records.store import Store
from ivr.report.definitions import open_store
from ivr.settings import Settings

PASSWORD = "twelve-or-more-characters"
#: Made once: it takes a tenth of a second.
_SECRET = secret.made(PASSWORD)
ORIGIN = "http://127.0.0.1:8470"
EVERY_ROLE = tuple(Role)
#: The event loop in which consoles answer (conftest.py); where there is none, each request gets one of its own.
loops: list[BlockingPortal] = []


class Clock:
    """A clock that goes on when it is told to."""

    def __init__(self, now: int = 1_790_000_000_000) -> None:
        self.now = now

    def __call__(self) -> int:
        return self.now


class Compiled(BytecodeCache):
    """What the templates were compiled to, by path and text: a running console has them once, tests have a console
    each."""

    def __init__(self) -> None:
        self._codes: dict[tuple[str, str], Any] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Take it from there."""
        bucket.code = self._codes.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep it there."""
        self._codes[bucket.key, bucket.checksum] = bucket.code


_COMPILED = Compiled()


class Browser:
    """One browser; `post` adds what forms of our pages have."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self.client = TestClient(
            application(console), base_url=ORIGIN, follow_redirects=False, raise_server_exceptions=True
        )
        self.client.portal = next(iter(loops), None)

    def get(self, path: str, **headers: str) -> httpx2.Response:
        """A page."""
        return self.client.get(path, headers=headers)

    def post(self, path: str, fields: Mapping[str, Any] | None = None, **headers: str) -> httpx2.Response:
        """An act, with the session's token."""
        csrf = token(self._secret) if self._secret else ""
        return self.client.post(path, data={"csrf": csrf, **(fields or {})}, headers={"origin": ORIGIN, **headers})

    @property
    def csrf(self) -> str:
        """The token that forms of this browser's session have."""
        return token(self._secret)

    def sign_in(self, person: str, password: str = PASSWORD) -> httpx2.Response:
        """Sign in as somebody."""
        return self.client.post("/sign-in", data={"person": person, "password": password}, headers={"origin": ORIGIN})

    @property
    def _secret(self) -> str:
        return str(self.client.cookies.get("ivr-8470", "") or "")


def open_console(folder: Path, clock: Clock | None = None, settings: Settings | None = None) -> Console:
    """A console over a new database in `folder`."""
    own = settings or Settings()
    own = replace(own, state=folder / "run", database_url=f"sqlite:///{folder / 'run' / 'ivr.sqlite'}")
    store = open_store(own.url)
    store.migrate()
    console = Console(own, store, clock or Clock())
    console.templates.bytecode_cache = _COMPILED
    return console


def register(store: Store, id_: str, roles: Iterable[Role], now: int, *, agent_id: str | None = None) -> None:
    """A person with these roles from long ago on, who may sign in with PASSWORD."""
    since = now - 86_400_000
    grants = tuple(Grant(id_, role.value, since, None, "system") for role in roles)
    person = Person(id_, f"{id_}的姓名", since, None, (), agent_id, _SECRET, grants)
    store.people.add(person, AuditEntry("system", "people.manage", f"person:{id_}"), now, lambda _people: None)


def visitor(
    folder: Path, *roles: Role, console: Console | None = None, person: str = "tester", agent_id: str | None = None
) -> Browser:
    """A browser signed in as somebody with these roles (every role where none is named), on a new console or on one
    that is there."""
    found = console or open_console(folder)
    register(found.store, person, roles or EVERY_ROLE, found.clock(), agent_id=agent_id)
    browser = Browser(found)
    signed_in = browser.sign_in(person)
    assert signed_in.status_code == 303, signed_in.text
    return browser
