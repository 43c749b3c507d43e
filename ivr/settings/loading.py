"""Where settings come from: defaults, then ivr.toml, then IVR_* variables; the last one wins."""

from __future__ import annotations

import dataclasses
import difflib
import os
import re
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, get_type_hints

from ivr.errors import SettingsError
from ivr.settings.faults import Choices, faults
from ivr.settings.model import Settings

#: Variables of the same family that are not settings of a node: the shell scripts of asterisk-conf/ read them.
_OF_SCRIPTS = frozenset({"IVR_SETTINGS", "IVR_ENGINE", "IVR_CACHE", "IVR_RESTART"})
_KINDS = {int: "整数", bool: "true 或 false", str: "文字", Path: "路径"}


def load(path: Path | None = None, environ: Mapping[str, str] | None = None, choices: Choices = dict) -> Settings:
    """Read settings; `choices` tells what names are registered (`ivr.speech.registry.choices`), else any will do.
    Raises SettingsError for an unknown name, a value of the wrong type or one that cannot serve."""
    environ = os.environ if environ is None else environ
    given = path or (Path(environ["IVR_SETTINGS"]) if "IVR_SETTINGS" in environ else None)
    file = given or Path("ivr.toml")
    settings = _build(Settings, _table(file, given is not None), str(file), "IVR_", environ)
    base = file.parent.resolve()
    files = {one: _files(getattr(settings, one), base) for one in ("bank", "mail", "webhook", "encryption", "console")}
    made: Settings = dataclasses.replace(
        settings,
        **{name: base / getattr(settings, name) for name in ("flows", "prompts", "state", "models")},
        **files,
    )
    if wrong := list(faults(made, choices)):
        raise SettingsError("；".join(wrong))
    return made


def _files(table: Any, base: Path) -> Any:
    """A table whose named files lie beside the settings."""
    names = ("public_key", "ca", "certificate", "key", "key_file")
    found = {name: str(base / given) for name in names if (given := getattr(table, name, ""))}
    return dataclasses.replace(table, **found)


def stray_variables(environ: Mapping[str, str]) -> list[str]:
    """What to tell about each IVR_* variable that is no setting: it changes nothing, and may be a slip of the pen."""
    known = sorted(_variables(Settings, "IVR_") | _OF_SCRIPTS | {"IVR_PERSON"})
    return [
        f"环境变量 {name} 不是任何设置，不起作用{_near(name, known)}"
        for name in sorted(environ)
        if name.startswith("IVR_") and name not in known
    ]


def _table(file: Path, required: bool) -> dict[str, Any]:
    if not required and not file.exists():
        return {}
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError as wrong:
        raise SettingsError(f"没有设置文件 {file}") from wrong
    except OSError as wrong:
        raise SettingsError(f"读不了设置文件 {file}：{wrong.strerror}") from wrong
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as wrong:
        raise SettingsError(f"{file} 不是正确的 TOML：{wrong}") from wrong


def _variables(cls: type[Any], prefix: str) -> set[str]:
    found: set[str] = set()
    for name, kind in get_type_hints(cls).items():
        variable = prefix + name.upper()
        inner = isinstance(kind, type) and dataclasses.is_dataclass(kind)
        found |= _variables(kind, variable + "_") if inner else {variable}
    return found


def _near(name: str, known: Iterable[str]) -> str:
    close = difflib.get_close_matches(name, known, 1)
    return f"，是不是 {close[0]}？" if close else ""


def _build(cls: type[Any], table: Mapping[str, Any], where: str, prefix: str, environ: Mapping[str, str]) -> Any:
    hints = get_type_hints(cls)
    for name in table:
        if name not in hints:
            raise SettingsError(f"{where}：不认识设置 {name}{_near(name, hints)}")
    values: dict[str, Any] = {}
    hidden = {one.name for one in dataclasses.fields(cls) if not one.repr}
    for name, kind in hints.items():
        variable = prefix + name.upper()
        if isinstance(kind, type) and dataclasses.is_dataclass(kind):
            inner = table.get(name, {})
            if not isinstance(inner, Mapping):
                raise SettingsError(f"{where}：{name} 应写成一节 [{name}]")
            values[name] = _build(kind, inner, f"{where} [{name}]", variable + "_", environ)
        elif variable in environ:
            values[name] = _value(kind, environ[variable], f"环境变量 {variable}", text=True, shown=name not in hidden)
        elif name in table:
            values[name] = _value(kind, table[name], f"{where}：{name}", text=False, shown=name not in hidden)
    return cls(**values)


def _value(kind: type[Any], given: Any, where: str, *, text: bool, shown: bool) -> Any:
    if kind is Path and isinstance(given, str) and given:
        return Path(given)
    if kind is str and isinstance(given, str):
        return given
    if kind is bool:
        if text and str(given).lower() in ("1", "true", "yes", "on", "0", "false", "no", "off"):
            return str(given).lower() in ("1", "true", "yes", "on")
        if isinstance(given, bool):
            return given
    if kind is int and not isinstance(given, bool):
        if text and re.fullmatch(r"[+-]?[0-9]{1,18}", given.strip()):
            return int(given)
        if isinstance(given, int):
            return given
    raise SettingsError(f"{where} 应为{_KINDS[kind]}" + (f"，现在是 {given!r}" if shown else ""))
