"""The policy on complaints is whole, and within what the standards allow (CBA 五十, 五十一, HB 10.2)."""

from __future__ import annotations

from datetime import date

from ivr.flow import codes as all_codes
from ivr.flow import complaint_codes as codes
from ivr.flow.complaint_policy import ComplaintPolicy, Term
from ivr.flow.reading.collector import At, Rec
from ivr.flow.reading.document import Document
from ivr.flow.reading.field_tables import COMPLAINTS_FILE
from ivr.flow.working_days import known_until, last_day

#: What the standards allow at the most, by the field; working days only where they are named in them.
MOST = {"acknowledge": Term(5, working=True), "decide": Term(15), "complex": Term(30), "extension": Term(90)}
MOST_KINDS = 9


def check(document: Document, today: date) -> None:
    """All checks of this module, as of `today`."""
    if not document.has(COMPLAINTS_FILE):
        return
    policy = document.rec(COMPLAINTS_FILE)
    _kinds(document, policy)
    _terms(document, policy)
    _grades(document, policy)
    _calendar(document, policy, today)


def words(term: Term) -> str:
    """15天, 5个工作日."""
    return f"{term.days}{'个工作日' if term.working else '天'}"


def longer(term: Term, than: Term) -> bool:
    """Whether a term can end later than another one that begins with it: a working day is a day at least."""
    return term.days > than.days or (term.working and not than.working)


def _kinds(document: Document, policy: Rec) -> None:
    kinds = policy.table("kinds")
    if len(kinds) > MOST_KINDS:
        document.report.add(codes.MANY_KINDS, policy.fields["kinds"].key, count=len(kinds), most=MOST_KINDS)


def _terms(document: Document, policy: Rec) -> None:
    for name, most in MOST.items():
        at = policy.get(name)
        if at is not None and longer(at.value, most):
            document.report.add(codes.TERM_TOO_LONG, at.pos, name=name, days=words(at.value), most=words(most))
    for name, other in (("decide", "complex"), ("complex", "extension")):
        at = policy.get(name)
        if at is not None and not longer(at.value, MOST[name]):
            _not_longer(document, at, name, policy, other)


def _not_longer(document: Document, at: At, name: str, policy: Rec, other: str) -> None:
    """A term is not longer than the policy's own `other`."""
    limit = policy.value(other, getattr(ComplaintPolicy(), other))
    if limit is not None and longer(at.value, limit):
        given = {"name": name, "days": words(at.value), "other": other, "limit": words(limit)}
        document.report.add(codes.TERM_LONGER, at.pos, **given)


def _grades(document: Document, policy: Rec) -> None:
    grades = policy.table("grades")
    kinds = policy.table("kinds")
    takes_all: str | None = None
    for id, at in grades.items():
        if takes_all is not None:
            document.report.add(codes.GRADE_NEVER, at.key, grade=id, before=takes_all)
        if "when" not in at.value.fields and "when" not in at.value.broken:
            takes_all = takes_all or id
        for condition in at.value.items("when"):
            if not condition.value.fields and not condition.value.broken:
                document.report.add(codes.CONDITION_EMPTY, condition.pos, grade=id)
            for kind in condition.value.items("kinds"):
                _known_kind(document, kind, kinds)
        for name in ("acknowledge", "decide"):
            if (given := at.value.get(name)) is not None:
                _not_longer(document, given, name, policy, name)
    if grades and takes_all is None and not any("when" in at.value.broken for at in grades.values()):
        document.report.add(codes.GRADE_GAP, policy.fields["grades"].key, grade=list(grades)[-1])


def _known_kind(document: Document, kind: At, kinds: dict[str, At]) -> None:
    if kind.value in kinds or not kinds:
        return
    expected = "kinds 里没有这一类"
    near = document.reading.hint(kind.value, kinds)
    document.report.add(all_codes.BAD_VALUE, kind.pos, name="kinds", value=kind.value, expected=expected, near=near)


def _calendar(document: Document, policy: Rec, today: date) -> None:
    """The days on which a complaint of today comes due are known."""
    at = policy.get("working_days")
    calendar = None if at is None else document.calendars.get(at.value)
    until = None if calendar is None else known_until(calendar)
    if at is None or calendar is None or until is None:
        return
    terms = [policy.value(name, getattr(ComplaintPolicy(), name)) for name in MOST]
    terms += [
        grade.value.value(name) for grade in policy.table("grades").values() for name in ("acknowledge", "decide")
    ]
    last = max((last_day(term, today, calendar) for term in terms if term is not None and term.working), default=today)
    if last > until:
        document.report.add(codes.CALENDAR_ENDS, at.pos, calendar=at.value, until=until, due=last)
