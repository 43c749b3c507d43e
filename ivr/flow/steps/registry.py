"""Which kinds of step there are, in the order in which the documentation names them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ivr.flow.reading.collector import At, Collector
from ivr.flow.reading.fields import Shape
from ivr.flow.reading.positioned_yaml import Mapped, Node, Scalar
from ivr.flow.steps import (
    ask,
    bank,
    callback,
    complaint,
    complaint_progress,
    confirm,
    handoff,
    message,
    say,
    survey,
    verify,
)
from ivr.flow.steps import codes as step_codes
from ivr.flow.steps.step import Step, StepKind

_ALL: tuple[StepKind, ...] = (
    say.KIND,
    ask.KIND,
    verify.KIND,
    bank.KIND,
    confirm.KIND,
    message.KIND,
    complaint.KIND,
    complaint_progress.KIND,
    survey.KIND,
    callback.KIND,
    handoff.KIND,
)

#: The word in the flow → the kind.
KINDS: Mapping[str, StepKind] = {one.name: one for one in _ALL}

#: Prompts that some kind needs → what for; and the values that they speak.
NEEDED: Mapping[str, str] = {prompt: use for kind in _ALL for prompt, use in kind.needed.items()}
VALUES: Mapping[str, Mapping[str, str]] = {prompt: values for kind in _ALL for prompt, values in kind.values.items()}


class Written(Shape):
    """One step as it is written: `- kind: value`, or `- kind`. Read: (kind, At of the value)."""

    expected = "一个步骤，例如 say: 提示语"

    def read(self, node: Node, name: str, reading: Collector) -> tuple[StepKind, At] | None:
        """The kind and what it says; None after reporting what is wrong."""
        if isinstance(node, Scalar) and node.kind == "str":
            kind = self._kind(node.text, node, reading)
            if kind is not None and not kind.bare:
                reading.report.add(step_codes.BARE_STEP, node.pos, name=node.text, about=kind.about)
                return None
            return None if kind is None else (kind, At(None, node.pos, node.pos))
        if not isinstance(node, Mapped) or len(node.items) != 1:
            self._wrong_type(node, name, reading)
            return None
        ((word, (pos, item)),) = node.items.items()
        kind = self._kind(word, node, reading)
        if kind is None:
            return None
        if kind.bare and isinstance(item, Scalar) and item.kind == "null":
            return kind, At(None, item.pos, pos)
        value = kind.shape.read(item, word, reading)
        return None if value is None else (kind, At(value, item.pos, pos))

    def schema(self) -> dict[str, Any]:
        """anyOf the words and the mappings."""
        bare = [name for name, kind in KINDS.items() if kind.bare]
        mappings = [
            {
                "type": "object",
                "description": kind.about,
                "properties": {name: kind.shape.schema()},
                "required": [name],
                "additionalProperties": False,
            }
            for name, kind in KINDS.items()
        ]
        return {"anyOf": [{"enum": bare}, *mappings]}

    def _kind(self, word: str, node: Node, reading: Collector) -> StepKind | None:
        kind = KINDS.get(word)
        if kind is None:
            near = reading.hint(word, KINDS)
            known = "、".join(f"{name}（{one.about}）" for name, one in KINDS.items())
            reading.report.add(step_codes.UNKNOWN_STEP, node.pos, name=word[:40], near=near, known=known)
        return kind


def build(written: tuple[StepKind, At]) -> Step:
    """The step of what `Written` has read."""
    kind, at = written
    return kind.build(at.value)
