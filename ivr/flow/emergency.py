"""flows/emergency.yaml as typed values: for each kind of emergency its levels, for each level what is done in each of
the four phases (CBA 三十四, 三十五), what warns of it, whom to tell, and who takes part in drills."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from ivr.records.emergency import EmergencyKind, EmergencyPhase, InForce


class Others(StrEnum):
    """What a caller gets who asks for agents that are not kept: he is told and goes back to the menu, or he is called
    back."""

    MENU = "menu"
    CALLBACK = "callback"


@dataclass(frozen=True, slots=True)
class Measures:
    """What is done in one phase. `announcement` (prompts) is heard before the menu, and once by who waits; `in_queue`
    instead by the latter. `queues` are those that stay (None: all of them; none at all: the machine alone serves),
    `others` is for who asks for another. `capacity`: so many calls at once, None as ever. `tell` names contacts."""

    announcement: tuple[str, ...] = ()
    in_queue: tuple[str, ...] = ()
    queues: frozenset[str] | None = None
    others: Others = Others.MENU
    capacity: int | None = None
    tell: tuple[str, ...] = ()

    def keeps(self, queue: str) -> bool:
        """Whether callers still reach agents through the queue."""
        return self.queues is None or queue in self.queues

    @property
    def for_waiting(self) -> tuple[str, ...]:
        """The prompts that who waits in a queue is told."""
        return self.in_queue or self.announcement

    @property
    def felt(self) -> bool:
        """Whether callers notice anything of it."""
        return bool(self.announcement or self.in_queue) or self.queues is not None


@dataclass(frozen=True, slots=True)
class EmergencyLevel:
    """One level of a kind: its name in the plan, what it is called, and its four phases."""

    id: str
    label: str
    phases: Mapping[EmergencyPhase, Measures]


@dataclass(frozen=True, slots=True)
class Contact:
    """Somebody to tell: an address for mail, a URL for a message signed by the hotline; at least one of them."""

    id: str
    mail: str | None = None
    webhook: str | None = None


@dataclass(frozen=True, slots=True)
class Detector:
    """What warns of an emergency. `threshold` counts as the detector says (percent, seconds, …; None: its usual one).
    It warns of `kind` and `level`, and tells `tell`; with `switch` it starts the first phase by itself."""

    id: str
    kind: EmergencyKind
    level: str
    threshold: int | None = None
    tell: tuple[str, ...] = ()
    switch: bool = False


@dataclass(frozen=True, slots=True)
class Drills:
    """Drills (CBA 三十九): one is due `every_days` after the last. Calls of these `callers` (E.164) and to these called
    `numbers` take part; all others are served as on any day."""

    every_days: int = 180
    callers: frozenset[str] = field(default_factory=frozenset, repr=False)
    numbers: frozenset[str] = frozenset()

    def takes_part(self, caller: str | None, called: str | None) -> bool:
        """Whether such a call does."""
        return caller in self.callers or called in self.numbers


@dataclass(frozen=True, slots=True)
class EmergencyPlan:
    """The whole plan; an empty one where no file is written."""

    kinds: Mapping[EmergencyKind, Mapping[str, EmergencyLevel]] = field(default_factory=dict)
    contacts: Mapping[str, Contact] = field(default_factory=dict)
    detectors: Mapping[str, Detector] = field(default_factory=dict)
    drills: Drills = field(default_factory=Drills)

    def level(self, kind: str, level: str) -> EmergencyLevel | None:
        """The level of a kind; None where the plan has none such."""
        return self.kinds.get(EmergencyKind(kind), {}).get(level)

    def named(self, words: str) -> InForce:
        """The emergency of `kind level phase`, as somebody types it. Raises ValueError that says in Chinese what is
        wrong."""
        kind, level, phase = (*words.replace(":", " ").split(), "", "", "")[:3]
        kinds, phases = "、".join(self.kinds) or "预案是空的", "、".join(EmergencyPhase)
        if kind not in self.kinds:
            raise ValueError(f"写 类别 级别 阶段；预案里没有类别「{kind}」，有：{kinds}")
        levels = self.kinds[EmergencyKind(kind)]
        if level not in levels:
            raise ValueError(f"写 类别 级别 阶段；{kind} 没有级别「{level}」，有：{'、'.join(levels)}")
        if phase not in set(EmergencyPhase):
            raise ValueError(f"写 类别 级别 阶段；没有阶段「{phase}」，有：{phases}")
        return InForce(EmergencyKind(kind), level, EmergencyPhase(phase))

    def measures(self, now: InForce | None) -> Measures:
        """What is to be done now; nothing where no emergency is in force, or none that the plan knows."""
        level = None if now is None else self.level(now.kind, now.level)
        return Measures() if level is None or now is None else level.phases[now.phase]

    def met(self, now: InForce | None, caller: str | None, called: str | None) -> InForce | None:
        """The emergency under which a call from `caller` to `called` is served: a drill meets its own callers alone."""
        if now is not None and now.drill and not self.drills.takes_part(caller, called):
            return None
        return now
