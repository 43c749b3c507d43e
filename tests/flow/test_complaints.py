"""complaints.yaml: the policy that is read, what is wrong with one, and a calendar that ends."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from ivr.flow import load
from ivr.flow.complaint_policy import ComplaintPolicy, Condition, Contact, Right, Term
from tests.flow import small

FLOWS = Path(__file__).parents[2] / "flows"
TODAY = date(2026, 11, 30)
FILE = "complaints.yaml"


def codes(folder: Path, today: date = TODAY) -> list[str]:
    return [finding.code for finding in load(folder, today).findings]


def test_the_policy_is_what_is_written(tmp_path: Path) -> None:
    flow = load(small.write(tmp_path), TODAY).flow
    assert flow is not None
    policy = flow.complaints
    assert (policy.calendar, policy.acknowledge, policy.decide) == ("office", Term(5, working=True), Term(15))
    assert (policy.complex, policy.extension, policy.queue) == (Term(30), 90, "general")
    assert policy.handler == Contact("投诉处理岗", "95000")
    assert list(policy.kinds) == ["fees", "staff"] and policy.kinds["fees"].right is Right.FAIRNESS
    major, usual = policy.grades
    assert major.conditions == (Condition(amount=50_000), Condition(kinds=frozenset({"fees"}), words=("媒体",)))
    assert (major.decide, usual.decide, usual.conditions) == (Term(7), None, ())


def test_without_a_file_the_standards_terms_hold(tmp_path: Path) -> None:
    (small.write(tmp_path) / FILE).unlink()
    flow = load(tmp_path, TODAY).flow
    assert flow is not None and flow.complaints == ComplaintPolicy()


def test_the_shipped_policy_extends_nothing_and_grades_everything() -> None:
    flow = load(FLOWS, TODAY).flow
    assert flow is not None
    policy = flow.complaints
    assert policy.extension is None and policy.grades[-1].conditions == ()
    assert (policy.acknowledge, policy.decide, policy.complex) == (Term(5, working=True), Term(15), Term(30))
    assert len(policy.kinds) <= 5


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("decide: 15天", "decide: 16天", "F204"),
        ("complex: 30天", "complex: 31天", "F204"),
        ("complex: 30天", "complex: 14天", "F205"),
        ("extension: 90天", "extension: 91天", "F204"),
        ("extension: 90天", "extension: 20天", "F205"),
        ("acknowledge: 5个工作日", "acknowledge: 6个工作日", "F204"),
        ("acknowledge: 5个工作日", "acknowledge: 5日", "F013"),
        ("decide: 7天", "acknowledge: 6个工作日", "F205"),
        ("decide: 7天", "decide: 9个工作日", "F205"),
        ("kinds: [fees]", "kinds: [fee]", "F013"),
        ("right: fairness", "right: fair", "F013"),
        ("working_days: office", "working_days: offices", "F017"),
        ("queue: general", "queue: generall", "F016"),
        ('phone: "95000"', "phone: 电话", "F013"),
        ("amount: 50000", "amount: 0", "F013"),
        ("grades:\n", "grades: {}\nkind:\n", "F013"),
    ],
)
def test_what_cannot_be_is_told(tmp_path: Path, old: str, new: str, code: str) -> None:
    small.edit(small.write(tmp_path), FILE, old, new)
    assert code in codes(tmp_path)


@pytest.mark.parametrize("new", ["acknowledge: 5天", "acknowledge: 0天", "acknowledge: 1 工作日"])
def test_shorter_terms_are_fine(tmp_path: Path, new: str) -> None:
    small.edit(small.write(tmp_path), FILE, "acknowledge: 5个工作日", new)
    assert codes(tmp_path) == []


@pytest.mark.parametrize(
    ("until", "warned"),
    [("2026-12-01", True), ("2026-12-06", True), ("2026-12-07", False), ("2027-12-31", False)],
)
def test_a_calendar_that_ends_is_warned_of_as_soon_as_a_term_reaches_beyond(
    tmp_path: Path, until: str, warned: bool
) -> None:
    """Five working days after Monday 30 November end on Monday 7 December."""
    small.edit(small.write(tmp_path), "hours.yaml", "until: 2099-12-31", f"until: {until}")
    assert codes(tmp_path) == (["F206"] if warned else [])
    assert load(tmp_path, TODAY).flow is not None


def test_a_calendar_that_does_not_say_ends_with_the_year_of_its_last_date(tmp_path: Path) -> None:
    dates = "holidays: [{date: 2026-10-01, open: []}], "
    small.edit(small.write(tmp_path), "hours.yaml", "until: 2099-12-31, ", dates)
    assert codes(tmp_path, date(2026, 12, 24)) == []
    (finding,) = load(tmp_path, date(2026, 12, 28)).findings
    assert finding.code == "F206" and "2026-12-31" in finding.text and "2027-01-04" in finding.text


def test_the_shipped_calendar_says_when_the_next_notice_is_due() -> None:
    assert "F206" not in codes(FLOWS, date(2026, 12, 24))
    assert "F206" in codes(FLOWS, date(2026, 12, 25))
