"""What a step does with the caller: a step yields acts, the dialogue carries each out and sends its result back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ivr.bank.secret import Secret
from ivr.bank.vocabulary import Level
from ivr.flow.kinds import HandoffReason, Question, Target
from ivr.flow.steps.effects import Effect, Result
from ivr.records.facts import AnnouncementHeard
from ivr.records.vocabulary import AnnouncementPlace

#: A value that may be spoken: an amount in fen, a count, an ISO date, digits.
Value = int | str


@dataclass(frozen=True, slots=True)
class Announced:
    """Which announcement a prompt belongs to (`AnnouncementHeard.announcement`), where it is spoken, and whether the
    announcement ends with it."""

    id: str
    place: AnnouncementPlace
    last: bool = True

    def heard(self, t: int, whole: bool) -> AnnouncementHeard:
        """The fact that the prompt began to be heard at `t`, and whether it was heard as a `whole`."""
        return AnnouncementHeard(t, self.id, self.place, whole and self.last)


@dataclass(frozen=True, slots=True)
class Say:
    """One prompt to be spoken, with the values of its placeholders, which may be personal: never in a repr. `slow`: for
    somebody who writes it down, at the pace of elderly callers. The record says whether `announced` was heard."""

    prompt: str
    values: Mapping[str, Value] = field(default_factory=dict, repr=False)
    slow: bool = False
    announced: Announced | None = None


@dataclass(frozen=True, slots=True)
class Speak:
    """Spoken before whatever follows. Result: None."""

    says: tuple[Say, ...]


@dataclass(frozen=True, slots=True)
class AskValue:
    """Ask for a value, and whether it was heard right. Result: the value."""

    question: Question


@dataclass(frozen=True, slots=True)
class AskYesNo:
    """Ask a question of yes or no; its last prompt is the question. Result: a bool. `offer`: the caller has had what he
    came for, and is offered more."""

    says: tuple[Say, ...]
    offer: bool = False


@dataclass(frozen=True, slots=True)
class Choose:
    """Let the caller choose by key, or by saying it; option n is spoken with its key, 1 first. `said`: the digits by
    which an option may be named (the last four of a card). Result: the index, from 0; where the question is `optional`,
    None of a caller who does not answer it."""

    says: tuple[Say, ...]
    options: tuple[Say, ...]
    said: tuple[str, ...] = ()
    optional: bool = False


@dataclass(frozen=True, slots=True)
class AskSecret:
    """Ask for digits that nobody may hear or write down, by keys alone: between `least` and `most`, ended by # or by
    the last. `star`: * stands for the X of an ID number. Result: a Secret, or None where only # was pressed."""

    says: tuple[Say, ...]
    least: int
    most: int
    star: bool = False


@dataclass(frozen=True, slots=True)
class Perform:
    """Carry out an effect, within `deadline_ms`. Result: a `Result`."""

    effect: Effect
    deadline_ms: int


Act = Speak | AskValue | AskYesNo | Choose | AskSecret | Perform

#: What an act gives back to its step.
Given = Value | bool | Secret | Result | None


# ---- how a step ends


@dataclass(frozen=True, slots=True)
class Continue:
    """On to the next step."""


@dataclass(frozen=True, slots=True)
class Finish:
    """The leaf ends here; `says` are spoken. `target`: what follows, None for the question whether there is anything
    else; `goodbye`: the call ends; `served`: it gave the caller what he came for."""

    says: tuple[Say, ...] = ()
    target: Target | None = None
    goodbye: bool = False
    served: bool = False


@dataclass(frozen=True, slots=True)
class HandOver:
    """To a person, after `says`; `queue` None is the leaf's own. `level`: how well the agent must know the caller."""

    says: tuple[Say, ...] = ()
    reason: HandoffReason = HandoffReason.POLICY
    queue: str | None = None
    level: Level = Level.NONE


Ending = Continue | Finish | HandOver
