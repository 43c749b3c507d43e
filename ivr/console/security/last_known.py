"""Whose telephone and desk go on although nobody can be asked who he is, or his session has ended in mid-call."""

from __future__ import annotations

import logging
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, replace

from starlette.requests import HTTPConnection

from ivr.console.security.sessions import Sessions, SignedIn
from ivr.errors import StoreError
from ivr.people.access import Access, access_of
from ivr.records.store import Store

log = logging.getLogger(__name__)

#: While the database is away it is as it was; so long, then it is asked for again (ms).
AWAY_MS = 10 * 60_000
#: A call outlives the session in which it was answered so long (ms).
CALL_MS = 2 * 3_600_000
#: So many sessions are remembered, the one that was asked for last stays longest.
_KEPT = 10_000


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who is there, and what he may. `at`: when the database said so; `over`: since when it says no and only the call
    in progress is let go on, 0 as long as it does not (UTC epoch ms)."""

    signed_in: SignedIn
    access: Access
    at: int
    over: int = 0


class LastKnown:
    """`talks` tells whether an agent is in a call now. May be used from any thread."""

    def __init__(
        self, sessions: Sessions, store: Store, clock: Callable[[], int], talks: Callable[[str], bool]
    ) -> None:
        self._sessions, self._store, self._clock, self._talks = sessions, store, clock, talks
        self._known: OrderedDict[str, Visitor] = OrderedDict()
        self._lock = threading.Lock()

    def of(self, connection: HTTPConnection) -> Visitor | None:
        """Who is on the other end, None where he is definitely not signed in; that is no sign of anybody being there.
        Raises StoreError where the database cannot be asked, and could not for long."""
        now, id_ = self._clock(), self._sessions.id_of(connection)
        if id_ is None:
            return None
        known = self._known.get(id_)
        try:
            found = self._asked(connection, now)
        except StoreError:
            if known is None or now - known.at > AWAY_MS:
                raise
            return known
        if found is None and known is not None and self._goes_on(known, now):
            found = replace(known, over=known.over or now)
        with self._lock:
            self._known.pop(id_, None)
            if found is not None:
                self._known[id_] = found
            while len(self._known) > _KEPT:
                self._known.popitem(last=False)
        return found

    def _asked(self, connection: HTTPConnection, now: int) -> Visitor | None:
        signed_in = self._sessions.of(connection, now, seen=False)
        if signed_in is None:
            return None
        return Visitor(signed_in, access_of(self._store, signed_in.session.person, now), now)

    def _goes_on(self, known: Visitor, now: int) -> bool:
        agent = known.access.agent_id
        if agent is None or known.access.gone:
            return False
        return now - (known.over or now) < CALL_MS and self._talks(agent)
