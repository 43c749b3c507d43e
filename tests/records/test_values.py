"""Facts as journal lines: every fact comes back, nothing else is taken, and no number a caller typed is kept."""

from __future__ import annotations

import dataclasses
import json

import pytest
from hypothesis import given

from ivr.errors import JournalError
from ivr.records.facts import FACTS, Answered, Ended, Fact, MenuKey, Offered
from ivr.records.journal.lines import fact_line, fact_to_json, read_line, stored_line
from tests.records.drawn import FACTS_DRAWN

#: Every text field of every fact, and what it holds. A new field must be put here by somebody who has thought about it.
WORDS_OF_THE_SYSTEM = {
    "linkedid", "direction", "did", "caller_kind", "revision", "entry", "language", "prompt", "kind", "menu_id",
    "outcome", "leaf_id", "reason", "queue", "why", "agent_id", "to", "hangup_by", "cause",
    "turn_id", "intent", "action", "audio_ref", "asr_conf", "intent_score",
    "method", "level", "operation", "subject", "ref", "parent_call_id", "supervisor", "how", "disposition",
    "announcement", "place", "channel",
}  # fmt: skip


def test_only_the_callers_number_can_hold_a_number_of_the_caller() -> None:
    texts = {
        field.name for cls in FACTS.values() for field in dataclasses.fields(cls) if field.type not in ("int", "bool")
    }
    # what was said is masked before it becomes a fact: tests/cli/test_label_canary.py follows a number all the way;
    # what the bank gives is looked at: test_fold_business.py
    said, given_by_the_bank = {"asr_text", "corrected"}, {"customer_id", "reference"}
    assert texts - WORDS_OF_THE_SYSTEM == {"caller_number", "key"} | said | given_by_the_bank


def test_more_than_one_press_is_not_a_key_and_is_never_written() -> None:
    line = fact_line("c", MenuKey(1, "choice", "110101199003074514"))
    assert b"1101" not in line
    assert read_line(line) == ("c", MenuKey(1, "choice", None))
    assert read_line(fact_line("c", MenuKey(1, "choice", "5"))) == ("c", MenuKey(1, "choice", "5"))


def test_every_fact_has_a_name_of_its_own() -> None:
    assert all(name == cls.__name__ and issubclass(cls, Fact) for name, cls in FACTS.items())
    assert len(FACTS) == len({cls.__name__ for cls in Fact.__subclasses__()})


@given(FACTS_DRAWN)
def test_every_fact_comes_back(fact: Fact) -> None:
    line = fact_line("call-1", fact)
    assert line.count(b"\n") == 1
    assert read_line(line) == ("call-1", fact)


def test_the_line_that_says_stored() -> None:
    assert read_line(stored_line("c")) == ("c", None)


def test_text_from_the_wire_is_cleaned() -> None:
    line = fact_line("c\n\x00", Offered(1, "l\udcff", "in", "9\n5", None, "normal"))
    assert read_line(line) == ("c\n\ufffd", Offered(1, "l\ufffd", "in", "9\n5", None, "normal"))


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"\n",
        b"{",
        b"7",
        b"\xff\n",
        b'{"fact": "Answered", "t": 1}',
        b'{"call_id": 7, "fact": "Answered", "t": 1}',
        b'{"call_id": "c", "fact": "Nothing", "t": 1}',
        b'{"call_id": "c", "fact": ["Answered"], "t": 1}',
        b'{"call_id": "c", "fact": "Answered"}',
        b'{"call_id": "c", "fact": "Answered", "t": "1"}',
        b'{"call_id": "c", "fact": "Answered", "t": 1, "pin": "1234"}',
        b'{"call_id": "c", "stored": true, "t": 1}',
        b"[" * 50_000,
    ],
)
def test_any_other_line_is_refused(line: bytes) -> None:
    with pytest.raises(JournalError):
        read_line(line)


def test_a_fact_that_could_not_be_read_back_is_refused_before_it_is_written() -> None:
    with pytest.raises(JournalError):
        fact_line("c", Ended(-1, "caller", "16"))
    with pytest.raises(JournalError):
        fact_line("c", Answered("soon"))  # type: ignore[arg-type]


@given(FACTS_DRAWN)
def test_a_torn_line_is_never_another_fact(fact: Fact) -> None:
    line = fact_line("c", fact).rstrip(b"\n")
    for cut in range(0, len(line), max(1, len(line) // 8)):
        with pytest.raises(JournalError):
            read_line(line[:cut])


def test_json_names_the_class() -> None:
    assert json.loads(json.dumps(fact_to_json(Answered(5)))) == {"fact": "Answered", "t": 5}
