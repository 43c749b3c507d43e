"""What a kind of step is. Adding one: a module beside this one with a `Step` and a `StepKind`, and its line in
`registry`."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Generator, Mapping, MutableMapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, ClassVar, Protocol

from ivr.bank.vocabulary import Level
from ivr.flow.findings import FindingsReport
from ivr.flow.kinds import Question, SlotKind
from ivr.flow.reading.collector import At
from ivr.flow.reading.fields import Shape
from ivr.flow.steps.acts import Act, Ending, Say
from ivr.records.facts import Fact

#: Said after each option of a choice: its key.
PRESS_NUMBER = "press_number"
CHOICE_NEEDS = {PRESS_NUMBER: "每个选项之后：按几"}
CHOICE_VALUES = {PRESS_NUMBER: {"key": "number"}}

#: A step at work: yields acts, is sent what they give, and says in the end how it went.
Run = Generator[Act, Any, Ending]


@dataclass(slots=True)
class Identity:
    """What is known of the caller in this call. `level` is proved; `registered`: the number that calls is that of a
    customer, by which he may identify himself; `tries` counts wrong proofs in all."""

    level: Level = Level.NONE
    customer: str | None = field(default=None, repr=False)
    number: str | None = field(default=None, repr=False)
    registered: bool = False
    tries: int = 0


class StepCall(Protocol):
    """The call as its steps see it."""

    @property
    def now(self) -> int:
        """UTC epoch ms."""

    @property
    def today(self) -> date:
        """The local day."""

    @property
    def leaf_level(self) -> Level:
        """How well the leaf must know the caller."""

    @property
    def leaf_id(self) -> str:
        """The leaf."""

    @property
    def leaf_queue(self) -> str:
        """The queue of its people."""

    @property
    def identity(self) -> Identity:
        """What is known of the caller; `verify` changes it, and nothing else."""

    @property
    def values(self) -> MutableMapping[str, Any]:
        """What was asked and what the bank has answered, by name. Kept until the leaf ends."""

    @property
    def bank_answers(self) -> bool:
        """False while it is known that the bank could not be asked."""

    @property
    def most_tries(self) -> int:
        """Wrong proofs in a call after which nobody is asked again."""

    def forget(self) -> None:
        """Another customer than before: nothing that was said or found out about that one is kept."""

    def next_serial(self) -> int:
        """The number of the next write of this call."""

    def note(self, *facts: Fact) -> None:
        """For the record."""

    def served(self) -> None:
        """What the leaf is for has been done, whatever follows."""

    @property
    def complaint_kinds(self) -> Mapping[str, str]:
        """What a complaint may be about, by the policy's ids → the prompt that names it, in the order of their keys."""

    def serving(self, queue: str) -> bool:
        """Whether the agents of the queue are on duty."""

    def has_prompt(self, prompt: str) -> bool:
        """Whether the flow has the prompt."""

    def spoken(self, prompt: str, values: Mapping[str, Any]) -> Say | None:
        """The prompt with the values that it speaks; None where one of them is not known."""


class Step(ABC):
    """One step of a leaf. Frozen; everything of the moment is in the call."""

    #: The word in the flow.
    kind: ClassVar[str]

    @abstractmethod
    def run(self, call: StepCall) -> Run:
        """Carry the step out."""

    @property
    def questions(self) -> tuple[Question, ...]:
        """The values that the step asks for."""
        return ()

    @property
    def prompts(self) -> tuple[str, ...]:
        """The prompts of the flow's own that it speaks as information."""
        return ()

    @property
    def raises_to(self) -> Level:
        """How well the caller is known after it, at least."""
        return Level.NONE

    @property
    def needs_bank(self) -> bool:
        """Whether it can do nothing without the bank's systems."""
        return False

    @property
    def writes(self) -> bool:
        """Whether it changes something at the bank."""
        return False

    @property
    def hands_over_at(self) -> Level:
        """How well the agents to whom it leads must know the caller."""
        return Level.NONE

    @property
    def by_agent(self) -> bool:
        """Whether nothing of it is done by the machine alone: what the step prepares is for an agent."""
        return False


class Checking(Protocol):
    """What a check of steps may look up: everything that the files name, and where findings go."""

    @property
    def report(self) -> FindingsReport:
        """Where findings go."""

    @property
    def prompts(self) -> Mapping[str, Any]:
        """Prompt id → its texts."""

    @property
    def leaves(self) -> Mapping[str, At]:
        """Leaf id → its Rec."""

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages, the default one first."""


@dataclass(slots=True)
class Checked:
    """What the steps before this one have made sure of, while a leaf is checked from the first step to the last.
    `spoken`: placeholder → its type; `names`: every value, spoken or not; `level`: how well the caller is known;
    `confirmed`: he has agreed to what is done next; `over`: a step that ends the leaf stands before; `by_agents`: how
    well the agents to whom it leads must know the caller."""

    leaf: str
    leaf_level: Level
    level: Level
    spoken: dict[str, str] = field(default_factory=dict)
    lists: dict[str, Mapping[str, str]] = field(default_factory=dict)
    names: set[str] = field(default_factory=set)
    slots: dict[str, SlotKind] = field(default_factory=dict)
    confirmed: bool = False
    over: bool = False
    by_agents: Level = Level.NONE


class StepKind(ABC):
    """How a kind of step is written, checked and made."""

    #: The word in the flow, and what it is for (Chinese).
    name: ClassVar[str]
    about: ClassVar[str]
    #: How it is written: `- name: value`; `bare`: also as the word alone.
    shape: ClassVar[Shape]
    bare: ClassVar[bool] = False
    #: Prompts that a flow with such a step needs → what for (Chinese).
    needed: ClassVar[Mapping[str, str]] = {}
    #: Prompt among them → the values that it speaks, with their types.
    values: ClassVar[Mapping[str, Mapping[str, str]]] = {}

    @abstractmethod
    def build(self, written: Any) -> Step:
        """The step of a value that `shape` has read (None for the bare word)."""

    @abstractmethod
    def check(self, at: At, checked: Checked, document: Checking) -> None:
        """Report what is wrong with it after the steps before, and add to `checked` what it makes sure of. `at.value`
        is what `shape` has read."""

    def needs(self, written: Any) -> Mapping[str, str]:
        """The prompts that a flow with this very step must have → what for."""
        return self.needed

    def speaks(self, written: Any) -> Collection[str]:
        """The prompts that it speaks with values of the leaf."""
        return ()
