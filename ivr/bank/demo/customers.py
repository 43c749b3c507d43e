"""The demo bank's customers. Their numbers are right by their check digits and belong to nobody: no card is issued with
9900, no place has the code 99, and the PINs are printed by `ivr bank demo --list`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from ivr.bank.vocabulary import AccountKind, AccountState

_DEBIT, _CREDIT, _LOAN = AccountKind.DEBIT, AccountKind.CREDIT, AccountKind.LOAN
_DEPOSIT, _WEALTH = AccountKind.DEPOSIT, AccountKind.WEALTH


@dataclass(frozen=True, slots=True)
class DemoAccount:
    """One account; money in fen. `balance` is what is available (debit), owed (credit, loan) or laid up (deposit,
    wealth). `days`: from today until the bill, the instalment or the deposit falls due; `due`: what is due then."""

    kind: AccountKind
    number: str
    label: str
    balance: int
    limit: int = 0
    due: int = 0
    days: int = 0
    state: AccountState = AccountState.ACTIVE


@dataclass(frozen=True, slots=True)
class DemoCustomer:
    """One customer; `note` says what he is there for. `telephone` is the registered number."""

    id: str
    name: str
    telephone: str
    id_number: str
    pin: str
    note: str
    accounts: tuple[DemoAccount, ...] = ()
    locked: bool = False
    application: str | None = None

    @property
    def born(self) -> date:
        """As the ID number says."""
        return date(int(self.id_number[6:10]), int(self.id_number[10:12]), int(self.id_number[12:14]))


def _many(count: int) -> tuple[DemoAccount, ...]:
    """`count` accounts of a company's treasurer."""
    numbers = (f"990002{number:09d}" for number in range(count))
    return tuple(
        DemoAccount(_DEBIT, body + _check_digit(body), f"项目{number}专户", number * 100_00)
        for number, body in enumerate(numbers, 1)
    )


def _check_digit(body: str) -> str:
    """Luhn: the last digit of a card number that begins so."""
    doubled = (int(digit) * (2 - place % 2) for place, digit in enumerate(reversed(body)))
    return str(-sum(number // 10 + number % 10 for number in doubled) % 10)


CUSTOMERS: tuple[DemoCustomer, ...] = (
    DemoCustomer(
        "c-1001",
        "王秀英",
        "+8613800000101",
        "990101198104120267",
        "258046",
        "样样都有：两张储蓄卡、信用卡、贷款、定期、理财",
        (
            DemoAccount(_DEBIT, "9900010001079194", "工资卡", 12_345_67),
            DemoAccount(_DEBIT, "9900010002158385", "储蓄卡", 880_000_00),
            DemoAccount(_CREDIT, "9900010003237576", "金卡", 6_280_50, limit=50_000_00, due=6_280_50, days=9),
            DemoAccount(_LOAN, "9900100000417781", "住房贷款", 862_345_18, due=5_123_45, days=20),
            DemoAccount(_DEPOSIT, "9900200000013304", "三年定期", 50_000_00, days=34),
            DemoAccount(_DEPOSIT, "9900200000013312", "一年定期", 20_000_00, days=5),
            DemoAccount(_WEALTH, "9900300000018807", "稳健一号", 100_000_00),
            DemoAccount(_WEALTH, "9900300000018815", "添利三号", 25_360_08),
        ),
    ),
    DemoCustomer(
        "c-1002",
        "李建国",
        "+8613800000102",
        "990101195410080132",
        "190854",
        "老年客户",
        (
            DemoAccount(_DEBIT, "9900010004316767", "养老金卡", 3_206_00),
            DemoAccount(_DEPOSIT, "9900200000020408", "五年定期", 120_000_00, days=12),
        ),
    ),
    DemoCustomer(
        "c-1003",
        "张伟",
        "+8613800000103",
        "990102199002234416",
        "731902",
        "新信用卡待激活，另一张卡的申请在审核",
        (
            DemoAccount(_DEBIT, "9900010005395950", "工资卡", 5_000_00),
            DemoAccount(_CREDIT, "9900010006475140", "白金卡", 0, limit=100_000_00, state=AccountState.INACTIVE),
            DemoAccount(_CREDIT, "9900010007554331", "普卡", 20_150_00, limit=20_000_00, due=18_000_00, days=3),
        ),
        application="reviewing",
    ),
    DemoCustomer(
        "c-1004",
        "阿依古丽·买买提",
        "+8613800000104",
        "990103199311190281",
        "406283",
        "名称里有少见的字和符号，透支一分",
        (
            DemoAccount(_DEBIT, "9900010008633522", "阿依古丽·买买提（薪）", -1),
            DemoAccount(_DEBIT, "9900010009712713", "王㼆的卡", 1),
        ),
    ),
    DemoCustomer(
        "c-1005",
        "刘洋",
        "+8613800000105",
        "990101198707073316",
        "614729",
        "已被银行锁定",
        (DemoAccount(_DEBIT, "9900010010791904", "储蓄卡", 1_000_00),),
        locked=True,
    ),
    DemoCustomer("c-1006", "陈静", "+8613800000106", "990201200105011201", "837150", "名下没有账户"),
    DemoCustomer("c-1007", "赵敏", "+8613800000107", "990101197601305102", "592016", "名下有二百个账户", _many(200)),
    DemoCustomer(
        "c-1008",
        "孙国强",
        "+8613800000108",
        "990102196908152026",
        "368257",
        "余额很大、为零，贷款已还清，信用卡尚无账单",
        (
            DemoAccount(_DEBIT, "9900010011871093", "储蓄卡", 99_999_999_99),
            DemoAccount(_DEBIT, "9900010012950284", "零钱卡", 0),
            DemoAccount(_LOAN, "9900100000427790", "消费贷款", 0),
            DemoAccount(_CREDIT, "9900010013029476", "金卡", 0, limit=30_000_00),
        ),
    ),
    DemoCustomer(
        "c-1009",
        "周玉兰",
        "+8613800000109",
        "990103194803031188",
        "745093",
        "老年客户，储蓄卡已挂失",
        (
            DemoAccount(_DEBIT, "9900010014108667", "储蓄卡", 18_000_00, state=AccountState.LOST),
            DemoAccount(_DEBIT, "9900010015187850", "养老金卡", 2_888_88),
        ),
    ),
)

#: Name, address, and the words by which a place is meant.
BRANCHES: tuple[tuple[str, str, str], ...] = (
    ("中山路支行", "中山路12号", "中山路 市中心 火车站"),
    ("人民广场支行", "人民大道200号一层", "人民广场 市中心"),
    ("高新区支行", "科技二路66号", "高新区 科技园 软件园"),
    ("大学城支行", "学府路8号", "大学城 学府路"),
    ("江北支行", "滨江北路105号", "江北 滨江"),
)

#: Product → per cent a year.
RATES = {"demand": "0.05", "m3": "0.65", "m6": "0.85", "y1": "0.95", "y2": "1.05", "y3": "1.25", "y5": "1.30"}
