"""Waiting for a caller's key and for something else at once. Asterisk does one thing at a time for a caller: what it
does when something else comes first is interrupted, and a key that was pressed in that moment counts."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

from ivr.call.speech_listener import SpeechListener
from ivr.telephony.agi.fastagi import AgiCall

#: What the caller began with instead of a key.
SPEECH = "speech"


async def key_or_speech(
    agi: AgiCall, keys: Coroutine[object, object, str | None], listener: SpeechListener | None
) -> str | None:
    """The key that `keys` waits for; SPEECH, with the prompt stopped, where the caller speaks first."""
    if listener is None:
        return await keys
    pressing = asyncio.ensure_future(keys)
    speaking = asyncio.ensure_future(listener.begun.wait())
    try:
        await asyncio.wait({pressing, speaking}, return_when=asyncio.FIRST_COMPLETED)
        if pressing.done():
            return pressing.result()
    finally:
        speaking.cancel()
        pressing.cancel()
        await asyncio.wait({pressing, speaking})
    if not pressing.cancelled():  # it ended in the moment of its cancellation
        return pressing.result()
    return await agi.interrupt() or SPEECH


async def key_until(agi: AgiCall, timeout_ms: int, *until: asyncio.Future[Any]) -> str | None:
    """The key that is pressed before one of `until` is done, None where one is; all but the first of these are
    cancelled then. Asterisk waits for a key no longer than `timeout_ms`."""
    pressing = asyncio.ensure_future(agi.wait_key(timeout_ms))
    try:
        await asyncio.wait({pressing, *until}, return_when=asyncio.FIRST_COMPLETED)
        if pressing.done() and (key := pressing.result()) is not None:
            return key
        if pressing.done():
            await asyncio.wait(until, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in (pressing, *until[1:]):
            task.cancel()
        await asyncio.wait({pressing, *until[1:]})
    key = None if pressing.cancelled() else pressing.result()  # it ended in the moment of its cancellation
    return key or await agi.interrupt()
