"""`verify`: who is calling is established, by keys alone (HB 7.1.4, 7.3.2): by a card, account or ID number with the
telephone banking PIN or the last digits of the ID number, or, for `identified`, by the registered number that calls
with the last four of the ID number. Three tries in a call; then an agent."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from ivr.bank.operations import OPERATIONS, Operation
from ivr.bank.results import Verified
from ivr.bank.secret import Secret
from ivr.bank.vocabulary import Level, Method
from ivr.flow.kinds import HandoffReason
from ivr.flow.reading.collector import At, Rec
from ivr.flow.reading.fields import Choice, Field, Record, Shape
from ivr.flow.reading.words import AUTHS
from ivr.flow.steps import codes as step_codes
from ivr.flow.steps.acts import Act, AskSecret, Continue, HandOver, Perform, Say
from ivr.flow.steps.effects import BankRequest, Done, Refused
from ivr.flow.steps.step import Checked, Checking, Run, Step, StepCall, StepKind
from ivr.records.facts import CustomerKnown, IdentityChecked
from ivr.records.vocabulary import IdentityOutcome
from ivr.text.check_digits import id_number_ok, luhn_ok

INTRO, NUMBER, PIN, ID_DIGITS, ID_FOUR = (
    "verify_intro", "verify_number", "verify_pin", "verify_id_digits", "verify_id4",
)  # fmt: skip
WRONG_NUMBER, WRONG, LOCKED, EXHAUSTED, UNAVAILABLE, OK = (
    "verify_wrong_number", "verify_wrong", "verify_locked", "verify_exhausted", "bank_down", "verified",
)  # fmt: skip
#: Digits of a card or account number, of an ID number, of the PIN, of the last digits of an ID number.
LEAST_NUMBER, MOST_NUMBER = 8, 21
ID_NUMBER, CARDS = 18, (16, 19)
PIN_DIGITS, LAST_OF_ID, LAST_FOUR = 6, 6, 4
#: So often a number that cannot be one is asked for anew; what is wrong with it no bank needs to be asked.
MISTYPED = 3


@dataclass(frozen=True, slots=True)
class VerifyStep(Step):
    """Brings the caller to `level`, None: to that of the leaf. Who is known well enough is not asked again."""

    level: Level | None = None

    kind: ClassVar[str] = "verify"

    def run(self, call: StepCall) -> Run:
        """Verify."""
        needed = self.level or call.leaf_level
        identity = call.identity
        said: tuple[Say, ...] = (Say(INTRO),)
        if identity.level < needed and not call.bank_answers:
            return HandOver((Say(UNAVAILABLE),), HandoffReason.FALLBACK)  # before anybody keys a PIN for nothing
        while identity.level < needed:
            if identity.tries >= call.most_tries:
                return HandOver((Say(EXHAUSTED),), HandoffReason.FALLBACK)
            simple = needed is Level.IDENTIFIED and identity.registered
            method, arguments = yield from (_by_number(said) if simple else _by_account(said))
            if method is None:
                return HandOver((Say(EXHAUSTED),), HandoffReason.FALLBACK)
            if method is Method.NUMBER_ID4:
                arguments["number"] = Secret((identity.number or "").lstrip("+"))
            if identity.number is not None:
                arguments["caller"] = identity.number
            given = yield Perform(
                BankRequest(Operation.VERIFY, {"method": method, **arguments}), OPERATIONS[Operation.VERIFY].deadline_ms
            )
            ended = _taken(call, method, given)
            if ended is not None:
                return ended
            said = (Say(WRONG),)
        return Continue()

    @property
    def needs_bank(self) -> bool:
        """The bank knows its customers, nobody else does."""
        return True

    @property
    def raises_to(self) -> Level:
        """The level that it asks for; NONE where that is the leaf's."""
        return self.level or Level.NONE


def _by_number(said: tuple[Say, ...]) -> Generator[Act, Any, Any]:
    """The registered number calls: the last four of the ID number prove it is he."""
    proof = yield AskSecret((*said, Say(ID_FOUR)), LAST_FOUR, LAST_FOUR, star=True)
    return Method.NUMBER_ID4, {"proof": proof or Secret("")}


def _by_account(said: tuple[Say, ...]) -> Generator[Act, Any, Any]:
    """A number, and what proves it; (None, {}) where no number came that can be one."""
    for _ in range(MISTYPED):
        number = yield AskSecret((*said, Say(NUMBER)), LEAST_NUMBER, MOST_NUMBER, star=True)
        if number is not None and plausible(number):
            break
        said = (Say(WRONG_NUMBER),)
    else:
        return None, {}
    proof = yield AskSecret((Say(PIN),), PIN_DIGITS, PIN_DIGITS)
    if proof is not None:
        return Method.PIN, {"number": number, "proof": proof}
    proof = yield AskSecret((Say(ID_DIGITS),), LAST_OF_ID, LAST_OF_ID, star=True)
    return Method.ID_DIGITS, {"number": number, "proof": proof or Secret("")}


def plausible(number: Secret) -> bool:
    """Whether it can be an ID number (its check digit, GB 11643), a card (Luhn) or an account."""
    if len(number) == ID_NUMBER:
        return number.passes(id_number_ok)
    if len(number) in CARDS:
        return number.passes(luhn_ok)
    return LEAST_NUMBER <= len(number) <= MOST_NUMBER and number.passes(str.isdecimal)


def _taken(call: StepCall, method: Method, given: Any) -> HandOver | None:
    """What the bank says of the proof; how the leaf ends, or None where it goes on or is tried again."""
    identity = call.identity

    def checked(outcome: IdentityOutcome, attempts: int) -> None:
        call.note(IdentityChecked(call.now, str(method), attempts, outcome))

    match given:
        case Done(value=Verified(customer=customer, level=level)):
            if identity.customer is not None and identity.customer != customer:
                call.forget()
            identity.level, identity.customer = level, customer
            checked(IdentityOutcome(str(level)), identity.tries + 1)
            call.note(CustomerKnown(call.now, customer, str(level)))
            return None
        case Refused(code="locked"):
            checked(IdentityOutcome.LOCKED, identity.tries + 1)
            identity.tries = call.most_tries  # nothing that is keyed now can be right
            return HandOver((Say(LOCKED),), HandoffReason.FALLBACK)
        case Refused():
            identity.tries += 1
            checked(IdentityOutcome.WRONG, identity.tries)
            return None
        case _:
            checked(IdentityOutcome.UNAVAILABLE, identity.tries + 1)
            return HandOver((Say(UNAVAILABLE),), HandoffReason.FALLBACK)


class VerifyKind(StepKind):
    """`- verify`, `- verify: {level: verified}`."""

    name = "verify"
    about = "核实客户身份；已经核实过的不再问"
    bare = True
    shape: ClassVar[Shape] = Record(
        (Field("level", Choice(AUTHS), "核实到什么程度；不写就是这项业务的 auth", False),), "核实身份"
    )
    needed: ClassVar[Mapping[str, str]] = {
        INTRO: "说明为什么要核实身份",
        NUMBER: "请客户输入卡号、账号或身份证号",
        PIN: "请客户输入电话银行密码；没有密码按井号",
        ID_DIGITS: "请客户输入身份证号后六位",
        ID_FOUR: "请客户输入身份证号后四位",
        WRONG_NUMBER: "输入的号码不对时，请重新输入",
        WRONG: "核对不上时，请重新输入",
        LOCKED: "银行已锁定时，告知并转人工",
        EXHAUSTED: "多次核对不上时，告知并转人工",
        UNAVAILABLE: "银行系统暂时不可用时，告知并转人工",
    }

    def build(self, written: Any) -> VerifyStep:
        """See VerifyStep."""
        rec: Rec | None = written
        level = None if rec is None else rec.value("level")
        return VerifyStep(None if level is None else Level(level))

    def check(self, at: At, checked: Checked, document: Checking) -> None:
        """The caller is known from here on."""
        wanted = at.value.value("level") if isinstance(at.value, Rec) else None
        level = checked.leaf_level if wanted is None else Level(wanted)
        if level is Level.NONE:
            document.report.add(step_codes.NEEDLESS_VERIFY, at.pos, leaf=checked.leaf)
        checked.level = max(checked.level, level)


KIND = VerifyKind()
