"""What dialplan (asterisk-conf/etc/extensions.conf) and application say to each other: variables, the arguments of a
segment, user events, contexts. Both are made from this: the application reads and writes by these names, and rendering
the dialplan fails where it names what is not here, or where something here is named in it nowhere. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from ivr.errors import ProtocolError


class Variable(StrEnum):
    """Channel variables of the caller's channel. Those that begin with IVR_ are the hotline's own."""

    #: The call's id: the unique id of the caller's channel.
    CALL = "IVR_CALL"
    #: The number that was dialled.
    DID = "IVR_DID"
    #: Who calls, as `ivr.records.numbers.caller` reads it.
    CALLER = "IVR_CALLER"
    #: What follows the application: `NextStep`.
    NEXT = "IVR_NEXT"
    #: The queue to stand in, by Asterisk's name; its priority, and for how many seconds.
    QUEUE = "IVR_QUEUE"
    PRIORITY = "IVR_PRIORITY"
    WAIT = "IVR_WAIT"
    #: Why: a `HandoffReason`.
    REASON = "IVR_REASON"
    #: How the queue was left: app_queue's QUEUESTATUS, or PASSEDBACK, KEY, AGENTLOST.
    QUEUE_STATUS = "IVR_QUEUE_STATUS"
    #: 1: the talk with the agent is recorded.
    RECORD = "IVR_RECORD"
    #: What the agent's telephone is told.
    NOTES = "IVR_NOTES"
    #: The essentials of the call, and the queue it comes through, for the agent's telephone.
    ABOUT = "IVR_ABOUT"
    OF_QUEUE = "IVR_OF_QUEUE"
    #: For how many seconds one agent's telephone rings.
    RING = "IVR_RING"
    #: 1: an agent passed the caller on to nobody.
    BACK = "IVR_BACK"
    #: The agent whose telephone was lost in the talk.
    LOST = "IVR_LOST"
    #: The agent's channel, to the announcement of his number.
    AGENT_CHANNEL = "IVR_AGENT_CHANNEL"
    #: The place to stand at in the queue, 1 the first; empty: behind all of the same priority.
    POSITION = "IVR_POSITION"
    #: From when on (epoch s) a key leads out of the queue to the question; and until when the caller waits there.
    OFFER = "IVR_OFFER"
    UNTIL = "IVR_UNTIL"
    #: Of a callback: what the agent's telephone is told, the number to call, and the agent who has taken it.
    CALLBACK = "IVR_CALLBACK"
    NUMBER = "IVR_NUMBER"
    #: 1: what an agent keyed was done, 0: it was not.
    DONE = "IVR_DONE"
    #: The queue, by Asterisk's name, that an agent passed the caller on to.
    TO_QUEUE = "IVR_TO_QUEUE"
    #: How a supervisor takes part, on his channel: `ivr.call.agents.commands.Supervision`; and in whose talk.
    HOW = "IVR_HOW"
    AGENT = "IVR_AGENT"
    #: How often the dialplan has served the caller by itself.
    TRIES = "TRIES"
    #: The recordings to whisper, joined by &.
    CLIPS = "CLIPS"

    @property
    def inherited(self) -> str:
        """The name under which it is set for all channels that this one makes."""
        return f"__{self}"


class Global(StrEnum):
    """Global variables of the dialplan that the application's processes know."""

    #: What a segment proves itself with.
    AGI_KEY = "AGI_KEY"
    #: The folder of recordings.
    RECORDINGS = "RECORDINGS"
    #: When (epoch s) the call watchdog last saw the application stand still.
    STALLED_AT = "APP_STALLED_AT"


class NextStep(StrEnum):
    """What the dialplan does when the application gives a call back."""

    QUEUE = "queue"
    END = "end"


class Context(StrEnum):
    """Contexts that the application sends channels to, or knows channels by."""

    FROM_TRUNK = "from-trunk"
    SAY_AGENT = "say-agent"
    SAY_CLIPS = "say-clips"
    WHISPER = "whisper"
    LISTEN = "asr-tap"
    AGENTS = "agents"
    RING_TEST = "ring-test"
    AGENT_STATES = "agent-states"
    FROM_AGENTS = "from-agents"
    SUPERVISE = "supervise"
    RECORD_TALK = "record-talk"
    TALK_TAP = "talk-tap"
    STALLED = "stalled"
    QUEUE_KEYS = "queue-keys"
    CALLBACK_PLACE = "callback-place"
    CALLBACK_CUSTOMER = "callback-customer"
    CALLBACK_ANSWERED = "callback-answered"


class DialplanEvent(StrEnum):
    """User events (AMI) of the dialplan; each names its call in the header Call."""

    #: Who calls has been read: Number.
    CALLER = "Caller"
    #: The application is asked, and has given the call back.
    APP_ASKED = "AppAsked"
    APP_LEFT = "AppLeft"
    #: The call was taken from an application that stands still.
    STALLED = "Stalled"
    #: The dialplan serves the caller by itself: Queue; and has left that queue: Status.
    FALLBACK = "Fallback"
    FALLBACK_LEFT = "FallbackLeft"
    GOODBYE = "Goodbye"
    #: Notice and no service: the node is full, the number has all its lines; refused: too many calls in one second.
    CAPACITY = "Capacity"
    CALLER_LINES = "CallerLines"
    RATE = "Rate"
    #: The caller has heard the agent's number: Agent.
    AGENT_ANNOUNCED = "AgentAnnounced"
    #: Of a callback: an agent has taken it and the customer's telephone rings (Agent); he has answered (Agent); the
    #: customer's end is over: Status is Dial's; the place in the queue is given up: Status is Queue's.
    CALLBACK_DIALLED = "CallbackDialled"
    CALLBACK_ANSWERED = "CallbackAnswered"
    CALLBACK_ENDED = "CallbackEnded"
    CALLBACK_LEFT = "CallbackLeft"
    #: An agent, whose channel this is, dialled a command: Keys. Belongs to no call.
    AGENT_KEYS = "AgentKeys"
    #: The telephone of the caller's agent was lost, and the caller waits for the same agent: Agent, Queue.
    BACK_TO_AGENT = "BackToAgent"
    #: An agent passed the caller on to a queue: Queue.
    PASSED_TO_QUEUE = "PassedToQueue"
    #: A supervisor takes part in the talk, and no longer: Supervisor, Agent, How.
    SUPERVISION_BEGAN = "SupervisionBegan"
    SUPERVISION_ENDED = "SupervisionEnded"


class CelEvent(StrEnum):
    """User events of the dialplan in Asterisk's own account (CEL)."""

    CALLER = "caller"
    FALLBACK = "fallback"
    CAPACITY = "capacity"
    CALLER_LINES = "caller_lines"
    RATE = "rate"
    ANNOUNCED = "announced"
    CALLBACK_ANSWERED = "callback_answered"
    #: A supervisor takes part in a call, and no longer: `the call's id|supervisor|agent|how`.
    SUPERVISION = "supervision"
    SUPERVISION_OVER = "supervision_over"


#: The arguments of AGI(), in their order: what the application would else ask at the start of every segment.
_ARGUMENTS = {
    "began": "${STRFTIME(,,%s%3q)}",
    "queue_status": f"${{{Variable.QUEUE_STATUS}}}",
    "queue": f"${{{Variable.QUEUE}}}",
    "reason": f"${{{Variable.REASON}}}",
    "caller": f"${{{Variable.CALLER}}}",
}
#: The same as the dialplan writes it.
AGI_ARGUMENTS = ",".join(_ARGUMENTS.values())


@dataclass(frozen=True, slots=True)
class SegmentStart:
    """What the dialplan says of a call when it gives it to the application. `began` is Asterisk's clock in UTC epoch
    ms; the others are texts, empty where there is nothing to say (see `Variable`)."""

    began: int
    queue_status: str = ""
    queue: str = ""
    reason: str = ""
    caller: str = ""


def segment_start(env: Mapping[str, str]) -> SegmentStart:
    """Read the arguments of a segment from its AGI header. Raises ProtocolError where the clock is none."""
    said = {name: env.get(f"agi_arg_{place}", "") for place, name in enumerate(_ARGUMENTS, 1)}
    began = said.pop("began")
    if not re.fullmatch(r"[0-9]{13}", began):
        raise ProtocolError(f"Asterisk's clock says {began!r}")
    return SegmentStart(int(began), **{**said, "caller": said["caller"] or env.get("agi_callerid", "")})


# ---- the dialplan's text against these names

_OWN = re.compile(r"\bIVR_[A-Z_]+\b")
_USER_EVENT = re.compile(r"\bUserEvent\((\w+)")
_CEL_EVENT = re.compile(r"\bCELGenUserEvent\((\w+)")


def faults(text: str) -> list[str]:
    """Names in the text of a dialplan (comments left out) that are declared nowhere, and declared ones that it lacks;
    in Chinese, none where all is well."""
    lines = "\n".join(line for line in text.splitlines() if not line.lstrip().startswith(";"))
    #: RING_<queue> names one global variable for each queue.
    words = set(re.findall(r"[\w-]+", lines)) | {word.removeprefix("__") for word in re.findall(r"\w+", lines)}
    contexts = set(re.findall(r"(?m)^\[([\w-]+)\]", lines))
    return [
        *_differences("变量", (name.removeprefix("__") for name in _OWN.findall(lines.replace("__IVR_", "IVR_"))),
                      {one for one in Variable if one.startswith("IVR_")}),
        *_differences("UserEvent", _USER_EVENT.findall(lines), DialplanEvent),
        *_differences("CELGenUserEvent", _CEL_EVENT.findall(lines), CelEvent),
        *(f"{name} 没有用到" for name in sorted({*Variable, *Global} - words) if not name.startswith("IVR_")),
        *(f"没有 [{name}]" for name in sorted(set(Context) - contexts)),
    ]  # fmt: skip


def _differences(kind: str, used: Iterable[str], declared: Iterable[str]) -> list[str]:
    found, known = set(used), {str(one) for one in declared}
    unknown = [f"{kind} {name} 没有声明" for name in sorted(found - known)]
    return unknown + [f"{kind} {name} 没有用到" for name in sorted(known - found)]
