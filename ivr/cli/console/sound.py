"""How a recording reaches who may listen to it: as a file, or as it is on standard output."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from ivr.encryption.files import content, decrypted, forget_copies, write
from ivr.encryption.keys import KeyRing
from ivr.encryption.sealed import key_name
from ivr.settings import Settings

#: `--output 文件`
SOUND_OUTPUT = click.option(
    "--output",
    metavar="文件",
    type=click.Path(path_type=Path, dir_okay=False, allow_dash=True),
    help="把录音写到这个文件（只有所有者可读），- 为标准输出；不写则给出一个可播放的文件的路径。",
)


def hand_out(settings: Settings, path: Path, output: Path | None) -> None:
    """Write the recording to `output`, or print the path of a file that can be played: the recording itself where it is
    plain, else a decrypted copy that is removed an hour later. Raises OSError, EncryptionError."""
    ring = KeyRing(settings.encryption, settings.state)
    forget_copies(settings.listening)
    if output is None:
        plain = key_name(path) is None
        click.echo(path if plain else decrypted(path, ring, settings.listening))
        if not plain:
            click.echo("这是解密的副本，一小时后自动删除", err=True)
    elif str(output) == "-":
        sys.stdout.buffer.write(content(path, ring))
    else:
        write(output, content(path, ring), None)
