"""Whom to ask how satisfied he is (HB 11.2, 附件1 客户满意度), and whom not again so soon (CBA 三十一: 合理的触达频率).
Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

from ivr.metrics import rules
from ivr.records.model import Subject
from ivr.records.survey_history import Surveyed

_DISSATISFIED = 3


@dataclass(frozen=True, slots=True)
class SurveyRules:
    """A customer is asked again `again_days` calendar days after he was asked, not before (0: in the next call
    already). Of the calls that the machine served alone, `self_service_percent` are asked."""

    again_days: int = 30
    self_service_percent: int = 20


def may_invite(
    call_id: str, subject: Subject, history: Iterable[Surveyed] | None, now: int, rules_: SurveyRules
) -> bool:
    """Whether this call's customer may be asked at `now` (UTC epoch ms) about the `subject`. `history`: every survey of
    his earlier calls; None where nobody knows who he is, and so when he was asked: he is left alone.

    Who was dissatisfied is not asked again on that day, whatever about. After a complaint everybody else is asked,
    whenever he was last (HB 10.3.1)."""
    if history is None:
        return False
    today = rules.local_day(now)
    earlier = list(history)
    if any(one.score == _DISSATISFIED and rules.local_day(one.t) == today for one in earlier):
        return False
    if subject == "complaint":
        return True
    if any((today - rules.local_day(one.t)).days < rules_.again_days for one in earlier):
        return False
    return subject == "agent" or drawn(call_id, rules_.self_service_percent)


def drawn(call_id: str, percent: int) -> bool:
    """Whether the call is one of so many per cent: the same whenever and wherever it is asked."""
    number = int.from_bytes(hashlib.sha256(call_id.encode("utf-8", "replace")).digest()[:8], "big")
    return number % 10_000 < percent * 100
