"""Business done by the machine: identity (HB 7.3.2), transactions and their recording (HB 7.3.3), calls that somebody
should look at (CBA 十(5))."""

from __future__ import annotations

from collections import Counter

from ivr.metrics.counted import Count, Counted
from ivr.metrics.day import Case, Day
from ivr.metrics.indicators.indicator import HOURS, least, of_records, per_call
from ivr.metrics.patterns import Pattern
from ivr.metrics.rules import recorded, unrecorded
from ivr.records.vocabulary import IdentityOutcome, TransactionOutcome

_PROVED = (IdentityOutcome.VERIFIED, IdentityOutcome.IDENTIFIED)
_FAILED = tuple(outcome for outcome in IdentityOutcome if outcome not in _PROVED)
_UNDONE = tuple(outcome for outcome in TransactionOutcome if outcome != TransactionOutcome.DONE)


@per_call("ours.identity_proved", evidence=("HB 7.3.2",), told_of=HOURS, parts=tuple(map(str, _FAILED)))
def identity_proved(case: Case) -> Count | None:
    """身份核实通过率（HB 7.3.2）

    公式：（标准未列；7.3.2 以密码、身份证号码核实身份）
    读法：核实过身份的来电中，至少一次通过（verified、identified）的占比；其余按最后一次的结果分列：答错、已锁定、银行系统无应答、客户放弃。
    """
    checks = case.call.verifications
    if not checks:
        return None
    if any(check.outcome in _PROVED for check in checks):
        return Count(1, 1)
    last = checks[-1].outcome
    return Count(0, 1, parts=((last, 1),) if last in _FAILED else ())


@per_call("ours.transactions", evidence=("CBA 十(3)",), told_of=HOURS, parts=tuple(map(str, _UNDONE)))
def transactions(case: Case) -> Count | None:
    """交易办成率（HB 7.3.3）

    公式：（标准未列）
    读法：客户确认后由系统办理的交易，按笔计；未办成的分列：银行拒绝、没有办成、结果未知（须人工核对）。
    """
    given = Counter(one.outcome for one in case.call.transactions)
    parts = tuple((str(outcome), given[outcome]) for outcome in _UNDONE if given[outcome])
    return Count(given[TransactionOutcome.DONE], given.total(), parts=parts) if given else None


@per_call("ours.transactions_identified", threshold=least("100", "HB 7.1.4"), evidence=("HB 7.1.4",), told_of=HOURS)
def transactions_identified(case: Case) -> Count | None:
    """先核实身份后办理的交易比例（HB 7.1.4）

    公式：（标准未列；7.1.4 除一般业务信息咨询外，应要求对客户身份进行识别）
    读法：按笔计；同一来电中，交易之前（含同一毫秒）有一次身份核实通过的，才算先核实。
    """
    deeds = case.call.transactions
    if not deeds:
        return None
    first = min((check.t for check in case.call.verifications if check.outcome in _PROVED), default=None)
    return Count(sum(first is not None and first <= one.t for one in deeds), len(deeds))


@per_call(
    "ours.transaction_calls_recorded",
    threshold=least("100", "HB 7.3.3"),
    evidence=("HB 7.3.3",),
    told_of=HOURS,
    parts=("unrecorded",),
)
def transaction_calls_recorded(case: Case) -> Count | None:
    """交易来电录音比例（HB 7.3.3）

    公式：（标准未列；7.3.3 监控交易）
    读法：有交易的来电中，每笔交易办理的时刻都在录音之内的占比；密码按键期间的静音段不算缺失。
    """
    if not case.call.transactions:
        return None
    return Count(1, 1) if recorded(case.call) else Count(0, 1, parts=(("unrecorded", len(unrecorded(case.call))),))


@of_records(
    "ours.flagged_calls", unit="count", evidence=("CBA 十(5)", "HB 7.3.3"), bare=True, parts=tuple(map(str, Pattern))
)
def flagged_calls(day: Day) -> Counted:
    """需人工复核的来电（CBA 十(5)）

    公式：（标准未列）
    读法：命中下列任一情形的来电，各情形分列：同一号码或同一客户一天内答错身份五次及以上；同一客户一小时内交易五笔及以上；
    挂失后一天内转账。名单见报表之后，全部名单见 ivr records flagged。
    """
    by = Counter(flag.pattern for flag in day.flagged)
    parts = tuple(sorted((str(pattern), by[pattern]) for pattern in Pattern))
    return Counted(len({flag.call_id for flag in day.flagged}), 1, "count", parts=parts, bare=True)
