"""complaints.yaml → the policy on complaints."""

from __future__ import annotations

from ivr.flow.complaint_policy import ComplaintKind, ComplaintPolicy, Condition, Contact, Department, Grade, Right
from ivr.flow.reading.collector import Rec


def policy(rec: Rec) -> ComplaintPolicy:
    """The policy of a file without errors; the standards' terms where there is no file."""
    usual = ComplaintPolicy()
    extension = rec.value("extension")
    return ComplaintPolicy(
        calendar=rec.value("working_days"),
        acknowledge=rec.value("acknowledge", usual.acknowledge),
        decide=rec.value("decide", usual.decide),
        complex=rec.value("complex", usual.complex),
        extension=None if extension is None else extension.days,
        soon=rec.value("soon", usual.soon),
        handler=_contact(rec.value("handler")),
        next_level=_contact(rec.value("next_level")),
        remedies=rec.value("remedies", ""),
        queue=rec.value("queue"),
        kinds={id: _kind(id, at.value) for id, at in rec.table("kinds").items()},
        grades=tuple(_grade(id, at.value) for id, at in rec.table("grades").items()),
        departments={id: _department(id, at.value) for id, at in rec.table("departments").items()},
    )


def _contact(rec: Rec | None) -> Contact | None:
    return None if rec is None else Contact(rec.value("name"), rec.value("phone"))


def _kind(id: str, rec: Rec) -> ComplaintKind:
    right = rec.value("right")
    return ComplaintKind(id, rec.value("label"), None if right is None else Right(right))


def _department(id: str, rec: Rec) -> Department:
    return Department(id, rec.value("label"), rec.value("mail"), rec.value("webhook"))


def _grade(id: str, rec: Rec) -> Grade:
    return Grade(
        id=id,
        label=rec.value("label"),
        script=rec.value("script"),
        owner=rec.value("owner"),
        conditions=tuple(_condition(at.value) for at in rec.items("when")),
        acknowledge=rec.value("acknowledge"),
        decide=rec.value("decide"),
    )


def _condition(rec: Rec) -> Condition:
    return Condition(
        kinds=frozenset(at.value for at in rec.items("kinds")),
        rights=frozenset(Right(at.value) for at in rec.items("rights")),
        amount=rec.value("amount"),
        repeated=rec.value("repeated"),
        words=tuple(at.value for at in rec.items("words")),
    )
