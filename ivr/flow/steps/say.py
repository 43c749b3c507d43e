"""`say`: information is spoken; a list that the bank gave is spoken item by item, some at a time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from ivr.flow.reading.collector import At, Rec
from ivr.flow.reading.fields import Field, Many, Number, Record, Shape
from ivr.flow.reading.words import PROMPT_NAME, NamesOr, ref, value_name
from ivr.flow.steps import codes as step_codes
from ivr.flow.steps.acts import AskYesNo, Continue, Say, Speak
from ivr.flow.steps.bank import ITEMS, goes_on, next_part
from ivr.flow.steps.step import Checked, Checking, Run, Step, StepCall, StepKind

#: So many items of a list are spoken before the caller is asked whether to go on.
PAGE = 5
MORE = "more_items"


@dataclass(frozen=True, slots=True)
class SayStep(Step):
    """Speaks its prompts, but for those that need a value that is not known. With `each`: speaks `says` once for every
    item of that list, `page` at a time, and asks in between whether the caller wants more; what the bank has not given
    yet is asked for then."""

    says: tuple[str, ...]
    each: str | None = None
    page: int = PAGE

    kind: ClassVar[str] = "say"

    def run(self, call: StepCall) -> Run:
        """Speak."""
        if self.each is None:
            yield Speak(_spoken(call, self.says, call.values))
            return Continue()
        items: Sequence[Mapping[str, Any]] = call.values.get(self.each, ())
        while items:
            says: list[Say] = []
            for item in items[: self.page]:
                says += _spoken(call, self.says, {**call.values, **item})
            items = items[self.page :]
            if not items and not (self.each == ITEMS and goes_on(call)):
                yield Speak(tuple(says))
            elif not (yield AskYesNo((*says, Say(MORE)))):
                break
            elif not items:
                if (ended := (yield from next_part(call))) is not None:
                    return ended
                items = call.values.get(self.each, ())
        return Continue()

    @property
    def prompts(self) -> tuple[str, ...]:
        """What it speaks."""
        return self.says

    @property
    def by_agent(self) -> bool:
        """Words before an agent are no service of the machine."""
        return True


def _spoken(call: StepCall, prompts: Sequence[str], values: Mapping[str, Any]) -> tuple[Say, ...]:
    return tuple(said for prompt in prompts if (said := call.spoken(prompt, values)) is not None)


class SayKind(StepKind):
    """`- say: prompt`, `- say: [prompt, prompt]`, `- say: {each: bookings, prompts: [booking], page: 5}`."""

    name = "say"
    about = "播报提示语；每条结果播报一遍时写 each"
    shape: ClassVar[Shape] = NamesOr(
        Record(
            (
                Field("prompts", Many(ref("prompt", "提示语"), 1), "每条结果播报的提示语"),
                Field("each", value_name("列表"), "逐条播报哪个列表"),
                Field("page", Number(1, 10), "一次播报几条，之后问是否继续，默认 5", False),
            ),
            "逐条播报一个列表",
        ),
        PROMPT_NAME,
    )
    needed: ClassVar[Mapping[str, str]] = {MORE: "一次播报不完时，问客户是否继续听"}

    def build(self, written: Any) -> SayStep:
        """See SayStep."""
        if isinstance(written, Rec):
            says = tuple(at.value for at in written.items("prompts"))
            return SayStep(says, written.value("each"), written.value("page", PAGE))
        return SayStep(tuple(at.value for at in written))

    def needs(self, written: Any) -> Mapping[str, str]:
        """The question whether to go on, for a list."""
        return self.needed if isinstance(written, Rec) else {}

    def check(self, at: At, checked: Checked, document: Checking) -> None:
        """A list must be known."""
        if isinstance(at.value, Rec):
            each = at.value.get("each")
            if each is not None and each.value not in checked.lists:
                known = "、".join(checked.lists) or "没有列表"
                document.report.add(step_codes.UNKNOWN_LIST, each.pos, leaf=checked.leaf, name=each.value, known=known)

    def speaks(self, written: Any) -> tuple[str, ...]:
        """Its prompts."""
        return self.build(written).says


KIND = SayKind()
