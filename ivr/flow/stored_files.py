"""A flow whose files are in no folder of the operator's: texts that were kept, written to a folder, or only loaded."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path

from ivr.errors import FlowError
from ivr.flow.loader import Loaded, load
from ivr.kept import Kept

#: What must not be allowed to anybody but the owner.
_OTHERS = 0o077


#: Of texts that are shown again and again what they gave, as `loader.load_or_kept` keeps that of folders.
_kept: Kept[Loaded] = Kept(8, fresh=60, stale=240)


def write_folder(folder: Path, files: Mapping[str, str], personal: Iterable[str], working: Path) -> None:
    """Fill a new folder with the files, for their owner alone and on the disk when this returns; those that list
    customers are taken from the `working` folder, where they are there. Raises OSError, FlowError for a name that is
    no file of a folder."""
    _fill(folder, files, personal, working, lasting=True)


def is_written(folder: Path, files: Mapping[str, str], personal: Iterable[str], working: Path) -> bool:
    """Whether the folder is as `write_folder` would fill it, to the last file. Raises as that does."""
    if not folder.is_dir() or folder.stat().st_mode & _OTHERS:
        return False
    there = {one.name: one for one in folder.iterdir()}
    wanted = dict(_contents(files, personal, working))
    return there.keys() == wanted.keys() and all(
        one.is_file() and not one.lstat().st_mode & _OTHERS and one.read_bytes() == wanted[name]
        for name, one in there.items()
    )


def _contents(files: Mapping[str, str], personal: Iterable[str], working: Path) -> Iterator[tuple[str, bytes]]:
    for name, text in files.items():
        if Path(name).name != name:
            raise FlowError(f"文件名 {name!r} 不能用")
        yield name, text.encode()
    for name in personal:
        if Path(name).name == name and (working / name).is_file():
            yield name, (working / name).read_bytes()


def load_texts(files: Mapping[str, str], personal: Iterable[str], working: Path, today: date | None = None) -> Loaded:
    """Check the files as they would be served with the lists of customers of the `working` folder; findings name the
    files alone. Raises OSError."""
    with tempfile.TemporaryDirectory(prefix="ivr-flow-") as place:
        folder = Path(place) / "flows"
        _fill(folder, files, personal, working, lasting=False)
        loaded = load(folder, today)
    named = (replace(one, file=Path(one.file).name, text=one.text.replace(f"{folder}/", "")) for one in loaded.findings)
    return Loaded(loaded.flow, tuple(named))


def load_texts_or_kept(files: Mapping[str, str], personal: Iterable[str], working: Path) -> Loaded:
    """As `load_texts` as of today, for who shows the same again and again: findings that depend on the time may be as
    of five minutes ago. Raises OSError."""
    named = tuple(personal)
    key = (tuple(sorted(files.items())), tuple((name, _seen(working / name)) for name in named))
    return _kept.get(key, lambda: load_texts(files, named, working))


def _seen(path: Path) -> tuple[int, ...]:
    """Is another one once the file was written; empty where there is none."""
    try:
        seen = path.stat()
    except OSError:
        return ()
    return seen.st_dev, seen.st_ino, seen.st_size, seen.st_mtime_ns, seen.st_ctime_ns


def remove_folder(folder: Path) -> None:
    """A folder that nobody serves any more; what cannot be removed stays."""
    shutil.rmtree(folder, ignore_errors=True)


def _fill(folder: Path, files: Mapping[str, str], personal: Iterable[str], working: Path, *, lasting: bool) -> None:
    """`lasting`: it is to be there after a power failure."""
    folder.mkdir(mode=0o700, parents=True)
    for name, content in _contents(files, personal, working):
        _write(folder / name, content, lasting=lasting)
    if lasting:
        _to_disk(folder)


def _write(path: Path, content: bytes, *, lasting: bool) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
        out.write(content)
        if lasting:
            out.flush()
            os.fsync(out.fileno())


def _to_disk(folder: Path) -> None:
    found = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(found)
    finally:
        os.close(found)
