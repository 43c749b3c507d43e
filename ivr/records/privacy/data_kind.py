"""One row of the register of data (`ivr.records.privacy.register`)."""

from __future__ import annotations

from dataclasses import dataclass

from ivr.records.privacy.retention import Retention


@dataclass(frozen=True, slots=True)
class DataKind:
    """One kind of data. `seen_by`: the actions (`ivr.people.actions`) that show it. `columns`: table → its columns,
    divided by spaces; `files`: patterns of paths below the state folder (`*` goes over folders). `identifying`: those
    of the columns, as `table.column`, that tell who somebody is: masked wherever they are shown, hashed in exports."""

    id: str
    label: str
    purpose: str
    basis: str
    retention: Retention
    seen_by: tuple[str, ...]
    columns: dict[str, str]
    files: tuple[str, ...] = ()
    identifying: tuple[str, ...] = ()
