"""`complaint_progress`: how far a complaint has come, told to who knows its number and complained (HB 10.2.1)."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from ivr.bank.vocabulary import Level
from ivr.flow.kinds import HandoffReason, Question, SlotKind
from ivr.flow.reading.collector import At, Rec
from ivr.flow.reading.fields import Choice, Field, Record, Shape
from ivr.flow.reading.words import AUTHS, ref
from ivr.flow.steps.acts import Act, AskValue, Continue, HandOver, Perform, Say, Speak
from ivr.flow.steps.effects import ComplaintProgress, Done, FindComplaint, Refused, Result
from ivr.flow.steps.step import Checked, Checking, Run, Step, StepCall, StepKind

ASK_REFERENCE, ASK_LAST4, UNKNOWN = "complaint_number", "complaint_last4", "complaint_unknown"
#: State of a case, as a caller is told it → its prompt, what for, and the values that it speaks.
STATES: Mapping[str, tuple[str, str, Mapping[str, str]]] = {
    "received": ("complaint_received", "投诉已收到：何时联系客户", {"ack_due": "date"}),
    "in_work": ("complaint_in_work", "投诉在处理：何时答复", {"due": "date"}),
    "received_late": ("complaint_received_late", "投诉已收到，没有按时联系客户", {}),
    "in_work_late": ("complaint_in_work_late", "投诉在处理，没有按时答复", {}),
    "decided": ("complaint_decided", "投诉有了处理结果", {}),
    "closed": ("complaint_closed", "投诉已办结", {}),
    "withdrawn": ("complaint_withdrawn", "客户撤回了投诉", {}),
}
#: Refusals of `FindComplaint`.
PROVE = "prove"
_DEADLINE_MS = 5_000


@dataclass(frozen=True, slots=True)
class ComplaintProgressStep(Step):
    """Asks for the number and tells the state; who does not know the number goes to `queue` (None: the leaf's), whose
    agents must know him as well as `level` says."""

    queue: str | None = None
    level: Level = Level.NONE

    kind: ClassVar[str] = "complaint_progress"

    def run(self, call: StepCall) -> Run:
        """Ask, and tell."""
        for _ in range(call.most_tries):
            found = yield from self._find()
            if isinstance(found, Done) and isinstance(found.value, ComplaintProgress):
                call.served()
                yield Speak((_told(found.value),))
                return Continue()
            if not isinstance(found, Refused):
                return HandOver((Say("fault"),), HandoffReason.FALLBACK, self.queue, self.level)
            yield Speak((Say(UNKNOWN),))
        return HandOver((), HandoffReason.FALLBACK, self.queue, self.level)

    def _find(self) -> Generator[Act, Any, Result]:
        reference = yield AskValue(Question("complaint", SlotKind.REFERENCE, ASK_REFERENCE, "", personal=True))
        found: Result = yield Perform(FindComplaint(reference), _DEADLINE_MS)
        if found != Refused(PROVE):
            return found
        last4 = yield AskValue(Question("complaint_last4", SlotKind.LAST4, ASK_LAST4, "", personal=True))
        found = yield Perform(FindComplaint(reference, last4), _DEADLINE_MS)
        return found

    @property
    def hands_over_at(self) -> Level:
        """See `level`."""
        return self.level


def _told(progress: ComplaintProgress) -> Say:
    prompt, _, values = STATES[progress.state]
    return Say(prompt, {name: getattr(progress, name) for name in values})


class ComplaintProgressKind(StepKind):
    """`- complaint_progress`, `- complaint_progress: {auth: identified}`."""

    name = "complaint_progress"
    about = "凭投诉编号查询投诉进度；不是用投诉时的电话打来的，再核对号码后四位"
    bare = True
    shape: ClassVar[Shape] = Record(
        (
            Field("queue", ref("queue", "队列"), "查不到时转哪个队列；不写就是这项业务的队列", False),
            Field("auth", Choice(AUTHS), "座席查询前要识别到什么程度", False),
        ),
        "投诉进度",
    )
    needed: ClassVar[Mapping[str, str]] = {
        ASK_REFERENCE: "请客户输入投诉编号",
        ASK_LAST4: "请客户输入投诉时留下的电话号码后四位",
        UNKNOWN: "没有查到、或没有核对上",
        **{prompt: use for prompt, use, _ in STATES.values()},
        "answer_keys": "告知按什么键结束输入、怎样转人工",
        "confirm_reference": "复述编号",
        "confirm_last4": "复述后四位",
    }
    values: ClassVar[Mapping[str, Mapping[str, str]]] = {prompt: values for prompt, _, values in STATES.values()}

    def build(self, written: Any) -> ComplaintProgressStep:
        """See ComplaintProgressStep."""
        rec: Rec | None = written
        if rec is None:
            return ComplaintProgressStep()
        return ComplaintProgressStep(rec.value("queue"), Level(rec.value("auth", "none")))

    def check(self, at: At, checked: Checked, document: Checking) -> None:
        """How well the agents must know the caller."""
        if isinstance(at.value, Rec):
            checked.by_agents = Level(at.value.value("auth", "none"))


KIND = ComplaintProgressKind()
