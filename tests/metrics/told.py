"""Cases as a person of the field tells them: a call by its seconds, an agent asked for after so long."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from ivr.metrics.counted import Counted
from ivr.metrics.day import Config
from ivr.metrics.window import window
from ivr.records.model import AgentLeg, Annotation, Call, Complaint, Handoff, Record, Survey, Turn

DAY = date(2026, 1, 5)
#: Midnight of that day in Shanghai, and ten in the morning.
MIDNIGHT = 1_767_542_400_000
TEN = MIDNIGHT + 36_000_000


def call(name: str = "c", at: int = TEN, *, lasts: int = 60_000, **more: Any) -> Call:
    """An inbound call: answered after a second, the greeting half a second later; times in ms."""
    given: dict[str, Any] = {
        "call_id": name,
        "linkedid": name,
        "direction": "in",
        "did": "95000",
        "caller_kind": "normal",
        "caller_number": f"+86{name}",
        "t_offered": at,
        "t_answered": at + 1000,
        "t_first_prompt": at + 1500,
        "t_ended": at + lasts,
        "hangup_by": "caller",
        "last_prompt_kind": "menu",
    }
    return Call(**given | more)


def answered(wait: int, at: int = TEN + 10_000, **more: Any) -> Handoff:
    """An agent was asked for at `at` and answered after `wait` ms, of which the last second rang."""
    up = at + wait
    given: dict[str, Any] = {
        "t_requested": at,
        "reason": "key",
        "t_left": up,
        "outcome": "answered",
        "t_queued": at,
        "t_ring_first": up - 1000,
        "ring_ms_answering": 1000,
        "t_connected": up,
        "agent_id": "1001",
        "agent_id_announced_at": up + 1000,
    }
    return Handoff(**given | more)


def abandoned(wait: int, at: int = TEN + 10_000) -> Handoff:
    """The caller gave up after `wait` ms."""
    return Handoff(t_requested=at, reason="key", t_left=at + wait, outcome="abandoned", t_queued=at)


def refused(at: int = TEN + 10_000) -> Handoff:
    """Out of hours."""
    return Handoff(t_requested=at, reason="key", t_left=at, outcome="closed", refused=True, why="closed")


def leg(start: int = TEN + 12_000, talk: int = 30_000, **more: Any) -> AgentLeg:
    """An agent talked for `talk` ms."""
    fields: dict[str, Any] = {"agent_id": "1001", "t_connected": start, "t_released": start + talk} | more
    return AgentLeg(**fields)


def turn(said: str, heard: str, *, valid: bool = True, **more: Any) -> Turn:
    """An utterance with one annotation; `more` are the annotation's fields, `intent` and `action` the turn's."""
    own = {name: more.pop(name) for name in ("intent", "action") if name in more}
    given: dict[str, Any] = {"turn_id": "t", "annotator": "甲", "ref_text": said, "valid": valid, "t": TEN} | more
    note = Annotation(**given)
    fields: dict[str, Any] = {"turn_id": "t", "t_start": TEN, "t_end": TEN, "asr_text": heard} | own
    return Turn(**fields, annotations=(note,))


def survey(score: Any, subject: Any = "agent") -> Survey:
    """An answer; None is an invitation that nobody answered."""
    return Survey(subject, invited=True, answered=score is not None, score=score)


def complaint(name: str = "k", at: int = TEN, **more: Any) -> Complaint:
    """Received and accepted at `at`; to be acknowledged in an hour, decided in two."""
    given: dict[str, Any] = {"id": name, "received_at": at, "accepted_at": at}
    return Complaint(**given | {"ack_due": at + 3_600_000, "due": at + 7_200_000} | more)


def figures(*records: Record, since: date = DAY, until: date | None = None, **config: Any) -> dict[str, Counted]:
    """Every figure of the day."""
    return window(records, since, until or since, Config(**{"rounds": 0} | config))


def pair(figure: Counted) -> tuple[Any, Any]:
    """Numerator and denominator."""
    return figure.numerator, figure.denominator


def of(records: Iterable[Record], *ids: str, **config: Any) -> list[tuple[Any, Any]]:
    """Numerator and denominator of some figures of the day."""
    done = figures(*records, **config)
    return [pair(done[id_]) for id_ in ids]
