"""The caller who talks, against a SIPp telephone on loopback."""

from __future__ import annotations

import shutil
import socket
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tests.rig import g711, sipp, speech
from tests.rig.agents import Manner
from tests.rig.calls import Call, calls
from tests.rig.capture import capture
from tests.rig.errors import CallFailed
from tests.rig.hotline import until
from tests.rig.ports import take
from tests.rig.talker import Talker
from tests.rig_tests import synth

pytestmark = pytest.mark.skipif(
    shutil.which("sipp") is None or shutil.which("tcpdump") is None, reason="sipp and tcpdump are needed"
)


def called(folder: Path, use: Callable[[Talker], object], manner: Manner, echo_db: float | None = None) -> Call:
    """A call to a telephone that answers with a tone; what was on the wire of it."""
    with (
        take() as theirs,
        take() as mine,
        sipp.agent(folder, "1001", manner=manner, ports=theirs, calls=1, limit_s=30) as phone,
        capture(folder / "a.pcap", [mine]),
    ):
        with Talker(("127.0.0.1", theirs.sip), mine, number="13800000009", echo_db=echo_db) as caller:
            caller.dial()
            use(caller)
        phone.wait()
    return calls(folder / "a.pcap")[0]


def test_it_says_presses_and_hears_when_it_is_told(tmp_path: Path) -> None:
    sound = synth.speech(1, 1.0, lead_s=0.0)
    told: list[float] = []

    def use(caller: Talker) -> None:
        until("the tone", lambda: len(caller.heard) > 20)
        told.append(time.time())
        caller.say(sound)
        until("the end of speech", lambda: not caller.speaking)
        caller.press("12#")
        until("the end of keys", lambda: not caller.speaking)
        caller.say(sound)
        until("some of it", lambda: len(caller.said) > 90)
        caller.hush()

    found = called(tmp_path, use, Manner(rings_ms=100))
    assert (found.status, found.ended_by) == (200, "caller")
    assert [(key.digit, key.ended) for key in found.keys] == [("1", True), ("2", True), ("#", True)]
    sent = b"".join(frame.payload for frame in found.said)
    assert sent.count(g711.encode(sound, "alaw")) == 1
    first = speech.utterances(found)[0]
    assert 0 <= first.t_start - told[0] < 0.2
    assert any(frame.payload != sent[:1] * 160 for frame in found.heard)


def test_it_sends_back_what_it_hears(tmp_path: Path) -> None:
    found = called(tmp_path, lambda caller: until("an echo", lambda: len(caller.said) > 60), Manner(), echo_db=-20)
    loud = [g711.level_dbfs(g711.decode(frame.payload, "alaw")) for frame in found.said]
    tone = max(g711.level_dbfs(g711.decode(frame.payload, "alaw")) for frame in found.heard)
    assert max(loud) == pytest.approx(tone - 20, abs=1.0)
    assert np.mean([one > tone - 25 for one in loud]) > 0.3


def test_a_hang_up_of_another_call_is_none(tmp_path: Path) -> None:
    def use(caller: Talker) -> None:
        until("its sound", lambda: bool(caller.said))
        port = caller._sip.getsockname()[1]
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
            other.sendto(b"BYE sip:x@127.0.0.1 SIP/2.0\r\nCall-ID: another\r\n\r\n", ("127.0.0.1", port))
        before = len(caller.said)
        until("a second more", lambda: len(caller.said) > before + 50)
        assert not caller.hung_up.is_set()

    assert called(tmp_path, use, Manner(rings_ms=100)).ended_by == "caller"


def test_the_other_side_hangs_up(tmp_path: Path) -> None:
    found = called(tmp_path, lambda caller: caller.hung_up.wait(10), Manner(rings_ms=100, talks_ms=500))
    assert found.ended_by == "callee"


@pytest.mark.parametrize("manner", [Manner(reject=486), Manner(rings_ms=None)])
def test_nobody_answers(tmp_path: Path, manner: Manner) -> None:
    with (
        take() as theirs,
        take() as mine,
        sipp.agent(tmp_path, "1001", manner=manner, ports=theirs, calls=1, limit_s=30),
        Talker(("127.0.0.1", theirs.sip), mine) as caller,
        pytest.raises(CallFailed, match="answer"),
    ):
        caller.dial(within=0.8)
    # both telephones ended well, or the blocks would have raised
