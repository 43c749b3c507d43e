"""`message`: the caller's voice is recorded; he may hear it again and record it anew before it is kept (CBA 十四)."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from ivr.flow.kinds import HandoffReason
from ivr.flow.reading.collector import At, Rec
from ivr.flow.reading.fields import Field, Number, Record, Shape
from ivr.flow.reading.words import TEXT
from ivr.flow.steps.acts import Act, Choose, Continue, Ending, Finish, HandOver, Perform, Say, Speak
from ivr.flow.steps.effects import Done, DropMessage, KeepMessage, PlayMessage, Recorded, RecordMessage
from ivr.flow.steps.step import CHOICE_NEEDS, CHOICE_VALUES, Checked, Checking, Run, Step, StepCall, StepKind

INTRO, EMPTY, REVIEW, KEPT, DROPPED = (
    "message_intro", "message_empty", "message_review", "message_kept", "message_dropped",
)  # fmt: skip
KEEP_OPTION, REPLAY_OPTION, AGAIN_OPTION, DROP_OPTION = (
    "message_keep", "message_replay", "message_again", "message_drop",
)  # fmt: skip
#: What is said of any recording that the caller makes, and what for.
RECORDING_NEEDS: Mapping[str, str] = {
    EMPTY: "没有录到声音时，请再说一遍",
    REVIEW: "录完之后",
    KEEP_OPTION: "选项：留言就这样",
    REPLAY_OPTION: "选项：听一遍",
    AGAIN_OPTION: "选项：重新录",
    DROP_OPTION: "选项：不留了",
    DROPPED: "留言没有保留",
    **CHOICE_NEEDS,
}
LONGEST_SECONDS = 120
#: So often a message may be recorded anew or replayed.
MOST_ROUNDS = 6
#: Beside the recording itself: the beep, and the file.
SPARE_MS = 15_000
#: What is done with a recording, and its own length beside.
QUICK_MS = 5_000


@dataclass(frozen=True, slots=True)
class MessageStep(Step):
    """Records a message `about` something, for whoever works through them."""

    about: str
    seconds: int = LONGEST_SECONDS

    kind: ClassVar[str] = "message"

    def run(self, call: StepCall) -> Run:
        """Record, review, keep."""
        return (yield from leave_message(call, self.about, self.seconds))


def leave_message(call: StepCall, about: str, seconds: int = LONGEST_SECONDS) -> Generator[Act, Any, Ending]:
    """Have a message recorded and kept; the leaf ends where it is not."""
    yield Speak((Say(INTRO),))
    recorded = yield from agreed_recording(RecordMessage(about, seconds * 1000))
    if not isinstance(recorded, Recorded):
        return recorded
    kept = yield Perform(KeepMessage(recorded.ref, about, call.identity.number), QUICK_MS)
    if not isinstance(kept, Done):
        return HandOver((Say("fault"),), HandoffReason.FALLBACK)
    call.served()
    yield Speak((Say(KEPT),))
    return Continue()


def agreed_recording(wanted: RecordMessage) -> Generator[Act, Any, Recorded | Finish | HandOver]:
    """What the caller says, once he agrees to it: he may hear it, and record it anew. An ending where he wants none of
    it, or nothing can be recorded. A complaint is taken as it is where he does not decide, a message is not; and who
    has one but says nothing goes to a person."""
    recorded = yield from _record(wanted)
    for _ in range(MOST_ROUNDS):
        if recorded is None:
            return HandOver((Say("fault"),), HandoffReason.FALLBACK)
        if not recorded.ref:
            yield Speak((Say(EMPTY),))
            recorded = yield from _record(wanted)
            continue
        options = (Say(KEEP_OPTION), Say(REPLAY_OPTION), Say(AGAIN_OPTION), Say(DROP_OPTION))
        chosen = yield Choose((Say(REVIEW),), options)
        if chosen == 0:
            return recorded
        if chosen == 1:
            yield Perform(PlayMessage(recorded.ref), recorded.ms + QUICK_MS)
        elif chosen == 2:
            recorded = yield from _again(wanted, recorded)
        else:
            yield Perform(DropMessage(recorded.ref), QUICK_MS)
            return Finish((Say(DROPPED),))
    if wanted.complaint:
        said = recorded is not None and recorded.ref
        return recorded if said and recorded is not None else HandOver((), HandoffReason.FALLBACK)
    if recorded is not None and recorded.ref:
        yield Perform(DropMessage(recorded.ref), QUICK_MS)
    return Finish((Say(DROPPED),))


def _again(wanted: RecordMessage, before: Recorded) -> Generator[Act, Any, Recorded | None]:
    """A new recording in place of the one before, which stays where nothing is said."""
    recorded = yield from _record(replace(wanted, instead_of=before.ref))
    if recorded is not None and not recorded.ref:
        yield Speak((Say(EMPTY),))
        return before
    return recorded


def _record(wanted: RecordMessage) -> Generator[Act, Any, Recorded | None]:
    given = yield Perform(wanted, wanted.max_ms + SPARE_MS)
    value = given.value if isinstance(given, Done) else None
    return value if isinstance(value, Recorded) else None


class MessageKind(StepKind):
    """`- message: {about: 意见}`."""

    name = "message"
    about = "请客户留言，录音后交人处理"
    shape: ClassVar[Shape] = Record(
        (
            Field("about", TEXT, "留言关于什么，处理的人看得到"),
            Field("seconds", Number(10, 300), "最长几秒，默认 120", False),
        ),
        "留言",
    )
    needed: ClassVar[Mapping[str, str]] = {INTRO: "请客户在提示音后留言", KEPT: "留言已收下", **RECORDING_NEEDS}
    values: ClassVar[Mapping[str, Mapping[str, str]]] = CHOICE_VALUES

    def build(self, written: Rec) -> MessageStep:
        """See MessageStep."""
        return MessageStep(written.value("about"), written.value("seconds", LONGEST_SECONDS))

    def check(self, at: At, checked: Checked, document: Checking) -> None:
        """Nothing beyond its shape."""


KIND = MessageKind()
