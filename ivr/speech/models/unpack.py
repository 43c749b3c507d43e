"""Files out of a fetched package, as data only: nothing of it is ever imported or run.

Only members that were asked for are written, under names that were chosen here or checked; what would leave the folder,
is no ordinary file or is larger than it may be is refused, and so is the whole package.
"""

from __future__ import annotations

import errno
import lzma
import struct
import tarfile
import zipfile
import zlib
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO

from ivr.errors import ModelUnusable

#: More members than this no model has.
MOST_MEMBERS = 2000

_BLOCK = 1 << 20

#: What the standard library raises for packages that are none, or no longer (RuntimeError: one with a password;
#: ValueError: a damaged offset). The cause stays in the ModelUnusable that is made of it.
_DAMAGED = (
    zipfile.BadZipFile, tarfile.TarError, zlib.error, lzma.LZMAError, struct.error, EOFError, NotImplementedError,
    RuntimeError, ValueError,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Take:
    """`member` of a package becomes `target` of the model's folder; takes with one target follow each other in it. A
    member that ends in `/` is a folder: all that is under it goes under `target` ("": the model's folder itself)."""

    member: str
    target: str


def unpack(archive: Path, takes: tuple[Take, ...], folder: Path, most_bytes: int) -> None:
    """Write what `takes` name into `folder`, at most `most_bytes` of it. Raises ModelUnusable for a package that is
    broken, hostile or without one of them, OSError where the disk fails."""
    try:
        with _opened(archive) as package:
            budget = most_bytes
            for take in takes:
                for member, target in package.plan(take):
                    budget -= _copy(package.open(member), folder / target, budget, archive)
    except _DAMAGED as wrong:
        raise ModelUnusable(f"{archive.name} 损坏，解不开（{wrong}）") from wrong
    except OSError as wrong:
        if wrong.errno not in (None, errno.EINVAL):  # what the disk says; a damaged offset or stream says these two
            raise
        raise ModelUnusable(f"{archive.name} 损坏，解不开（{wrong}）") from wrong


def _copy(source: IO[bytes], target: Path, budget: int, archive: Path) -> int:
    """Append a member to its file; what was declared about its size is not believed."""
    target.parent.mkdir(parents=True, exist_ok=True)
    copied = 0
    with source, target.open("ab") as out:
        while block := source.read(_BLOCK):
            copied += len(block)
            if copied > budget:
                raise ModelUnusable(f"{archive.name} 解开后大得不正常，不予安装")
            out.write(block)
    return copied


class _Package(ABC):
    """What zip and tar have in common."""

    def __init__(self, name: str, members: list[str]) -> None:
        self.name = name
        self.members = members
        if len(members) > MOST_MEMBERS:
            raise ModelUnusable(f"{name} 里有 {len(members)} 个文件，不是预期的内容，不予安装")

    def plan(self, take: Take) -> Iterator[tuple[str, str]]:
        """Each member of a take and the file it becomes."""
        if not take.member.endswith("/"):
            if take.member not in self.members:
                raise ModelUnusable(f"{self.name} 里没有 {take.member}")
            yield take.member, take.target
            return
        found = [each for each in self.members if each.startswith(take.member) and not each.endswith("/")]
        if not found:
            raise ModelUnusable(f"{self.name} 里没有目录 {take.member}")
        for member in found:
            yield member, str(PurePosixPath(take.target) / self._inside(member[len(take.member) :]))

    @abstractmethod
    def open(self, member: str) -> IO[bytes]:
        """The content of an ordinary file."""

    def _inside(self, path: str) -> str:
        parts = path.split("/")
        if "\\" in path or "\0" in path or ":" in path or any(part in ("", ".", "..") for part in parts):
            raise ModelUnusable(f"{self.name} 里有不安全的文件名 {path!r}，不予安装")
        return path


class _Zip(_Package):
    def __init__(self, name: str, package: zipfile.ZipFile) -> None:
        super().__init__(name, package.namelist())
        self._package = package

    def open(self, member: str) -> IO[bytes]:
        return self._package.open(member)


class _Tar(_Package):
    def __init__(self, name: str, package: tarfile.TarFile) -> None:
        super().__init__(name, package.getnames())
        self._package = package

    def open(self, member: str) -> IO[bytes]:
        info = self._package.getmember(member)
        content = self._package.extractfile(info) if info.isfile() else None
        if content is None:
            raise ModelUnusable(f"{self.name} 里的 {member} 不是普通文件，不予安装")
        return content


@contextmanager
def _opened(archive: Path) -> Iterator[_Package]:
    if archive.suffix in (".whl", ".zip"):
        with zipfile.ZipFile(archive) as package:
            yield _Zip(archive.name, package)
    else:
        with tarfile.open(archive, "r:*") as tar:
            yield _Tar(archive.name, tar)
