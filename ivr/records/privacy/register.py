"""The register of every kind of data that the hotline keeps (CBA 二十九, 三十): what for, on what basis, how long, who
may see it, and where it is. The purge, the masks, the exports and docs/privacy.md go by this one table; a column or a
file that is in no row is a fault of the program, and a test finds it. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase

from ivr.records.privacy.customer_data import CUSTOMER_DATA
from ivr.records.privacy.data_kind import DataKind
from ivr.records.privacy.operating_data import OPERATING_DATA

REGISTER: tuple[DataKind, ...] = (*CUSTOMER_DATA, *OPERATING_DATA)


def columns() -> Iterator[tuple[str, str, DataKind]]:
    """Every table's column with its row."""
    for kind in REGISTER:
        for table, names in kind.columns.items():
            for name in names.split():
                yield table, name, kind


def of_file(path: str) -> DataKind | None:
    """The row of a file, by its path below the state folder; None where there is none."""
    return next((kind for kind in REGISTER if any(fnmatchcase(path, pattern) for pattern in kind.files)), None)


def identifying(table: str) -> frozenset[str]:
    """The columns of a table that tell who somebody is."""
    found = (name.partition(".") for kind in REGISTER for name in kind.identifying)
    return frozenset(column for of, _, column in found if of == table)
