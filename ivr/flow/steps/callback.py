"""`callback`: the caller is called back by the leaf's agents, and his wait counts from now (D9)."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from ivr.flow.kinds import HandoffReason, Question, SlotKind
from ivr.flow.reading.collector import At, Rec
from ivr.flow.reading.fields import Field, Record, Shape
from ivr.flow.reading.words import ref
from ivr.flow.steps.acts import Act, AskValue, AskYesNo, Continue, Ending, HandOver, Perform, Say, Speak
from ivr.flow.steps.effects import Done, Refused, RequestCallback
from ivr.flow.steps.step import Checked, Checking, Run, Step, StepCall, StepKind

TO_THIS_NUMBER, ASK_NUMBER, ACCEPTED, REFUSED = (
    "callback_this_number", "callback_number", "callback_accepted", "callback_refused",
)  # fmt: skip
#: To find out which number to call.
NUMBER_NEEDS: Mapping[str, str] = {TO_THIS_NUMBER: "问是否回电到来电的号码", ASK_NUMBER: "请客户输入回电号码"}
_DEADLINE_MS = 5_000


@dataclass(frozen=True, slots=True)
class CallbackStep(Step):
    """Takes the caller's wish to be called back by `queue` (None: the leaf's)."""

    queue: str | None = None

    kind: ClassVar[str] = "callback"

    def run(self, call: StepCall) -> Run:
        """Arrange it; who cannot be called back goes to an agent now."""
        return (yield from arrange(call, self.queue or call.leaf_queue, call.now))


def arrange(call: StepCall, queue: str, since: int) -> Generator[Act, Any, Ending]:
    """To the number that calls, or to one that is keyed and confirmed."""
    number = yield from number_to_call(call)
    given = yield Perform(RequestCallback(queue, since, number), _DEADLINE_MS)
    if isinstance(given, Done):
        yield Speak((Say(ACCEPTED),))
        return Continue()
    says = (Say(REFUSED),) if isinstance(given, Refused) else (Say("fault"),)
    return HandOver(says, HandoffReason.FALLBACK, queue)


def number_to_call(call: StepCall) -> Generator[Act, Any, str]:
    """The number that calls, or one that is keyed or said, and confirmed."""
    number = call.identity.number
    if number is None or not (yield AskYesNo((Say(TO_THIS_NUMBER),))):
        number = yield AskValue(Question("callback_number", SlotKind.PHONE, ASK_NUMBER, "", personal=True))
    return number


class CallbackKind(StepKind):
    """`- callback`, `- callback: {queue: general}`."""

    name = "callback"
    about = "约定回电"
    bare = True
    shape: ClassVar[Shape] = Record((Field("queue", ref("queue", "队列"), "由哪个队列回电", False),), "回电")
    needed: ClassVar[Mapping[str, str]] = {
        **NUMBER_NEEDS,
        ACCEPTED: "告知会回电",
        REFUSED: "不能回电到这个号码时，告知并转人工",
    }

    def build(self, written: Any) -> CallbackStep:
        """See CallbackStep."""
        rec: Rec | None = written
        return CallbackStep(None if rec is None else rec.value("queue"))

    def check(self, at: At, checked: Checked, document: Checking) -> None:
        """Nothing beyond its shape."""


KIND = CallbackKind()
