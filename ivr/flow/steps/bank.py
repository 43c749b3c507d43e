"""`bank`: an operation of the bank's systems. What it answers may be spoken by the steps after it; a write is carried
out once, and an unknown outcome is never told as done or as failed."""

from __future__ import annotations

import dataclasses
from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from ivr.bank.operations import OPERATIONS, Operation, OperationSpec
from ivr.bank.results import Outcome, Receipt, item_kind, spoken_fields
from ivr.bank.vocabulary import OutcomeStatus
from ivr.flow.kinds import HandoffReason
from ivr.flow.reading.collector import At, Rec
from ivr.flow.reading.fields import Choice, Field, Many, Record, Shape, Table
from ivr.flow.reading.words import ref, value_name
from ivr.flow.steps import codes as step_codes
from ivr.flow.steps.acts import Act, Continue, Finish, HandOver, Perform, Say
from ivr.flow.steps.effects import BankRequest, Done, InDoubt, OutcomeRequest, Refused, Unavailable
from ivr.flow.steps.step import Checked, Checking, Run, Step, StepCall, StepKind
from ivr.records.facts import TransactionEnded
from ivr.records.vocabulary import TransactionOutcome

#: The value that names the account which an operation is about.
ACCOUNT = "account"
#: Arguments that are not the flow's business: who the caller is, and what proves it.
_OF_THE_CALL = frozenset({"customer", "number", "method", "proof", "caller"})
BANK_DOWN, BANK_REFUSED, IN_DOUBT, NOTHING = "bank_down", "bank_refused", "bank_in_doubt", "bank_nothing"
BY_AGENT, RECORDED = "by_agent", "recording_notice"
#: What each operation is, in the operator's words.
ABOUT: Mapping[Operation, str] = {
    Operation.CALLER: "来电号码是谁的",
    Operation.VERIFY: "核对身份",
    Operation.ACCOUNTS: "客户的账户",
    Operation.BALANCE: "余额",
    Operation.TRANSACTIONS: "最近交易",
    Operation.CARD_BILL: "信用卡账单和额度",
    Operation.LOAN: "贷款余额和下期还款",
    Operation.DEPOSITS: "即将到期的存款",
    Operation.HOLDINGS: "理财持仓",
    Operation.REPORT_LOSS: "挂失",
    Operation.ACTIVATE_CARD: "激活信用卡",
    Operation.INSTALMENT_QUOTE: "账单分期试算",
    Operation.INSTALMENT_ACCEPT: "办理账单分期",
    Operation.PREPAY_APPOINTMENT: "预约提前还款",
    Operation.TRANSFER_QUOTE: "本人账户间转账试算",
    Operation.TRANSFER_ACCEPT: "办理本人账户间转账",
    Operation.APPLICATION: "办卡进度",
    Operation.BRANCHES: "附近网点",
    Operation.RATES: "利率",
    Operation.OUTCOME: "办理结果",
}
#: Operations that other steps carry out, not the flow.
_NOT_THE_FLOWS = (Operation.CALLER, Operation.VERIFY, Operation.ACCOUNTS, Operation.OUTCOME)
#: The bank's list of this result, and under which name what comes after its part of it is kept.
ITEMS, _REST = "items", "rest of the list"
#: Placeholder types of what the bank's results call otherwise.
_SPOKEN = {"choice": "word"}


@dataclass(frozen=True, slots=True)
class BankStep(Step):
    """Carries `do` out. `given`: argument → the value that it takes, where that has another name. `refused`: the code
    of a refusal → the prompts that tell it, after which the leaf ends; any other one leads to an agent. `none`: what is
    said where the bank answers with an empty list. `otherwise`: what is said, instead of an apology and an agent, where
    the bank cannot be asked or there is none: information that needs nobody."""

    do: Operation
    given: Mapping[str, str] = field(default_factory=dict)
    refused: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    none: tuple[str, ...] = (NOTHING,)
    otherwise: tuple[str, ...] = ()

    kind: ClassVar[str] = "bank"

    def run(self, call: StepCall) -> Run:
        """Ask the bank."""
        spec = OPERATIONS[self.do]
        arguments = {
            name: call.values[self.given.get(name, name)]
            for name in spec.arguments
            if self.given.get(name, name) in call.values
        }
        found = yield from request(call, self.do, arguments, self.refused, self.otherwise)
        if isinstance(found, HandOver | Finish):
            return found
        values = _values(found)
        if ITEMS in values and not values[ITEMS]:
            return Finish(tuple(Say(prompt) for prompt in self.none), served=True)
        call.values.update(values)
        call.values[_REST] = _after(self.do, arguments, found)
        return Continue()

    @property
    def prompts(self) -> tuple[str, ...]:
        """What is said instead of the bank's answer."""
        return self.otherwise

    @property
    def needs_bank(self) -> bool:
        """Whether nothing can be told without the bank."""
        return not self.otherwise

    @property
    def writes(self) -> bool:
        """Whether the operation is one that does something."""
        return OPERATIONS[self.do].write


@dataclass(frozen=True, slots=True)
class _Rest:
    """How what follows a part of a list is asked for."""

    do: Operation
    arguments: Mapping[str, object] = field(repr=False)


def _after(do: Operation, arguments: Mapping[str, object], found: object) -> _Rest | None:
    cursor = getattr(found, "more", None)
    return None if cursor is None else _Rest(do, {**arguments, "after": cursor})


def goes_on(call: StepCall) -> bool:
    """Whether the bank has more of the list than it gave so far."""
    return call.values.get(_REST) is not None


def next_part(call: StepCall) -> Generator[Act, Any, HandOver | Finish | None]:
    """Ask for the next part of the list, which takes the place of the last one; how the leaf ends where that fails."""
    rest: _Rest = call.values[_REST]
    found = yield from request(call, rest.do, rest.arguments)
    if isinstance(found, HandOver | Finish):
        return found
    call.values.update(_values(found))
    call.values[_REST] = _after(rest.do, rest.arguments, found)
    return None


def _values(found: Any) -> dict[str, Any]:
    """Field → value; an item of a list likewise."""
    values = {one.name: getattr(found, one.name) for one in dataclasses.fields(found)}
    if ITEMS in values:
        values[ITEMS] = tuple(_values(item) for item in values[ITEMS])
    return values


def request(
    call: StepCall,
    do: Operation,
    arguments: Mapping[str, object],
    refused: Mapping[str, tuple[str, ...]] | None = None,
    otherwise: tuple[str, ...] = (),
) -> Generator[Act, Any, Any]:
    """Carry an operation out: its result, or how the leaf ends. Below the operation's level nothing is asked for.
    `otherwise`: what is said where the bank cannot be asked, which ends the leaf and serves the caller."""
    spec = OPERATIONS[do]
    identity = call.identity
    if identity.level < spec.auth or (_of_customer(spec) and identity.customer is None):
        return HandOver((Say("fault"),), HandoffReason.FALLBACK, level=spec.auth)
    own = {"customer": identity.customer} if "customer" in spec.arguments and identity.customer is not None else {}
    serial = call.next_serial() if spec.write else 0
    given = yield Perform(BankRequest(do, {**own, **arguments}, serial), spec.deadline_ms)
    match given:
        case Done(value=value):
            if spec.write:
                _ended(call, do, TransactionOutcome.DONE, getattr(value, "reference", None), serial)
            return value
        case Refused(code=code):
            if spec.write:
                _ended(call, do, TransactionOutcome.REFUSED, None, serial)
            if refused is not None and code in refused:
                return Finish(tuple(Say(prompt) for prompt in refused[code]))
            return HandOver((Say(BANK_REFUSED),), HandoffReason.FALLBACK)
        case InDoubt():
            return (yield from _look_up(call, do, serial))
        case Unavailable():
            if spec.write:
                _ended(call, do, TransactionOutcome.FAILED, None, serial)
            if otherwise:
                return Finish(tuple(Say(prompt) for prompt in otherwise), served=True)
            return HandOver((Say(BANK_DOWN),), HandoffReason.FALLBACK)
        case _:
            raise TypeError(f"no result of an operation: {type(given).__name__}")


def _of_customer(spec: OperationSpec) -> bool:
    return "customer" in spec.arguments and "customer" not in spec.optional


def _look_up(call: StepCall, do: Operation, serial: int) -> Generator[Act, Any, Any]:
    """What became of a write that may have been carried out: asked for by its key."""
    spec = OPERATIONS[do]
    given = yield Perform(OutcomeRequest(serial), spec.deadline_ms)
    outcome = given.value if isinstance(given, Done) else None
    if isinstance(outcome, Outcome) and outcome.status is OutcomeStatus.DONE and outcome.reference is not None:
        _ended(call, do, TransactionOutcome.DONE, outcome.reference, serial)
        return Receipt(outcome.reference)
    if isinstance(outcome, Outcome) and outcome.status is OutcomeStatus.FAILED:
        _ended(call, do, TransactionOutcome.FAILED, None, serial)
        return HandOver((Say(BANK_DOWN),), HandoffReason.FALLBACK)
    _ended(call, do, TransactionOutcome.IN_DOUBT, None, serial)
    return HandOver((Say(IN_DOUBT),), HandoffReason.FALLBACK)


def _ended(call: StepCall, do: Operation, outcome: TransactionOutcome, reference: str | None, serial: int) -> None:
    call.note(TransactionEnded(call.now, str(do), outcome, reference, str(serial)))
    if outcome is TransactionOutcome.DONE:
        call.served()


def _prompts(at: At | None) -> tuple[str, ...]:
    return () if at is None else tuple(each.value for each in at.value)


class BankKind(StepKind):
    """`- bank: {do: balance}`; `with:`, `refused:` and `none:` where they are needed."""

    name = "bank"
    about = "向银行系统查询或办理"
    shape: ClassVar[Shape] = Record(
        (
            Field(
                "do", Choice({str(one): ABOUT[one] for one in Operation if one not in _NOT_THE_FLOWS}), "查询或办理什么"
            ),
            Field("with", Table(value_name("值")), "参数取哪个值；名字相同时不写", False),
            Field("refused", Table(Many(ref("prompt", "提示语"), 1)), "银行不受理时说什么：原因代码 → 提示语", False),
            Field("none", Many(ref("prompt", "提示语"), 1), "查到的列表是空的时说什么", False),
            Field("otherwise", Many(ref("prompt", "提示语"), 1), "银行系统查不到时改说什么；不写就致歉并转人工", False),
        ),
        "银行系统的一项操作",
    )
    needed: ClassVar[Mapping[str, str]] = {
        BANK_DOWN: "银行系统暂时不可用时，告知并转人工",
        BANK_REFUSED: "银行系统不受理时，告知并转人工",
        IN_DOUBT: "办理结果未知时，告知并转人工核实",
        NOTHING: "查到的列表是空的时",
        RECORDED: "办理业务要录音时，先告知客户",
        BY_AGENT: "没有接入银行系统时，告知由座席办理",
    }

    def build(self, written: Rec) -> BankStep:
        """See BankStep."""
        given = {name: at.value for name, at in written.table("with").items()}
        refused = {code: _prompts(at) for code, at in written.table("refused").items()}
        none = _prompts(written.get("none")) or (NOTHING,)
        return BankStep(Operation(written.value("do")), given, refused, none, _prompts(written.get("otherwise")))

    def check(self, at: At, checked: Checked, document: Checking) -> None:
        """The caller is known well enough, a write was confirmed, every argument has a value."""
        rec: Rec = at.value
        do, report = rec.value("do"), document.report
        if do is None:
            return
        spec = OPERATIONS[Operation(do)]
        if checked.level < spec.auth:
            report.add(
                step_codes.UNPROVED,
                at.pos,
                leaf=checked.leaf,
                what=f"「{ABOUT[spec.operation]}」",
                level=str(spec.auth),
            )
        if spec.write and not checked.confirmed:
            report.add(step_codes.UNCONFIRMED, at.pos, leaf=checked.leaf, name=do, about=ABOUT[spec.operation])
        self._arguments(rec, spec, checked, document, at)
        for code, prompts in rec.table("refused").items():
            if code not in spec.refusals:
                known = "、".join(f"{one}（{means}）" for one, means in spec.refusals.items()) or "没有"
                report.add(step_codes.UNKNOWN_REFUSAL, prompts.key, name=code, what=do, known=known)
        _gives(spec, checked)
        checked.confirmed = False

    def _arguments(self, rec: Rec, spec: OperationSpec, checked: Checked, document: Checking, at: At) -> None:
        given = rec.table("with")
        for name, value in given.items():
            if name not in spec.arguments:
                known = "、".join(one for one in spec.arguments if one not in _OF_THE_CALL)
                document.report.add(
                    step_codes.UNKNOWN_ARGUMENT, value.key, name=name, what=str(spec.operation), known=known or "没有"
                )
            elif value.value not in checked.names:
                document.report.add(
                    step_codes.NO_ARGUMENT, value.pos, leaf=checked.leaf, name=value.value, what=str(spec.operation)
                )
        for name in spec.arguments:
            if name in _OF_THE_CALL or name in spec.optional or name in given or name in checked.names:
                continue
            document.report.add(step_codes.NO_ARGUMENT, at.pos, leaf=checked.leaf, name=name, what=str(spec.operation))

    def speaks(self, written: Rec) -> tuple[str, ...]:
        """What tells of refusals and of nothing."""
        told = [prompt for at in written.table("refused").values() for prompt in _prompts(at)]
        return (*told, *_prompts(written.get("none")), *_prompts(written.get("otherwise")))


def _gives(spec: OperationSpec, checked: Checked) -> None:
    """The values of the result."""
    checked.names |= {one.name for one in dataclasses.fields(spec.result)}
    checked.spoken |= _types(spec.result)
    if (item := item_kind(spec.result)) is not None:
        checked.lists["items"] = _types(item)


def _types(result: type[Any]) -> dict[str, str]:
    """Field → placeholder type; names that no recording can be made of are left out."""
    return {name: _SPOKEN.get(kind, kind) for name, kind in spoken_fields(result).items() if kind != "name"}


KIND = BankKind()
