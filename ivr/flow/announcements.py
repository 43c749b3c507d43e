"""flows/announcements.yaml as typed values: what callers are told for a while, beside what they came for (CBA 六,
HB 4.5.9, 8.3.4). All moments are UTC epoch milliseconds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum


class AnnouncementKind(StrEnum):
    """What it is about."""

    MAINTENANCE = "maintenance"
    CHANGE = "change"
    WARNING = "warning"


class System(StrEnum):
    """What is maintained."""

    PHONE = "phone"
    NET = "net"
    MOBILE = "mobile"


@dataclass(frozen=True, slots=True)
class EmergencyMark:
    """The emergency lead lets a maintenance begin sooner than a day after its notice."""

    by: str
    reason: str


@dataclass(frozen=True, slots=True)
class Announcement:
    """One announcement, in the words of `prompt`. It is heard by the calls that begin from `publish_at` on, until
    `ends_at`; what it is about begins at `starts_at`. It is heard before the first menu where `menu` says so, at the
    beginning of these `leaves`, and by who waits in one of `queues`; once a call in each of the three places."""

    id: str
    kind: AnnouncementKind
    prompt: str
    publish_at: int
    starts_at: int
    ends_at: int
    systems: tuple[System, ...] = ()
    menu: bool = True
    leaves: frozenset[str] = frozenset()
    queues: frozenset[str] = frozenset()
    emergency: EmergencyMark | None = None

    def heard_at(self, t: int) -> bool:
        """Whether a call that begins at `t` hears it."""
        return self.publish_at <= t < self.ends_at


def heard_at(announcements: Iterable[Announcement], t: int) -> Iterator[Announcement]:
    """Those that a call that begins at `t` hears, in the order in which they are written."""
    return (one for one in announcements if one.heard_at(t))
