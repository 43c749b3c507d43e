"""Has the node do what is asked of a conversation in writing (`ivr.serve.writing.writing_side`)."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ivr.errors import NodeError, TextRefused

Answer = Mapping[str, Any]

#: What a message leads to may ask others first; then nobody waits any more.
ANSWER_SECONDS = 20.0
#: A conversation as the node tells it is no longer (bytes).
_LONGEST_LINE = 2 * 1024 * 1024
AWAY = "现在不能使用文字服务，请稍后再试，或者拨打我行客户服务电话。"


async def ask(path: Path, command: str, fields: Mapping[str, Any]) -> Answer:
    """The conversation as it is after `command` (text-start, text-say …). `path` is the node's local socket. Raises
    TextRefused with the node's own words, NodeError where it cannot be asked."""
    request = json.dumps({"command": command, **fields}).encode() + b"\n"
    try:
        async with asyncio.timeout(ANSWER_SECONDS):
            line = await _exchange(path, request)
        told = json.loads(line)
    except (OSError, TimeoutError, ValueError) as wrong:
        raise NodeError(AWAY) from wrong
    if not isinstance(told, dict):
        raise NodeError(AWAY)
    if told.get("ok") is not True:
        raise TextRefused(str(told.get("error", AWAY)), str(told.get("code", "wrong")))
    return told


async def _exchange(path: Path, request: bytes) -> bytes:
    reader, writer = await asyncio.open_unix_connection(str(path), limit=_LONGEST_LINE)
    try:
        writer.write(request)
        return await reader.readline()
    finally:
        writer.close()
