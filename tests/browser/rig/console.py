"""A console for tests in a browser: `ivr console` as a process of its own, on a port and a database of its own, with
people who are signed in without typing a password each time."""

from __future__ import annotations

import os
import secrets
import shutil
import socket
import ssl
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import Browser

from ivr.console.context import now_ms
from ivr.console.security.sessions import hashed
from ivr.people.roles import Role
from ivr.records.audit.model import AuditEntry
from ivr.records.console.model import LONGEST_MS, Session
from ivr.records.store import Store
from ivr.report.definitions import open_store
from tests.browser.rig.browser import DESK, Window, window
from tests.console.rig import register
from tests.rig.hotline import TOP, until


@dataclass
class RunningConsole:
    """One running console. `folder` holds its flows, its state and its log; `environ` are its settings."""

    folder: Path
    host: str
    port: int
    environ: Mapping[str, str]
    store: Store
    trust: ssl.SSLContext | None = None
    process: subprocess.Popen[bytes] | None = None
    _people: dict[tuple[tuple[Role, ...], str | None], str] = field(default_factory=dict)

    @property
    def url(self) -> str:
        """Its origin."""
        return f"{'http' if self.trust is None else 'https'}://{self.host}:{self.port}"

    @property
    def log(self) -> Path:
        """What it wrote."""
        return self.folder / "console.log"

    def start(self) -> None:
        """Start it and wait until it answers. Raises RigError with what it wrote."""
        with self.log.open("ab") as log:
            words = [sys.executable, "-m", "ivr.cli", "console"]
            self.process = subprocess.Popen(words, cwd=TOP, env=dict(self.environ), stdout=log, stderr=log)
        until("the console to answer", self._answers, 60)

    def stop(self) -> None:
        """SIGTERM, and wait for its end."""
        assert self.process is not None
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(10)
            raise
        self.process = None

    def _answers(self) -> bool:
        assert self.process is not None
        if self.process.poll() is not None:
            raise AssertionError(f"the console ended:\n{self.log.read_text(encoding='utf-8')[-3000:]}")
        try:
            with urllib.request.urlopen(f"{self.url}/alive", timeout=5, context=self.trust) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False

    def person(self, *roles: Role, agent: str | None = None, name: str | None = None) -> str:
        """The id of somebody with exactly these roles (every one where none is named); `name` for a second such one."""
        wanted = roles or tuple(Role)
        known = (wanted, agent or name)
        if known not in self._people:
            id_ = name or f"p{len(self._people)}{'-'.join(role.value[:2] for role in wanted)[:20]}"
            register(self.store, id_, wanted, now_ms(), agent_id=agent)
            self._people[known] = id_
        return self._people[known]

    def session(self, person: str) -> tuple[str, str]:
        """A session as after signing in by a link: the cookie's name and value."""
        secret, now = secrets.token_urlsafe(32), now_ms()
        entry = AuditEntry(person, "console.sign_in", f"person:{person}", detail='{"how": "test"}')
        self.store.console.begin(Session(hashed(secret), person, now, now, now + LONGEST_MS, "test"), entry, now)
        return f"ivr-{self.port}", secret

    def signed_in(self, seen: Window, person: str) -> None:
        """This window is signed in as somebody."""
        name, secret = self.session(person)
        cookie = {"name": name, "value": secret, "url": self.url}
        seen.context.add_cookies([{**cookie, "httpOnly": True, "sameSite": "Strict"}])  # type: ignore[typeddict-item]

    @contextmanager
    def window(
        self,
        browser: Browser,
        *roles: Role,
        agent: str | None = None,
        person: str | None = None,
        size: Mapping[str, int] = DESK,
        **options: object,
    ) -> Iterator[Window]:
        """A watched window of somebody with these roles (every role where none is named), or of `person`, signed in."""
        with window(browser, self.url, size, **options) as seen:
            self.signed_in(seen, person or self.person(*roles, agent=agent))
            yield seen


def free_port(host: str) -> int:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])


@contextmanager
def console(
    *,
    environ: Mapping[str, str] | None = None,
    seed: Callable[[Store], None] | None = None,
    host: str = "127.0.0.1",
    flows: Callable[[Path], None] | None = None,
    trust: ssl.SSLContext | None = None,
) -> Iterator[RunningConsole]:
    """A console of its own, stopped and removed afterwards. `environ`: further settings, or those of a running hotline
    (`Hotline.environ`), whose console it is then; `seed` fills its database before it starts; `flows` changes its copy
    of the shipped flows; `trust`: it speaks TLS (its certificate is in `environ`). Raises RigError."""
    folder = Path(tempfile.mkdtemp(prefix="ivr-web-", dir="/tmp"))
    port = free_port(host)
    plain = {name: value for name, value in os.environ.items() if not name.startswith("IVR_")}
    own = {"IVR_STATE": str(folder / "run"), "IVR_FLOWS": str(folder / "flows"), "IVR_PROMPTS": str(TOP / "prompts")}
    given = {**plain, **own, **(environ or {}), "IVR_CONSOLE_HOST": host, "IVR_CONSOLE_PORT": str(port)}
    shutil.copytree(TOP / "flows", folder / "flows")
    if flows is not None:
        flows(folder / "flows")
    Path(given["IVR_STATE"]).mkdir(exist_ok=True)
    store = open_store(given.get("IVR_DATABASE_URL") or f"sqlite:///{Path(given['IVR_STATE']) / 'ivr.sqlite'}")
    running = RunningConsole(folder, host, port, given, store, trust)
    try:
        store.migrate()
        if seed is not None:
            seed(store)
        running.start()
        yield running
    finally:
        if running.process is not None and running.process.poll() is None:
            running.stop()
        store.close()
        shutil.rmtree(folder, ignore_errors=True)
