"""The one adapter to the bank's systems: a request leaves, and a checked result, a refusal or an error comes back.

Each operation has its deadline; only reads are repeated, and only where the bank was not reached; a circuit of each
operation opens after failures in a row, so that callers do not wait for a bank that is away. A write that may have
happened is BankInDoubt, never a failure. Nothing that is logged or raised here holds a value of a request or answer.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass
from http.cookiejar import CookieJar, DefaultCookiePolicy
from types import TracebackType
from typing import Any, Protocol, Self

import httpx2
from circuitbreaker import CircuitBreaker
from tenacity import AsyncRetrying, retry_if_exception_type, stop_after_attempt, wait_random

from ivr.bank.fields import KEY
from ivr.bank.operations import OPERATIONS, Operation, OperationSpec, check_answers, decode, encode
from ivr.bank.sealing import Seal, sealed_body, tls_context
from ivr.errors import BankError, BankInDoubt, BankRefused, BankUnavailable
from ivr.settings import BankSystems

log = logging.getLogger(__name__)

#: Failures in a row of one operation that open its circuit, and seconds until it is tried again.
FAILURES, OPEN_SECONDS = 5, 10
#: Requests in a row, of whatever operations, without any answer: the bank is away.
AWAY = 2
#: Bytes; 200 accounts are some 30,000.
LONGEST_ANSWER = 256 * 1024
#: Seconds to a connection, of the operation's deadline.
CONNECT_SECONDS = 2.0
#: An idle connection is not used any more before usual servers close it (uvicorn: 5 s): what was sent into one that is
#: being closed would be in doubt.
IDLE_SECONDS = 4.0

_REFUSED = 409
#: Failures in which the request cannot have left.
_NEVER_LEFT = (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout, httpx2.UnsupportedProtocol)


class Figures(Protocol):
    """Who counts the requests; see `ivr.report.monitoring`."""

    def asked(self, operation: str, outcome: str, seconds: float) -> None:
        """One request ended: done, refused, unavailable or in_doubt, after so long, repeats included."""


class _Uncounted:
    def asked(self, operation: str, outcome: str, seconds: float) -> None:
        pass


class _NotReached(Exception):
    """The request did not get through; `why` holds no value of it."""


@dataclass(frozen=True, slots=True)
class _Answer:
    """What came back, or why nothing did; `left`: the request may have reached the bank."""

    status: int = 0
    body: bytes = b""
    failure: str = ""
    left: bool = True


class Bank:
    """Asks the bank's systems; many requests at once. Close it, or use it as `async with`."""

    def __init__(
        self,
        settings: BankSystems,
        *,
        figures: Figures | None = None,
        transport: httpx2.AsyncBaseTransport | None = None,
    ) -> None:
        """Raises SettingsError where a key or certificate cannot be used. `transport` is for tests."""
        self._settings = settings
        self._seal = Seal.load(settings.public_key_path) if settings.public_key_path else None
        self._figures = figures or _Uncounted()
        self._circuits = {
            operation: CircuitBreaker(FAILURES, OPEN_SECONDS, _NotReached, name=operation) for operation in Operation
        }
        self._unanswered = 0
        headers = {"Accept": "application/json", "Accept-Encoding": "identity", "User-Agent": "bank-hotline"}
        if settings.token:
            headers["Authorization"] = f"Bearer {settings.token}"
        most = settings.connections
        self._http = httpx2.AsyncClient(
            headers=headers,
            verify=tls_context(settings),
            # a proxy from the environment would read what is not encrypted
            trust_env=False,
            # what the bank tells of one caller comes along with no other
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=())),
            limits=httpx2.Limits(max_connections=most, max_keepalive_connections=most, keepalive_expiry=IDLE_SECONDS),
            transport=transport,
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, wrong: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    @property
    def up(self) -> bool:
        """Whether the bank answers, well or badly; True until it was asked."""
        return self._unanswered < AWAY

    def reachable(self, operation: Operation) -> bool:
        """Whether the operation would be asked for now: False while it is left alone after failures of its own. Other
        operations tell nothing: the question who calls has a second, and a slow bank is there all the same."""
        return not self._circuits[operation].opened

    async def close(self) -> None:
        """Close all connections; requests that wait end in BankUnavailable or BankInDoubt."""
        await self._http.aclose()

    async def request(
        self, operation: Operation, arguments: Mapping[str, object], *, key: str | None = None, call_id: str
    ) -> Any:
        """The operation's result. `key` is the idempotency key of a write: the same key is the same transaction.

        Raises BankRefused, BankUnavailable (nothing happened) and, of writes, BankInDoubt; ValueError for names of
        arguments that the operation does not have, and for a write without a key.
        """
        spec = OPERATIONS[operation]
        if spec.write and not (key and KEY.fullmatch(key)):
            raise ValueError(f"{operation} is a write and needs an idempotency key")
        begun = time.monotonic()
        outcome = "cancelled"
        try:
            result = await self._ask(spec, arguments, key if spec.write else None, call_id)
            outcome = _OUTCOMES.get(type(result), "done")
        finally:
            self._figures.asked(operation, outcome, time.monotonic() - begun)
        if isinstance(result, BankError):
            if not isinstance(result, BankRefused):
                log.warning("call %s: bank: %s", call_id, result)
            raise result
        return result

    async def _ask(
        self, spec: OperationSpec, arguments: Mapping[str, object], key: str | None, call_id: str
    ) -> Any | BankError:
        """The result, or the error to be raised: by somebody who holds neither request nor answer."""
        try:
            body = sealed_body(encode(spec.operation, arguments), self._seal, loopback=self._settings.loopback)
        except BankError as wrong:
            return wrong
        headers = {"Content-Type": "application/json", "X-Call-Id": call_id}
        if key is not None:
            headers["Idempotency-Key"] = key
        answer = await self._answer(spec, json.dumps(body, ensure_ascii=False).encode(), headers)
        self._unanswered = self._unanswered + 1 if answer.failure else 0
        return _understood(spec, arguments, answer)

    async def _answer(self, spec: OperationSpec, content: bytes, headers: Mapping[str, str]) -> _Answer:
        """The first answer that got through, else the last failure; never later than the deadline."""
        circuit = self._circuits[spec.operation]
        seconds = spec.deadline_ms / 1000 * self._settings.deadline_percent / 100
        last = _Answer(failure="not asked", left=False)
        try:
            async with asyncio.timeout(seconds):
                async for attempt in AsyncRetrying(
                    stop=stop_after_attempt(spec.retries + 1),
                    wait=wait_random(0.05, 0.2),
                    retry=retry_if_exception_type(_NotReached),
                ):
                    with attempt:
                        if circuit.opened:
                            return _Answer(failure="has failed too often, is left alone for a while", left=False)
                        last = _Answer(failure=f"no answer within {seconds:g} s")
                        last = await self._post(spec.operation, content, headers, seconds)
                        _tell(circuit, reached=not last.failure)
                        if last.failure and attempt.retry_state.attempt_number <= spec.retries:
                            raise _NotReached
        except TimeoutError:
            _tell(circuit, reached=False)
        return last

    async def _post(self, operation: Operation, content: bytes, headers: Mapping[str, str], seconds: float) -> _Answer:
        """One attempt. What httpx raises holds the request: it goes no further than this."""
        connect = min(CONNECT_SECONDS, seconds)
        timeout = httpx2.Timeout(seconds, connect=connect, pool=connect)
        url = f"{self._settings.url.rstrip('/')}/{operation}"
        body = bytearray()
        try:
            async with self._http.stream("POST", url, content=content, headers=headers, timeout=timeout) as response:
                if response.status_code >= 500:
                    return _Answer(failure=f"answered with status {response.status_code}")
                if response.headers.get("Content-Encoding", "identity") != "identity":
                    return _Answer(response.status_code, b"")
                async for part in response.aiter_bytes():
                    body += part
                    if len(body) > LONGEST_ANSWER:
                        return _Answer(response.status_code, b"")
                return _Answer(response.status_code, bytes(body))
        except (httpx2.HTTPError, httpx2.InvalidURL, RuntimeError) as wrong:  # RuntimeError: closed meanwhile
            return _Answer(failure=type(wrong).__name__, left=not isinstance(wrong, _NEVER_LEFT))


_OUTCOMES: Mapping[type[BaseException], str] = {
    BankRefused: "refused",
    BankUnavailable: "unavailable",
    BankInDoubt: "in_doubt",
}


def _tell(circuit: CircuitBreaker, *, reached: bool) -> None:
    """The circuit keeps the last failure: it is given one that holds nothing of a request."""
    with contextlib.suppress(_NotReached), circuit:
        if not reached:
            raise _NotReached


def _understood(spec: OperationSpec, arguments: Mapping[str, object], answer: _Answer) -> Any | BankError:
    """The result that the answer holds, or what the answer is instead."""
    if answer.failure:
        return _failed(spec, f"{spec.operation}: {answer.failure}", left=answer.left)
    left = _may_be_done(answer.status)
    try:
        body = json.loads(answer.body, object_pairs_hook=_once)
    except (ValueError, RecursionError):
        return _failed(spec, f"{spec.operation}: status {answer.status} and no JSON", left=left)
    if answer.status == _REFUSED:
        code = body.get("refused") if isinstance(body, dict) else None
        if not isinstance(code, str):
            return _failed(spec, f"{spec.operation}: a refusal without its code", left=left)
        # a no is a no, whatever its reason is called
        return BankRefused(code if code in spec.refusals else "other", f"{spec.operation}: refused")
    if answer.status != 200:
        return _failed(spec, f"{spec.operation}: answered with status {answer.status}", left=left)
    try:
        result = decode(spec.operation, body)
        check_answers(spec.operation, arguments, result)
    except BankUnavailable as wrong:
        return _failed(spec, str(wrong), left=left)
    return result


def _failed(spec: OperationSpec, why: str, *, left: bool) -> BankError:
    return BankInDoubt(why) if spec.write and left else BankUnavailable(why)


def _may_be_done(status: int) -> bool:
    """Whether a write may have happened; redirections and what is wrong with the request are answered before that."""
    return not 300 <= status < 500 or status in (408, _REFUSED)


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """An object in which a name stands twice says two things. Raises ValueError."""
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError
    return found
