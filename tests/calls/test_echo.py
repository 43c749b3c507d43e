"""A line that sends back what the caller hears, 20 dB lower and 100 ms later, as hybrids of real lines do: the hotline
does not take its own voice for the caller's, and still hears the caller over it."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.rig import speech, stereo, timeline
from tests.rig.calls import calls
from tests.rig.capture import capture
from tests.rig.hotline import Hotline, until
from tests.rig.ports import take
from tests.rig.talker import Talker
from tests.rig.verdict import Evidence

pytestmark = [pytest.mark.calls, pytest.mark.speech]

ECHO_DB = -20.0
#: The caller's voice lies above this, the echo of a prompt below.
QUIET_DBFS = -32.0
#: Far above what a machine with nothing else to do needs (see `make bench`); a prompt that is not stopped lasts longer.
BARGE_IN_MS = 600


def called(line: Hotline, folder: Path, use: Callable[[Talker], object]) -> Evidence:
    """One call over such a line."""
    number = line.next_number()
    folder.mkdir(parents=True, exist_ok=True)
    with (
        take() as ports,
        capture(folder / "call.pcap", [ports]),
        Talker((line.address, 5060), ports, number=number, echo_db=ECHO_DB) as caller,
    ):
        caller.dial()
        use(caller)
    call = calls(folder / "call.pcap")[0]
    evidence = Evidence(call, line.listen(call), line.record(number, since=int(call.t_invite * 1000)))
    stereo.write(call, folder / "call.wav")
    print(timeline.as_text(timeline.entries(call, evidence.heard), evidence.record))
    return evidence


def heard_for(caller: Talker, seconds: float) -> None:
    """Until so much has been heard."""
    until(f"{seconds:g} s of prompts", lambda: len(caller.heard) >= seconds * 50, 60)


def test_the_echo_of_its_own_prompts_stops_none(listening: Hotline, folder: Path) -> None:
    def whole(evidence: Evidence) -> bool:
        """Nothing was heard instead of the rest of a prompt; a hole in it is the machine's."""
        cut = [a for a, b in itertools.pairwise(evidence.heard) if a.cut_ms is not None and b.prompt != a.prompt]
        return not cut and evidence.record is not None and evidence.record["turns"] == []

    evidence = called(listening, folder, lambda caller: heard_for(caller, 16))
    assert whole(evidence), evidence.heard
    assert [one.prompt for one in evidence.heard][:2] == ["greeting", "elderly_key"]
    echo = speech.utterances(evidence.call, -60.0)
    assert sum(one.t_end - one.t_start for one in echo) > 10  # it was there to be mistaken


def test_the_caller_is_heard_over_the_echo(listening: Hotline, folder: Path) -> None:
    def use(caller: Talker) -> None:
        heard_for(caller, 2.0)
        caller.say(speech.read("fixtures/clean/debit_loss-1.wav"))
        heard_for(caller, 6.0)

    def stopped(evidence: Evidence) -> bool:
        late = speech.barge_ins_ms(evidence.call, evidence.heard, QUIET_DBFS)
        return bool(late) and late[0] <= BARGE_IN_MS

    evidence = called(listening, folder, use)
    assert stopped(evidence), speech.barge_ins_ms(evidence.call, evidence.heard, QUIET_DBFS)
    assert evidence.record is not None
    turns = evidence.record["turns"]
    assert isinstance(turns, list) and [(turn["intent"], turn["barge_in"]) for turn in turns] == [("debit_loss", True)]
