"""A real PostgreSQL that the tests start: one server for a test process, a database of its own for each test."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path

import psycopg
import pytest

from ivr.records.store import Store
from tests.rig import memory


def _binaries() -> Path:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda path: int(path.parts[4]))
    if not found:
        pytest.fail("no PostgreSQL server under /usr/lib/postgresql/*/bin: apt-get install postgresql", pytrace=False)
    return found[-1].parent


def _owner() -> tuple[int, int] | None:
    """PostgreSQL refuses to run as root: then the Debian package's own user runs it."""
    if os.geteuid() != 0:
        return None
    try:
        user = pwd.getpwnam("postgres")
    except KeyError:
        pytest.fail("running as root and there is no user postgres: apt-get install postgresql", pytrace=False)
    return user.pw_uid, user.pw_gid


def _start(command: Sequence[str | Path], owner: tuple[int, int] | None, log: Path) -> subprocess.Popen[bytes]:
    user, group = owner or (None, None)
    with log.open("ab") as out:
        return subprocess.Popen(
            command, user=user, group=group, extra_groups=[] if owner else None, cwd="/", stdout=out, stderr=out
        )


def _wait_ready(server: subprocess.Popen[bytes], url: str, log: Path) -> None:
    until = time.monotonic() + 30
    while True:
        try:
            psycopg.connect(url).close()
        except psycopg.OperationalError:
            if server.poll() is not None or time.monotonic() > until:
                pytest.fail(f"PostgreSQL did not start:\n{log.read_text()}", pytrace=False)
            time.sleep(0.05)
        else:
            return


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The URL, without a database's name, of a PostgreSQL server of our own on a Unix socket; stopped by its pid."""
    binaries, owner = _binaries(), _owner()
    with tempfile.TemporaryDirectory(prefix="ivr-pg-", dir=memory.folder()) as folder:
        home = Path(folder)
        if owner:
            os.chown(home, *owner)
        data, log = home / "data", home / "log"
        made = _start([binaries / "initdb", "-D", data, "-U", "ivr", "-A", "trust", "-E", "UTF8", "-N"], owner, log)
        if made.wait(120) != 0:
            pytest.fail(f"initdb failed:\n{log.read_text()}", pytrace=False)
        command: list[str | Path] = [
            binaries / "postgres",
            "-D",
            data,
            "-k",
            home,
            "-c",
            "listen_addresses=",
            # its data is thrown away: nothing need outlive a crash, and nothing need be tidied for later
            *(word for setting in ("fsync=off", "full_page_writes=off", "autovacuum=off") for word in ("-c", setting)),
        ]
        server = _start(command, owner, log)
        try:
            _wait_ready(server, f"host={home} user=ivr dbname=postgres", log)
            yield f"postgresql://ivr@/%s?host={home}"
        finally:
            server.send_signal(signal.SIGQUIT)  # at once, without a last checkpoint
            server.wait(30)
            shutil.rmtree(data, ignore_errors=True)


def _run(url: str, statement: str) -> None:
    with closing(psycopg.connect(url % "postgres", autocommit=True)) as connection:
        connection.execute(statement.encode())


@pytest.fixture(scope="session")
def migrated(postgres: str) -> str:
    """The name of a database with the tables of ours, which others are copied from: all migrations take longer."""
    _run(postgres, "CREATE DATABASE migrated")
    store = Store(postgres % "migrated")
    store.migrate()
    store.close()
    return "migrated"


def _fresh(request: pytest.FixtureRequest, template: Callable[[], str]) -> Iterator[Callable[[], str]]:
    """Makes databases, and drops them in the end: all of them at once take long."""
    names: list[str] = []

    def make() -> str:
        names.append(f"t{uuid.uuid4().hex}")
        url: str = request.getfixturevalue("postgres")
        _run(url, f"CREATE DATABASE {names[-1]} TEMPLATE {template()}")
        return url % names[-1]

    yield make
    for name in names:
        _run(request.getfixturevalue("postgres"), f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def new_postgres(request: pytest.FixtureRequest) -> Iterator[Callable[[], str]]:
    """Makes a fresh, empty database on the server and gives its URL."""
    yield from _fresh(request, lambda: "template1")


@pytest.fixture
def migrated_postgres(request: pytest.FixtureRequest) -> Iterator[Callable[[], str]]:
    """The same with the tables of ours."""
    yield from _fresh(request, lambda: str(request.getfixturevalue("migrated")))
