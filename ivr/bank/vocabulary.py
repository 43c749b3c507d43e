"""Words that the hotline and the bank's systems share (docs/bank-api.yaml). Pure."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Self


class Level(StrEnum):
    """How surely the hotline knows who calls: none < identified < verified (HB 7.1.4)."""

    NONE = "none"
    IDENTIFIED = "identified"
    VERIFIED = "verified"

    # a str compares by letters otherwise, and "none" would be more than "identified"
    def __lt__(self, other: str) -> bool:
        return _rank(self) < _rank(other)

    def __le__(self, other: str) -> bool:
        return _rank(self) <= _rank(other)

    def __gt__(self, other: str) -> bool:
        return _rank(self) > _rank(other)

    def __ge__(self, other: str) -> bool:
        return _rank(self) >= _rank(other)


def _rank(level: str) -> int:
    return list(Level).index(Level(level))


class Method(StrEnum):
    """How a caller proves who he is: a card, account or ID number with the telephone banking PIN; the same with the
    last digits of the ID number; or the calling number with the last four of the ID number."""

    PIN = "pin"
    ID_DIGITS = "id_digits"
    NUMBER_ID4 = "number_id4"


#: The level that a method reaches at most.
MOST_BY_METHOD: Mapping[Method, Level] = {
    Method.PIN: Level.VERIFIED,
    Method.ID_DIGITS: Level.VERIFIED,
    Method.NUMBER_ID4: Level.IDENTIFIED,
}


class Choice(StrEnum):
    """One of a few words; `word` is what a caller hears for it."""

    word: str

    def __new__(cls, value: str, word: str) -> Self:
        """A member is declared by its value in the contract and its word."""
        member = str.__new__(cls, value)
        member._value_ = value
        member.word = word
        return member


class AccountKind(Choice):
    """What a customer has with the bank."""

    DEBIT = "debit", "储蓄卡"
    CREDIT = "credit", "信用卡"
    LOAN = "loan", "贷款"
    DEPOSIT = "deposit", "定期存款"
    WEALTH = "wealth", "理财账户"


class AccountState(Choice):
    """`inactive` is a card that was sent and not activated yet, `lost` one that was reported lost."""

    ACTIVE = "active", "正常"
    INACTIVE = "inactive", "未激活"
    LOST = "lost", "已挂失"
    FROZEN = "frozen", "已冻结"


class Direction(Choice):
    """Whether money came or went."""

    IN = "in", "收入"
    OUT = "out", "支出"


class BookingKind(Choice):
    """What a booking was for."""

    TRANSFER = "transfer", "转账"
    PURCHASE = "purchase", "消费"
    CASH = "cash", "现金"
    SALARY = "salary", "工资"
    INTEREST = "interest", "结息"
    FEE = "fee", "手续费"
    REPAYMENT = "repayment", "还款"
    OTHER = "other", "其他"


class ApplicationStatus(Choice):
    """How far the application for a card is."""

    RECEIVED = "received", "已收到"
    REVIEWING = "reviewing", "审核中"
    APPROVED = "approved", "已批准"
    DECLINED = "declined", "未获批准"
    MAILED = "mailed", "卡片已寄出"


class RateProduct(Choice):
    """Savings products that have a rate."""

    DEMAND = "demand", "活期"
    MONTHS_3 = "m3", "三个月定期"
    MONTHS_6 = "m6", "六个月定期"
    YEARS_1 = "y1", "一年定期"
    YEARS_2 = "y2", "两年定期"
    YEARS_3 = "y3", "三年定期"
    YEARS_5 = "y5", "五年定期"


class OutcomeStatus(Choice):
    """What became of a write. `failed` is for good: the bank takes no write with that key any more. `unknown`: the bank
    is still at it."""

    DONE = "done", "已办理"
    FAILED = "failed", "未办理"
    UNKNOWN = "unknown", "结果未知"
