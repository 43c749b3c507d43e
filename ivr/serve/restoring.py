"""Restoring a backup on a machine on which no node runs."""

from __future__ import annotations

from pathlib import Path

from ivr.errors import NodeError
from ivr.records.audit.model import AuditEntry
from ivr.records.backup.make import newest
from ivr.records.backup.restore import Restored, is_unfinished, restore
from ivr.report.definitions import open_store
from ivr.serve.single_instance import single_instance
from ivr.settings import Settings


def restore_here(settings: Settings, source: Path, entry: AuditEntry, now: int) -> Restored:
    """Restore a backup, or the newest of a folder; the trail that comes with it is told (`entry`). Raises BackupError,
    EncryptionError, StoreError, NodeError where a node runs here, OSError: nothing was changed then."""
    with single_instance(settings.state):
        done = restore(settings, newest(source) if source.is_dir() else source, now)
        store = open_store(settings.url)
        try:
            store.migrate()
            store.audit.note(entry, now)
        finally:
            store.close()
    return done


def refuse_unfinished(settings: Settings) -> None:
    """No node serves with half of a backup. Raises NodeError."""
    if is_unfinished(settings):
        raise NodeError(
            f"上次恢复备份在最后一步中断，{settings.state} 不完整：清空状态目录和数据库，再运行 ivr restore"
        )
