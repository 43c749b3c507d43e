"""`handoff`: on to the leaf's agents; nothing comes after."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from ivr.bank.vocabulary import Level
from ivr.flow.kinds import HandoffReason
from ivr.flow.reading.collector import At, Rec
from ivr.flow.reading.fields import Choice, Field, Record, Shape
from ivr.flow.reading.words import AUTHS, ref
from ivr.flow.steps.acts import HandOver
from ivr.flow.steps.step import Checked, Checking, Run, Step, StepCall, StepKind


@dataclass(frozen=True, slots=True)
class HandoffStep(Step):
    """To `queue` (None: the leaf's), whose agents must know the caller as well as `level` says."""

    reason: HandoffReason = HandoffReason.POLICY
    queue: str | None = None
    level: Level = Level.NONE

    kind: ClassVar[str] = "handoff"

    def run(self, call: StepCall) -> Run:
        """Hand over."""
        return HandOver((), self.reason, self.queue, self.level)
        yield  # a generator that has nothing to ask

    @property
    def hands_over_at(self) -> Level:
        """See `level`."""
        return self.level

    @property
    def by_agent(self) -> bool:
        """It is all the agent's."""
        return True


class HandoffKind(StepKind):
    """`- handoff`, `- handoff: {queue: cards, reason: complaint, auth: verified}`."""

    name = "handoff"
    about = "转人工；后面不能再有步骤"
    bare = True
    shape: ClassVar[Shape] = Record(
        (
            Field("queue", ref("queue", "队列"), "转哪个队列；不写就是这项业务的队列", False),
            Field("reason", Choice({"policy": "按规定", "complaint": "投诉"}), "转人工的原因", False),
            Field("auth", Choice(AUTHS), "座席办理前要核实到什么程度", False),
        ),
        "转人工",
    )

    def build(self, written: Any) -> HandoffStep:
        """See HandoffStep."""
        rec: Rec | None = written
        if rec is None:
            return HandoffStep()
        reason = HandoffReason(rec.value("reason", "policy"))
        return HandoffStep(reason, rec.value("queue"), Level(rec.value("auth", "none")))

    def check(self, at: At, checked: Checked, document: Checking) -> None:
        """The leaf ends here."""
        checked.over = True
        if isinstance(at.value, Rec):
            checked.by_agents = Level(at.value.value("auth", "none"))


KIND = HandoffKind()
