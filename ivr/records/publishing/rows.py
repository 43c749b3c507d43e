"""Rows of drafts and publications, and what has to be so before they change; within somebody's transaction."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any

from sqlalchemy import Connection, insert, select, update

from ivr.errors import PublishingRefused
from ivr.records.database.publishing_tables import flow_draft, flow_publication
from ivr.records.days import moment
from ivr.records.publishing.model import Draft, DraftState, Publication, Trial, packed

#: Every column of a draft but its files.
DRAFT = tuple(column for column in flow_draft.columns if column.name != "files")


def read_draft(row: Mapping[Any, Any]) -> Draft:
    """A row of the table, without its files."""
    trials = tuple(Trial(**one) for one in json.loads(row["trials"]))
    lists = {name: tuple(json.loads(row[name])) for name in ("personal", "findings")}
    return Draft(**{**row, **lists, "trials": trials, "state": DraftState(row["state"])})


def draft(connection: Connection, id_: int) -> Draft:
    """A draft by id. Raises PublishingRefused where there is none."""
    row = connection.execute(select(*DRAFT).where(flow_draft.c.id == id_)).mappings().first()
    if row is None:
        raise PublishingRefused(f"没有草稿 {id_}")
    return read_draft(row)


def open_draft(connection: Connection, id_: int, digest: str | None = None) -> Draft:
    """A draft that nobody has decided. Raises PublishingRefused where it is none, or its content is not what has this
    `digest`."""
    found = draft(connection, id_)
    if found.state is not DraftState.OPEN:
        at = f"{moment(found.t_decided or 0):%Y-%m-%d %H:%M}"
        raise PublishingRefused(f"草稿 {id_} {found.state.word}（{found.decided_by}，{at}）")
    if digest is not None and digest != found.digest:
        raise PublishingRefused(f"草稿 {id_} 的内容不是复核过的内容")
    return found


def not_proposed(connection: Connection, new: Draft) -> None:
    """Raises PublishingRefused where the same waits already, on the same publication."""
    same = (flow_draft.c.digest == new.digest, flow_draft.c.base == new.base)
    query = select(*DRAFT).where(*same, flow_draft.c.state == DraftState.OPEN.value)
    if (row := connection.execute(query).mappings().first()) is not None:
        raise PublishingRefused(f"{row['proposed_by']} 已提交过同样的改动：草稿 {row['id']}，等另一个人发布")


def insert_draft(connection: Connection, new: Draft, files: Mapping[str, str]) -> Draft:
    """Keep a draft and give it its id."""
    values = {name: value for name, value in asdict(new).items() if name != "id"}
    values |= {name: json.dumps(values[name], ensure_ascii=False) for name in ("personal", "findings", "trials")}
    values |= {"state": new.state.value, "files": packed(files)}
    key = connection.execute(insert(flow_draft).values(**values)).inserted_primary_key
    assert key is not None
    return replace(new, id=int(key[0]))


def settle(connection: Connection, id_: int, state: DraftState, by: str, now: int, note: str | None) -> None:
    """What became of a draft."""
    values = {"state": state.value, "decided_by": by, "t_decided": now, "note": note}
    connection.execute(update(flow_draft).where(flow_draft.c.id == id_).values(**values))


def current(connection: Connection) -> Publication | None:
    """The last publication, None where there is none."""
    query = select(flow_publication).order_by(flow_publication.c.number.desc()).limit(1)
    row = connection.execute(query).mappings().first()
    return None if row is None else Publication(**row)


def publication(connection: Connection, number: int) -> Publication:
    """A publication. Raises PublishingRefused where there is none of this number."""
    query = select(flow_publication).where(flow_publication.c.number == number)
    row = connection.execute(query).mappings().first()
    if row is None:
        raise PublishingRefused(f"没有发布 {number}")
    return Publication(**row)


def insert_publication(connection: Connection, new: Publication) -> Publication:
    """Keep a publication: it is the current one from now on."""
    connection.execute(insert(flow_publication), asdict(new))
    return new


def on_its_base(connection: Connection, wanted: Draft) -> None:
    """Raises PublishingRefused, with who was quicker, where something was published since the draft was made."""
    there = current(connection)
    if there is not None and there.number != wanted.base:
        raise PublishingRefused(
            f"草稿 {wanted.id} 是在发布 {wanted.base} 的基础上改的，而 {there.published_by} 已于 "
            f"{moment(there.t):%Y-%m-%d %H:%M} 发布了 {there.number}（{there.proposed_by} 提交：{there.reason}）。"
            f"没有发布；请对照 {there.number} 修改后重新提交"
        )
