"""AudioSocket's messages out of a stream of bytes, however it is cut and whatever it holds."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.errors import ProtocolError
from ivr.telephony.audio.audiosocket_frames import (
    FRAME_BYTES,
    HANGUP,
    IDENTITY,
    SOUND,
    AudioSocketFrame,
    Frames,
    message,
)

LIMIT = 4096


def fed(stream: bytes, cuts: list[int], limit: int = LIMIT) -> list[AudioSocketFrame]:
    """The frames of a stream that comes in pieces."""
    found: list[AudioSocketFrame] = []
    frames, at = Frames(limit), 0
    for size in [*cuts, len(stream)]:
        found += frames.feed(stream[at : at + size])
        at += size
    return found


@given(
    st.lists(st.tuples(st.integers(0, 255), st.binary(max_size=700)), max_size=12),
    st.lists(st.integers(0, 400), max_size=30),
)
def test_every_message_comes_out_as_it_went_in(messages: list[tuple[int, bytes]], cuts: list[int]) -> None:
    stream = b"".join(message(kind, data) for kind, data in messages)
    assert [(one.kind, one.data) for one in fed(stream, cuts)] == messages


@given(st.binary(max_size=2000), st.lists(st.integers(0, 50), max_size=40))
def test_bytes_without_sense_never_do_more_than_be_refused(stream: bytes, cuts: list[int]) -> None:
    try:
        found = fed(stream, cuts, 64)
    except ProtocolError as wrong:
        assert "message of" in str(wrong)
        return
    assert sum(3 + len(one.data) for one in found) <= len(stream)
    assert all(len(one.data) <= 64 for one in found)


@given(st.binary(min_size=1, max_size=700), st.data())
def test_a_cut_message_is_none(sound: bytes, data: st.DataObject) -> None:
    whole = message(SOUND, sound)
    frames = Frames(LIMIT)
    cut = data.draw(st.integers(0, len(whole) - 1))
    assert list(frames.feed(whole[:cut])) == []
    assert frames.midway == (cut > 0)
    assert list(frames.feed(whole[cut:])) == [AudioSocketFrame(SOUND, sound)]
    assert not frames.midway


def test_what_came_before_a_message_above_the_limit_is_not_lost() -> None:
    frames = Frames(LIMIT).feed(message(SOUND, b"ab") + b"\x10\xff\xff")
    assert next(frames).data == b"ab"
    with pytest.raises(ProtocolError):
        next(frames)


@pytest.mark.parametrize(("length", "refused"), [(LIMIT, False), (LIMIT + 1, True), (0xFFFF, True)])
def test_a_message_above_the_limit_is_refused_before_it_comes(length: int, refused: bool) -> None:
    head = bytes([SOUND]) + length.to_bytes(2, "big")
    if refused:
        with pytest.raises(ProtocolError, match=str(length)):
            next(Frames(LIMIT).feed(head))
    else:
        assert list(Frames(LIMIT).feed(head)) == []


def test_the_messages_as_asterisk_writes_them() -> None:
    assert message(HANGUP) == b"\x00\x00\x00"
    assert message(IDENTITY, bytes(16))[:3] == b"\x01\x00\x10"
    assert message(SOUND, bytes(FRAME_BYTES))[:3] == b"\x10\x01\x40"


def test_what_a_message_holds_is_not_shown() -> None:
    assert "7" not in repr(AudioSocketFrame(3, b"7"))
