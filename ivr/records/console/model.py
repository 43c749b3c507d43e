"""A browser that is signed in to the console."""

from __future__ import annotations

from dataclasses import dataclass

#: So long somebody may do nothing before he has to sign in again, and so long one session lasts (milliseconds).
IDLE_MS = 30 * 60_000
LONGEST_MS = 12 * 3_600_000
#: When somebody was last seen is written no more often.
SEEN_MS = 60_000
#: A reason that was given counts so long for the same thing.
REASON_MS = 30 * 60_000
#: A link that signs in once may be used so long.
LINK_MS = 15 * 60_000


@dataclass(frozen=True, slots=True)
class Session:
    """`id` is a hash of what the browser holds; times in UTC epoch ms; `browser` is what it calls itself, cut."""

    id: str
    person: str
    t_began: int
    t_seen: int
    t_ends: int
    browser: str

    def in_force(self, now: int) -> bool:
        """Not over, and somebody was there not long ago."""
        return now < min(self.t_ends, self.t_seen + IDLE_MS)


@dataclass(frozen=True, slots=True)
class SignInLink:
    """A link that signs in once, before `t_ends`; without `person` it lets the first person be registered."""

    id: str
    person: str | None
    t_ends: int
