"""`survey`: how content the caller is: 满意, 一般, 不满意 (附件1, HB 11.2)."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from ivr.flow.reading.collector import At, Rec
from ivr.flow.reading.fields import Choice, Field, Record, Shape
from ivr.flow.steps.acts import Act, Choose, Continue, Perform, Say, Speak
from ivr.flow.steps.effects import Done, KeepMessage, Recorded, RecordMessage, SurveyDue
from ivr.flow.steps.message import QUICK_MS, SPARE_MS
from ivr.flow.steps.step import CHOICE_NEEDS, CHOICE_VALUES, Checked, Checking, Run, Step, StepCall, StepKind
from ivr.records.facts import SurveyAnswered, SurveyInvited

QUESTION, THANKS, SORRY = "survey_question", "survey_thanks", "survey_sorry"
OPTIONS = ("survey_satisfied", "survey_neutral", "survey_unsatisfied")
SUBJECTS = {"agent": "人工服务", "bot": "自助服务"}
UNSATISFIED = 3
#: He may say why, for so long; what the recording is about, for whoever listens to it.
REASON, REASON_MS, ABOUT = "survey_reason", 60_000, "评价不满意的原因"
#: Whether the caller may be asked is found out while nothing is said: then it is not, rather than have him wait.
DEADLINE_MS = 1_000


@dataclass(frozen=True, slots=True)
class SurveyStep(Step):
    """Asks about the `subject`, where the caller may be asked now; who does not answer is not asked again."""

    subject: str = "bot"

    kind: ClassVar[str] = "survey"

    def run(self, call: StepCall) -> Run:
        """Ask."""
        yield from ask(call, self.subject)
        return Continue()


def ask(call: StepCall, subject: str) -> Generator[Act, Any, None]:
    """Ask, where it is due; both the question and the answer are recorded (D-number of satisfaction: invited,
    answered)."""
    due = yield Perform(SurveyDue(subject), DEADLINE_MS)
    if not (isinstance(due, Done) and due.value is True):
        return
    call.note(SurveyInvited(call.now, subject))
    chosen = yield Choose((Say(QUESTION),), tuple(Say(prompt) for prompt in OPTIONS), optional=True)
    if chosen is None:
        return
    score = chosen + 1
    call.note(SurveyAnswered(call.now, subject, score))
    if score != UNSATISFIED:
        yield Speak((Say(THANKS),))
        return
    yield Speak((Say(SORRY),))
    if call.has_prompt(REASON):
        yield from _reason(call, subject, score)


def _reason(call: StepCall, subject: str, score: int) -> Generator[Act, Any, None]:
    """What he was not content with, in his own words: somebody listens to it, as to any message. Who says nothing is
    not asked again."""
    yield Speak((Say(REASON),))
    given = yield Perform(RecordMessage(ABOUT, REASON_MS), REASON_MS + SPARE_MS)
    recorded = given.value if isinstance(given, Done) else None
    if not isinstance(recorded, Recorded) or not recorded.ref:
        return
    kept = yield Perform(KeepMessage(recorded.ref, ABOUT, call.identity.number), QUICK_MS)
    if isinstance(kept, Done):
        call.note(SurveyAnswered(call.now, subject, score, recorded.ref))
    yield Speak((Say(THANKS),))


class SurveyKind(StepKind):
    """`- survey`, `- survey: {subject: bot}`."""

    name = "survey"
    about = "请客户评价：满意、一般、不满意"
    bare = True
    shape: ClassVar[Shape] = Record((Field("subject", Choice(SUBJECTS), "评价什么，默认 bot", False),), "满意度评价")
    needed: ClassVar[Mapping[str, str]] = {
        QUESTION: "请客户评价本次服务",
        OPTIONS[0]: "选项：满意",
        OPTIONS[1]: "选项：一般",
        OPTIONS[2]: "选项：不满意",
        THANKS: "感谢评价",
        SORRY: "客户不满意时，致歉并感谢",
        **CHOICE_NEEDS,
    }
    values: ClassVar[Mapping[str, Mapping[str, str]]] = CHOICE_VALUES

    def build(self, written: Any) -> SurveyStep:
        """See SurveyStep."""
        rec: Rec | None = written
        return SurveyStep() if rec is None else SurveyStep(rec.value("subject", "bot"))

    def check(self, at: At, checked: Checked, document: Checking) -> None:
        """Nothing beyond its shape."""


KIND = SurveyKind()
