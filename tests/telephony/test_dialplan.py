"""What dialplan and application say to each other is declared once, and neither says anything else."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ivr.errors import ProtocolError
from ivr.serve.asterisk.configuration import render
from ivr.settings import Settings
from ivr.telephony.dialplan import AGI_ARGUMENTS, SegmentStart, Variable, faults, segment_start
from tests import flows_for_tests


@pytest.fixture(scope="module")
def text(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The dialplan as Asterisk reads it."""
    settings = replace(Settings(), state=tmp_path_factory.mktemp("node") / "run")
    render(settings, flows_for_tests.flow())
    return (settings.asterisk / "etc" / "extensions.conf").read_text(encoding="utf-8")


def test_the_dialplan_says_what_is_declared_and_all_of_it(text: str) -> None:
    assert faults(text) == []
    assert f"AGI(${{APP}},{AGI_ARGUMENTS})" in text


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("Set(IVR_BACK=)", "Set(IVR_BAKC=)", ["变量 IVR_BAKC 没有声明"]),
        ("__IVR_CALL", "__IVR_CALLS", ["变量 IVR_CALLS 没有声明"]),
        ("IVR_NOTES", "NOTES", ["变量 IVR_NOTES 没有用到"]),
        ("UserEvent(Goodbye", "UserEvent(Farewell", ["UserEvent Farewell 没有声明", "UserEvent Goodbye 没有用到"]),
        ("CELGenUserEvent(rate)", "NoOp()", ["CELGenUserEvent rate 没有用到"]),
        ("TRIES", "ROUNDS", ["TRIES 没有用到"]),
        ("[say-clips]", "[say-other]", ["没有 [say-clips]"]),
    ],
)
def test_a_name_that_one_side_alone_knows_is_found(text: str, old: str, new: str, told: list[str]) -> None:
    assert old in text
    assert faults(text.replace(old, new)) == told


def test_a_segment_begins_with_what_the_dialplan_says() -> None:
    said = ("1763748000123", "TIMEOUT", "q-general", "key", "13800000006||0")
    env = {f"agi_arg_{place}": one for place, one in enumerate(said, 1)}
    assert segment_start(env) == SegmentStart(1763748000123, "TIMEOUT", "q-general", "key", "13800000006||0")
    assert AGI_ARGUMENTS.split("},")[1:] == [
        f"${{{name}" for name in (Variable.QUEUE_STATUS, Variable.QUEUE, Variable.REASON)
    ] + [f"${{{Variable.CALLER}}}"]


def test_who_calls_is_asterisks_word_where_the_dialplan_has_none() -> None:
    assert segment_start({"agi_arg_1": "1763748000123", "agi_callerid": "138"}).caller == "138"


@pytest.mark.parametrize("clock", ["", "first", "1763748000", "1763748000%3q", "17637480001234"])
def test_a_clock_without_milliseconds_is_a_protocol_error(clock: str) -> None:
    with pytest.raises(ProtocolError, match="clock"):
        segment_start({"agi_arg_1": clock})
