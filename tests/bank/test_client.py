"""The adapter: what leaves, what is made of whatever comes back, and what becomes of a write that nobody answered."""

from __future__ import annotations

import asyncio
import base64
import json
import logging
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import httpx2
import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from ivr.bank.client import FAILURES, Bank
from ivr.bank.operations import OPERATIONS, Operation
from ivr.bank.secret import Secret
from ivr.bank.vocabulary import Method
from ivr.errors import BankInDoubt, BankRefused, BankUnavailable, SettingsError
from ivr.settings import BankSystems
from tests.bank.answers import right, spoilt

ARGUMENTS: dict[str, object] = {
    "number": "+8613800000006", "customer": "c-1", "account": "a-1", "to": "a-2", "quote": "q-1", "key": "k-1",
    "method": Method.PIN, "proof": Secret("739155"), "amount": 300_000, "months": 12, "day": "2027-01-05",
    "place": "中山路",
}  # fmt: skip
Answer = Callable[[httpx2.Request], Coroutine[Any, Any, httpx2.Response]]


class Counted:
    """Figures that are kept."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, str]] = []

    def asked(self, operation: str, outcome: str, seconds: float) -> None:
        """Kept, without the time."""
        assert seconds >= 0
        self.seen.append((operation, outcome))


def arguments(operation: Operation) -> dict[str, object]:
    """Arguments that fit an operation."""
    given = {name: ARGUMENTS[name] for name in OPERATIONS[operation].arguments if name in ARGUMENTS}
    if operation is Operation.VERIFY:
        given["number"] = Secret("4111111111111111")
    if operation is Operation.TRANSFER_QUOTE:
        given["amount"] = 100
    return given


async def ask(operation: Operation, answer: Answer, settings: BankSystems | None = None, **more: Any) -> Any:
    """One request to a bank that answers so."""
    settings = settings or BankSystems(url="http://127.0.0.1:1/v1")
    async with Bank(settings, transport=httpx2.MockTransport(answer), **more) as bank:
        return await bank.request(operation, arguments(operation), key="k-1", call_id="node1-1.0")


def saying(status: int, body: Any) -> Answer:
    """A bank with one answer: JSON, or bytes as they are."""

    async def answer(request: httpx2.Request) -> httpx2.Response:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        return httpx2.Response(status, content=content)

    return answer


def failing(wrong: Exception) -> Answer:
    """A bank to which the connection fails so."""

    async def answer(request: httpx2.Request) -> httpx2.Response:
        raise wrong

    return answer


READS = sorted(operation for operation, spec in OPERATIONS.items() if not spec.write)
WRITES = sorted(operation for operation, spec in OPERATIONS.items() if spec.write)


@pytest.mark.parametrize("operation", sorted(Operation))
def test_every_operation_is_asked_and_its_answer_understood(operation: Operation) -> None:
    seen: list[httpx2.Request] = []

    async def answer(request: httpx2.Request) -> httpx2.Response:
        seen.append(request)
        return httpx2.Response(200, json=right(operation))

    figures = Counted()
    settings = BankSystems(url="http://127.0.0.1:1/v1/", token="t0ken")
    result = asyncio.run(ask(operation, answer, settings, figures=figures))
    assert isinstance(result, OPERATIONS[operation].result)
    (request,) = seen
    assert (request.method, str(request.url)) == ("POST", f"http://127.0.0.1:1/v1/{operation}")
    assert request.headers["X-Call-Id"] == "node1-1.0"
    assert request.headers["Authorization"] == "Bearer t0ken"
    assert request.headers.get("Idempotency-Key") == ("k-1" if OPERATIONS[operation].write else None)
    assert json.loads(request.content).keys() == arguments(operation).keys()
    assert figures.seen == [(operation, "done")]


# ---- what goes wrong


NO_ANSWERS = [
    b"", b"<html>", b'{"items": [', b"\xff\xfe", b"[" * 100_000, b"{}{}", b'{"a":1,"a":2}', b"1" * 5_000, b"NaN", b"[]",
    b'"x"', b"x" * 300_000,
]  # fmt: skip


@pytest.mark.parametrize("body", NO_ANSWERS, ids=lambda body: repr(body[:12]))
@pytest.mark.parametrize("operation", [Operation.BALANCE, Operation.REPORT_LOSS])
def test_an_answer_that_is_none(operation: Operation, body: bytes) -> None:
    wrong = BankInDoubt if OPERATIONS[operation].write else BankUnavailable
    with pytest.raises(wrong):
        asyncio.run(ask(operation, saying(200, body)))


@pytest.mark.parametrize(
    ("status", "of_a_write"),
    [(500, BankInDoubt), (502, BankInDoubt), (503, BankInDoubt), (504, BankInDoubt), (408, BankInDoubt),
     (201, BankInDoubt), (204, BankInDoubt), (301, BankUnavailable), (400, BankUnavailable), (401, BankUnavailable),
     (404, BankUnavailable), (413, BankUnavailable), (422, BankUnavailable), (429, BankUnavailable)],
)  # fmt: skip
def test_another_status_is_no_answer(status: int, of_a_write: type[Exception]) -> None:
    with pytest.raises(of_a_write, match=str(status)):
        asyncio.run(ask(Operation.TRANSFER_ACCEPT, saying(status, right(Operation.TRANSFER_ACCEPT))))
    with pytest.raises(BankUnavailable, match=str(status)):
        asyncio.run(ask(Operation.LOAN, saying(status, right(Operation.LOAN))))


@pytest.mark.parametrize("operation", WRITES)
def test_a_write_whose_answer_is_odd_is_in_doubt(operation: Operation) -> None:
    answer = spoilt(operation, ("reference",), "R-1")
    figures = Counted()
    with pytest.raises(BankInDoubt, match="reference"):
        asyncio.run(ask(operation, saying(200, answer), figures=figures))
    assert figures.seen == [(operation, "in_doubt")]


@pytest.mark.parametrize("wrong", [httpx2.ReadTimeout, httpx2.ReadError, httpx2.WriteError, httpx2.RemoteProtocolError])
def test_a_write_that_may_have_left_is_in_doubt(wrong: type[httpx2.TransportError]) -> None:
    with pytest.raises(BankInDoubt):
        asyncio.run(ask(Operation.TRANSFER_ACCEPT, failing(wrong("x"))))
    with pytest.raises(BankUnavailable):
        asyncio.run(ask(Operation.BALANCE, failing(wrong("x"))))


@pytest.mark.parametrize("wrong", [httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout])
def test_a_write_that_never_left_is_not_in_doubt(wrong: type[httpx2.TransportError]) -> None:
    with pytest.raises(BankUnavailable):
        asyncio.run(ask(Operation.TRANSFER_ACCEPT, failing(wrong("x"))))


def test_a_refusal_has_the_banks_reason() -> None:
    for code, known in (("locked", "locked"), ("wrong", "wrong"), ("mercury_retrograde", "other")):
        with pytest.raises(BankRefused) as told:
            asyncio.run(ask(Operation.VERIFY, saying(409, {"refused": code})))
        assert told.value.code == known
    with pytest.raises(BankInDoubt):
        asyncio.run(ask(Operation.REPORT_LOSS, saying(409, {"why": "no"})))


def test_an_answer_to_another_question_is_none() -> None:
    with pytest.raises(BankUnavailable, match="months: not the one"):
        asyncio.run(ask(Operation.INSTALMENT_QUOTE, saying(200, spoilt(Operation.INSTALMENT_QUOTE, ("months",), 24))))


def test_a_write_needs_a_key() -> None:
    async def without(key: str | None) -> None:
        async with Bank(BankSystems(url="http://127.0.0.1:1")) as bank:
            await bank.request(Operation.REPORT_LOSS, arguments(Operation.REPORT_LOSS), key=key, call_id="x")

    for key in (None, "", "a b", "x\r\nX-Admin: 1", "k" * 129):
        with pytest.raises(ValueError, match="idempotency key"):
            asyncio.run(without(key))


def test_the_longest_key_that_a_node_makes_is_taken() -> None:
    async def with_the_longest() -> object:
        transport = httpx2.MockTransport(saying(200, right(Operation.REPORT_LOSS)))
        async with Bank(BankSystems(url="http://127.0.0.1:1"), transport=transport) as bank:
            key = f"{'n' * 32}-1795285455.123456-{'0' * 32}-17"
            return await bank.request(Operation.REPORT_LOSS, arguments(Operation.REPORT_LOSS), key=key, call_id="x")

    assert asyncio.run(with_the_longest())


# ---- deadlines, repeats, circuits


async def _slow(request: httpx2.Request) -> httpx2.Response:
    await asyncio.Event().wait()
    raise AssertionError


@pytest.mark.parametrize(
    ("operation", "wrong"), [(Operation.CALLER, BankUnavailable), (Operation.TRANSFER_ACCEPT, BankInDoubt)]
)
def test_no_answer_is_waited_for_beyond_its_deadline(operation: Operation, wrong: type[Exception]) -> None:
    settings = BankSystems(url="http://127.0.0.1:1", deadline_percent=1)
    with pytest.raises(wrong, match="no answer within"):
        asyncio.run(asyncio.wait_for(ask(operation, _slow, settings), 10))


def test_only_reads_are_repeated_and_only_so_often() -> None:
    tries: dict[Operation, int] = {}

    def counting(operation: Operation) -> Answer:
        async def answer(request: httpx2.Request) -> httpx2.Response:
            tries[operation] = tries.get(operation, 0) + 1
            return httpx2.Response(503)

        return answer

    for operation in Operation:
        with pytest.raises((BankUnavailable, BankInDoubt)):
            asyncio.run(ask(operation, counting(operation)))
    assert tries == {operation: spec.retries + 1 for operation, spec in OPERATIONS.items()}
    assert all(tries[operation] == 1 for operation in (*WRITES, Operation.VERIFY, Operation.CALLER))


def test_a_second_try_that_gets_through_is_the_answer() -> None:
    statuses = iter((503, 200))

    async def answer(request: httpx2.Request) -> httpx2.Response:
        return httpx2.Response(next(statuses), json=right(Operation.BALANCE))

    assert asyncio.run(ask(Operation.BALANCE, answer)).available == 1_234_567


def test_a_bank_that_is_away_is_left_alone_for_a_while_and_then_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = 0
    status = 503

    async def answer(request: httpx2.Request) -> httpx2.Response:
        nonlocal asked
        asked += 1
        return httpx2.Response(status, json=right(Operation(request.url.path.rpartition("/")[2])))

    async def calls() -> None:
        nonlocal status
        async with Bank(BankSystems(url="http://127.0.0.1:1"), transport=httpx2.MockTransport(answer)) as bank:

            async def write() -> object:
                given = arguments(Operation.REPORT_LOSS)
                return await bank.request(Operation.REPORT_LOSS, given, key="k-1", call_id="x")

            for _ in range(FAILURES):
                with pytest.raises(BankInDoubt):
                    await write()
            assert not bank.reachable(Operation.REPORT_LOSS) and bank.reachable(Operation.VERIFY)
            # nothing leaves any more: not in doubt
            with pytest.raises(BankUnavailable, match="left alone"):
                await write()
            assert asked == FAILURES
            # other operations go on
            status = 200
            await bank.request(Operation.BALANCE, arguments(Operation.BALANCE), call_id="x")
            monkeypatch.setattr("circuitbreaker.monotonic", lambda: later)
            assert bank.reachable(Operation.REPORT_LOSS)
            assert await write()
            assert await write()

    later = 1e12
    asyncio.run(calls())


def test_odd_answers_do_not_keep_other_callers_from_theirs() -> None:
    async def calls() -> None:
        bad = True

        async def answer(request: httpx2.Request) -> httpx2.Response:
            return httpx2.Response(200, json={} if bad else right(Operation.BALANCE))

        async with Bank(BankSystems(url="http://127.0.0.1:1"), transport=httpx2.MockTransport(answer)) as bank:
            for _ in range(3 * FAILURES):
                with pytest.raises(BankUnavailable, match="available: is missing"):
                    await bank.request(Operation.BALANCE, arguments(Operation.BALANCE), call_id="x")
            bad = False
            await bank.request(Operation.BALANCE, arguments(Operation.BALANCE), call_id="x")

    asyncio.run(calls())


# ---- secrets


@pytest.fixture(scope="module")
def key() -> rsa.RSAPrivateKey:
    """The bank's."""
    return rsa.generate_private_key(65537, 2048)


def _pem(folder: Path, key: rsa.RSAPrivateKey) -> str:
    file = folder / "bank.pem"
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    file.write_bytes(key.public_key().public_bytes(serialization.Encoding.PEM, form))
    return str(file)


def test_secrets_leave_encrypted_for_the_bank_alone(tmp_path: Path, key: rsa.RSAPrivateKey) -> None:
    bodies: list[bytes] = []

    async def answer(request: httpx2.Request) -> httpx2.Response:
        bodies.append(request.content)
        return httpx2.Response(200, json=right(Operation.VERIFY))

    settings = BankSystems(url="https://bank.example/v1", public_key=_pem(tmp_path, key))
    asyncio.run(ask(Operation.VERIFY, answer, settings))
    asyncio.run(ask(Operation.VERIFY, answer, settings))
    assert b"739155" not in b"".join(bodies) and b"4111111111111111" not in b"".join(bodies)
    first, second = (json.loads(body)["proof"] for body in bodies)
    assert first["encrypted"] != second["encrypted"] and first["key"] == second["key"]
    oaep = padding.OAEP(padding.MGF1(hashes.SHA256()), hashes.SHA256(), None)
    assert key.decrypt(base64.b64decode(first["encrypted"]), oaep) == b"739155"


def test_without_a_key_secrets_stay_on_this_machine() -> None:
    seen = False

    async def answer(request: httpx2.Request) -> httpx2.Response:
        nonlocal seen
        seen = True
        return httpx2.Response(200, json=right(Operation.VERIFY))

    with pytest.raises(BankUnavailable, match="public_key"):
        asyncio.run(ask(Operation.VERIFY, answer, BankSystems(url="https://bank.example/v1")))
    assert not seen
    asyncio.run(ask(Operation.VERIFY, answer, BankSystems(url="http://127.0.0.1:1/v1")))
    assert seen


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "不是 PEM"),
        (b"-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n", "不是 PEM"),
        ("short", "1024"),
        ("curve", "RSA"),
        (None, "读不了"),
    ],
)
def test_a_key_that_cannot_be_used_is_named(tmp_path: Path, content: bytes | str | None, words: str) -> None:
    file = tmp_path / "bank.pem"
    if content == "short":
        _pem(tmp_path, rsa.generate_private_key(65537, 1024))
    elif content == "curve":
        from cryptography.hazmat.primitives.asymmetric import ec

        form = serialization.PublicFormat.SubjectPublicKeyInfo
        public = ec.generate_private_key(ec.SECP256R1()).public_key()
        file.write_bytes(public.public_bytes(serialization.Encoding.PEM, form))
    elif isinstance(content, bytes):
        file.write_bytes(content)
    with pytest.raises(SettingsError, match="public_key") as told:
        Bank(BankSystems(url="https://bank.example", public_key=str(file)))
    assert words in str(told.value)


def test_a_certificate_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    (tmp_path / "x.pem").write_text("x")
    wrong = str(tmp_path / "x.pem")
    with pytest.raises(SettingsError, match=r"\[bank\] ca"):
        Bank(BankSystems(url="https://bank.example", ca=wrong))
    with pytest.raises(SettingsError, match=r"\[bank\] certificate"):
        Bank(BankSystems(url="https://bank.example", certificate=wrong))


WRONGS: list[Answer] = [
    failing(httpx2.ReadTimeout("739155 4111111111111111")),
    failing(httpx2.ConnectError("739155")),
    failing(httpx2.RemoteProtocolError("739155")),
    saying(500, {"detail": "739155"}),
    saying(400, b"739155 is wrong"),
    saying(409, {"refused": "739155"}),
    saying(409, {"739155": 1}),
    saying(200, {"customer": "4111111111111111", "level": "verified"}),
    saying(200, {"customer": "c-1", "level": "739155"}),
    saying(200, b'{"customer": 739155'),
]


def all_that_it_holds(wrong: BaseException | None, seen: set[int] | None = None) -> str:
    """Everything that a handler, a debugger or a crash reporter could print of an error: locals and context, too."""
    seen = set() if seen is None else seen
    if wrong is None or id(wrong) in seen:
        return ""
    seen.add(id(wrong))
    text = f"{wrong!r} {wrong} {wrong.args!r} {vars(wrong)!r}"
    trace = wrong.__traceback__
    while trace is not None:
        if not trace.tb_frame.f_code.co_filename.endswith("test_client.py"):
            text += repr(trace.tb_frame.f_locals)
        trace = trace.tb_next
    return text + all_that_it_holds(wrong.__context__, seen) + all_that_it_holds(wrong.__cause__, seen)


@pytest.mark.parametrize("sealed", [True, False])
@pytest.mark.parametrize("number", range(len(WRONGS)))
def test_digits_are_in_no_error_and_no_log(
    number: int, sealed: bool, tmp_path: Path, key: rsa.RSAPrivateKey, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    settings = BankSystems(url="http://127.0.0.1:1/v1")
    if sealed:
        settings = BankSystems(url="https://bank.example/v1", public_key=_pem(tmp_path, key))
    with pytest.raises((BankRefused, BankUnavailable)) as told:
        asyncio.run(ask(Operation.VERIFY, WRONGS[number], settings))
    everything = all_that_it_holds(told.value) + caplog.text
    assert "739155" not in everything
    assert "4111111111111111" not in everything
