"""Background tasks of every room: one that dies is told to the event loop's exception handler at once, with its name
and its cause. A node makes of that a line of the log, a mark in `ivr status` and a figure
(`ivr.serve.task_supervisor`)."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


def background(work: Coroutine[Any, Any, T], name: str) -> asyncio.Task[T]:
    """Begin `work`, whose end nobody may be waiting for. Keep the task, or the event loop may lose it."""
    task = asyncio.create_task(work, name=name)
    task.add_done_callback(_told)
    return task


def _told(task: asyncio.Task[Any]) -> None:
    if task.cancelled() or (wrong := task.exception()) is None:
        return
    message = f"background task {task.get_name()} died"
    task.get_loop().call_exception_handler({"message": message, "exception": wrong, "task": task})
