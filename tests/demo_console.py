"""The console that `make demo` leaves: over what the demo's calls left, until `make down` or for an hour."""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

from ivr.console.context import now_ms
from ivr.console.security.sessions import make_link
from ivr.people import secret
from ivr.people.roles import Role
from ivr.records.audit.model import AuditEntry
from ivr.records.people.model import Grant, Person
from ivr.records.store import Store
from ivr.report.definitions import open_store
from tests.browser.rig.console import free_port
from tests.rig.hotline import TOP, Hotline, until

OUT = TOP / "demo-out"
#: asterisk-conf/run.sh ends it by this.
PID = OUT / "console.pid"
HOUR_S = 3600
PERSON = "demo"


def end() -> None:
    """End the one that an earlier demo left, if it is still there."""
    try:
        pid = int(PID.read_text())
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except (OSError, ValueError):
        return
    if b"console" in words:
        os.kill(pid, signal.SIGTERM)
    PID.unlink(missing_ok=True)


def keep(line: Hotline) -> Path:
    """What the calls left, and the flow they heard, kept where it stays. Returns the folder."""
    folder = OUT / "console"
    state = folder / "run"
    state.mkdir(parents=True)
    with (
        closing(sqlite3.connect(line.state / "ivr.sqlite")) as source,
        closing(sqlite3.connect(state / "ivr.sqlite")) as copy,
    ):
        source.backup(copy)
    shutil.copytree(line.flows, folder / "flows")
    for name in ("recordings", "messages", "complaints"):
        if (kept := line.state / "asterisk" / name).is_dir():
            shutil.copytree(kept, state / "asterisk" / name)
    return folder


def register(store: Store, now: int) -> str:
    """Somebody who may everything, for the demo alone; the password."""
    password = secrets.token_urlsafe(12)
    grants = tuple(Grant(PERSON, role.value, now - 1, None, "system") for role in Role)
    person = Person(PERSON, "演示", now - 1, None, (), None, secret.made(password), grants)
    store.people.add(person, AuditEntry("system", "people.manage", f"person:{PERSON}"), now, lambda _people: None)
    return password


def begin(folder: Path, next_: str = "/calls") -> str:
    """Start it over that folder; what a newcomer is told. Raises RigError where it does not come up."""
    store = open_store(f"sqlite:///{folder / 'run' / 'ivr.sqlite'}")
    try:
        store.migrate()
        now = now_ms()
        password = register(store, now)
        link = make_link(store, PERSON, None, now)
    finally:
        store.close()
    port = free_port("127.0.0.1")
    own = {"IVR_STATE": folder / "run", "IVR_FLOWS": folder / "flows", "IVR_PROMPTS": TOP / "prompts"}
    plain = {name: value for name, value in os.environ.items() if not name.startswith("IVR_")}
    environ = plain | {name: str(value) for name, value in own.items()} | {"IVR_CONSOLE_PORT": str(port)}
    log = folder / "console.log"
    with log.open("ab") as out:
        process = subprocess.Popen(
            ["timeout", str(HOUR_S), sys.executable, "-m", "ivr.cli", "console"],
            cwd=TOP, env=environ, stdin=subprocess.DEVNULL, stdout=out, stderr=out, start_new_session=True,
        )  # fmt: skip
    PID.write_text(f"{process.pid}\n")
    until("the console of the demo", lambda: process.poll() is not None or "已启动" in log.read_text("utf-8"), 60)
    origin = f"http://127.0.0.1:{port}"
    until_time = time.strftime("%H:%M", time.localtime(time.time() + HOUR_S))
    return (
        f"在控制台里看这些通话（到 {until_time} 或 make down 为止）：\n  {origin}/sign-in/once/{link}?next={next_}\n"
        f"  链接只能用一次，15 分钟内有效；之后打开 {origin}，编号 {PERSON}，密码 {password}"
    )
