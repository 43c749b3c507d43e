"""A draft of the operator's files, and its publication. Times are UTC epoch milliseconds."""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

#: Until so long after an emergency publication a second person has to look at it.
EMERGENCY_HOURS = 24


class DraftState(StrEnum):
    """`open`: waits for another person; `published`, `refused` by another person; `withdrawn` by whoever made it."""

    OPEN = "open"
    PUBLISHED = "published"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"

    @property
    def word(self) -> str:
        """What people call it."""
        return {"open": "待复核", "published": "已发布", "refused": "已否决", "withdrawn": "已撤回"}[self.value]


@dataclass(frozen=True, slots=True)
class Trial:
    """A test that ran on a draft: its name, whether all was as expected, and what was not."""

    name: str
    passed: bool
    told: str = ""


@dataclass(frozen=True, slots=True)
class Draft:
    """The operator's files as somebody wants them served. `digest` is over their content; `base` the publication that
    it was made on, 0 where there was none. `personal` names files that belong to the flow and are not kept, since they
    list customers: they are served as the working copy has them. `findings` and `trials`: what the checks and tests
    told when it was proposed. `again`: the publication whose files these are (a rollback)."""

    digest: str
    base: int
    proposed_by: str
    reason: str
    t_proposed: int
    personal: tuple[str, ...] = ()
    findings: tuple[str, ...] = ()
    trials: tuple[Trial, ...] = ()
    again: int | None = None
    state: DraftState = DraftState.OPEN
    decided_by: str | None = None
    t_decided: int | None = None
    note: str | None = None
    id: int = 0


@dataclass(frozen=True, slots=True)
class Publication:
    """What is served from `t` on, until the next one. `number` counts from 1. An `emergency` one was published by one
    person alone: `t_confirm` is until when another person has to look at it, `confirmed` what that one said, None as
    long as nobody has."""

    number: int
    draft: int
    digest: str
    proposed_by: str
    published_by: str
    reason: str
    t: int
    again: int | None = None
    emergency: bool = False
    t_confirm: int | None = None
    confirmed_by: str | None = None
    t_confirmed: int | None = None
    confirmed: bool | None = None
    note: str | None = None

    @property
    def unconfirmed(self) -> bool:
        """Whether a second person has still to say yes: nobody has looked, or whoever did said no."""
        return self.emergency and not self.confirmed

    def overdue(self, now: int) -> bool:
        """Whether nobody has looked at it in time."""
        return self.confirmed is None and self.t_confirm is not None and now >= self.t_confirm

    def late(self, now: int) -> bool:
        """Whether it is overdue, or whoever looked at it said no."""
        return self.overdue(now) or self.confirmed is False


@dataclass(frozen=True, slots=True)
class PublishedFiles:
    """A publication with the text of its files."""

    publication: Publication
    personal: tuple[str, ...]
    files: Mapping[str, str] = field(repr=False)

    @property
    def whole(self) -> bool:
        """Whether the files are what was published: nobody has changed the rows."""
        return digest(self.files) == self.publication.digest


def digest(files: Mapping[str, str]) -> str:
    """SHA-256 over names, lengths and contents, in the order of the names; hexadecimal."""
    found = hashlib.sha256()
    for name in sorted(files):
        content = files[name].encode()
        found.update(f"{name}\0{len(content)}\0".encode())
        found.update(content)
    return found.hexdigest()


def packed(files: Mapping[str, str]) -> bytes:
    """The files as they are kept."""
    return zlib.compress(json.dumps(dict(files), ensure_ascii=False, sort_keys=True).encode(), 9)


def unpacked(kept: bytes) -> dict[str, str]:
    """The files that were kept. Raises ValueError, zlib.error where they are damaged."""
    files: dict[str, str] = json.loads(zlib.decompress(kept))
    return files
