"""How grave a complaint is, by the rules of flows/complaints.yaml (CBA 五十). Pure."""

from __future__ import annotations

from dataclasses import dataclass

from ivr.flow.complaint_policy import ComplaintPolicy, Condition, Grade


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a complaint when it is graded: `repeated` counts this customer's complaints within a year, this
    one included; `words` is all that was said or written."""

    kind: str | None
    right: str | None
    amount: int | None
    repeated: int
    words: str


def grade_of(policy: ComplaintPolicy, known: Known) -> Grade | None:
    """The first grade one of whose conditions holds, or that has none; None where the policy has no such grade."""
    return next(
        (one for one in policy.grades if not one.conditions or any(holds(c, known) for c in one.conditions)), None
    )


def holds(condition: Condition, known: Known) -> bool:
    """Whether all that the condition names holds."""
    tests = (
        not condition.kinds or known.kind in condition.kinds,
        not condition.rights or known.right in condition.rights,
        condition.amount is None or (known.amount is not None and known.amount >= condition.amount),
        condition.repeated is None or known.repeated >= condition.repeated,
        not condition.words or any(word in known.words for word in condition.words),
    )
    return all(tests)
