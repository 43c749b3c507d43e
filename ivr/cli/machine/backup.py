"""`ivr backup` and `ivr restore`: all rows and files in one encrypted file, and back."""

from __future__ import annotations

import importlib.metadata
from pathlib import Path

import click

from ivr.cli.console.actions import REASON, acts, ask, identity, now_ms
from ivr.cli.console.chinese import Command
from ivr.people.actions import Action
from ivr.records.audit.model import AuditEntry
from ivr.records.backup.archive import Manifest
from ivr.records.backup.make import make
from ivr.records.backup.restore import is_occupied
from ivr.serve.restoring import restore_here
from ivr.settings import Settings


@click.command(cls=Command)
@click.argument("folder", metavar="目录", type=click.Path(path_type=Path))
@click.option("--keep", metavar="数目", type=click.IntRange(1), help="只留最新的几份，更早的删除；默认都留。")
@click.pass_obj
@acts(Action.BACKUP_MAKE)
def backup(settings: Settings, folder: Path, keep: int | None) -> None:
    """备份到目录：全部数据库记录、状态文件、录音、菜单和提示语，加密为一个文件；热线可以正在运行。

    密钥不在备份里，请另外保管：没有密钥谁也读不出备份。
    """
    ask(settings, "backup")
    made = make(settings, folder, now_ms(), importlib.metadata.version("bank-hotline"), keep)
    click.echo(f"{made.path}：{_counts(made.manifest)}，已校验")


@click.command(cls=Command)
@click.argument("source", metavar="备份", type=click.Path(path_type=Path, exists=True))
@REASON
@click.pass_obj
@acts(Action.BACKUP_RESTORE)
def restore(settings: Settings, source: Path, reason: str | None) -> None:
    """从备份（文件，或目录里最新的一份）恢复到空的机器上；先核对，恢复后再核对，不对就什么也不改。

    已有数据的数据库和状态目录不会被覆盖；原有的菜单和提示语移到旁边。
    """
    if is_occupied(settings):
        ask(settings, "backup", reason)
    # an empty machine knows nobody: who restored it is told to the trail that comes with the backup
    user = identity().os_user
    entry = AuditEntry(f"os:{user}", Action.BACKUP_RESTORE.value, "backup", reason=reason, os_user=user)
    done = restore_here(settings, source, entry, now_ms())
    click.echo(f"已从 {done.source} 恢复：{_counts(done.manifest)}，已核对")
    for aside in done.aside:
        click.echo(f"原有的文件移到 {aside}")
    for name in done.keys_missing:
        click.echo(f"缺少密钥 {name}：用它加密的 {done.manifest.keys[name]} 个录音现在不能收听，文件原样保留", err=True)


def _counts(manifest: Manifest) -> str:
    tables = f"{len(manifest.tables)} 个表 {manifest.rows} 行"
    return f"{tables}，{len(manifest.files)} 个文件 {manifest.size / 1e6:.1f} MB"
