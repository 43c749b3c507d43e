"""Opens the database that a URL names: SQLite in a file of ours (0600, WAL) or PostgreSQL through psycopg. Nothing else
in the project knows which of the two it is."""

from __future__ import annotations

import os
import sqlite3
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from alembic.util import CommandError
from sqlalchemy import URL, Connection, Engine, QueuePool, create_engine, event, make_url, text
from sqlalchemy.exc import ArgumentError, DataError, DBAPIError, IntegrityError, SQLAlchemyError

from ivr.errors import RecordRefused, StoreError

#: PostgreSQL's advisory lock that keeps writers of several nodes one after the other.
_WRITERS = 0x6976725F72656373


def open_engine(url: str, busy_ms: int, *, read_only: bool = False) -> Engine:
    """An engine for `url` (sqlite:///path or postgresql://…); a lock is waited for `busy_ms`. Connects lazily.
    `read_only`: the database itself refuses every write. Raises StoreError for any other URL or a file that cannot be
    made."""
    parsed = _parsed(url)
    kind = parsed.get_backend_name() if "+" in parsed.drivername else parsed.drivername
    if kind in ("postgresql", "postgres"):
        return _postgresql(parsed, busy_ms, read_only)
    if kind == "sqlite":
        return _sqlite_read_only(parsed, busy_ms) if read_only else _sqlite(parsed, busy_ms)
    raise StoreError(f"不支持的数据库类型 {kind!r}，只支持 sqlite 与 postgresql")


def is_there(url: str) -> bool:
    """Whether there is a database to ask: SQLite's file exists; a server is believed to be there. Raises StoreError as
    `open_engine` does."""
    parsed = _parsed(url)
    return parsed.get_backend_name() != "sqlite" or _file_of(parsed).exists()


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """A read transaction. Database errors become StoreError."""
    with translated(), engine.connect() as connection, connection.begin():
        yield connection


@contextmanager
def snapshot(engine: Engine) -> Iterator[Connection]:
    """A read transaction in which everything is as it was at its first statement, whatever is written meanwhile.
    Database errors become StoreError."""
    with translated(), engine.connect() as connection:
        if engine.dialect.name == "postgresql":  # SQLite does so by itself
            connection = connection.execution_options(isolation_level="REPEATABLE READ")
        with connection.begin():
            yield connection


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """A write transaction, the only one at a time. Database errors become StoreError (RecordRefused where a value is
    to blame) and undo everything."""
    with translated(), engine.connect().execution_options(ivr_write=True) as connection, connection.begin():
        if engine.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _WRITERS})
        yield connection


@contextmanager
def translated() -> Iterator[None]:
    """Database errors become StoreError."""
    try:
        yield
    except DBAPIError as wrong:
        # Only the driver's first line: what follows may quote a row, and rows hold personal data.
        words = (str(wrong.orig).splitlines() or [type(wrong.orig).__name__])[0]
        # Class 54: a value is longer than PostgreSQL's limits allow.
        beyond = str(getattr(wrong.orig, "sqlstate", None) or "").startswith("54")
        if isinstance(wrong, DataError | IntegrityError) or beyond:
            raise RecordRefused(f"数据库不接受这条记录：{words}") from wrong
        busy = "locked" in words or "lock timeout" in words
        raise StoreError(f"数据库{'正被占用' if busy else '无法使用'}：{words}") from wrong
    except (OverflowError, UnicodeError) as wrong:  # the driver cannot even say the value
        raise RecordRefused(f"数据库不接受这条记录：{type(wrong).__name__}") from wrong
    except (SQLAlchemyError, CommandError, OSError) as wrong:
        raise StoreError(f"数据库无法使用：{wrong}") from wrong


def _parsed(url: str) -> URL:
    try:
        return make_url(url)
    except ArgumentError as wrong:
        raise StoreError("数据库地址无法识别，应为 sqlite:///文件 或 postgresql://用户@主机/库名") from wrong


def tidy(engine: Engine) -> None:
    """What was deleted is no longer in SQLite's files: the journal beside the database is emptied into it. PostgreSQL
    does the like by itself (autovacuum)."""
    if engine.dialect.name == "sqlite":
        with translated(), engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").all()


def _postgresql(url: URL, busy_ms: int, read_only: bool) -> Engine:
    given = f"-c lock_timeout={busy_ms}" + (" -c default_transaction_read_only=on" if read_only else "")
    # a server that swallows packets is as good as gone: without a limit the kernel waits a quarter of an hour
    options = {"connect_timeout": 5, "tcp_user_timeout": 10_000, "options": given, "application_name": "ivr"}
    options = {name: value for name, value in options.items() if name not in url.query}
    return create_engine(
        url.set(drivername="postgresql+psycopg"), pool_pre_ping=True, hide_parameters=True, connect_args=options
    )


def _file_of(url: URL) -> Path:
    if not url.database or url.database == ":memory:" or url.database.startswith("file:"):
        raise StoreError("SQLite 数据库需要一个文件路径：sqlite:///文件")
    return Path(url.database)


def _sqlite_read_only(url: URL, busy_ms: int) -> Engine:
    path = _file_of(url)

    def connect() -> sqlite3.Connection:
        if not path.exists():
            raise StoreError(f"还没有数据库 {path}：热线运行过或导入过记录之后才有")
        found = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, check_same_thread=False)
        found.isolation_level = None
        found.execute(f"PRAGMA busy_timeout={busy_ms:d}")
        return found

    engine = create_engine("sqlite://", creator=connect, poolclass=QueuePool, hide_parameters=True)

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN")

    return engine


def _sqlite(url: URL, busy_ms: int) -> Engine:
    path = _file_of(url)
    _make_private(path)
    engine = create_engine(url.set(drivername="sqlite"), hide_parameters=True)

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _record: object) -> None:
        # SQLite gives -wal and -shm the file's own mode; a file deleted under us must not come back readable to all.
        connection.isolation_level = None
        cursor = connection.cursor()
        # what is deleted is overwritten
        pragmas = (f"busy_timeout={busy_ms:d}", "synchronous=FULL", "foreign_keys=ON", "secure_delete=ON")
        for pragma in pragmas:
            cursor.execute(f"PRAGMA {pragma}")
        _use_wal(cursor, time.monotonic() + busy_ms / 1000)
        cursor.close()

    @event.listens_for(engine, "do_connect")
    def keep_private(*_args: object) -> None:
        _make_private(path)

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        write = connection.get_execution_options().get("ivr_write", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")

    return engine


def _use_wal(cursor: sqlite3.Cursor, until: float) -> None:
    """Readers and the writer do not hold each other up. SQLite does not wait by itself for the lock of this switch."""
    while cursor.execute("PRAGMA journal_mode").fetchone() != ("wal",):
        try:
            cursor.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError:
            if time.monotonic() > until:
                raise
            time.sleep(0.01)


def _make_private(path: Path) -> None:
    """The file exists and is ours alone. Never opened here: closing it would give up every lock that SQLite holds on it
    in this process (POSIX), and another process would then remove the journal in which we go on writing."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with suppress(FileExistsError):
            os.mknod(path, stat.S_IFREG | 0o600)
        if path.stat().st_mode & 0o077:
            path.chmod(0o600)
    except OSError as wrong:
        raise StoreError(f"数据库文件 {path} 无法使用：{wrong.strerror}") from wrong
