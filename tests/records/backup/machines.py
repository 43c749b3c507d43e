"""Machines for backups: settings, a database with rows in every table, files of every kind."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import BigInteger, Boolean, Column, Connection, Date, Float, Integer, LargeBinary, Table, inspect, text

from ivr.encryption import files
from ivr.encryption.keys import Key, new_key
from ivr.records.backup import rows
from ivr.records.database.engine import open_engine, reading, writing
from ivr.records.store import Store
from ivr.settings import Encryption, Settings

KEY, OLD_KEY = new_key(), new_key()
SOUND = b"RIFF" + bytes(range(256)) * 20

#: What is restored, relative to the machine's folder.
KEPT = {
    "run/secrets.json": b'{"ami": "s3cret"}',
    "run/signed-out.json": b'["1001"]',
    "run/journal/refused-records.jsonl": b"{}\n",
    "run/asterisk/log/cel-custom/ivr.csv": b"cel\n",
    "run/asterisk/keys/hotline.crt": b"PEM",
    "run/asterisk/recordings/n-1.1-1001.wav": SOUND,
    "run/asterisk/recordings/n-1.2-1.wav": SOUND + b"2",
    "run/asterisk/messages/n-1.3-1.wav": SOUND + b"3",
    "run/utterances/2026-11-30/n1-1.wav": SOUND + b"4",
    "flows/hotline.yaml": "名称: 银行\n".encode(),
    "flows/schema/hotline.json": b"{}",
    "prompts/zh/欢迎.wav": SOUND + b"5",
}
#: Of these, what is kept encrypted; the second with a key that is not the current one.
SEALED = {"run/asterisk/recordings/n-1.1-1001.wav": KEY, "run/asterisk/messages/n-1.3-1.wav": OLD_KEY}
#: What is made anew, only lives now, is a log, or opens what is encrypted.
LEFT_OUT = {
    "run/ivr.pid": b"1\n",
    "run/ivr.log": b"log\n",
    "run/ivr.log.1": b"log\n",
    "run/trouble": b"\n",
    "run/hotline.keys": f"{KEY}\n{OLD_KEY}\n".encode(),
    "run/listening/1-n-1.1-1.wav": SOUND,
    "run/asterisk/etc/pjsip.conf": b"conf",
    "run/asterisk/log/messages.log": b"log",
    "run/asterisk/recordings/.n-1.1-1.wav.7.sealing": b"half",
    "run/journal/lock": b"",
    "prompts/built/zh.wav": b"voice",
}


def machine(folder: Path, url: str = "", keys: tuple[str, ...] = (KEY, OLD_KEY)) -> Settings:
    """Settings of a machine with nothing but a file of keys."""
    file = folder / "run" / "hotline.keys"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("\n".join(keys))
    file.chmod(0o600)
    found = replace(Settings(), flows=folder / "flows", prompts=folder / "prompts", state=folder / "run")
    return replace(found, database_url=url, encryption=Encryption(key_file=str(file)))


def furnish(settings: Settings) -> None:
    """Files of every kind, and three rows in every table."""
    folder = settings.state.parent
    for name, data in {**KEPT, **LEFT_OUT}.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        if name in SEALED:
            assert files.seal(path, Key.of(SEALED[name]))
    (folder / "run" / "hotline.keys").chmod(0o600)
    (folder / "run" / "link").symlink_to(folder / "flows")
    with socket.socket(socket.AF_UNIX) as one:
        one.bind(str((folder / "run" / "desk.sock").relative_to(Path.cwd())))
    store = Store(settings.url)
    store.migrate()
    store.close()
    with opened(settings) as engine, writing(engine) as connection:
        fill(connection)


@contextmanager
def opened(settings: Settings) -> Iterator[Any]:
    engine = open_engine(settings.url, 5000)
    try:
        yield engine
    finally:
        engine.dispose()


def fill(connection: Connection, count: int = 3) -> None:
    """Put rows of odd values into every table."""
    made: dict[str, list[dict[str, Any]]] = {}
    for table in rows.tables_of(connection):
        made[table.name] = [_row(table, number, made) for number in range(count)]
        for row in made[table.name]:
            connection.execute(table.insert(), row)


def _row(table: Table, number: int, made: dict[str, list[dict[str, Any]]]) -> dict[str, Any]:
    row = {column.name: _value(column, number) for column in table.columns}
    for key in table.foreign_key_constraints:
        for element in key.elements:
            if element.column.table.name in made:
                row[element.parent.name] = made[element.column.table.name][number][element.column.name]
    return row


def _value(column: Column[Any], number: int) -> Any:
    if column.nullable and number == 2:
        return None
    match column.type:
        case Boolean():
            return number % 2 == 0
        case BigInteger():
            return 2**63 - 1 - number
        case Integer():
            return number + 7
        case Float():
            return number / 3
        case Date():
            return date(2024, 2, 29) + timedelta(number)
        case LargeBinary():
            return bytes(range(number, 256))
    return f"{column.name} {number} “中文”\n\t'\"\\ \x7f 😀"


def everything(settings: Settings) -> dict[str, list[str]]:
    """Every row of every table, by the database's own words; the revision of the tables as well."""
    with opened(settings) as engine, reading(engine) as connection:
        names = inspect(connection).get_table_names()
        return {
            name: sorted(repr(tuple(row)) for row in connection.execute(text(f'SELECT * FROM "{name}"')))
            for name in names
        }


def files_of(settings: Settings) -> dict[str, bytes]:
    """Every file of the machine but the database and its keys, by its name."""
    folder = settings.state.parent
    found = (path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
    names = {path.relative_to(folder).as_posix(): path for path in found}
    apart = ("run/ivr.sqlite", "run/hotline.keys")
    return {name: path.read_bytes() for name, path in names.items() if not name.startswith(apart)}
