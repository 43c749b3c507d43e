"""How much room the state folder's disk has: without any the hotline answers, but keeps records in memory only."""

from __future__ import annotations

import shutil
from pathlib import Path

from ivr.report.monitoring.exporter import LEAST_FREE


def free(folder: Path) -> int | None:
    """Bytes that may still be written there; None where that cannot be found out."""
    try:
        return shutil.disk_usage(folder).free
    except OSError:
        return None


def trouble(folder: Path) -> str | None:
    """What the operator should know, or None."""
    room = free(folder)
    if room is None:
        return f"状态目录 {folder} 不能读取"
    if room >= LEAST_FREE:
        return None
    full = "已满" if room < 4096 else f"快满了（剩 {room // 1024} KB）"
    return f"状态目录 {folder} 所在的磁盘{full}：来电照常接听，但记录和日志可能写不下去；请清理磁盘"
