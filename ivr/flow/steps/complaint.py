"""`complaint`: the caller says what happened after the tone, or speaks to the complaint desk (CBA 四十九, 五十一(一),
HB 10.1.2). What he has said is kept from the first word on; what is missing in the end is asked for by a call back."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from ivr.bank.vocabulary import Level
from ivr.flow.kinds import HandoffReason
from ivr.flow.reading.collector import At, Rec
from ivr.flow.reading.fields import Choice, Field, Number, Record, Shape
from ivr.flow.reading.words import AUTHS, ref
from ivr.flow.steps import callback, message
from ivr.flow.steps.acts import Act, Choose, Continue, HandOver, Perform, Say, Speak
from ivr.flow.steps.effects import Done, FileComplaint, FiledComplaint, NoteComplaint, Recorded, RecordMessage
from ivr.flow.steps.step import CHOICE_NEEDS, CHOICE_VALUES, Checked, Checking, Run, Step, StepCall, StepKind

CHOICE, BY_RECORDING, BY_DESK, INTRO, KIND_QUESTION, FILED, DEADLINE, LATER = (
    "complaint_choice", "complaint_by_recording", "complaint_by_desk", "complaint_record", "complaint_kind",
    "complaint_filed", "complaint_deadline", "complaint_later",
)  # fmt: skip
LONGEST_SECONDS = 180
#: What the step says for the record of the recording.
ABOUT = "投诉"
#: The case is in the database by then, or is filed later without the caller.
_FILING_MS = 5_000


@dataclass(frozen=True, slots=True)
class ComplaintStep(Step):
    """Takes a complaint. What it may be about the policy on complaints says (flows/complaints.yaml). The desk is
    `queue` (None: the leaf's), whose agents must know the caller as well as `level` says; while it is closed the caller
    is not asked whether he wants it."""

    seconds: int = LONGEST_SECONDS
    queue: str | None = None
    level: Level = Level.NONE

    kind: ClassVar[str] = "complaint"

    def run(self, call: StepCall) -> Run:
        """Take it."""
        desk = HandOver((), HandoffReason.COMPLAINT, self.queue, self.level)
        if call.serving(self.queue or call.leaf_queue):
            chosen = yield Choose((Say(CHOICE),), (Say(BY_RECORDING), Say(BY_DESK)))
            if chosen == 1:
                return desk
        yield Speak((Say(INTRO),))
        recorded = yield from message.agreed_recording(RecordMessage(ABOUT, self.seconds * 1000, complaint=True))
        if not isinstance(recorded, Recorded):
            return desk if isinstance(recorded, HandOver) and not recorded.says else recorded
        number = yield from callback.number_to_call(call)
        yield Perform(NoteComplaint(recorded.ref, number), message.QUICK_MS)
        about = yield from _about(call)
        given = yield Perform(FileComplaint(recorded.ref, about, number), _FILING_MS)
        call.served()
        filed = given.value if isinstance(given, Done) else None
        if isinstance(filed, FiledComplaint):
            dates = {"ack_due": filed.ack_due, "due": filed.due}
            yield Speak((Say(FILED, {"reference": filed.reference}, slow=True), Say(DEADLINE, dates)))
        else:
            yield Perform(NoteComplaint(recorded.ref, number, later=True), message.QUICK_MS)
            yield Speak((Say(LATER),))
        return Continue()

    @property
    def hands_over_at(self) -> Level:
        """See `level`."""
        return self.level


def _about(call: StepCall) -> Generator[Act, Any, str | None]:
    """What it is about; None where the caller does not say, or nothing is to choose from."""
    kinds = call.complaint_kinds
    if not kinds:
        return None
    chosen = yield Choose((Say(KIND_QUESTION),), tuple(Say(prompt) for prompt in kinds.values()), optional=True)
    return None if chosen is None else tuple(kinds)[chosen]


class ComplaintKind(StepKind):
    """`- complaint: {auth: identified}`."""

    name = "complaint"
    about = "受理投诉：请客户录音说明，或转投诉专员；问回电号码和投诉类别，播报投诉编号和时限"
    bare = True
    shape: ClassVar[Shape] = Record(
        (
            Field("seconds", Number(30, 300), "最长说几秒，默认 180", False),
            Field("queue", ref("queue", "队列"), "投诉专员的队列；不写就是这项业务的队列", False),
            Field("auth", Choice(AUTHS), "投诉专员受理前要识别到什么程度", False),
        ),
        "受理投诉",
    )
    needed: ClassVar[Mapping[str, str]] = {
        CHOICE: "问客户录音说明还是转投诉专员",
        BY_RECORDING: "选项：录音说明",
        BY_DESK: "选项：投诉专员",
        INTRO: "请客户在提示音后说明",
        KIND_QUESTION: "问投诉类别",
        FILED: "播报投诉编号",
        DEADLINE: "播报何时联系、何时答复",
        LATER: "编号暂时给不出来时，告知投诉已收下、会回电",
        **message.RECORDING_NEEDS,
        **callback.NUMBER_NEEDS,
        **CHOICE_NEEDS,
    }
    values: ClassVar[Mapping[str, Mapping[str, str]]] = {
        **CHOICE_VALUES,
        FILED: {"reference": "digits"},
        DEADLINE: {"ack_due": "date", "due": "date"},
    }

    def build(self, written: Any) -> ComplaintStep:
        """See ComplaintStep."""
        rec: Rec | None = written
        if rec is None:
            return ComplaintStep()
        return ComplaintStep(
            rec.value("seconds", LONGEST_SECONDS),
            rec.value("queue"),
            Level(rec.value("auth", "none")),
        )

    def check(self, at: At, checked: Checked, document: Checking) -> None:
        """How well the desk must know the caller."""
        if isinstance(at.value, Rec):
            checked.by_agents = Level(at.value.value("auth", "none"))


KIND = ComplaintKind()
