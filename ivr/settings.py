"""One node's settings: defaults, then ivr.toml, then IVR_* variables; the last one wins.

`IVR_DATABASE_URL` is `database_url` at the top of ivr.toml, `IVR_SIP_PORT` is `port` in `[sip]`.
Relative paths are relative to the folder of ivr.toml (or the working folder where there is none).
"""

from __future__ import annotations

import dataclasses
import difflib
import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, get_type_hints

from ivr.errors import SettingsError


@dataclass(frozen=True, slots=True)
class Sip:
    """[sip]: where Asterisk listens and whom it trusts as the trunk."""

    address: str = "127.0.0.1"
    port: int = 5060
    rtp_first: int = 10000
    rtp_last: int = 10999
    trunk: str = "127.0.0.1"
    tls: bool = False
    tls_port: int = 5061
    qualify_seconds: int = 30


@dataclass(frozen=True, slots=True)
class Ami:
    """[ami]: Asterisk's manager, loopback only. The secret is generated at first start."""

    host: str = "127.0.0.1"
    port: int = 5038
    user: str = "ivr"
    secret: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Agi:
    """[agi]: where the application waits for calls."""

    host: str = "127.0.0.1"
    port: int = 4573


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything one node needs to know about its surroundings."""

    flows: Path = Path("flows")
    prompts: Path = Path("prompts")
    state: Path = Path("run")
    database_url: str = ""
    node: str = "node1"
    max_calls: int = 100
    calls_per_second: int = 50
    drain_seconds: int = 120
    voice: str = "pyttsx3"
    log_level: str = "INFO"
    sip: Sip = field(default_factory=Sip)
    ami: Ami = field(default_factory=Ami)
    agi: Agi = field(default_factory=Agi)

    @property
    def journal(self) -> Path:
        """Folder of the crash-safe journal."""
        return self.state / "journal"

    @property
    def asterisk(self) -> Path:
        """Folder that Asterisk's rendered configuration, CEL, recordings and log live under."""
        return self.state / "asterisk"

    @property
    def recordings(self) -> Path:
        """Folder of the recorded conversations, as this machine sees it."""
        return self.asterisk / "recordings"

    @property
    def url(self) -> str:
        """The database's URL; SQLite in the state folder unless one was set."""
        return self.database_url or f"sqlite:///{self.state / 'ivr.sqlite'}"


def load(path: Path | None = None, environ: Mapping[str, str] | None = None) -> Settings:
    """Read settings. Raises SettingsError for an unknown name or a value of the wrong type."""
    environ = os.environ if environ is None else environ
    given = path or (Path(environ["IVR_SETTINGS"]) if "IVR_SETTINGS" in environ else None)
    file = given or Path("ivr.toml")
    table: dict[str, Any] = {}
    if file.exists():
        try:
            table = tomllib.loads(file.read_text(encoding="utf-8"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as wrong:
            raise SettingsError(f"{file}: {wrong}") from wrong
    elif given is not None:
        raise SettingsError(f"{file}: no such file")
    settings = _build(Settings, table, str(file), "IVR_", environ)
    base = file.parent.resolve()
    made: Settings = dataclasses.replace(
        settings, **{name: base / getattr(settings, name) for name in ("flows", "prompts", "state")}
    )
    return made


def _build(cls: type[Any], table: Mapping[str, Any], where: str, prefix: str, environ: Mapping[str, str]) -> Any:
    hints = get_type_hints(cls)
    for name in table:
        if name not in hints:
            near = difflib.get_close_matches(name, hints, 1)
            raise SettingsError(f"{where}: unknown setting {name!r}" + (f"; did you mean {near[0]!r}?" if near else ""))
    values: dict[str, Any] = {}
    for name, kind in hints.items():
        variable = prefix + name.upper()
        if dataclasses.is_dataclass(kind):
            inner = table.get(name, {})
            if not isinstance(inner, Mapping):
                raise SettingsError(f"{where}: [{name}] must be a table")
            assert isinstance(kind, type)
            values[name] = _build(kind, inner, f"{where} [{name}]", variable + "_", environ)
        elif variable in environ:
            values[name] = _value(kind, environ[variable], variable, text=True)
        elif name in table:
            values[name] = _value(kind, table[name], f"{where}: {name}", text=False)
    return cls(**values)


def _value(kind: type[Any], given: Any, where: str, *, text: bool) -> Any:
    if kind is Path and isinstance(given, str):
        return Path(given)
    if kind is str and isinstance(given, str):
        return given
    if kind is bool:
        if text and str(given).lower() in ("1", "true", "yes", "on", "0", "false", "no", "off"):
            return str(given).lower() in ("1", "true", "yes", "on")
        if isinstance(given, bool):
            return given
    if kind is int and not isinstance(given, bool):
        try:
            return int(given) if text or isinstance(given, int) else int("")
        except ValueError:
            pass  # falls through to the one error below
    raise SettingsError(f"{where}: {given!r} is not {'a whole number' if kind is int else 'a ' + kind.__name__}")
