"""What may be asked of the bank and what of its answers is believed: right answers as they are, odd ones not at all."""

from __future__ import annotations

import dataclasses
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.bank import fields, results
from ivr.bank.operations import OPERATIONS, Level, Method, Operation, check_answers, decode, encode
from ivr.bank.results import item_kind, spoken_fields
from ivr.bank.secret import Secret
from ivr.bank.vocabulary import AccountKind, Choice
from ivr.errors import BankRefused, BankUnavailable
from ivr.text.numbers import SPEAKERS, speak
from tests.bank.answers import at, places, right, spoilt, yuan

EVERY = sorted(Operation)
#: (operation, path of a field) of every field that any answer has.
FIELDS = [(operation, path) for operation in EVERY for path in places(right(operation))]
OPTIONAL = {(Operation.CALLER, ("customer",)), (Operation.CALLER, ("age",)), (Operation.TRANSACTIONS, ("more",))}
#: Values of every other type, the currencies and words of elsewhere, and text that must never reach a caller.
ODD = [
    None,
    True,
    False,
    1.0,
    1.5,
    -1,
    10**15 + 1,
    "",
    " ",
    "x" * 10_000,
    "0128\n",
    "０１２８",
    "US$",
    [],
    {},
    [None],
    {"fen": "1"},
]


def ids(case: object) -> str:
    return ".".join(map(str, case)) if isinstance(case, tuple) else str(case)


@pytest.mark.parametrize("operation", EVERY)
def test_a_right_answer_is_understood(operation: Operation) -> None:
    result = decode(operation, right(operation))
    assert isinstance(result, OPERATIONS[operation].result)


def test_money_dates_and_words_arrive_as_they_were_sent() -> None:
    balance = decode(Operation.BALANCE, {"available": yuan(-12), "last4": "0128", "unheard_of": 1})
    assert balance == results.Balance(available=-12, last4="0128")
    (account, _) = decode(Operation.ACCOUNTS, right(Operation.ACCOUNTS)).items
    assert (account.kind, account.kind.word, account.label) == (AccountKind.DEBIT, "储蓄卡", "工资卡")
    assert decode(Operation.CALLER, {}) == decode(Operation.CALLER, {"customer": None}) == results.Caller()
    assert decode(Operation.ACCOUNTS, {"items": []}).items == ()


@pytest.mark.parametrize(("operation", "path"), FIELDS, ids=ids)
def test_a_field_that_is_missing_is_named(operation: Operation, path: tuple[str | int, ...]) -> None:
    if isinstance(path[-1], int) or (operation, path) in OPTIONAL:
        return
    with pytest.raises(BankUnavailable, match=r"\.".join(map(str, path))) as told:
        decode(operation, spoilt(operation, path, ...))
    assert "missing" in str(told.value) or "reference" in str(told.value)


@pytest.mark.parametrize(("operation", "path"), FIELDS, ids=ids)
def test_an_odd_value_is_refused_or_is_a_right_one(operation: Operation, path: tuple[str | int, ...]) -> None:
    for odd in ODD:
        try:
            result = decode(operation, spoilt(operation, path, odd))
        except BankUnavailable as told:
            assert str(path[0]) in str(told)
            # the field, never the value
            assert "x" * 20 not in str(told) and "US$" not in str(told)
            assert told.__cause__ is None
        else:
            _speakable(result)
            minus = odd == -1 and path[-1] == "fen"
            assert odd is None or odd == [] or minus or odd == at(right(operation), path), odd


def _speakable(result: object) -> None:
    """Every field that a prompt may name can be said."""
    for name, kind in spoken_fields(type(result)).items():
        value = getattr(result, name)
        if value is None:
            continue
        if kind == "choice":
            assert isinstance(value, Choice) and value.word
        elif kind != "name":
            assert speak(kind, value)
    for item in getattr(result, "items", ()):
        _speakable(item)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=True) | st.text(max_size=80),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=10,
)


@given(st.sampled_from(EVERY), _JSON)
def test_no_answer_at_all_breaks_it(operation: Operation, body: object) -> None:
    try:
        _speakable(decode(operation, body))
    except BankUnavailable as told:
        assert str(told).startswith(f"{operation}: ")


@given(st.sampled_from(FIELDS), _JSON)
def test_whatever_stands_in_one_field_can_be_said_or_is_refused(
    case: tuple[Operation, tuple[str | int, ...]], value: object
) -> None:
    operation, path = case
    try:
        _speakable(decode(operation, spoilt(operation, path, value)))
    except BankUnavailable as told:
        assert str(path[0]) in str(told)


@given(st.integers(-(10**15), 10**15))
def test_every_amount_up_to_the_limit_is_taken(fen: int) -> None:
    assert decode(Operation.BALANCE, {"available": yuan(fen), "last4": "0001"}).available == fen


@pytest.mark.parametrize("fen", [0, 1, 9_999_999_999])
def test_amounts_at_the_edges_can_be_said(fen: int) -> None:
    found = decode(Operation.BALANCE, {"available": yuan(fen), "last4": "0001"})
    _speakable(found)
    assert speak("amount", found.available) == speak("amount", fen)


@pytest.mark.parametrize("fen", [-1, 10**15 + 1, 1.0, "1", True, None])
def test_a_due_amount_is_whole_and_not_negative(fen: object) -> None:
    with pytest.raises(BankUnavailable, match=r"due_amount\.fen|due_amount: is missing|least_amount"):
        decode(Operation.CARD_BILL, spoilt(Operation.CARD_BILL, ("due_amount", "fen"), fen))


def test_200_accounts_are_taken_and_201_are_not() -> None:
    account = right(Operation.ACCOUNTS)["items"][0]
    many = [{**account, "id": f"a-{number}"} for number in range(201)]
    assert len(decode(Operation.ACCOUNTS, {"items": many[:200]}).items) == 200
    with pytest.raises(BankUnavailable, match="items: more than 200"):
        decode(Operation.ACCOUNTS, {"items": many})


@pytest.mark.parametrize("name", ["阿依古丽·买买提账户", "王㼆的卡", "Visa 白金卡", "“福”卡（二）", "𠮷林路支行"])
def test_rare_names_are_names(name: str) -> None:
    assert decode(Operation.BRANCHES, {"items": [{"name": name, "address": "1号楼"}]}).items[0].name == name


@pytest.mark.parametrize(
    "name",
    [
        "工资\n卡",
        "工资\u202e卡",
        "卡\x00",
        "💰卡",
        "{amount:amount}",
        "<b>卡</b>",
        "卡6222021234567",
        "；；",
        "卡\ud800",
        "卡" * 61,
    ],
)
def test_odd_names_are_refused(name: str) -> None:
    with pytest.raises(BankUnavailable, match=r"items\.0\.name") as told:
        decode(Operation.BRANCHES, {"items": [{"name": name, "address": "1号楼"}]})
    assert "6222" not in str(told.value)


@pytest.mark.parametrize("number", ["6222021234567890128", "11010519491231002X", "13800000006"])
def test_a_number_is_no_opaque_id(number: str) -> None:
    with pytest.raises(BankUnavailable, match="customer: an opaque id") as told:
        decode(Operation.CALLER, {"customer": number})
    assert number not in str(told.value)


def test_what_contradicts_itself_is_refused() -> None:
    for operation, path, value in (
        (Operation.CARD_BILL, ("least_amount", "fen"), 300_001),
        (Operation.HOLDINGS, ("total", "fen"), 301),
        (Operation.OUTCOME, ("status",), "failed"),
        (Operation.ACCOUNTS, ("items", 1, "id"), "a-1"),
        (Operation.LOAN, ("next_day",), "2026-02-30"),
    ):
        with pytest.raises(BankUnavailable, match=str(path[0]) if operation is not Operation.OUTCOME else "reference"):
            decode(operation, spoilt(operation, path, value))


def test_an_answer_to_another_question_is_refused() -> None:
    proof = {"method": "number_id4", "number": Secret("13800000006"), "proof": Secret("1234")}
    with pytest.raises(BankUnavailable, match="level"):
        check_answers(Operation.VERIFY, proof, decode(Operation.VERIFY, right(Operation.VERIFY)))
    check_answers(Operation.VERIFY, {**proof, "method": Method.PIN}, decode(Operation.VERIFY, right(Operation.VERIFY)))
    quote = decode(Operation.INSTALMENT_QUOTE, right(Operation.INSTALMENT_QUOTE))
    check_answers(Operation.INSTALMENT_QUOTE, {"amount": 300_000, "months": 12}, quote)
    for asked in ({"amount": 300_001, "months": 12}, {"amount": 300_000, "months": 6}):
        with pytest.raises(BankUnavailable, match="not the one that was asked for"):
            check_answers(Operation.INSTALMENT_QUOTE, asked, quote)


# ---- questions


def test_a_request_has_the_contracts_form() -> None:
    body = encode(Operation.TRANSFER_QUOTE, {"customer": "c-1", "account": "a-1", "to": "a-2", "amount": 9_999_999_999})
    assert json.loads(json.dumps(body))["amount"] == yuan(9_999_999_999)
    assert encode(Operation.TRANSACTIONS, {"customer": "c", "account": "a", "after": None}).keys() == {
        "customer",
        "account",
    }
    secret = Secret("123456")
    assert (
        encode(Operation.VERIFY, {"method": Method.PIN, "number": Secret("4111"), "proof": secret})["proof"] is secret
    )


@pytest.mark.parametrize(
    ("operation", "arguments"),
    [
        (Operation.RATES, {"place": "北京"}),
        (Operation.BRANCHES, {}),
        (Operation.BALANCE, {"customer": "c-1"}),
    ],
)
def test_names_that_an_operation_lacks_are_an_error_of_ours(operation: Operation, arguments: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"has no argument|needs"):
        encode(operation, arguments)


@pytest.mark.parametrize(
    ("name", "value"),
    [("amount", 0), ("amount", -1), ("amount", 10**15 + 1), ("amount", True), ("amount", "1"),
     ("to", "4111111111111111"), ("account", "../admin"), ("customer", "")],
)  # fmt: skip
def test_a_value_that_no_bank_is_asked_with_is_refused(name: str, value: object) -> None:
    right = {"customer": "c-1", "account": "a-1", "to": "a-2", "amount": 1}
    with pytest.raises(BankRefused) as told:
        encode(Operation.TRANSFER_QUOTE, {**right, name: value})
    assert told.value.code == "invalid" and name in str(told.value)
    assert "4111111111111111" not in repr(told.value)


@pytest.mark.parametrize("digits", ["12345a", "", "1" * 21, "１２３４"])
def test_only_keyed_digits_are_a_secret(digits: str) -> None:
    with pytest.raises(BankRefused) as told:
        encode(Operation.VERIFY, {"method": "pin", "number": Secret("4111111111111111"), "proof": Secret(digits)})
    assert not digits or digits not in str(told.value)
    with pytest.raises(BankRefused, match="Secret"):
        encode(Operation.VERIFY, {"method": "pin", "number": Secret("4111111111111111"), "proof": "123456"})


# ---- the table


def test_every_operation_is_in_the_table_once() -> None:
    assert OPERATIONS.keys() == set(Operation)
    for operation, spec in OPERATIONS.items():
        assert spec.operation is operation
        assert spec.optional <= spec.arguments.keys()
        assert 1_000 <= spec.deadline_ms <= 15_000
        assert all(spec.refusals.values())


def test_a_write_is_never_repeated_and_needs_a_known_caller() -> None:
    writes = {operation for operation, spec in OPERATIONS.items() if spec.write}
    assert writes == {
        "report_loss", "activate_card", "instalment_accept", "prepay_appointment", "transfer_accept",
    }  # fmt: skip
    for operation in writes:
        spec = OPERATIONS[operation]
        assert spec.retries == 0 and spec.auth > Level.NONE and spec.result is results.Receipt
    assert OPERATIONS[Operation.VERIFY].retries == 0


def test_whoever_names_a_customer_is_known() -> None:
    for operation, spec in OPERATIONS.items():
        assert (spec.auth > Level.NONE) == ("customer" in spec.arguments), operation


def test_levels_have_an_order() -> None:
    assert Level.NONE < Level.IDENTIFIED < Level.VERIFIED
    assert max(Level) is Level.VERIFIED and min(Level) is Level.NONE
    assert Level.VERIFIED >= "verified" and not Level.NONE > "identified" and Level.NONE <= Level.NONE


def test_what_may_be_spoken_is_told() -> None:
    assert spoken_fields(results.CardBill) == {
        "due_amount": "amount", "least_amount": "amount", "due_day": "date", "limit": "amount", "available": "amount",
        "last4": "digits",
    }  # fmt: skip
    assert item_kind(results.Transactions) is results.Booking and item_kind(results.Balance) is None
    kinds = set()
    for spec in OPERATIONS.values():
        for kind in filter(None, (spec.result, item_kind(spec.result))):
            kinds |= set(spoken_fields(kind).values())
    assert kinds <= {*SPEAKERS, "name", "choice"}


def test_no_id_may_be_spoken() -> None:
    for spec in OPERATIONS.values():
        for kind in filter(None, (spec.result, item_kind(spec.result))):
            names = {one.name for one in dataclasses.fields(kind)} & {"id", "customer", "more", "level"}
            assert not names & spoken_fields(kind).keys()


def test_an_odd_answer_names_its_place_in_a_list() -> None:
    with pytest.raises(BankUnavailable) as told:
        decode(Operation.TRANSACTIONS, spoilt(Operation.TRANSACTIONS, ("items", 0, "amount", "currency"), "USD"))
    assert str(told.value) == "transactions: items.0.amount.currency: another currency than CNY"
    assert fields.MOST_ITEMS == 200
