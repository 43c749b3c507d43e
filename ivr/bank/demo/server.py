"""The demo bank's HTTP side: routes, headers, faults. On loopback only: no TLS, and faults for whoever asks."""

from __future__ import annotations

import asyncio
import ipaddress
import json
import logging
import socket
import sqlite3
import time
from collections.abc import AsyncIterator, Callable
from datetime import date
from pathlib import Path
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from ivr.bank.demo.database import open_database
from ivr.bank.demo.faults import FaultKind, Faults, fault_of
from ivr.bank.demo.ledger import Refused
from ivr.bank.demo.requests import Unseal, read_request
from ivr.bank.demo.service import DemoBank
from ivr.bank.fields import KEY, Odd
from ivr.bank.operations import OPERATIONS, Operation
from ivr.errors import NodeError

log = logging.getLogger(__name__)

#: Where the contract's paths begin.
BASE = "/hotline/v1"
#: Bytes; the longest request is a sealed proof.
_LONGEST_REQUEST = 64 * 1024
_NONSENSE = {"answer": "forty-two", "available": "much", "items": {"0": None}, "reference": 17, "customer": []}


def application(folder: Path, today: Callable[[], date] = date.today, faults: Faults | None = None) -> Starlette:
    """The bank as an ASGI application; `folder` holds its database and keys. Raises NodeError."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        database = open_database(folder / "demo-bank.sqlite", today())
        unseal = Unseal(folder)
    except (OSError, sqlite3.Error) as wrong:
        raise NodeError(f"{folder}: {wrong}") from wrong
    app = _Server(DemoBank(database, today), unseal, faults or Faults())
    routes = [Route(f"{BASE}/{operation}", app.endpoint(operation), methods=["POST"]) for operation in Operation]
    return Starlette(routes=[*routes, Route("/demo/faults", app.change_faults, methods=["POST", "DELETE"])])


def serve(
    host: str, port: int, folder: Path, faults: Faults | None = None, began: Callable[[str], None] = log.info
) -> None:
    """Serve until SIGTERM or SIGINT; port 0 is any free one. `began` is told the URL. Raises NodeError."""
    if not ipaddress.ip_address(host).is_loopback:
        raise NodeError(f"{host}: the demo bank serves this machine alone")
    app = application(folder, faults=faults)
    try:
        listening = socket.create_server((host, port))
    except OSError as wrong:
        raise NodeError(f"{host}:{port}: {wrong.strerror}") from wrong
    with listening:
        began(f"http://{host}:{listening.getsockname()[1]}{BASE}")
        config = uvicorn.Config(
            app, log_config=None, log_level="warning", access_log=False, lifespan="off", timeout_graceful_shutdown=1
        )
        uvicorn.Server(config).run(sockets=[listening])


class _Server:
    def __init__(self, bank: DemoBank, unseal: Unseal, faults: Faults) -> None:
        self._bank, self._unseal, self._faults = bank, unseal, faults

    def endpoint(self, operation: Operation) -> Callable[[Request], Any]:
        async def answer(request: Request) -> Response:
            begun = time.monotonic()
            response = await self._respond(operation, request)
            took = round((time.monotonic() - begun) * 1000)
            log.info("call %s: %s: %d, %d ms", _call(request), operation, response.status_code, took)
            return response

        return answer

    async def change_faults(self, request: Request) -> Response:
        if request.method == "DELETE":
            self._faults.clear()
            return JSONResponse({})
        try:
            self._faults.add(fault_of(json.loads(await request.body())))
        except (ValueError, RecursionError) as wrong:
            return JSONResponse({"error": str(wrong)}, 400)
        return JSONResponse({})

    async def _respond(self, operation: Operation, request: Request) -> Response:
        try:
            body = await _body(request)
            key = _key(operation, request)
            arguments = read_request(operation, body, self._unseal)
        except Odd as odd:
            return JSONResponse({"error": str(odd)}, 400)
        fault = self._faults.take(operation)
        if fault is None:
            return self._answer(operation, arguments, key)
        if fault.kind is FaultKind.SLOW:
            await asyncio.sleep(fault.seconds)
        elif fault.kind is FaultKind.DOWN:
            return JSONResponse({"error": "down"}, 503)
        elif fault.kind is FaultKind.NONSENSE:
            return JSONResponse(_NONSENSE if fault.body is None else fault.body)
        elif fault.kind is FaultKind.REFUSE:
            return JSONResponse({"refused": fault.code}, 409)
        elif fault.kind is FaultKind.HALF:
            return _half(self._answer(operation, arguments, key))
        elif fault.kind is FaultKind.DUPLICATE:
            self._answer(operation, arguments, key)
        else:
            self._answer(operation, arguments, key)
            return JSONResponse({"error": "down"}, 503)
        return self._answer(operation, arguments, key)

    def _answer(self, operation: Operation, arguments: dict[str, object], key: str | None) -> JSONResponse:
        try:
            return JSONResponse(self._bank.answer(operation, arguments, key))
        except Refused as no:
            return JSONResponse({"refused": no.code}, 409)


async def _body(request: Request) -> object:
    content = bytearray()
    async for part in request.stream():
        content += part
        if len(content) > _LONGEST_REQUEST:
            raise Odd("too long")
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        raise Odd("no JSON") from None


def _call(request: Request) -> str:
    given = request.headers.get("X-Call-Id", "")
    return given if KEY.fullmatch(given) else ""


def _key(operation: Operation, request: Request) -> str | None:
    """The idempotency key of a write. Raises Odd where it, or the call's id, is missing or odd."""
    if not _call(request):
        raise Odd("the call's id is expected", "X-Call-Id")
    if not OPERATIONS[operation].write:
        return None
    key = request.headers.get("Idempotency-Key", "")
    if not KEY.fullmatch(key):
        raise Odd("an opaque id is expected", "Idempotency-Key")
    return key


def _half(response: Response) -> Response:
    """The first half of an answer, and then the end of the connection."""
    content = bytes(response.body)

    async def parts() -> AsyncIterator[bytes]:
        yield content[: len(content) // 2]

    headers = {"Content-Type": "application/json", "Content-Length": str(len(content))}
    return StreamingResponse(parts(), response.status_code, headers)
