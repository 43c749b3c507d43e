"""Calls with the demo bank behind the hotline: what a caller hears about his money is what the bank said, or nothing; a
bank that is slow, away or odd is waited for with music and left to a person, and a transaction is never told wrongly
(HB 7.1.4, 7.2.1, 7.3.3, 7.5.2, CBA 十(2), 十(3), 十九). All calls at once, each of its own operation and customer."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from ivr.bank.demo.customers import CUSTOMERS, DemoCustomer
from ivr.text import numbers
from tests.calls.crowd import Caller, place_all, signed_in, story
from tests.calls.faults import eyes
from tests.calls.faults.crowd import together
from tests.rig.agents import Manner
from tests.rig.demo_bank import RunningBank, demo_bank
from tests.rig.heard import MUSIC, Heard
from tests.rig.hotline import Hotline, hotline
from tests.rig.speech import longest_wait
from tests.rig.verdict import Evidence

pytestmark = [pytest.mark.calls, pytest.mark.xdist_group("crowd")]

WANG, LI, ZHANG, _, _, _, _, SUN, ZHOU = CUSTOMERS
PIECE = "(piece)"


def proving(keys: str, customer: DemoCustomer, pin: str | None = None, card: int = 0) -> list[str]:
    """Dial, press the way to a leaf over the greeting, and prove who it is."""
    number = customer.accounts[card].number
    return [
        "dial", "wait 900ms", f"press {keys}", "hear verify_intro", f"press {number}#", "hear verify_pin",
        f"press {pin or customer.pin}",
    ]  # fmt: skip


def asking_again(customer: DemoCustomer, pin: str) -> list[str]:
    """The number and a PIN once more, after a wrong one."""
    return [
        "hear verify_wrong",
        f"press {customer.accounts[0].number}#",
        "hear verify_pin",
        f"press {pin}",
    ]


CHOOSE = ["wait 3s", "press 1"]
#: One for every queue; they let it ring.
AGENTS = {agent: Manner(rings_ms=None) for agent in ("1001", "1003", "1004", "1005", "1006")}
_STEPS: dict[str, list[str]] = {
    "balance": [*proving("11", SUN), *CHOOSE, "wait 14s", "hang up"],
    "slow": [*proving("21", WANG, card=2), "wait 22s", "hang up"],
    "down": [*proving("33", WANG), "wait 10s", "hang up"],
    "nonsense": [*proving("142", WANG), "wait 10s", "hang up"],
    "lost": [*proving("41", LI), *CHOOSE, "wait 6s", "press 1", "wait 25s", "hang up"],
    "not_confirmed": [*proving("41", SUN), *CHOOSE, "wait 6s", "press 2", "wait 6s", "hang up"],
    "in_doubt": [*proving("233", ZHANG), *CHOOSE, "wait 6s", "press 1", "wait 16s", "hang up"],
    "wrong": [*proving("11", ZHOU, "000000"), *asking_again(ZHOU, "111111"), *asking_again(ZHOU, "222222"),
              "wait 10s", "hang up"],
}  # fmt: skip
CALLERS = [
    *(Caller(name, steps, limit_s=120) for name, steps in _STEPS.items()),
    # on no list of the hotline's: the bank knows the number, and how old he is
    Caller("old", ["dial", "wait 14s", "hang up"], number=LI.telephone.removeprefix("+86")),
]


@dataclass(frozen=True, slots=True)
class Left:
    """What the calls left: on the wire, in the records, at the bank."""

    bank: RunningBank
    calls: dict[str, Evidence]

    def record(self, name: str, field: str) -> Any:
        """A field of a call's record."""
        record = self.calls[name].record
        assert record is not None
        return record[field]

    def at_the_bank(self, query: str) -> list[object]:
        """Rows of the bank's database, one column."""
        database = sqlite3.connect(f"file:{self.bank.folder / 'demo-bank.sqlite'}?mode=ro", uri=True)
        try:
            return [row[0] for row in database.execute(query)]
        finally:
            database.close()


@pytest.fixture(scope="module")
def line(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Hotline, RunningBank]]:
    """A hotline, and a bank behind it that answers some operations badly."""
    with demo_bank(tmp_path_factory.mktemp("bank")) as bank:
        bank.fault("card_bill", "slow", seconds=3.5)
        bank.fault("loan", "down", times=4)
        total = {"total": {"fen": 12_536_008, "currency": "USD"}, "items": []}
        bank.fault("holdings", "nonsense", times=4, body=total)
        bank.fault("activate_card", "accepted-then-down")
        bank.fault("outcome", "down", times=9)
        with hotline(BANK_URL=bank.url, BANK_PUBLIC_KEY=str(bank.public_key)) as one:
            yield one, bank


@pytest.fixture(scope="module")
def left(line: tuple[Hotline, RunningBank], tmp_path_factory: pytest.TempPathFactory) -> Left:
    """All calls, placed side by side."""
    folder = tmp_path_factory.mktemp("calls")
    with signed_in(line[0], folder, AGENTS):
        found = place_all(line[0], folder, CALLERS, len(CALLERS))
    for name, evidence in found.items():
        print(story(name, evidence))
    return Left(line[1], found)


def told(heard: Sequence[Heard], prompt: str) -> str:
    """The words of a prompt as they were joined, its values included, until another prompt begins."""
    words, inside = "", False
    for one in heard:
        if not one.is_(PIECE):
            inside = one.is_(prompt)
        if inside:
            words += one.text
    # a piece may sound like a word of another prompt, which is written with its comma
    return re.sub(r"\W", "", words)


def names(heard: Sequence[Heard]) -> list[str]:
    """What was heard, in order."""
    return [one.prompt for one in heard]


@pytest.mark.parametrize("name", list(_STEPS))
def test_nobody_waits_in_silence(left: Left, name: str) -> None:
    call = left.calls[name].call
    assert call.t_ended is not None
    assert longest_wait(call, call.keys[-1].t_end, call.t_ended).seconds <= 2


def test_a_balance_from_dialling_to_the_amount(left: Left) -> None:
    words = told(left.calls["balance"].heard, "account_balance_result")
    assert numbers.amount(9_999_999_999) in words and numbers.digits("1093") in words
    assert left.record("balance", "customer_id") == SUN.id


def test_a_slow_bank_is_waited_for_with_music_and_then_the_amount(left: Left) -> None:
    heard = left.calls["slow"].heard
    before = names(heard)[: names(heard).index("card_bill_result")]
    assert MUSIC in before[before.index("verify_pin") :]
    words = told(heard, "card_bill_result")
    assert numbers.amount(628_050) in words and numbers.amount(62_805) in words and numbers.digits("7576") in words


def test_a_bank_that_is_away_is_told_and_a_person_helps(left: Left) -> None:
    heard = names(left.calls["down"].heard)
    assert "bank_down" in heard and "loan_result" not in heard
    assert heard.index("bank_down") < heard.index("transferring")
    (handoff,) = left.record("down", "handoffs")
    assert handoff["reason"] == "fallback"


def test_of_an_odd_answer_nothing_is_told(left: Left) -> None:
    heard = names(left.calls["nonsense"].heard)
    assert "bank_down" in heard and "wealth_holdings_result" not in heard and PIECE not in heard


def test_a_lost_card_is_stopped_and_its_reference_told_twice(left: Left) -> None:
    (reference,) = left.at_the_bank("SELECT reference FROM written WHERE operation = 'report_loss'")
    heard = left.calls["lost"].heard
    for prompt in ("loss_done", "reference_again"):
        assert numbers.digits(str(reference)) in told(heard, prompt)
    assert left.at_the_bank("SELECT state FROM account WHERE id = 'a-1002-1'") == ["lost"]
    (done,) = left.record("lost", "transactions")
    assert (done["operation"], done["outcome"], done["reference"]) == ("report_loss", "done", reference)


def test_what_is_not_confirmed_is_not_done(left: Left) -> None:
    assert "loss_confirm" in names(left.calls["not_confirmed"].heard)
    assert left.at_the_bank("SELECT DISTINCT state FROM account WHERE customer = 'c-1008'") == ["active"]
    assert not left.record("not_confirmed", "transactions")


def test_a_transaction_without_an_answer_is_told_neither_as_done_nor_as_failed(left: Left) -> None:
    heard = names(left.calls["in_doubt"].heard)
    assert "bank_in_doubt" in heard and not {"card_activation_done", "bank_down", "bank_refused"} & set(heard)
    assert left.at_the_bank("SELECT state FROM account WHERE id = 'a-1003-2'") == ["active"]
    (doubt,) = left.record("in_doubt", "transactions")
    assert (doubt["operation"], doubt["outcome"], doubt.get("reference")) == ("activate_card", "in_doubt", None)


def test_three_wrong_pins_end_at_a_person_and_tell_nothing(left: Left) -> None:
    heard = names(left.calls["wrong"].heard)
    assert heard.count("verify_wrong") == 2 and "verify_locked" in heard
    assert heard.index("verify_locked") < heard.index("transferring")
    assert "account_balance_result" not in heard and PIECE not in heard
    assert left.record("wrong", "customer_id") is None
    assert left.at_the_bank("SELECT locked FROM customer WHERE id = 'c-1009'") == [1]


def test_the_banks_age_leads_an_old_caller_to_the_people_for_the_elderly(left: Left) -> None:
    """CBA 十二, 二十二: whom the bank knows to be old presses no key."""
    assert left.record("old", "entry") == "elderly_direct"
    assert [one["queue"] for one in left.record("old", "handoffs")] == ["elderly"]
    assert {one.variant for one in left.calls["old"].heard if one.prompt in ("greeting", "transferring")} == {"elderly"}


def test_the_application_killed_in_mid_verification(
    left: Left, line: tuple[Hotline, RunningBank], tmp_path: Path
) -> None:
    """The caller is told, hears music, and reaches an agent; nobody has verified him, and the record says so."""
    assert left.calls  # the other calls are over
    one, _ = line

    def kill(numbers: Mapping[str, str]) -> None:
        eyes.wait_prompt(one, numbers["proving"], "verify_pin")
        one.kill_app()

    steps = [*proving("11", SUN)[1:-2], "wait for bye"]
    agents = {agent: Manner(rings_ms=1500, talks_ms=3000) for agent in ("1001", "1002", "1003")}
    found = together(one, tmp_path, {"proving": steps}, agents=agents, meanwhile=kill)["proving"]
    one.start_app()
    record = eyes.only_record(one, found.number)
    call = found.call
    assert call.t_ended is not None
    assert longest_wait(call, call.keys[-1].t_end, call.t_ended).seconds <= 2
    eyes.assert_in_order(found, "verify_intro", "app_down", eyes.MUSIC, eyes.AGENT, "goodbye")
    assert [(handoff["reason"], handoff["outcome"]) for handoff in record["handoffs"]] == [("fallback", "answered")]
    assert record["customer_id"] is None
    assert not [proof for proof in record["verifications"] if proof["outcome"] in ("identified", "verified")]


def test_no_digit_that_proves_something_was_written(left: Left, line: tuple[Hotline, RunningBank]) -> None:
    files = [path for path in line[0].state.rglob("*") if path.is_file() and path.suffix != ".wav"]
    written = {path.name: path.read_bytes() for path in (*files, left.bank.folder / "bank.log")}
    for customer in (SUN, WANG, LI, ZHANG, ZHOU):
        for digits in (customer.pin, customer.id_number, *(one.number for one in customer.accounts)):
            assert not [name for name, content in written.items() if digits.encode() in content]
