"""What Asterisk or a stranger sends, damaged at random: a value, nothing, or a protocol error, never another one."""

from __future__ import annotations

import contextlib

from panoramisk.message import Message

from ivr.errors import ProtocolError
from ivr.telephony.agi.fastagi import parse_header
from ivr.telephony.agi.replies import Replies
from ivr.telephony.ami.messages import AmiEvent, Cutter
from ivr.telephony.audio.audiosocket_frames import HANGUP, IDENTITY, SOUND, Frames, message
from ivr.telephony.events.interpreter import TelephonyEvent, interpret
from tests.mutations import damaged
from tests.telephony.asterisk import header
from tests.telephony.captured import FOLDER, WHOLE_CALLS

TIMES = 3000
LIMIT = 65536
FORGED = b"agi_callerid: 138\r\nEvent: Hangup\n"


def test_events() -> None:
    streams = [
        part.replace(b"\n", b"\r\n") + b"\r\n\r\n"
        for name in WHOLE_CALLS
        for part in (FOLDER / f"{name}.txt").read_bytes().strip(b"\n").split(b"\n\n")
    ]
    kinds = set()
    for data in damaged(streams, TIMES, seed=1):
        for text in Cutter(LIMIT).feed(data + b"\r\n\r\n"):
            found = Message.from_line(text)
            fields = {} if found is None else {name: str(value) for name, value in found.items()}
            for one in interpret(AmiEvent(fields, 1)):
                assert isinstance(one, TelephonyEvent)
                kinds.add(type(one))
    assert len(kinds) > 10, "most damage must leave something to interpret"


def test_headers_of_a_segment() -> None:
    taken = 0
    for data in damaged([header(), header(agi_callerid="张三", agi_arg_5="anonymous||1"), header() + FORGED], TIMES):
        try:
            taken += bool(parse_header(data)["agi_uniqueid"])
        except ProtocolError:
            continue
    assert 0 < taken < TIMES


def test_answers_of_a_segment() -> None:
    lines = b"200 result=49 endpos=1600\n200 result=1 (a\nb)\n520-Invalid\nUsage\n520 End of proper usage.\nHANGUP\n"
    for data in damaged([lines], TIMES, seed=2):
        replies = Replies(4096)
        for line in data.decode("utf-8", "replace").split("\n"):
            with contextlib.suppress(ProtocolError):
                reply = replies.feed(line)
                assert reply is None or reply.code >= 100
                _ = reply.number if reply is not None else 0


def test_frames_of_sound() -> None:
    stream = message(IDENTITY, bytes(16)) + message(SOUND, bytes(320)) * 3 + message(HANGUP, b"")
    for data in damaged([stream], TIMES, seed=3):
        frames = Frames(4096)
        with contextlib.suppress(ProtocolError):
            assert sum(len(one.data) + 3 for one in frames.feed(data)) <= len(data)
