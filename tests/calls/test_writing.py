"""A conversation in writing on the running hotline: over its local socket, beside its calls, into its records."""

from __future__ import annotations

import asyncio
import json
import time
from typing import Any

import pytest

from ivr.records.store import Store
from tests.rig.hotline import Hotline, until

pytestmark = pytest.mark.calls


async def conversation(line: Hotline) -> list[dict[str, Any]]:
    """Begin, ask, say that it helped, end; every answer."""
    reader, writer = await asyncio.open_unix_connection(str(line.state / "desk.sock"), limit=2**20)
    answers: list[dict[str, Any]] = []

    async def ask(command: str, **fields: object) -> dict[str, Any]:
        writer.write(json.dumps({"command": command, **fields}).encode() + b"\n")
        answers.append(json.loads(await asyncio.wait_for(reader.readline(), 20)))
        return answers[-1]

    session = (await ask("text-start"))["session"]
    said = await ask("text-say", session=session, text="存款利率是多少")
    await ask("text-rate", session=session, question=said.get("unrated"), resolved=True)
    await ask("text-end", session=session)
    writer.close()
    return answers


def test_a_customer_writes_and_the_record_says_so(line: Hotline) -> None:
    since = time.time_ns() // 1_000_000 - 1_000
    begun, said, rated, ended = asyncio.run(conversation(line))
    assert all(one["ok"] for one in (begun, said, rated, ended)), (begun, said, rated, ended)
    assert "年利率" in said["lines"][-1]["text"] and ended["over"]
    store = Store(line.environ["IVR_DATABASE_URL"])
    try:
        until("the record", lambda: store.get(begun["call"]) is not None, 20)
        call = store.get(begun["call"])
        assert call is not None and call.t_offered >= since
        assert (call.channel, call.completed_leaf, call.turns[0].resolution) == ("text", ("deposit_rates",), "resolved")
    finally:
        store.close()
