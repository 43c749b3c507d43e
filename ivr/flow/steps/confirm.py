"""`confirm`: what will be done is read back, and done only after a yes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from ivr.flow.reading.collector import At, Rec
from ivr.flow.reading.fields import Field, Many, Record, Shape
from ivr.flow.reading.words import PROMPT_NAME, NamesOr
from ivr.flow.steps.acts import AskYesNo, Continue, Finish, Say
from ivr.flow.steps.step import Checked, Checking, Run, Step, StepCall, StepKind

NOT_DONE = "not_done"


@dataclass(frozen=True, slots=True)
class ConfirmStep(Step):
    """Speaks its prompts, the last of them the question; a no ends the leaf, and nothing is done. `declined`: what is
    said then; where the flow says it, more was offered, and the caller had what he came for."""

    says: tuple[str, ...]
    declined: tuple[str, ...] = ()

    kind: ClassVar[str] = "confirm"

    def run(self, call: StepCall) -> Run:
        """Ask. A prompt whose values are not known must not be left out of what is agreed to: then nothing is done."""
        says = [call.spoken(prompt, call.values) for prompt in self.says]
        if None not in says and (
            yield AskYesNo(tuple(say for say in says if say is not None), offer=bool(self.declined))
        ):
            return Continue()
        if self.declined:
            return Finish(tuple(Say(prompt) for prompt in self.declined), served=True)
        return Finish((Say(NOT_DONE),))


class ConfirmKind(StepKind):
    """`- confirm: prompt`, `- confirm: {prompts: [prompt], declined: [prompt]}`."""

    name = "confirm"
    about = "复述将要办理的事，客户同意才办"
    shape: ClassVar[Shape] = NamesOr(
        Record(
            (
                Field("prompts", Many(PROMPT_NAME, 1), "复述的话，最后一句是问句"),
                Field("declined", Many(PROMPT_NAME, 1), "客户不要时说什么；写了它，就是提供更多，客户要办的已经办完"),
            ),
            "问客户是否继续",
        ),
        PROMPT_NAME,
    )
    needed: ClassVar[Mapping[str, str]] = {NOT_DONE: "客户不同意办理时，告知没有办理"}

    def build(self, written: Any) -> ConfirmStep:
        """See ConfirmStep."""
        if isinstance(written, Rec):
            said, declined = (tuple(at.value for at in written.items(name)) for name in ("prompts", "declined"))
            return ConfirmStep(said, declined)
        return ConfirmStep(tuple(at.value for at in written))

    def check(self, at: At, checked: Checked, document: Checking) -> None:
        """What comes next is confirmed."""
        checked.confirmed = not isinstance(at.value, Rec)

    def speaks(self, written: Any) -> tuple[str, ...]:
        """Its prompts."""
        step = self.build(written)
        return (*step.says, *step.declined)


KIND = ConfirmKind()
