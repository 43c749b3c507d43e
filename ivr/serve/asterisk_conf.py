"""Asterisk's configuration, rendered from `asterisk-conf/etc/*.conf`, the settings and flows/agents.yaml.

`{{name}}` in a template is replaced; a name that nobody knows is an error. Files are written 0600, since
they hold the agents' passwords and the manager's secret.
"""

from __future__ import annotations

import json
import os
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ivr.call.queues import asterisk_queue
from ivr.errors import NodeError
from ivr.flow.model import Flow, Queue
from ivr.serve import tls
from ivr.settings import Settings

TEMPLATES = Path(__file__).parents[2] / "asterisk-conf" / "etc"
_PLACE = re.compile(r"\{\{(\w+)\}\}")

#: Folders below `settings.asterisk` that Asterisk expects to find.
FOLDERS = ("etc", "db", "keys", "spool", "run", "log", "log/cel-custom", "recordings", "sounds")

#: A caller waits this long for a stalled application before the dialplan takes over (HB 4.3.2: 10 s in all).
APP_SECONDS = 5


@dataclass(frozen=True, slots=True)
class Secrets:
    """What nobody chooses and git never sees: made at the first start, kept 0600 in the state folder."""

    ami: str = field(repr=False)
    agents: Mapping[str, str] = field(repr=False)


def load_secrets(settings: Settings, agents: Mapping[str, object]) -> Secrets:
    """The node's secrets; those that do not exist yet are generated. `settings.ami.secret` wins."""
    file = settings.state / "secrets.json"
    known = _known(file)
    passwords: dict[str, str] = dict(known.get("agents", {}))
    for agent in agents:
        passwords.setdefault(agent, secrets.token_urlsafe(15))
    ami = settings.ami.secret or str(known.get("ami") or secrets.token_urlsafe(24))
    wanted = {"ami": ami, "agents": passwords}
    if wanted != known:
        write_private(file, json.dumps(wanted, indent=1) + "\n")
    return Secrets(ami, passwords)


def _known(file: Path) -> dict[str, Any]:
    if not file.exists():
        return {}
    try:
        known = json.loads(file.read_text(encoding="ascii"))
    except ValueError:
        known = None
    agents = known.get("agents", {}) if isinstance(known, dict) else None
    texts = [known.get("ami", ""), *agents.values()] if isinstance(known, dict) and isinstance(agents, dict) else [None]
    if not all(isinstance(text, str) for text in texts):
        raise NodeError(f"{file} 已损坏：从备份恢复，或删掉它（密码会重新生成，座席话机要重新填）")
    return dict(known)


def write_private(file: Path, text: str) -> None:
    """Replace `file` in one step; only its owner may read it."""
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    part = file.with_name(file.name + ".part")
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as out:
        out.write(text)
    part.replace(file)


def render(settings: Settings, flow: Flow, templates: Path = TEMPLATES) -> tuple[str, ...]:
    """Write every .conf below `settings.asterisk`; return the names of those that changed."""
    root = settings.asterisk.resolve()
    if len(str(root)) > 80:
        raise NodeError(f"状态目录的路径太长：{root} 超过 80 个字符，Asterisk 的控制套接字放不下")
    settings.state.mkdir(parents=True, exist_ok=True, mode=0o700)
    # one by one: `parents=True` would open the folders in between to everybody
    for folder in (root, *(root / name for name in FOLDERS)):
        folder.mkdir(exist_ok=True, mode=0o700)
    values = _values(settings, flow, load_secrets(settings, flow.agents))
    changed = []
    for template in sorted(templates.glob("*.conf")):
        text = fill(template.read_text(encoding="utf-8"), values, template.name)
        target = root / "etc" / template.name
        if not target.exists() or target.read_text(encoding="utf-8") != text:
            write_private(target, text)
            changed.append(template.name)
    return tuple(changed)


def fill(text: str, values: Mapping[str, str], where: str) -> str:
    """Replace each `{{name}}`. Raises NodeError for a name without a value."""

    def value(match: re.Match[str]) -> str:
        try:
            return values[match[1]]
        except KeyError:
            raise NodeError(f"{where}：模板里的 {match[1]} 没有对应的值") from None

    return _PLACE.sub(value, text)


def _values(settings: Settings, flow: Flow, own: Secrets) -> dict[str, str]:
    root = settings.asterisk.resolve()
    sip = settings.sip
    return {
        "etc": str(root / "etc"),
        "state": str(root),
        "sounds": str(root / "sounds"),
        "recordings": str(root / "recordings"),
        "node": settings.node,
        "max_calls": str(settings.max_calls),
        "calls_per_second": str(settings.calls_per_second),
        "app_seconds": str(APP_SECONDS),
        "agi_host": settings.agi.host,
        "agi_port": str(settings.agi.port),
        "ami_host": settings.ami.host,
        "ami_port": str(settings.ami.port),
        "ami_user": settings.ami.user,
        "ami_secret": own.ami,
        "sip_address": sip.address,
        "sip_port": str(sip.port),
        "sip_trunk": sip.trunk,
        "rtp_first": str(sip.rtp_first),
        "rtp_last": str(sip.rtp_last),
        "qualify_seconds": str(sip.qualify_seconds),
        "tls_transport": _tls(settings),
        "media_encryption": "media_encryption = sdes" if sip.tls else "",
        "agent_queue": asterisk_queue(flow.agent_queue),
        "numbers": "\n".join(
            f"exten => {number},1,Set(IVR_DID={number})\n same => n,Goto(hotline,s,1)" for number in flow.numbers
        ),
        "rings": "\n".join(
            f"RING_{asterisk_queue(queue.id)} = {_seconds(queue.ring_ms)}" for queue in flow.queues.values()
        ),
        "queues": "\n\n".join(_queue(flow, queue) for queue in flow.queues.values()),
        "agents": "\n\n".join(_agent(agent, own.agents[agent]) for agent in flow.agents),
        "agent_extensions": "\n".join(_extension(agent) for agent in flow.agents),
    }


def _tls(settings: Settings) -> str:
    if not settings.sip.tls:
        return ""
    certificate, key = tls.certificate(settings)
    return "\n".join((
        "[transport-tls]", "type = transport", "protocol = tls",
        f"bind = {settings.sip.address}:{settings.sip.tls_port}",
        f"cert_file = {certificate}", f"priv_key_file = {key}", "method = tlsv1_2",
    ))  # fmt: skip


def _seconds(ms: int) -> str:
    return str(max(1, round(ms / 1000)))


def _queue(flow: Flow, queue: Queue) -> str:
    empty = "unavailable,invalid,unknown"  # nobody signed in; busy agents are worth waiting for
    lines = [
        f"[{asterisk_queue(queue.id)}]", f"strategy = {queue.strategy}", f"weight = {queue.priority}",
        "timeout = 0", "retry = 1", f"wrapuptime = {round(queue.wrapup_ms / 1000)}",
        f"maxlen = {queue.max_callers}", "ringinuse = no", f"joinempty = {empty}", f"leavewhenempty = {empty}",
        "musicclass = default", "announce-frequency = 0", "servicelevel = 20", "reportholdtime = no",
    ]  # fmt: skip
    for agent in flow.agents.values():
        if queue.id in agent.queues:
            lines.append(f"member => Local/{agent.id}@agents/n,{agent.queues[queue.id]},{agent.id},PJSIP/{agent.id}")
    return "\n".join(lines)


def _agent(agent: str, password: str) -> str:
    return "\n".join((
        f"[{agent}](agent)", f"auth = {agent}", f"aors = {agent}", f"callerid = <{agent}>",
        f"[{agent}](agent-auth)", f"username = {agent}", f"password = {password}",
        f"[{agent}](agent-aor)",
    ))  # fmt: skip


def _extension(agent: str) -> str:
    """An agent's own extension: for consulting a colleague, and for passing a caller on. What comes here then is the
    end of the queue's Local channel: when the colleague has hung up, the caller comes back from Queue by himself."""
    return "\n".join((
        f"exten => {agent},1,Dial(PJSIP/{agent},20,mgU(agent-answered^{agent}))",
        ' same => n,GotoIf($["${IVR_CALL}" = "" | "${DIALSTATUS}" = "ANSWER"]?gone)',
        " same => n,Goto(hotline,fallback,1)",
        " same => n(gone),Hangup()",
    ))  # fmt: skip
