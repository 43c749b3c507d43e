"""`ivr privacy keys|new-key|rotate-keys`: the keys of what is encrypted at rest."""

from __future__ import annotations

import sys

import click
from rich.console import Console
from rich.table import Table

from ivr.cli.console.actions import acts, ask
from ivr.cli.console.chinese import Command
from ivr.encryption.keys import Key, KeyRing, new_key
from ivr.encryption.rotation import Rotation, add_key, count_keys, rotate, rotate_rest
from ivr.people.actions import Action
from ivr.records.recordings import kept_sound
from ivr.settings import Settings


@click.command(cls=Command)
@click.pass_obj
@acts(Action.KEYS_MANAGE)
def keys(settings: Settings) -> None:
    """列出密钥的名称（不是密钥本身），以及各有多少录音用它加密；缺少的密钥也列出。"""
    ask(settings, "keys")
    ring = KeyRing(settings.encryption, settings.state)
    known, files = [key.name for key in ring.keys], count_keys(kept_sound(settings))
    plain = files.pop(None, 0)
    table = Table(box=None)
    for column in ("密钥", "用途", "录音"):
        table.add_column(column, no_wrap=True)
    for at, name in enumerate(known):
        table.add_row(name, "解密" if at else "加密和解密", str(files.pop(name, 0)))
    for name, count in sorted((str(name), count) for name, count in files.items()):
        table.add_row(name, "缺少", str(count))
    Console(width=None if sys.stdout.isatty() else 120, markup=False, highlight=False).print(table)
    if not ring.configured:
        click.echo("没有配置密钥：录音不加密，也不能备份（设置 [encryption] key_file）")
    click.echo(f"未加密的录音 {plain} 个" + ("（通话结束后自动加密）" if ring.configured and plain else ""))


@click.command(name="new-key", cls=Command)
@click.pass_obj
@acts(Action.KEYS_MANAGE)
def new_key_(settings: Settings) -> None:
    """生成一把新密钥，写到标准输出：放进密钥文件的第一行，旧的留在下面。"""
    ask(settings, "keys")
    text = new_key()
    click.echo(text)
    click.echo(f"密钥 {Key.of(text).name}：请另外保管一份，丢失后用它加密的录音和备份无法读取", err=True)


@click.command(name="rotate-keys", cls=Command)
@click.option("--new-key", "fresh", is_flag=True, help="先生成一把新密钥，写在密钥文件的第一行。")
@click.pass_obj
@acts(Action.KEYS_MANAGE)
def rotate_keys(settings: Settings, fresh: bool) -> None:
    """换密钥：把用旧密钥加密的录音改用当前密钥加密；热线照常运行，旧密钥仍可收听。可以中断后再来。"""
    ask(settings, "keys")
    ring = KeyRing(settings.encryption, settings.state)
    if fresh:
        if ring.key_file is None:
            raise click.UsageError("--new-key 要有密钥文件（设置 [encryption] key_file）；环境变量里的密钥请自行更换")
        click.echo(f"新密钥 {Key.of(add_key(ring.key_file)).name} 已写入 {ring.key_file}：请另外保管一份")
    paths = list(kept_sound(settings))
    with click.progressbar(paths, label="加密", file=sys.stderr) as going:
        first = rotate(going, ring)
    done = rotate_rest(first, lambda: kept_sound(settings), ring)
    old = [key.name for key in ring.keys[1:]]
    counted = count_keys(kept_sound(settings))
    left = sum(counted[name] for name in old)
    _tell(done, old, left)
    sys.exit(1 if done.missing or done.failed or left else 0)


def _tell(done: Rotation, old: list[str], left: int) -> None:
    click.echo(f"改用当前密钥 {done.done} 个，原来就是 {done.same} 个，未加密 {done.plain} 个（通话结束后自动加密）")
    for name, count in sorted(done.missing.items()):
        click.echo(f"缺少密钥 {name}：{count} 个录音读不出，原样保留", err=True)
    for words in done.failed:
        click.echo(f"没有处理：{words}", err=True)
    if left:
        click.echo(f"还有 {left} 个录音使用旧密钥：请稍后再运行 ivr privacy rotate-keys", err=True)
    elif old and not done.missing and not done.failed:
        click.echo(
            f"已没有录音使用旧密钥 {'、'.join(old)}；以前的备份和备份里的录音仍要用它恢复："
            "这些备份都不再保留之后，才能把它从密钥文件删掉"
        )
