"""Effects in the simulator: a bank that always answers, with values made up from what each operation gives, unless a
script says what it answers next."""

from __future__ import annotations

import dataclasses
from collections import defaultdict, deque
from collections.abc import Mapping
from typing import Any, get_type_hints

from ivr.bank.operations import OPERATIONS, Operation
from ivr.bank.results import Account, Accounts, Outcome, Verified
from ivr.bank.vocabulary import MOST_BY_METHOD, AccountKind, AccountState, Choice, Method, OutcomeStatus
from ivr.flow.steps.complaint_progress import PROVE, STATES
from ivr.flow.steps.effects import (
    BankRequest,
    ComplaintProgress,
    Done,
    Effect,
    FileComplaint,
    FiledComplaint,
    FindComplaint,
    InDoubt,
    KeepMessage,
    OutcomeRequest,
    Recorded,
    RecordMessage,
    Refused,
    RequestCallback,
    Result,
    SurveyDue,
    Unavailable,
)

CUSTOMER = "demo-customer"
_EXAMPLES: Mapping[str | None, object] = {
    "amount": 123_456,
    "date": "2026-12-01",
    "digits": "6688",
    "count": 12,
    "number": "1.85",
    "name": "示例",
    None: "demo-id",
}
#: What a message lasts.
_MESSAGE_MS = 8_000
#: A case as it might be; its number and the days are nobody's.
COMPLAINT = FiledComplaint("261201000017", "2026-12-08", "2026-12-16")


class SimulatedEffects:
    """Answers at once. `next_answers`: operation → what it answers next, in order; then as usual again."""

    def __init__(self) -> None:
        self._next: dict[Operation, deque[Result]] = defaultdict(deque)
        self.survey_due = True
        self.bank_answers = True
        self._found: deque[Result] = deque()

    def answer_next(self, operation: Operation, result: Result) -> None:
        """The next time this operation is asked for, answer so."""
        self._next[operation].append(result)

    def find_next(self, result: Result) -> None:
        """The next time a complaint is looked up, answer so."""
        self._found.append(result)

    def carry_out(self, effect: Effect) -> Result:
        """The result of the effect."""
        match effect:
            case BankRequest(operation=operation):
                return self._planned(operation) or self._usual(effect)
            case OutcomeRequest():
                return self._planned(Operation.OUTCOME) or Done(Outcome(OutcomeStatus.UNKNOWN))
            case RecordMessage():
                return Done(Recorded("message", _MESSAGE_MS))
            case KeepMessage() | RequestCallback():
                return Done("1")
            case FileComplaint():
                return Done(COMPLAINT)
            case FindComplaint():
                return self._found.popleft() if self._found else progress("received")
            case SurveyDue():
                return Done(self.survey_due)
            case _:
                return Done()

    def _planned(self, operation: Operation) -> Result | None:
        return self._next[operation].popleft() if self._next[operation] else None

    def _usual(self, effect: BankRequest) -> Result:
        if effect.operation is Operation.VERIFY:
            return Done(Verified(CUSTOMER, MOST_BY_METHOD[Method(str(effect.arguments["method"]))]))
        if effect.operation is Operation.ACCOUNTS:
            kinds = (*AccountKind, AccountKind.DEBIT)
            return Done(Accounts(tuple(_account(kind, number) for number, kind in enumerate(kinds, 1))))
        given = {name: value for name, value in effect.arguments.items() if name in ("amount", "months", "day")}
        return Done(example(OPERATIONS[effect.operation].result, given))


def _account(kind: AccountKind, number: int) -> Account:
    return Account(f"demo-{kind}-{number}", kind, AccountState.ACTIVE, f"{number}{number}{number}8", kind.word)


def example(kind: type[Any], given: Mapping[str, object] | None = None) -> Any:
    """A result of the type, each field a value that can be spoken; those that are `given` as they are."""
    hints = get_type_hints(kind)
    made: dict[str, object] = {}
    for field in dataclasses.fields(kind):
        hint, spoken = hints[field.name], field.metadata["spoken"]
        if given is not None and field.name in given:
            made[field.name] = given[field.name]
        elif "items" in field.metadata:
            made[field.name] = (example(field.metadata["items"]),) * 2
        elif field.metadata["optional"] and spoken is None:
            made[field.name] = None
        elif isinstance(hint, type) and issubclass(hint, Choice):
            made[field.name] = next(iter(hint))
        elif field.name == "total":
            made[field.name] = 2 * 123_456
        elif field.name in ("least_amount", "fee"):
            made[field.name] = 10_000
        else:
            made[field.name] = _EXAMPLES.get(spoken, "demo-id")
    return kind(**made)


def progress(state: str) -> Result:
    """A complaint that was found, in this state."""
    return Done(ComplaintProgress(state, COMPLAINT.ack_due, COMPLAINT.due))


def parse_found(words: str) -> Result:
    """What a script says that comes of looking a complaint up: a state, `unknown`, `prove` or `down`. Raises ValueError
    with a text in Chinese."""
    word = {"不存在": "unknown", "核对": PROVE, "不可用": "down"}.get(words, words)
    if word in STATES:
        return progress(word)
    if word in ("unknown", PROVE):
        return Refused(word)
    if word == "down":
        return Unavailable("script")
    raise ValueError(f"查投诉的结果可以写 {'、'.join(STATES)}、unknown、prove、down")


def parse_answer(operation: Operation, words: str) -> Result:
    """What a script says that the bank answers: `refused CODE`, `down`, `doubt`, or values `field=value …` of the usual
    answer. Raises ValueError with a text in Chinese."""
    spec = OPERATIONS[operation]
    word, _, rest = words.partition(" ")
    match {"不受理": "refused", "不可用": "down", "未知": "doubt"}.get(word, word):
        case "refused":
            if rest.strip() not in spec.refusals:
                raise ValueError(f"「{operation}」不受理的原因可以是 {'、'.join(spec.refusals)}")
            return Refused(rest.strip())
        case "down":
            return Unavailable("script")
        case "doubt" if spec.write:
            return InDoubt()
        case "doubt":
            raise ValueError(f"「{operation}」不是办理，没有结果未知的时候")
    if operation is Operation.OUTCOME and word in {str(one) for one in OutcomeStatus}:
        status = next(one for one in OutcomeStatus if one == word)
        return Done(Outcome(status, "20260001" if status is OutcomeStatus.DONE else None))
    if words == "empty" or words == "空":
        return Done(_emptied(spec.result))
    values: dict[str, object] = {}
    known = {field.name: field for field in dataclasses.fields(spec.result)}
    for pair in words.split():
        name, _, value = pair.partition("=")
        if name not in known or not value:
            raise ValueError(
                f"「{operation}」的答复可以写 {'、'.join(f'{one}=…' for one in known)}、refused、down、doubt"
            )
        whole = known[name].metadata["spoken"] in ("amount", "count")
        values[name] = int(value) if whole else value
    return Done(example(spec.result, values))


def _emptied(kind: type[Any]) -> Any:
    if "items" not in {field.name for field in dataclasses.fields(kind)}:
        raise ValueError("这项操作的答复没有列表")
    full = example(kind)
    changes: dict[str, Any] = {"items": ()}
    if "total" in {field.name for field in dataclasses.fields(kind)}:
        changes["total"] = 0
    return dataclasses.replace(full, **changes)
