"""Every error the hotline raises on purpose, as one tree.

HotlineError
├── SettingsError            ivr.toml or IVR_* cannot be used
├── FlowError                the operator's YAML cannot be served
│   └── FlowRefused          the same, with the findings that say why (in ivr/flow)
├── ScriptProblem            a line of an `ivr try` script cannot be followed (in ivr/call)
├── SpeechError              a voice or a recording cannot be used
│   ├── PromptMissing        a prompt has neither a recording nor a voice
│   ├── ModelUnusable        a model is missing, incomplete or not the one that was expected
│   └── RecogniserDown       what was said cannot be recognised now
│       └── RecogniserBusy   too many callers talk at once
├── TelephonyError           the edge to Asterisk
│   ├── ProtocolError        the peer does not speak the protocol
│   ├── CallerGone           the caller hung up (or Asterisk took the channel)
│   ├── DeadlinePassed       a command or action was not answered in time
│   ├── NotConnected         the AMI link is down
│   ├── CommandRefused       Asterisk answered, and the answer is no
│   └── UnsafeValue          a value would break out of its protocol line
├── RecordsError             what happened cannot be written or read
│   ├── JournalError         the journal's disk is full or not ours
│   ├── StoreError           the database cannot be used
│   │   └── RecordRefused    the database will never take this record
│   ├── Uncountable          a day's times are too absurd for the database to add up
│   └── ExchangeError        a line of the exchange form is wrong
├── MetricsError             figures from outside cannot be used as they were given
└── NodeError                a node cannot start or stop
"""

from __future__ import annotations


class HotlineError(Exception):
    """Root of the tree; its text is fit to be shown to the person who can mend it."""


class SettingsError(HotlineError):
    """ivr.toml or an IVR_* variable cannot be used."""


class FlowError(HotlineError):
    """The operator's YAML cannot be served."""


class SpeechError(HotlineError):
    """A voice or a recording cannot be used."""


class PromptMissing(SpeechError):
    """A prompt has neither a recording nor a voice that speaks it."""


class ModelUnusable(SpeechError):
    """A model is missing, incomplete or not the one that was expected."""


class RecogniserDown(SpeechError):
    """What was said cannot be recognised now: no engine, dead, stalled, or late."""


class RecogniserBusy(RecogniserDown):
    """Too many callers talk at once; this one goes on with keys."""


class TelephonyError(HotlineError):
    """The edge to Asterisk failed."""


class ProtocolError(TelephonyError):
    """The peer does not speak the protocol."""


class CallerGone(TelephonyError):
    """The caller hung up, or Asterisk took the channel away from the application."""


class DeadlinePassed(TelephonyError):
    """A command or an action was not answered in time."""


class NotConnected(TelephonyError):
    """The AMI link is down; nothing was sent."""


class CommandRefused(TelephonyError):
    """Asterisk answered, and the answer is no."""


class UnsafeValue(TelephonyError):
    """A value holds CR, LF or NUL and would break out of its protocol line."""


class RecordsError(HotlineError):
    """What happened cannot be written or read."""


class JournalError(RecordsError):
    """The journal cannot be written: full disk, missing rights."""


class StoreError(RecordsError):
    """The database cannot be used."""


class RecordRefused(StoreError):
    """The database works but will not take one of these records; trying again does not help."""


class Uncountable(RecordsError):
    """A day's times are too absurd for the database to add up; it can still be counted call by call."""


class ExchangeError(RecordsError):
    """A line of the exchange form is wrong."""


class MetricsError(HotlineError):
    """Figures from outside the hotline cannot be used as they were given."""


class NodeError(HotlineError):
    """A node cannot start or stop."""
