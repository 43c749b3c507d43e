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
│   ├── NotMuted             Asterisk may still be recording a caller who is to key a secret
│   └── UnsafeValue          a value would break out of its protocol line
├── BankError                the bank's own systems
│   ├── BankRefused          they answered, and the answer is no
│   ├── BankUnavailable      they did not answer, or what they answered cannot be told to anybody
│   └── BankInDoubt          a transaction that may have happened
├── EncryptionError          keys are configured and cannot be had
│   ├── KeyMissing           something is encrypted with a key that is not there
│   └── SealBroken           an encrypted file is damaged, cut, or none
├── RecordsError             what happened cannot be written or read
│   ├── JournalError         the journal's disk is full or not ours
│   ├── StoreError           the database cannot be used
│   │   └── RecordRefused    the database will never take this record
│   ├── ApprovalRefused      a second person's word is missing, or cannot be given or used
│   ├── PublishingRefused    a draft of the operator's files cannot be published as it was asked
│   ├── ExchangeError        a line of the exchange form is wrong
│   ├── LabelError           labels cannot be drawn, found or learnt from as it was asked
│   └── BackupError          a backup cannot be made, or not be restored
├── ComplaintRefused         a step that a complaint's state, the policy or what is missing does not allow
│   └── ComplaintChanged     somebody else did something to it meanwhile
├── EmergencyRefused         a decision that the plan or what is in force does not allow
│   └── EmergencyChanged     somebody else decided meanwhile
├── NotificationError        a mail or a webhook could never be sent as it is asked for
├── NotAllowed               a person asked for what none of his roles allows
├── SignInRefused            nobody signs in to the console like this
├── RequestRefused           a browser sent what no page of the console sends
├── PeopleRefused            people and their roles cannot be changed as it was asked for
├── PrivacyError             what is asked for about a customer's data is not possible, or not allowed
├── AgentRefused             an agent asked for what is not possible, or not allowed
├── TextRefused              what somebody wrote cannot be taken
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


class NotMuted(TelephonyError):
    """Asterisk does not say that it has stopped recording, so no secret may be asked for."""


class UnsafeValue(TelephonyError):
    """A value holds CR, LF or NUL and would break out of its protocol line."""


class BankError(HotlineError):
    """The bank's own systems did not do what they were asked for."""


class BankRefused(BankError):
    """They answered, and the answer is no; `code` is one of the operation's refusals (`ivr.bank.operations`)."""

    def __init__(self, code: str, why: str = "") -> None:
        super().__init__(why or code)
        self.code = code


class BankUnavailable(BankError):
    """No answer, or one that cannot be told to anybody. Nothing was changed at the bank."""


class BankInDoubt(BankError):
    """A transaction that may have happened and may not: its outcome is to be looked up by its key."""


class EncryptionError(HotlineError):
    """Keys are configured and cannot be had."""


class KeyMissing(EncryptionError):
    """Something is encrypted with a key that is not there (any more). It stays as it is."""


class SealBroken(EncryptionError):
    """An encrypted file is damaged, cut, or no encrypted file at all."""


class RecordsError(HotlineError):
    """What happened cannot be written or read."""


class JournalError(RecordsError):
    """The journal cannot be written: full disk, missing rights."""


class StoreError(RecordsError):
    """The database cannot be used."""


class RecordRefused(StoreError):
    """The database works but will not take one of these records; trying again does not help."""


class ApprovalRefused(RecordsError):
    """A second person's word is missing, or cannot be given or used as it was asked; nothing was changed."""


class PublishingRefused(RecordsError):
    """A draft of the operator's files cannot be proposed or published as it was asked; nothing was changed."""


class ExchangeError(RecordsError):
    """A line of the exchange form is wrong."""


class LabelError(RecordsError):
    """Labels cannot be drawn, found or learnt from as it was asked."""


class BackupError(RecordsError):
    """A backup cannot be made, or what there is cannot be restored: nothing was changed."""


class EmergencyRefused(HotlineError):
    """A decision on an emergency that the plan or what is in force does not allow; nothing was changed."""


class EmergencyChanged(EmergencyRefused):
    """Somebody else decided meanwhile; the text says who and what."""


class NotificationError(HotlineError):
    """A mail or a webhook could never be sent as it is asked for: its address, its length."""


class SignInRefused(HotlineError):
    """Nobody signs in to the console like this; it never says which part was wrong."""


class RequestRefused(HotlineError):
    """A browser sent what no page of the console sends: from another site, too long, without its token."""


class NotAllowed(HotlineError):
    """A person, or somebody who is none, asked for what he may not do; nothing was done."""


class PeopleRefused(HotlineError):
    """People and their roles cannot be changed as it was asked for; nothing was done."""


class PrivacyError(HotlineError):
    """What is asked for about customers' data is not possible, or not allowed; nothing was done."""


class AgentRefused(HotlineError):
    """An agent or a supervisor asked for what is not possible now, or not allowed; nothing was done."""


class TextRefused(HotlineError):
    """What somebody wrote in a conversation cannot be taken; nothing has happened. `code` says to programs why: busy,
    unknown, wrong."""

    def __init__(self, words: str, code: str = "wrong") -> None:
        super().__init__(words)
        self.code = code


class MetricsError(HotlineError):
    """Figures from outside the hotline cannot be used as they were given."""


class NodeError(HotlineError):
    """A node cannot start or stop."""


class ComplaintRefused(HotlineError):
    """A step that the state of a complaint, the policy, or what is still missing does not allow."""


class ComplaintChanged(ComplaintRefused):
    """Somebody else did something to the complaint meanwhile; the text says who and what."""
