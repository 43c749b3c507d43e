"""People and their grants. Times are UTC epoch milliseconds; `valid_to` is the first moment that is no longer part of
it, None where no end is set."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Grant:
    """A role that a person has from `valid_from` on, before `valid_to`. `role`: a Role's value. `id` is 0 until the
    store has given one."""

    person: str
    role: str
    valid_from: int
    valid_to: int | None = None
    granted_by: str = ""
    id: int = 0

    def in_force(self, now: int) -> bool:
        """Whether it counts at this moment."""
        return _within(now, self.valid_from, self.valid_to)


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who works at the hotline. `os_users`: the users of the operating system that are this person on the
    command line. `agent_id`: by telephone, as in agents.yaml. `secret`: what `ivr.people.secret` made of a password."""

    id: str
    name: str
    valid_from: int
    valid_to: int | None = None
    os_users: tuple[str, ...] = ()
    agent_id: str | None = None
    secret: str | None = field(default=None, repr=False)
    grants: tuple[Grant, ...] = ()

    def in_force(self, now: int) -> bool:
        """Whether the person counts at this moment."""
        return _within(now, self.valid_from, self.valid_to)

    def ended(self, now: int) -> bool:
        """Whether the person has left."""
        return self.valid_to is not None and self.valid_to <= now

    def roles(self, now: int) -> tuple[str, ...]:
        """The roles that the person has at this moment, in the order in which they were granted."""
        if not self.in_force(now):
            return ()
        return tuple(dict.fromkeys(grant.role for grant in self.grants if grant.in_force(now)))


def _within(now: int, since: int, until: int | None) -> bool:
    return since <= now and (until is None or now < until)


def without_gap(people: tuple[Person, ...], role: str, now: int) -> bool:
    """Whether from `now` on there is at every moment, for ever, a person who has the role."""
    spans = sorted(
        (max(grant.valid_from, person.valid_from), _earlier(grant.valid_to, person.valid_to))
        for person in people
        for grant in person.grants
        if grant.role == role
    )
    covered: float = now
    for since, until in spans:
        if since <= covered < until:
            covered = until
    return covered == float("inf")


def _earlier(one: int | None, other: int | None) -> float:
    ends = [end for end in (one, other) if end is not None]
    return min(ends, default=float("inf"))
