"""What an agent should know of a caller before the first word (screen pop)."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ivr.flow.model import Flow, LeafKind
from ivr.records.facts import (
    CallerSpoke,
    CustomerKnown,
    Fact,
    HandoffRequested,
    LeafCompleted,
    MenuEntered,
    TransactionEnded,
)
from ivr.records.vocabulary import Action, kind_of

#: Of what a caller said, so many utterances are shown, the last ones.
MOST_WORDS = 6
#: A header shows the last places of the path alone.
MOST_PLACES = 8
_PLAIN = re.compile(r"[A-Za-z0-9_/-]{1,400}")


@dataclass(frozen=True, slots=True)
class CallSummary:
    """`level` is none, identified or verified, never how that was shown; `customer` the bank's opaque id. `path` are
    the menus and leaves the caller went through, `words` what he said (masked, as in the record), `answers` what he was
    asked and confirmed, by the question's id; both may be personal: never in a log. `open_business` are transactions
    that did not end well, `name outcome`. `queue` and `reason` are the request's; `waited_ms` runs from it."""

    call_id: str
    caller_number: str | None = field(default=None, repr=False)
    level: str = "none"
    customer: str | None = None
    path: tuple[str, ...] = ()
    words: tuple[str, ...] = field(default=(), repr=False)
    answers: Mapping[str, str] = field(default_factory=dict, repr=False)
    open_business: tuple[str, ...] = ()
    queue: str = ""
    reason: str = ""
    waited_ms: int = 0

    @property
    def about(self) -> str:
        """The essentials for a SIP header: `level=none; reason=key; path=main/cards`, plain names alone."""
        given = {"level": self.level, "reason": self.reason, "path": "/".join(self.path[-MOST_PLACES:])}
        return "; ".join(f"{name}={value}" for name, value in given.items() if value and _PLAIN.fullmatch(value))

    def as_event(self, agent: str, t: int) -> dict[str, Any]:
        """The event of the desk's socket: this call rings at the agent's telephone since `t` (epoch ms)."""
        return {"event": "ringing", "agent": agent, "t": t, **dataclasses.asdict(self)}


def usual_disposition(flow: Flow, path: Sequence[str]) -> str | None:
    """The code (a key of `Flow.dispositions`) that a call through these menus and leaves is likely to be given, where
    that is known: whoever came to complain has complained."""
    leaf = next((flow.leaves[place] for place in reversed(path) if place in flow.leaves), None)
    return flow.complaint_disposition if leaf is not None and leaf.kind is LeafKind.COMPLAINT else None


@dataclass(slots=True)
class CallStory:
    """A call's facts as they come; `summary` at any time. `caller_number` (E.164) and `answers` are set by who knows
    them."""

    call_id: str
    caller_number: str | None = field(default=None, repr=False)
    answers: Mapping[str, str] = field(default_factory=dict, repr=False)
    _level: str = "none"
    _customer: str | None = None
    _path: list[str] = field(default_factory=list)
    _words: list[str] = field(default_factory=list, repr=False)
    _business: dict[str, str] = field(default_factory=dict)
    _queue: str = ""
    _reason: str = ""
    _requested: int | None = None

    def following(self, note: Callable[[Fact], None]) -> Callable[[Fact], None]:
        """`note`, before which the story takes each fact."""

        def noted(fact: Fact) -> None:
            self.take(fact)
            note(fact)

        return noted

    def take(self, fact: Fact) -> None:
        """The next fact."""
        match fact:
            case MenuEntered(menu_id=menu):
                self._went_to(menu)
            case LeafCompleted(leaf_id=leaf):
                self._went_to(leaf)
            case CallerSpoke():
                self._spoke(fact)
            case CustomerKnown(customer_id=customer, level=level):
                self._customer, self._level = customer, level
            case TransactionEnded(operation=operation, outcome=outcome):
                self._business[operation] = outcome
            case HandoffRequested(queue=queue, reason=reason, refused=False):
                self._queue, self._reason, self._requested = queue, reason, fact.t

    def summary(self, t: int) -> CallSummary:
        """What is known at `t` (epoch ms)."""
        return CallSummary(
            self.call_id,
            self.caller_number,
            self._level,
            self._customer,
            tuple(self._path),
            tuple(self._words),
            dict(self.answers),
            tuple(f"{name} {outcome}" for name, outcome in self._business.items() if outcome != "done"),
            self._queue,
            self._reason,
            0 if self._requested is None else max(0, t - self._requested),
        )

    def _went_to(self, place: str) -> None:
        if self._path[-1:] != [place]:
            self._path.append(place)

    def _spoke(self, fact: CallerSpoke) -> None:
        if words := (fact.corrected or fact.asr_text):
            self._words = [*self._words, words][-MOST_WORDS:]
        if kind_of(fact.action) in (Action.LEAF, Action.MENU):
            self._went_to(fact.action.partition(":")[2])
