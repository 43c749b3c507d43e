"""The rows of all tables as lines of JSON, and back: whatever tables there are, as the database describes them."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, Integer, MetaData, Table, func, insert, select, text

from ivr.errors import BackupError
from ivr.records.database.migrate import downgrade, is_known, revision_of, upgrade

#: Where alembic keeps the revision of the tables.
REVISION = "alembic_version"
#: Rows that are read or written at once.
_PAGE = 500
_SPACE = 1 << 256


@dataclass(slots=True)
class Sum:
    """Rows that went by: how many, and a sum over their hashes, the same in whatever order they come."""

    rows: int = 0
    total: int = 0

    def add(self, line: bytes) -> None:
        """One more."""
        self.rows += 1
        self.total = (self.total + int.from_bytes(hashlib.sha256(line).digest(), "big")) % _SPACE

    @property
    def digest(self) -> str:
        """64 hex digits."""
        return f"{self.total:064x}"


def tables_of(connection: Connection) -> list[Table]:
    """The tables that there are, those that others refer to first."""
    known = MetaData()
    known.reflect(connection)
    return [table for table in known.sorted_tables if table.name != REVISION]


def lines(connection: Connection, table: Table) -> Iterator[bytes]:
    """The table's rows, in the order of its key. Raises BackupError for a value of a kind that is not foreseen."""
    query = select(table).order_by(*table.primary_key.columns)
    for row in connection.execute(query.execution_options(yield_per=_PAGE)).mappings():
        shown = {name: _shown(value, f"{table.name}.{name}") for name, value in row.items()}
        yield json.dumps(shown, sort_keys=True, separators=(",", ":")).encode("ascii")


def occupied(connection: Connection) -> str | None:
    """The name of a table in which there are rows; None where the database is empty."""
    for table in tables_of(connection):
        if connection.execute(select(func.count()).select_from(table)).scalar_one():
            return str(table.name)
    return None


def prepare(connection: Connection, revision: str) -> Mapping[str, Table]:
    """Give an empty database the tables of this revision. Raises BackupError where this program does not know it."""
    if not is_known(connection, revision):
        raise BackupError(f"备份里的数据库版本 {revision} 比本程序新：先升级程序再恢复")
    if revision_of(connection) not in (None, revision):
        downgrade(connection, "base")
    upgrade(connection, revision)
    return {table.name: table for table in tables_of(connection)}


def insert_lines(connection: Connection, table: Table, wanted: Iterable[bytes]) -> None:
    """Put rows in. Raises BackupError for a line that is none of this table's."""
    page: list[dict[str, Any]] = []
    for line in wanted:
        page.append(_row(table, line))
        if len(page) == _PAGE:
            connection.execute(insert(table), page)
            page = []
    if page:
        connection.execute(insert(table), page)


def go_on_numbering(connection: Connection, table: Table) -> None:
    """Numbers that the database gives by itself begin after those that are there."""
    key = list(table.primary_key.columns)
    if connection.dialect.name != "postgresql" or len(key) != 1 or not isinstance(key[0].type, Integer):
        return
    name = key[0].name
    sequence = connection.execute(
        text("SELECT pg_get_serial_sequence(:table, :column)"), {"table": f'"{table.name}"', "column": name}
    ).scalar()
    if sequence is not None and (last := connection.execute(select(func.max(key[0]))).scalar()) is not None:
        connection.execute(text("SELECT setval(:sequence, :last)"), {"sequence": sequence, "last": last})


def _shown(value: object, where: str) -> object:
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, bytes | memoryview):
        return {"bytes": base64.b64encode(value).decode("ascii")}
    if type(value) is date:
        return {"date": value.isoformat()}
    if isinstance(value, dict | list):
        return {"json": value}
    raise BackupError(f"{where}：不会备份 {type(value).__name__} 类型的值")


_READ: Mapping[str, Callable[[Any], object]] = {
    "bytes": base64.b64decode,
    "date": date.fromisoformat,
    "json": lambda value: value,
}


def _row(table: Table, line: bytes) -> dict[str, Any]:
    try:
        row = json.loads(line)
        if row.keys() != {column.name for column in table.columns}:
            raise BackupError(f"备份里表 {table.name} 的列与数据库的不同")
        return {name: _value(value) for name, value in row.items()}
    except (ValueError, TypeError, KeyError, AttributeError) as wrong:
        raise BackupError(f"备份里表 {table.name} 有一行无法读取") from wrong


def _value(value: object) -> object:
    if not isinstance(value, dict):
        return value
    ((kind, inner),) = value.items()
    return _READ[kind](inner)
