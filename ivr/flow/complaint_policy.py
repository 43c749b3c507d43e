"""The bank's policy on complaints, as typed values (CBA 四十七–五十二, HB 10): what they may be about, how grave they
are, who sees to them, and until when."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Right(StrEnum):
    """The eight rights of consumers of financial services (CBA 四十八)."""

    PROPERTY = "property"
    KNOWING = "knowing"
    CHOICE = "choice"
    FAIRNESS = "fairness"
    REDRESS = "redress"
    EDUCATION = "education"
    RESPECT = "respect"
    INFORMATION = "information"

    @property
    def label(self) -> str:
        """As the regulator names it."""
        return _RIGHTS[self]


_RIGHTS = {
    Right.PROPERTY: "财产安全权",
    Right.KNOWING: "知情权",
    Right.CHOICE: "自主选择权",
    Right.FAIRNESS: "公平交易权",
    Right.REDRESS: "依法求偿权",
    Right.EDUCATION: "受教育权",
    Right.RESPECT: "受尊重权",
    Right.INFORMATION: "信息安全权",
}


@dataclass(frozen=True, slots=True)
class ComplaintKind:
    """What a complaint may be about: `label` as it is spoken and shown, the right that it touches."""

    id: str
    label: str
    right: Right | None = None


@dataclass(frozen=True, slots=True)
class Term:
    """So many days after the day of the event, `working` days or all of them; over with that day's last millisecond."""

    days: int
    working: bool = False


@dataclass(frozen=True, slots=True)
class Condition:
    """All that is given must hold: kind or right among these, at least this `amount` (yuan), at least so many
    complaints of this customer within a year, this one counted, or one of the words in what he said."""

    kinds: frozenset[str] = frozenset()
    rights: frozenset[Right] = frozenset()
    amount: int | None = None
    repeated: int | None = None
    words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Grade:
    """How grave a complaint is (CBA 五十): `script` is what staff say and do, `owner` who sees to it. A complaint has
    the first grade one of whose conditions holds; a grade without any takes the rest. None: the policy's own term."""

    id: str
    label: str
    script: str
    owner: str
    conditions: tuple[Condition, ...] = ()
    acknowledge: Term | None = None
    decide: Term | None = None


@dataclass(frozen=True, slots=True)
class Contact:
    """Whom a customer can reach: an office or a person, and a telephone number."""

    name: str
    phone: str


@dataclass(frozen=True, slots=True)
class Department:
    """Whom complaints are passed on to by a work order: an address for mail, a URL for a message that the hotline
    signs, or neither: then the order's file is brought there."""

    id: str
    label: str
    mail: str | None = None
    webhook: str | None = None


@dataclass(frozen=True, slots=True)
class ComplaintPolicy:
    """`calendar` names the calendar whose open days are working days (None: every day is one). A complaint is answered
    within `acknowledge` and decided within `decide` of its receipt, a complex one within `complex` (HB 10.2.1, CBA
    五十一(四)). `extension` is how many days after the receipt the term may end at the latest when somebody approved
    that and the customer was told (HB 10.2.2); None: not beyond `complex`. `soon`: so many working days before its term
    a complaint is shown as due soon. `handler` is whom the customer can reach, `next_level` whom he may turn to when he
    is not content (HB 10.2.3), `remedies` what else he may do. `queue` has the complaint desk."""

    calendar: str | None = None
    acknowledge: Term = Term(5, working=True)
    decide: Term = Term(15)
    complex: Term = Term(30)
    extension: int | None = None
    soon: int = 2
    handler: Contact | None = None
    next_level: Contact | None = None
    remedies: str = ""
    queue: str | None = None
    kinds: Mapping[str, ComplaintKind] = field(default_factory=dict)
    grades: tuple[Grade, ...] = ()
    departments: Mapping[str, Department] = field(default_factory=dict)
