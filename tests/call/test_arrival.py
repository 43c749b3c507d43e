"""Who calls is told by the dialplan, a moment after the channel was born: the two make one fact."""

from __future__ import annotations

from pathlib import Path
from typing import cast

from ivr.call.queue_announcer import QueueAnnouncer
from ivr.call.served_flow import ServedFlow
from ivr.call.switchboard import Switchboard
from ivr.flow.loader import require
from ivr.records.facts import Ended, Fact, HandoffLeft, Offered
from ivr.speech.prompts.catalogue import Catalogue
from ivr.telephony.ami.messages import AmiEvent
from ivr.telephony.events.interpreter import interpret

FLOW = require(Path(__file__).parents[2] / "flows")
CALL = "node1-1763748000.7"


class Taken:
    """A recorder that only remembers."""

    def __init__(self) -> None:
        self.facts: list[Fact] = []
        self.over: list[str] = []

    def fact(self, _call_id: str, fact: Fact) -> None:
        self.facts.append(fact)

    def finish(self, call_id: str) -> None:
        self.over.append(call_id)


class Nobody:
    """Nobody waits in a queue."""

    def left(self, _call_id: str) -> None:
        """Nothing was announced."""

    def over(self, _call_id: str) -> None: ...

    def ringing(self, _call_id: str) -> None:
        """Nobody is told."""


class Line:
    """A switchboard and Asterisk's events to it."""

    def __init__(self) -> None:
        self.taken = Taken()
        service = ServedFlow(FLOW, cast(Catalogue, None))
        self.switchboard = Switchboard(lambda: service, self.taken, cast(QueueAnnouncer, Nobody()))
        self._t = 1763748000.0

    def tell(self, name: str, **fields: str) -> None:
        self._t += 1
        common = {"Event": name, "Timestamp": f"{self._t:.3f}", "Uniqueid": CALL, "Linkedid": CALL}
        channel = {"Channel": "PJSIP/trunk-00000001", "Context": "from-trunk", "Exten": "95000"}
        for event in interpret(AmiEvent(common | channel | fields, 0)):
            self.switchboard.on_event(event)

    def who(self, said: str, call: str = CALL) -> None:
        self.tell("UserEvent", UserEvent="Caller", Call=call, Number=said)


def test_the_dialplan_says_who_calls() -> None:
    line = Line()
    line.tell("Newchannel", CallerIDNum="unread")
    assert line.taken.facts == []
    line.who("0086 13800000006||0")
    line.who("13911111111||0")
    assert line.taken.facts == [Offered(1763748001000, CALL, "in", "95000", "+8613800000006", "normal")]


def test_an_asserted_number_is_kept_as_withheld() -> None:
    line = Line()
    line.tell("Newchannel", CallerIDNum="unread")
    line.who("anonymous|+8613800000006|1")
    (offered,) = line.taken.facts
    assert isinstance(offered, Offered)
    assert (offered.caller_number, offered.caller_kind) == ("+8613800000006", "withheld")


def test_a_call_that_ends_before_the_dialplan_has_begun_is_a_call() -> None:
    line = Line()
    line.tell("Newchannel", CallerIDNum="unread")
    line.tell("Hangup", Cause="16")
    assert [type(fact) for fact in line.taken.facts] == [Offered, Ended]
    assert line.taken.over == [CALL]


def test_words_of_no_call_that_arrives_are_nothing() -> None:
    line = Line()
    line.who("13800000006||0")
    line.tell("Newchannel", CallerIDNum="unread", Exten="95001")
    line.who("13800000006||0")
    line.tell("Newchannel", CallerIDNum="unread")
    line.who("13800000006||0", call="node1-1763748000.8")
    assert line.taken.facts == []


def test_a_link_that_broke_meanwhile_leaves_the_call_to_its_segment() -> None:
    line = Line()
    line.tell("Newchannel", CallerIDNum="unread")
    line.switchboard.link_lost(1763748002000)
    line.who("13800000006||0")
    assert line.taken.facts == [] and not line.switchboard.calls


def test_who_gives_up_before_the_dialplan_had_read_who_calls_has_hung_up() -> None:
    line = Line()
    line.tell("Newchannel", CallerIDNum="unread")
    line.tell("HangupRequest")
    line.tell("Hangup", Cause="127")
    (ended,) = [fact for fact in line.taken.facts if isinstance(fact, Ended)]
    assert ended.hangup_by == "caller" and line.taken.over == [CALL]


def test_how_the_dialplans_own_queue_was_left_is_its_status() -> None:
    line = Line()
    line.tell("Newchannel", CallerIDNum="unread")
    line.who("13800000006||0")
    line.tell("UserEvent", UserEvent="FallbackLeft", Call=CALL, Status="TIMEOUT")
    assert line.taken.facts[-1] == HandoffLeft(1763748003000, "timeout")
