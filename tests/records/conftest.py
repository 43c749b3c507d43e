"""Databases for the store's tests: a fresh SQLite file or a fresh database on a real PostgreSQL that we start."""

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
from hypothesis import settings

from ivr.records.store import Store

# The same examples every time, however busy the machine is.
settings.register_profile("records", derandomize=True, deadline=None)
settings.load_profile("records")


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
    with tempfile.TemporaryDirectory(prefix="ivr-pg-") as folder:
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


@pytest.fixture
def new_postgres(request: pytest.FixtureRequest) -> Callable[[], str]:
    """Makes a fresh database on the server and gives its URL."""

    def make() -> str:
        url: str = request.getfixturevalue("postgres")
        name = f"t{uuid.uuid4().hex}"
        with closing(psycopg.connect(url % "postgres", autocommit=True)) as connection:
            connection.execute(f"CREATE DATABASE {name}".encode())
        return url % name

    return make


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def url(request: pytest.FixtureRequest, tmp_path: Path, new_postgres: Callable[[], str]) -> str:
    """A fresh, empty database: each test that asks for it runs on both engines."""
    return new_postgres() if request.param == "postgresql" else f"sqlite:///{tmp_path / 'ivr.sqlite'}"


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    """A migrated store on both engines."""
    made = Store(url)
    made.migrate()
    yield made
    made.close()
