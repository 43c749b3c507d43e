"""What operators write, as typed values. Built only by `ivr.flow.load`; every value is frozen.

Times of day are minutes after local midnight (0…1440), durations are milliseconds.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from ivr.bank.vocabulary import Level
from ivr.flow.announcements import Announcement
from ivr.flow.complaint_policy import ComplaintPolicy
from ivr.flow.emergency import EmergencyPlan
from ivr.flow.kinds import (
    HandoffReason,
    LeafKind,
    PromptKind,
    Question,
    SlotKind,
    Target,
    TargetKind,
    When,
)
from ivr.flow.quality_form import STANDARD, QualityForm
from ivr.flow.steps.step import Step
from ivr.flow.waiting import Callbacks, Messages

__all__ = [
    "QUEUE_OFFER_LEAVE",
    "QUEUE_OFFER_MENU",
    "QUEUE_OFFER_WAIT",
    "Agent",
    "Calendar",
    "Elderly",
    "Entry",
    "Flow",
    "HandoffReason",
    "IdentityRules",
    "Intent",
    "Leaf",
    "LeafKind",
    "Level",
    "Menu",
    "Misses",
    "Option",
    "Prompt",
    "PromptKind",
    "Question",
    "Queue",
    "ReservedKeys",
    "Revision",
    "SlotKind",
    "Target",
    "TargetKind",
    "When",
]

#: Keys of the question `queue_offer`.
QUEUE_OFFER_WAIT, QUEUE_OFFER_MENU, QUEUE_OFFER_LEAVE = "1", "2", "3"


@dataclass(frozen=True, slots=True)
class Prompt:
    """One entry of flows/prompts.yaml. `texts` maps a language to its text; a text may hold
    placeholders `{name:type}`, type one of count, number, amount, date, time, digits; `{hours:ID}`
    is already replaced by the calendar's words."""

    id: str
    kind: PromptKind
    texts: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class ReservedKeys:
    """Reserved keys, valid in every menu and during every prompt (HB 7.2.4, CBA 十九, 二十二)."""

    repeat: str
    back: str
    agent: str
    elderly: str

    def all(self) -> Mapping[str, str]:
        """Key → its name."""
        return {self.repeat: "repeat", self.back: "back", self.agent: "agent", self.elderly: "elderly"}


@dataclass(frozen=True, slots=True)
class Option:
    """One advertised choice. `language`, where given, is spoken from here on (a language choice, D1)."""

    key: str
    label: str
    target: Target
    language: str | None = None


@dataclass(frozen=True, slots=True)
class Menu:
    """A node that asks the caller to choose. `level` is 1 at a root, over the shortest path (D1).
    Its prompt is followed by the system prompt `keys`. Where it listens, the caller may also say what he
    needs: any intent, or one of `intents` where they are named."""

    id: str
    prompt: str
    options: tuple[Option, ...]
    level: int
    no_input_ms: int
    listen: bool = False
    intents: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Leaf:
    """What the caller came for, step by step. No step is carried out before the caller is known as well as `auth` says.
    `queue` has the people who take over (None: those of the agent key). `target` follows once it is done, `goodbye`
    ends the call then; neither: the caller is asked what else. `level` counts the menus on its shortest path (D1)."""

    id: str
    label: str
    kind: LeafKind
    auth: Level
    steps: tuple[Step, ...]
    queue: str | None
    compliance: tuple[str, ...]
    level: int
    target: Target | None = None
    back: bool = False
    goodbye: bool = False

    @property
    def questions(self) -> tuple[Question, ...]:
        """The values that its steps ask for."""
        return tuple(question for step in self.steps for question in step.questions)

    @property
    def prompts(self) -> tuple[str, ...]:
        """The prompts of its own that its steps speak."""
        return tuple(prompt for step in self.steps for prompt in step.prompts)

    @property
    def known(self) -> Level:
        """How well the caller is known where he is served: by the machine, or by the agents (HB 7.1.4)."""
        return max(self.auth, *(step.hands_over_at for step in self.steps), Level.NONE)

    @property
    def recorded(self) -> bool:
        """Whether the call is recorded while the leaf is served: something is done in it, not only told (HB 7.3.3)."""
        return self.kind is LeafKind.TRANSACTION and any(step.writes for step in self.steps)

    @property
    def asks_bank(self) -> bool:
        """Whether something of it needs the bank's systems."""
        return self.auth is not Level.NONE or any(step.needs_bank for step in self.steps)

    @property
    def for_agents(self) -> bool:
        """Whether its steps do nothing but prepare the caller for an agent."""
        return bool(self.steps) and self.steps[-1].kind == "handoff" and all(step.by_agent for step in self.steps)


@dataclass(frozen=True, slots=True)
class Calendar:
    """Opening hours (CBA 七). `weekly[weekday]` (0 Monday … 6 Sunday) and `dates[day]` hold
    half-open intervals of minutes; a date given by itself (holiday, half day, shifted working
    day) wins over its weekday. `until` is the last day whose holidays it knows, None where it does not say."""

    id: str
    weekly: tuple[tuple[tuple[int, int], ...], ...]
    dates: Mapping[date, tuple[tuple[int, int], ...]]
    names: Mapping[date, str]
    until: date | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """Where a call begins. The first entry whose calendar (`None`: always) is open serves it."""

    hours: str | None
    greeting: tuple[str, ...]
    menu: str
    closed: bool


@dataclass(frozen=True, slots=True)
class Elderly:
    """CBA 十二, 二十二. `callers` maps an E.164 number to a date of birth; a listed caller aged
    `age` or more goes straight to `queue` (route queue) or hears `menu` (route menu)."""

    queue: str
    age: int
    route: str
    menu: str | None
    speed: float
    timeout_factor: float
    extra_misses: int
    priority: int
    callers: Mapping[str, date] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Agent:
    """座席. `id` is the number the caller hears; `queues` maps a queue to this agent's penalty
    in it (0 rings first). A supervisor may listen to the others' talks, whisper and join (HB 7.3.3)."""

    id: str
    name: str
    queues: Mapping[str, int]
    supervisor: bool = False


@dataclass(frozen=True, slots=True)
class Queue:
    """One line of waiting callers. `hours` names a calendar (`None`: always); larger `priority`
    is served first; `wait_ms` is how long a caller waits before being asked again; `max_callers`
    0 means no limit. `callback`, `message`: who waits may be called back, may leave a message instead, asked by the
    key for back from `offer_ms` on. `number` is what agents dial to pass a caller on to it, None: they cannot."""

    id: str
    label: str
    hours: str | None
    priority: int
    wait_ms: int
    ring_ms: int
    wrapup_ms: int
    announce_ms: int
    max_callers: int
    strategy: str
    record: bool
    callback: bool = False
    message: bool = False
    offer_ms: int = 30_000
    number: str | None = None


@dataclass(frozen=True, slots=True)
class Intent:
    """One entry of flows/knowledge.yaml (CBA 十八): what callers may want, and what then happens. It leads to `target`,
    or the prompts `answer` are spoken; never both. `question` is the standard question, `questions` are the extended
    ones; `label` names the intent when the caller is asked to confirm it. Both ends of the validity are included,
    None leaves an end open. `confirm`: the caller is always asked, however well he was understood."""

    id: str
    label: str
    question: str
    questions: tuple[str, ...]
    target: Target | None
    answer: tuple[str, ...]
    source: str
    owner: str
    valid_from: date | None = None
    valid_to: date | None = None
    confirm: bool = False

    def valid(self, day: date) -> bool:
        """Whether the entry may be used on that local day (HB 4.5.7)."""
        return (self.valid_from is None or self.valid_from <= day) and (self.valid_to is None or day <= self.valid_to)


@dataclass(frozen=True, slots=True)
class Misses:
    """D3: the first `rephrase` misses rephrase, then one offers the agent, the next hands over."""

    rephrase: int = 1


@dataclass(frozen=True, slots=True)
class IdentityRules:
    """How often a caller may give wrong proof in one call (HB 7.3.2)."""

    tries: int = 3


@dataclass(frozen=True, slots=True)
class Revision:
    """Which text of the flow this is: `id` is the first 12 hex digits of the SHA-256 over the
    files, `files` their text but for the list of elderly callers, which `personal` names; author and reason are
    未填写 where none was given (HB 12.2.2)."""

    id: str
    author: str
    reason: str
    files: Mapping[str, str] = field(repr=False)
    personal: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Flow:
    """One checked revision of everything under flows/; `knowledge` is empty where there is no knowledge.yaml. `pauses`
    and `dispositions` map a digit to what it means: why an agent takes no calls, and what became of a call; a call with
    the `complaint_disposition` is a complaint; `complaint_survey` maps one to how content a customer is who was called
    back after a complaint (1 满意, 2 一般, 3 不满意); `recording_consent`: nothing is
    recorded before the caller has agreed;
    `more_time_ms` is by how much a wrap-up is prolonged on request; calls are scored with `quality`."""

    revision: Revision
    bank: str
    numbers: tuple[str, ...]
    languages: tuple[str, ...]
    keys: ReservedKeys
    no_input_ms: int
    misses: Misses
    entries: tuple[Entry, ...]
    menus: Mapping[str, Menu]
    leaves: Mapping[str, Leaf]
    prompts: Mapping[str, Prompt]
    calendars: Mapping[str, Calendar]
    queues: Mapping[str, Queue]
    agents: Mapping[str, Agent]
    agent_queue: str
    elderly: Elderly
    timezone: str
    knowledge: Mapping[str, Intent] = field(default_factory=dict)
    identity: IdentityRules = field(default_factory=lambda: IdentityRules())
    survey_after_agent: bool = False
    recording_consent: bool = False
    callbacks: Callbacks | None = None
    messages: Messages = field(default_factory=Messages)
    complaints: ComplaintPolicy = field(default_factory=ComplaintPolicy)
    pauses: Mapping[str, str] = field(default_factory=dict)
    dispositions: Mapping[str, str] = field(default_factory=dict)
    complaint_disposition: str | None = None
    complaint_survey: Mapping[str, int] = field(default_factory=dict)
    more_time_ms: int = 60_000
    announcements: tuple[Announcement, ...] = ()
    emergency: EmergencyPlan = field(default_factory=EmergencyPlan)
    quality: QualityForm = STANDARD

    def leaf_of(self, menu: str, key: str) -> str | None:
        """The leaf that a key of a menu leads to; None where it leads to none."""
        options = self.menus[menu].options if menu in self.menus else ()
        target = next((one.target for one in options if one.key == key), None)
        return target.id if target is not None and target.kind is TargetKind.LEAF else None
