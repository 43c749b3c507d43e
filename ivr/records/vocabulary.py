"""Words that stand in facts and records, each declared once: why a call ended, and what the hotline did with what a
caller said. What is stored are the plain words."""

from __future__ import annotations

from enum import StrEnum


class EndCause(StrEnum):
    """`hangup_cause` in words of ours; where the network says why, its Q.850 number stands there instead."""

    #: Nobody saw the end: it is the last thing that is known to have happened, or where the call was last seen up.
    APP_LOST = "app_lost"
    LAST_SEEN = "last_seen"
    #: Asterisk died in the middle of the call.
    ASTERISK_LOST = "asterisk_lost"
    #: Not served: beyond the capacity, too many lines of one caller, too many calls at once from one.
    CAPACITY = "capacity"
    CALLER_LINES = "caller_lines"
    RATE = "rate"
    #: In writing: the customer wrote nothing for so long; the node stopped; nothing more was to be said.
    IDLE = "idle"
    STOPPED = "stopped"
    SAID_ALL = "said_all"


#: `Call.channel`: by telephone, and in writing (CBA 十七).
VOICE, TEXT = "voice", "text"

#: Of a call whose end nobody saw.
UNSEEN_ENDS = frozenset({EndCause.APP_LOST, EndCause.LAST_SEEN, EndCause.ASTERISK_LOST})


class Action(StrEnum):
    """What came of what the caller said, see `CallerSpoke.action`; some are followed by `:` and what it went to."""

    LEAF = "leaf"
    MENU = "menu"
    QUEUE = "queue"
    ANSWER = "answer"
    CONFIRM = "confirm"
    WHICH = "which"
    YES = "yes"
    NO = "no"
    SLOT = "slot"
    CONFIRMED = "confirmed"
    #: One of the options that were read out, by its number.
    CHOSEN = "chosen"
    AGENT = "agent"
    ELDERLY = "elderly"
    COMPLAINT = "complaint"
    BACK = "back"
    HOME = "home"
    REPEAT = "repeat"
    SLOWER = "slower"
    WAIT = "wait"
    LEAVE = "leave"
    CALLBACK = "callback"
    MESSAGE = "message"
    KEY = "key"
    REPHRASE = "rephrase"
    OFFER_AGENT = "offer_agent"
    HAND_OVER = "hand_over"
    #: In records of others: not understood.
    FALLBACK = "fallback"


class IdentityOutcome(StrEnum):
    """What came of one attempt to prove who calls (HB 7.3.2); the first two are levels as well."""

    VERIFIED = "verified"
    IDENTIFIED = "identified"
    #: Wrong; it may be tried again.
    WRONG = "wrong"
    #: The bank has locked the customer's proof.
    LOCKED = "locked"
    #: The bank could not be asked.
    UNAVAILABLE = "unavailable"
    #: The caller gave up.
    ABANDONED = "abandoned"


#: Of an attempt that proved nothing, and not for want of an answer.
FAILED_IDENTITY = frozenset({IdentityOutcome.WRONG, IdentityOutcome.LOCKED})


class TransactionOutcome(StrEnum):
    """What became of a transaction that the caller had confirmed (HB 7.3.3)."""

    DONE = "done"
    #: The bank said no.
    REFUSED = "refused"
    #: Nothing was done.
    FAILED = "failed"
    #: Nobody knows whether it was done.
    IN_DOUBT = "in_doubt"


class AnnouncementPlace(StrEnum):
    """Where an announcement was heard: before the first menu, at the beginning of a leaf, or by who waited."""

    MENU = "menu"
    LEAF = "leaf"
    QUEUE = "queue"


def kind_of(action: str | None) -> str:
    """The kind of an action: `leaf` of `leaf:card_loss`; empty where there is none."""
    return (action or "").partition(":")[0]
