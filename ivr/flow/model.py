"""What operators write, as typed values. Built only by `ivr.flow.load`; every value is frozen.

Times of day are minutes after local midnight (0…1440), durations are milliseconds.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum


class PromptKind(StrEnum):
    """What a prompt is for; `last_prompt_kind` of a call record (HB 7.2.2)."""

    GREETING = "greeting"
    MENU = "menu"
    INFO = "info"
    QUESTION = "question"
    NOTICE = "notice"
    GOODBYE = "goodbye"


class LeafKind(StrEnum):
    """CBA 九, 十: what a leaf does for the caller."""

    CONSULT = "consult"
    QUERY = "query"
    TRANSACTION = "transaction"
    COMPLAINT = "complaint"
    SUGGESTION = "suggestion"


class Auth(StrEnum):
    """HB 7.1.4: how well the caller must be known before a leaf is served."""

    NONE = "none"
    IDENTIFIED = "identified"
    VERIFIED = "verified"


class TargetKind(StrEnum):
    """What an option leads to."""

    MENU = "menu"
    LEAF = "leaf"
    HANDOFF = "handoff"


class HandoffReason(StrEnum):
    """Why a call goes to a person (requirements 2.0)."""

    KEY = "key"
    ELDERLY_KEY = "elderly_key"
    INTENT = "intent"
    FALLBACK = "fallback"
    COMPLAINT = "complaint"
    POLICY = "policy"


class SlotKind(StrEnum):
    """What a question asks for."""

    AMOUNT = "amount"
    DATE = "date"
    LAST4 = "last4"
    YES_NO = "yes_no"
    PHONE = "phone"


#: Prompts the engine and the dialplan speak by themselves; the catalogue must have every one.
SYSTEM_PROMPTS: Mapping[str, str] = {
    "keys": "after every menu: announces repeat, back, agent and elderly key (HB 7.2.4, CBA 二十二)",
    "no_input": "first no-input: rephrases (D3)",
    "no_match": "first wrong key: rephrases (D3)",
    "agent_offer": "second miss: offers the agent (D3)",
    "handing_over": "third miss: says that an agent is called now (D3)",
    "after_leaf": "after a consult leaf: repeat, back, agent, or hang up",
    "transferring": "before a queue whose calls are recorded; says so (≤ 3 s, CBA 十九)",
    "transferring_unrecorded": "before a queue whose calls are not recorded",
    "agents_closed": "an agent was asked for outside hours: names the hours (CBA 七)",
    "queue_position": "in the queue: {ahead:count} callers are ahead",
    "queue_next": "in the queue: the caller is next",
    "queue_wait": "in the queue: expected wait, {minutes:count} minutes",
    "queue_timeout": "the wait has reached the queue's limit",
    "queue_empty": "no agent is signed in",
    "queue_full": "the queue holds no more callers",
    "queue_offer": "question after the three above: 1 wait on, 2 main menu, 3 leave",
    "agent_number": "before the agent's number: 工号",
    "agent_service": "after the agent's number: 为您服务",
    "agent_left": "the agent has ended the conversation",
    "goodbye": "ends every call (HB 7.4.3)",
    "capacity": "the call beyond the configured capacity (HB 7.2.2)",
    "app_down": "the application is down: the dialplan apologises and queues",
    "fault": "something failed inside: says so and hands over",
}

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
class Keys:
    """Reserved keys, valid in every menu and during every prompt (HB 7.2.4, CBA 十九, 二十二)."""

    repeat: str
    back: str
    agent: str
    elderly: str

    def all(self) -> Mapping[str, str]:
        """Key → its name."""
        return {self.repeat: "repeat", self.back: "back", self.agent: "agent", self.elderly: "elderly"}


@dataclass(frozen=True, slots=True)
class Target:
    """Where an option leads: a menu, a leaf, or a handoff to a queue, by id."""

    kind: TargetKind
    id: str


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
class Question:
    """A value that a leaf asks for, said or keyed, and confirmed before it is used. `purpose`: what for (CBA 二十九);
    of a `personal` one nothing that was said is kept. `id` is the placeholder's name in the prompts that speak it."""

    id: str
    slot: SlotKind
    prompt: str
    purpose: str
    personal: bool


@dataclass(frozen=True, slots=True)
class Leaf:
    """What the caller came for. `ask` is asked first. A consult leaf speaks `say`; every other kind speaks it and hands
    over to `queue` for `reason`. `level` counts the menus on its shortest path (D1)."""

    id: str
    label: str
    kind: LeafKind
    auth: Auth
    say: tuple[str, ...]
    queue: str | None
    reason: HandoffReason | None
    compliance: tuple[str, ...]
    level: int
    ask: tuple[Question, ...] = ()


@dataclass(frozen=True, slots=True)
class Calendar:
    """Opening hours (CBA 七). `weekly[weekday]` (0 Monday … 6 Sunday) and `dates[day]` hold
    half-open intervals of minutes; a date given by itself (holiday, half day, shifted working
    day) wins over its weekday."""

    id: str
    weekly: tuple[tuple[tuple[int, int], ...], ...]
    dates: Mapping[date, tuple[tuple[int, int], ...]]
    names: Mapping[date, str]


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
    in it (0 rings first)."""

    id: str
    name: str
    queues: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Queue:
    """One line of waiting callers. `hours` names a calendar (`None`: always); larger `priority`
    is served first; `wait_ms` is how long a caller waits before being asked again; `max_callers`
    0 means no limit."""

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
class Revision:
    """Which text of the flow this is: `id` is the first 12 hex digits of the SHA-256 over the
    files, `files` their text but for the list of elderly callers; author and reason are 未填写
    where none was given (HB 12.2.2)."""

    id: str
    author: str
    reason: str
    files: Mapping[str, str] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Flow:
    """One checked revision of everything under flows/; `knowledge` is empty where there is no knowledge.yaml."""

    revision: Revision
    bank: str
    numbers: tuple[str, ...]
    languages: tuple[str, ...]
    keys: Keys
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
