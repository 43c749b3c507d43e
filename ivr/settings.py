"""One node's settings: defaults, then ivr.toml, then IVR_* variables; the last one wins.

`IVR_DATABASE_URL` is `database_url` at the top of ivr.toml, `IVR_SIP_PORT` is `port` in `[sip]`.
Relative paths are relative to the folder of ivr.toml (or the working folder where there is none).
What is wrong is told in Chinese: operators read it.
"""

from __future__ import annotations

import dataclasses
import difflib
import ipaddress
import os
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
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
class Speech:
    """[speech]: whether and how the hotline listens. `engine` is auto, vosk, whisper or none; `workers` are processes
    that recognise; `talkers` is how many callers may talk at once before further ones are asked to press keys; audio
    of utterances is kept for labelling only where `keep_audio` says so (CBA 二十一, 三十)."""

    engine: str = "auto"
    workers: int = 2
    talkers: int = 12
    vad: str = "auto"
    host: str = "127.0.0.1"
    port: int = 4574
    keep_audio: bool = False


@dataclass(frozen=True, slots=True)
class Metrics:
    """[metrics]: where Prometheus may read the live figures; port 0: nowhere."""

    host: str = "127.0.0.1"
    port: int = 9464


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything one node needs to know about its surroundings."""

    flows: Path = Path("flows")
    prompts: Path = Path("prompts")
    state: Path = Path("run")
    models: Path = Path("models")
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
    speech: Speech = field(default_factory=Speech)
    metrics: Metrics = field(default_factory=Metrics)

    @property
    def utterances(self) -> Path:
        """Folder of the utterances that were kept for labelling."""
        return self.state / "utterances"

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


#: Variables of the same family that are not settings of a node: the shell scripts of asterisk-conf/ read them.
_OF_SCRIPTS = frozenset({"IVR_SETTINGS", "IVR_ENGINE", "IVR_CACHE", "IVR_RESTART"})
_KINDS = {int: "整数", bool: "true 或 false", str: "文字", Path: "路径"}
_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")


def load(path: Path | None = None, environ: Mapping[str, str] | None = None) -> Settings:
    """Read settings. Raises SettingsError for an unknown name, a value of the wrong type or one that cannot serve."""
    environ = os.environ if environ is None else environ
    given = path or (Path(environ["IVR_SETTINGS"]) if "IVR_SETTINGS" in environ else None)
    file = given or Path("ivr.toml")
    settings = _build(Settings, _table(file, given is not None), str(file), "IVR_", environ)
    base = file.parent.resolve()
    made: Settings = dataclasses.replace(
        settings, **{name: base / getattr(settings, name) for name in ("flows", "prompts", "state", "models")}
    )
    faults = list(_faults(made))
    if faults:
        raise SettingsError("；".join(faults))
    return made


def stray_variables(environ: Mapping[str, str]) -> list[str]:
    """What to tell about each IVR_* variable that is no setting: it changes nothing, and may be a slip of the pen."""
    known = sorted(_variables(Settings, "IVR_") | _OF_SCRIPTS)
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
    for name, kind in hints.items():
        variable = prefix + name.upper()
        if isinstance(kind, type) and dataclasses.is_dataclass(kind):
            inner = table.get(name, {})
            if not isinstance(inner, Mapping):
                raise SettingsError(f"{where}：{name} 应写成一节 [{name}]")
            values[name] = _build(kind, inner, f"{where} [{name}]", variable + "_", environ)
        elif variable in environ:
            values[name] = _value(kind, environ[variable], f"环境变量 {variable}", text=True)
        elif name in table:
            values[name] = _value(kind, table[name], f"{where}：{name}", text=False)
    return cls(**values)


def _value(kind: type[Any], given: Any, where: str, *, text: bool) -> Any:
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
    raise SettingsError(f"{where} 应为{_KINDS[kind]}，现在是 {given!r}")


# ---- what a value must be, beyond its type


def _faults(settings: Settings) -> Iterator[str]:
    """Each value that would only fail later, in Asterisk or in the middle of a call."""
    sip, ami, agi = settings.sip, settings.ami, settings.agi
    ports = {"[sip] port": sip.port, "[sip] tls_port": sip.tls_port, "[ami] port": ami.port, "[agi] port": agi.port}
    speech = settings.speech
    ports["[speech] port"] = speech.port
    ports |= {"[sip] rtp_first": sip.rtp_first, "[sip] rtp_last": sip.rtp_last}
    for name, port in ports.items():
        if not 1 <= port <= 65535:
            yield f"{name} 应在 1 到 65535 之间，现在是 {port}"
    if not 0 <= settings.metrics.port <= 65535:
        yield f"[metrics] port 应在 0 到 65535 之间，0 为不开放，现在是 {settings.metrics.port}"
    if not _address(settings.metrics.host, anywhere=True):
        yield f"[metrics] host 应为一个 IPv4 地址（不是主机名），现在是 {settings.metrics.host!r}"
    if sip.rtp_first >= sip.rtp_last:
        yield f"[sip] rtp_first {sip.rtp_first} 应小于 rtp_last {sip.rtp_last}"
    for name, number, least in (
        ("max_calls", settings.max_calls, 1),
        ("calls_per_second", settings.calls_per_second, 1),
        ("drain_seconds", settings.drain_seconds, 0),
        ("[sip] qualify_seconds", sip.qualify_seconds, 0),
        ("[speech] workers", speech.workers, 1),
        ("[speech] talkers", speech.talkers, 1),
    ):
        if number < least:
            yield f"{name} 不能小于 {least}，现在是 {number}"
    if settings.log_level not in _LEVELS:
        yield f"log_level 应为 {'、'.join(_LEVELS)} 之一，现在是 {settings.log_level!r}"
    for name, word, words in (
        ("[speech] engine", speech.engine, ("auto", "vosk", "whisper", "none")),
        ("[speech] vad", speech.vad, ("auto", "silero", "webrtc")),
    ):
        if word not in words:
            yield f"{name} 应为 {'、'.join(words)} 之一，现在是 {word!r}"
    if not _address(sip.address):
        yield f"[sip] address 应为一个 IPv4 地址（不是主机名，也不是 0.0.0.0），现在是 {sip.address!r}"
    # neither protocol keeps strangers out by itself
    for name, host in (("[ami] host", ami.host), ("[agi] host", agi.host), ("[speech] host", speech.host)):
        if not (_address(host) and host.startswith("127.")):
            yield f"{name} 只能是本机回环地址（127.x.x.x），现在是 {host!r}"
    if not all(_network(one) for one in sip.trunk.split(",")):
        yield f"[sip] trunk 应为 IPv4 地址或网段，几个之间用逗号，现在是 {sip.trunk!r}"
    # these become parts of Asterisk's configuration lines and of call ids
    if not re.fullmatch(r"[A-Za-z0-9_-]{1,32}", settings.node):
        yield f"node 只能用字母、数字、_ 和 -，最多 32 个，现在是 {settings.node!r}"
    if not re.fullmatch(r"[A-Za-z0-9_-]{1,32}", ami.user) or ami.user == "general":
        yield f"[ami] user 只能用字母、数字、_ 和 -，最多 32 个，现在是 {ami.user!r}"
    if not re.fullmatch(r"[!-:<-~]*", ami.secret):
        yield "[ami] secret 只能用可见的 ASCII 字符，不含空格和分号"


def _address(text: str, *, anywhere: bool = False) -> bool:
    try:
        return not ipaddress.IPv4Address(text).is_unspecified or anywhere
    except ValueError:
        return False


def _network(text: str) -> bool:
    try:
        ipaddress.IPv4Network(text.strip(), strict=False)
    except ValueError:
        return False
    return True
