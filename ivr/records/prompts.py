"""The prompts that a caller hears: the facts as they happen, and what a call's record has of them. Part of
`ivr.records.facts` and `ivr.records.model`. What is joined into a prompt (an amount, a name, a number) is in neither:
only that something was (CBA 十三)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from ivr.records.fact import Fact

Cut = Literal["key", "voice", "hangup", "failed"]

#: A prompt that Asterisk speaks over the music to a caller who waits has this for its kind: it is no answer to him.
WHISPERED = "whispered"
#: How a prompt ended that was heard as a whole.
WHOLE = "whole"


@dataclass(frozen=True, slots=True)
class PromptSpoken(Fact):
    """A prompt of this kind began; the last one decides HB 7.2.2, but for those that are `WHISPERED`. `values`:
    something was joined into it."""

    prompt: str
    kind: str
    values: bool = False


@dataclass(frozen=True, slots=True)
class PromptEnded(Fact):
    """The prompt that began at `began` is over: `how` is whole, key or voice (the caller interrupted it), or failed (it
    could not be played to its end). Of one in which the caller hangs up nothing is told but the end of the call."""

    began: int
    how: str


@dataclass(frozen=True, slots=True)
class PromptHeard:
    """A prompt was spoken to the caller from `t` to `t_end`, None where nobody knows until when (Asterisk spoke it, the
    application died). `cut`: what ended it before its own end. `values`: something was joined into it."""

    prompt: str
    t: int
    t_end: int | None = None
    cut: Cut | None = None
    values: bool = False
