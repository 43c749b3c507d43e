"""The pure parts: fences for values, AGI answers, AMI messages, however the bytes are cut."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.errors import ProtocolError, UnsafeValue
from ivr.telephony.agi.replies import Replies, Reply, parse
from ivr.telephony.ami.messages import AmiEvent, Cutter, milliseconds
from ivr.telephony.values import agi_command, ami_value, ami_variable, checked, quote

LIMIT = 4096
plain = st.text(st.characters(exclude_characters="\r\n\0", exclude_categories=["Cs"]))


def words(command: str) -> list[str]:
    """The words of a command as Asterisk's parse_args takes it apart."""
    found: list[str] = []
    quoted = escaped = False
    fresh = True
    for sign in command:
        if sign == '"' and not escaped:
            quoted = not quoted
            if quoted and fresh:
                found.append("")
                fresh = False
        elif sign in " \t" and not quoted and not escaped:
            fresh = True
        elif sign == "\\" and not escaped:
            escaped = True
        else:
            if fresh:
                found.append("")
                fresh = False
            found[-1] += sign
            escaped = False
    return found


@given(st.lists(plain, min_size=1, max_size=4))
def test_a_quoted_value_is_one_word_to_asterisk(values: list[str]) -> None:
    assert words(" ".join(quote(value) for value in values)) == values


@given(st.text())
def test_checked_refuses_line_ends_only(value: str) -> None:
    unsafe = any(sign in value for sign in "\r\n\0") or any("\ud800" <= sign <= "\udfff" for sign in value)
    if unsafe:
        with pytest.raises(UnsafeValue):
            checked(value)
    else:
        assert checked(value) is value


def test_sizes_at_the_boundary() -> None:
    assert len(agi_command("x" * 2000)) == 2000
    assert ami_value("A", "x" * 997)
    with pytest.raises(UnsafeValue):
        agi_command("x" * 2001)
    for name, value in (("A", "x" * 998), ("", "x"), ("A B", "x"), ("名", "x")):
        with pytest.raises(UnsafeValue):
            ami_value(name, value)
    assert ami_variable("__CALL", "张三 (1)") == "__CALL=张三 (1)"


ANSWERS = [
    ("200 result=0", Reply(200, "", "0")),
    ("200 result=-1", Reply(200, "", "-1")),
    ("200 result=49 endpos=1600", Reply(200, "", "49", None, 1600)),
    ("200 result= (timeout)", Reply(200, "", "", "timeout")),
    ("200 result=12 (timeout)", Reply(200, "", "12", "timeout")),
    ("200 result=-1 (hangup) endpos=7", Reply(200, "", "-1", "hangup", 7)),
    ("200 result=1 (a b  c)", Reply(200, "", "1", "a b  c")),
    ("200 result=1 (a)\n(b)", Reply(200, "", "1", "a)\n(b")),
    ("100 result=0 Trying...", Reply(100, "")),
    ("510 Invalid or unknown command", Reply(510, "")),
    ("511 Command Not Permitted on a dead channel or intercept routine", Reply(511, "")),
    ("520 Invalid command syntax.  Proper usage not available.", Reply(520, "")),
    (
        "520-Invalid command syntax.  Proper usage follows:\nUsage: X\n\nHANGUP\n520 End of proper usage.",
        Reply(520, ""),
    ),
]


@pytest.mark.parametrize(("text", "reply"), ANSWERS)
def test_answers(text: str, reply: Reply) -> None:
    got = parse(text)
    assert (got.code, got.result, got.data, got.endpos) == (reply.code, reply.result, reply.data, reply.endpos)
    assert got.text == text


@pytest.mark.parametrize("text", [text for text, _ in ANSWERS if text != "200 result=1 (a)\n(b)"])
def test_the_lines_of_an_answer_make_one_reply(text: str) -> None:
    replies = Replies(LIMIT)
    *before, last = text.split("\n")
    for line in before:
        assert replies.feed(line) is None and replies.midway
    assert replies.feed(last) == parse(text)
    assert not replies.midway


@pytest.mark.parametrize(
    "text", ["HANGUP", "200", "200 ok", "20 result=0", "２００ result=0", "agi_uniqueid: 1", "\x00", " 200 result=0"]
)
def test_what_is_no_answer(text: str) -> None:
    with pytest.raises(ProtocolError):
        parse(text)


@pytest.mark.parametrize("result", ["", "x", "1.0", "--1", "٣", "9" * 30])
def test_a_result_that_is_no_number(result: str) -> None:
    with pytest.raises(ProtocolError):
        _ = parse(f"200 result={result}").number


@given(st.lists(st.text(st.characters(exclude_characters="\n"))))
def test_any_lines_are_answers_or_protocol_errors(lines: list[str]) -> None:
    replies = Replies(LIMIT)
    for line in lines:
        try:
            reply = replies.feed(line)
        except ProtocolError:
            assert not replies.midway
        else:
            assert reply is None or not replies.midway


def test_an_answer_that_never_ends_is_a_protocol_error() -> None:
    replies = Replies(LIMIT)
    replies.feed("520-Invalid command syntax.  Proper usage follows:")
    with pytest.raises(ProtocolError, match="4096"):
        for _ in range(LIMIT):
            replies.feed("Usage")
    assert not replies.midway and replies.feed("200 result=0") is not None


STREAM = (
    "Asterisk Call Manager/11.0.0\r\n"
    "Response: Success\r\nMessage: 认证通过\r\n\r\n"
    "\r\nEvent: Newchannel\r\nCallerIDName: 用户甲乙\r\nAccountCode: \r\n\r\n"
    "Event: Hangup\r\n\r\nEvent: cut"
).encode()
MESSAGES = [
    "Response: Success\r\nMessage: 认证通过",
    "Event: Newchannel\r\nCallerIDName: 用户甲乙\r\nAccountCode: ",
    "Event: Hangup",
]


def cut(stream: bytes, sizes: list[int]) -> list[bytes]:
    parts, at = [], 0
    for size in sizes:
        parts.append(stream[at : at + size])
        at += size
    return [*parts, stream[at:]]


@given(st.lists(st.integers(0, 40)))
def test_any_chunking_gives_the_same_messages(sizes: list[int]) -> None:
    cutter = Cutter(LIMIT)
    assert [text for part in cut(STREAM, sizes) for text in cutter.feed(part)] == MESSAGES


@given(st.binary(max_size=300), st.lists(st.integers(0, 40)))
def test_any_chunking_of_any_bytes_gives_the_same_messages(stream: bytes, sizes: list[int]) -> None:
    whole, parts = Cutter(LIMIT), Cutter(LIMIT)
    assert [text for part in cut(stream, sizes) for text in parts.feed(part)] == whole.feed(stream)


@pytest.mark.parametrize("end", range(len(STREAM)))
def test_a_stream_that_ends_anywhere_gives_only_whole_messages(end: int) -> None:
    got = Cutter(LIMIT).feed(STREAM[:end])
    assert got == MESSAGES[: len(got)]


@pytest.mark.parametrize("tail", [b"", b"\r\n\r\n"])
def test_a_message_above_the_limit_is_a_protocol_error(tail: bytes) -> None:
    assert Cutter(LIMIT).feed(b"x" * LIMIT + tail) == (["x" * LIMIT] if tail else [])
    with pytest.raises(ProtocolError, match="4096"):
        Cutter(LIMIT).feed(b"x" * (LIMIT + 1) + tail)


@pytest.mark.parametrize(
    ("stamp", "ms"),
    [
        ("1763748000.123456", 1763748000123),
        ("1763748000.999999", 1763748000999),
        ("1763748000.1", 1763748000100),
        ("1763748000", 1763748000000),
        ("", None),
        ("1763748000.", None),
        ("-1.5", None),
        ("1e9", None),
        ("１７", None),
    ],
)
def test_timestamps_are_cut_to_milliseconds(stamp: str, ms: int | None) -> None:
    assert milliseconds(stamp) == ms
    assert AmiEvent({"Event": "X", "Timestamp": stamp}, 42).t == (42 if ms is None else ms)


def test_an_event_shows_no_fields_in_logs() -> None:
    event = AmiEvent({"Event": "Newchannel", "CallerIDNum": "13800000001"}, 42)
    assert repr(event) == "<AmiEvent Newchannel at 42>"
    assert dict(event) == {"Event": "Newchannel", "CallerIDNum": "13800000001"} and len(event) == 2
