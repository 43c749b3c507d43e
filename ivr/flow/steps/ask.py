"""`ask`: a value is asked for, said or keyed, and confirmed before it is used (CBA 二十, 二十九); or one of the
customer's own accounts is chosen."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from ivr.bank.operations import Operation
from ivr.bank.results import Account, Accounts
from ivr.bank.vocabulary import AccountKind, Level
from ivr.flow import codes, service_codes
from ivr.flow.kinds import HandoffReason, Question, SlotKind, When
from ivr.flow.reading.collector import At, Rec
from ivr.flow.reading.fields import Choice, Field, Flag, Many, Record, Shape, Word
from ivr.flow.reading.words import ACCOUNT_KINDS, SLOTS, TEXT, WHEN, ref
from ivr.flow.steps import codes as step_codes
from ivr.flow.steps.acts import Act, AskValue, Choose, Continue, Finish, HandOver, Say
from ivr.flow.steps.bank import ACCOUNT, request
from ivr.flow.steps.step import CHOICE_NEEDS, CHOICE_VALUES, Checked, Checking, Run, Step, StepCall, StepKind

#: Slots whose answers are personal unless the flow says otherwise (CBA 十三).
PERSONAL_SLOTS = frozenset({SlotKind.LAST4, SlotKind.PHONE, SlotKind.REFERENCE})
#: How long what is answered is kept: not at all beyond the call, or with its record (masked as all that is said).
KEPT_WITH_RECORD = "record"
KEPT = {"call": "只在通话中使用，不保存", KEPT_WITH_RECORD: "随通话记录保存"}
#: What a slot's value is spoken as; yes and no are not spoken.
SLOT_SPOKEN = {
    SlotKind.AMOUNT: "amount",
    SlotKind.DATE: "date",
    SlotKind.LAST4: "digits",
    SlotKind.PHONE: "digits",
    SlotKind.COUNT: "count",
    SlotKind.REFERENCE: "digits",
}
#: More accounts than this are not read out one by one: the last four digits are asked for.
MOST_READ = 4
NO_ACCOUNT, CHOOSE_ACCOUNT, ACCOUNT_OPTION, ACCOUNT_LAST4 = (
    "no_account",
    "choose_account",
    "account_option",
    "account_last4",
)
NOT_YOURS = "account_not_found"


@dataclass(frozen=True, slots=True)
class AskStep(Step):
    """Asks one question."""

    question: Question

    kind: ClassVar[str] = "ask"

    def run(self, call: StepCall) -> Run:
        """Ask."""
        call.values[self.question.id] = yield AskValue(self.question)
        return Continue()

    @property
    def questions(self) -> tuple[Question, ...]:
        """The one question."""
        return (self.question,)

    @property
    def by_agent(self) -> bool:
        """What is asked may be for an agent."""
        return True


@dataclass(frozen=True, slots=True)
class AskAccountStep(Step):
    """Lets the customer choose one of his accounts of these kinds, as `id`; the only one is taken unasked."""

    id: str
    of: tuple[AccountKind, ...]

    kind: ClassVar[str] = "ask"

    def run(self, call: StepCall) -> Run:
        """Choose."""
        found = yield from request(call, Operation.ACCOUNTS, {})
        if isinstance(found, HandOver | Finish):
            return found
        assert isinstance(found, Accounts)
        taken = call.values.get("others", ())
        own = [one for one in found.items if one.kind in self.of and one.id not in taken]
        if not own:
            return Finish((Say(NO_ACCOUNT),))
        chosen = own[0] if len(own) == 1 else (yield from self._choose(call, own))
        if chosen is None:
            return HandOver((Say(NOT_YOURS),), HandoffReason.FALLBACK)
        call.values[self.id] = chosen.id
        call.values["others"] = (*taken, chosen.id)
        prefix = "" if self.id == ACCOUNT else f"{self.id}_"
        call.values.update({f"{prefix}last4": chosen.last4, f"{prefix}account_kind": chosen.kind})
        return Continue()

    def _choose(self, call: StepCall, own: list[Account]) -> Generator[Act, Any, Account | None]:
        if len(own) <= MOST_READ:
            options = tuple(Say(ACCOUNT_OPTION, {"account_kind": one.kind, "last4": one.last4}) for one in own)
            chosen = yield Choose((Say(CHOOSE_ACCOUNT),), options, tuple(one.last4 for one in own))
            return own[int(chosen)]
        question = Question(f"{self.id}_last4", SlotKind.LAST4, ACCOUNT_LAST4, "", personal=True)
        for _ in range(2):
            last4 = yield AskValue(question)
            same = [one for one in own if one.last4 == last4]
            if len(same) == 1:
                return same[0]
            if same:
                return (yield from self._choose(call, same[:MOST_READ]))
        return None


class AskKind(StepKind):
    """`- ask: {id: amount, slot: amount, prompt: …, purpose: …}`; of an account: `{id: account, slot: account, of:
    [debit], purpose: …}`."""

    name = "ask"
    about = "问客户一个值，或请客户选自己的一个账户"
    shape: ClassVar[Shape] = Record(
        (
            Field("id", Word("小写字母开头的名字", r"\A[a-z][a-z0-9_]*\Z"), "名字，提示语里用 {名字:类型} 播报它"),
            Field("slot", Choice(SLOTS, wrong=codes.UNKNOWN_SLOT), "问的是什么"),
            Field("prompt", ref("prompt", "提示语"), "怎么问；问账户时不写", False),
            Field("purpose", TEXT, "问来做什么用", missing=codes.NO_PURPOSE),
            Field("retention", Choice(KEPT), "答案保存多久：call 只在通话中使用，record 随通话记录保存", False),
            Field("personal", Flag(), "是否个人信息；号码类默认是", False),
            Field("when", Choice(WHEN), "日期是哪一边的：默认 coming", False),
            Field("of", Many(Choice(ACCOUNT_KINDS), 1), "问账户时：哪几种账户", False),
        ),
        "一个提问：可以说，也可以按键，确认后再用",
    )
    needed: ClassVar[Mapping[str, str]] = {
        NO_ACCOUNT: "客户没有这一类账户时",
        CHOOSE_ACCOUNT: "请客户从自己的账户中选一个",
        ACCOUNT_OPTION: "一个账户：种类和末四位",
        ACCOUNT_LAST4: "账户太多时，请客户输入末四位",
        NOT_YOURS: "没有找到客户说的账户时",
        **CHOICE_NEEDS,
    }
    values: ClassVar[Mapping[str, Mapping[str, str]]] = {
        **CHOICE_VALUES,
        ACCOUNT_OPTION: {"account_kind": "word", "last4": "digits"},
    }

    def build(self, written: Rec) -> Step:
        """An AskStep, or an AskAccountStep."""
        slot = SlotKind(written.value("slot"))
        if slot is SlotKind.ACCOUNT:
            kinds = tuple(_account_kind(at.value) for at in written.items("of"))
            return AskAccountStep(written.value("id"), kinds)
        return AskStep(question(written))

    def needs(self, written: Rec) -> Mapping[str, str]:
        """Those of a choice, where an account is chosen."""
        return self.needed if written.value("slot") == SlotKind.ACCOUNT else {}

    def check(self, at: At, checked: Checked, document: Checking) -> None:
        """Names are given once; an account needs an identity, everything else a prompt."""
        rec: Rec = at.value
        name, slot = rec.value("id", ""), rec.value("slot")
        report = document.report
        if name in checked.names:
            report.add(codes.ASKED_TWICE, at.pos, leaf=checked.leaf, name=name)
        checked.names.add(name)
        if slot is None:
            return
        checked.slots[name] = SlotKind(slot)
        if slot in PERSONAL_SLOTS and rec.value("personal") is False:
            report.add(codes.IMPERSONAL, rec.where("personal"), leaf=checked.leaf, name=name, slot=SLOTS[slot])
        if slot != SlotKind.DATE and rec.value("when") is not None:
            report.add(codes.WHEN_OF, rec.where("when"), leaf=checked.leaf, name=name, slot=SLOTS[slot])
        self._retention(at, checked, document)
        if slot == SlotKind.ACCOUNT:
            self._account(at, checked, document)
            return
        if "of" in rec.fields:
            report.add(step_codes.ASK_OF, rec.fields["of"].key, leaf=checked.leaf, name=name, slot=SLOTS[slot])
        if "prompt" not in rec.fields and "prompt" not in rec.broken:
            report.add(codes.MISSING_KEY, at.pos, where=f"「{name}」", name="prompt", about="怎么问")
        if (spoken := SLOT_SPOKEN.get(SlotKind(slot))) is not None:
            checked.spoken[name] = spoken

    def _retention(self, at: At, checked: Checked, document: Checking) -> None:
        """CBA 二十九, 三十: a question says how long what is answered is kept."""
        rec: Rec = at.value
        kept = rec.value("retention")
        if kept is None and "retention" not in rec.broken:
            where = f"「{rec.value('id', '')}」（业务「{checked.leaf}」）"
            document.report.add(service_codes.NO_RETENTION, at.pos, where=where)
        personal = rec.value("personal", rec.value("slot") in {*PERSONAL_SLOTS, SlotKind.ACCOUNT})
        if kept == KEPT_WITH_RECORD and personal:
            document.report.add(service_codes.KEPT_PERSONAL, rec.where("retention"), name=rec.value("id", ""))

    def _account(self, at: At, checked: Checked, document: Checking) -> None:
        rec: Rec = at.value
        name = rec.value("id", "")
        if "of" not in rec.fields and "of" not in rec.broken:
            document.report.add(codes.MISSING_KEY, at.pos, where=f"「{name}」", name="of", about="哪几种账户")
        if checked.level < Level.IDENTIFIED:
            document.report.add(step_codes.UNPROVED, at.pos, leaf=checked.leaf, what="选择账户", level="identified")
        prefix = "" if name == ACCOUNT else f"{name}_"
        checked.spoken |= {f"{prefix}last4": "digits", f"{prefix}account_kind": "word"}


def _account_kind(word: str) -> AccountKind:
    return next(kind for kind in AccountKind if kind == word)


def question(written: Rec) -> Question:
    """What is asked."""
    slot = SlotKind(written.value("slot"))
    # what is for the call alone is kept nowhere, as what is personal
    personal = written.value("personal", slot in PERSONAL_SLOTS) or written.value("retention") == "call"
    when = When(written.value("when", "coming"))
    return Question(written.value("id"), slot, written.value("prompt"), written.value("purpose"), personal, when)


KIND = AskKind()
