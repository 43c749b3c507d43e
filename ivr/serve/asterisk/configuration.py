"""Asterisk's configuration, rendered from `asterisk-conf/etc/*.conf`, the settings and flows/agents.yaml.

`{{name}}` in a template is replaced; a name that nobody knows is an error. Files are written 0600, since
they hold the agents' passwords and the manager's secret.
"""

from __future__ import annotations

import ipaddress
import json
import re
import secrets
import zoneinfo
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path
from typing import Any

from ivr.errors import NodeError
from ivr.flow.model import Flow, Queue
from ivr.serve.agents.signed_out import signed_out
from ivr.serve.asterisk import browser_telephones, outbound, tls
from ivr.serve.asterisk.files import write_private
from ivr.serve.asterisk.retired_queues import InUse, retired
from ivr.serve.watchdog import stalls
from ivr.settings import Settings, Sip
from ivr.telephony import channels, dialplan
from ivr.telephony.ami.manager import OWN_EVENTS
from ivr.telephony.channels import asterisk_queue
from ivr.telephony.events import interpreter

TEMPLATES = Path(__file__).parents[3] / "asterisk-conf" / "etc"
DIALPLAN = "extensions.conf"
_PLACE = re.compile(r"\{\{(\w+)\}\}")

#: Folders below `settings.asterisk` that Asterisk expects to find.
FOLDERS = (
    "etc",
    "db",
    "keys",
    "spool",
    "run",
    "log",
    "log/cel-custom",
    "recordings",
    "sounds",
    "messages",
    "complaints",
)

#: A caller waits this long for a stalled application before the dialplan takes over (HB 4.3.2: 10 s in all).
APP_SECONDS = 5
#: The call watchdog says each second that the application stands still; what it said last is believed for so long.
STALLED_SECONDS = 3
#: Below `settings.asterisk`. Becomes /etc/localtime where Asterisk runs, so that its log is in the operator's time; the
#: variable TZ would tell the C library alone, and strftime's %s, our clock, would be wrong by the difference.
LOCALTIME = "localtime"
#: What agents dial is no longer; a number of E.164 has 15 digits and may have an international prefix.
LONGEST_NUMBER = 24


#: Who wraps up is paused by the application; between the end of a call and that, no call comes for so long.
GAP_SECONDS = 2
#: `*`, a command of an agent and what it needs, at most an agent's number.
LONGEST_COMMAND = 11


@dataclass(frozen=True, slots=True)
class Secrets:
    """What nobody chooses and git never sees: made at the first start, kept 0600 in the state folder."""

    ami: str = field(repr=False)
    agi: str = field(repr=False)
    agents: Mapping[str, str] = field(repr=False)
    watchdog: str = field(repr=False)
    #: What the passwords of telephones in browsers are made of.
    browsers: str = field(repr=False)


def load_secrets(settings: Settings, agents: Mapping[str, object]) -> Secrets:
    """The node's secrets; those that do not exist yet are generated. `settings.ami.secret` wins."""
    file = settings.state / "secrets.json"
    known = _known(file)
    passwords: dict[str, str] = dict(known.get("agents", {}))
    for agent in agents:
        passwords.setdefault(agent, secrets.token_urlsafe(15))
    ami = settings.ami.secret or str(known.get("ami") or secrets.token_urlsafe(24))
    watchdog = str(known.get("watchdog") or secrets.token_urlsafe(24))
    agi = str(known.get("agi") or secrets.token_hex(24))
    browsers = str(known.get("browsers") or secrets.token_hex(24))
    wanted = {"ami": ami, "agi": agi, "agents": passwords, "watchdog": watchdog, "browsers": browsers}
    if wanted != known:
        write_private(file, json.dumps(wanted, indent=1) + "\n")
    return Secrets(ami, agi, passwords, watchdog, browsers)


def read_secrets(settings: Settings) -> Secrets:
    """The node's secrets, for another process. Raises NodeError where it has none yet."""
    known = _known(settings.state / "secrets.json")
    if missing := {"ami", "agi", "agents", "watchdog", "browsers"} - set(known):
        raise NodeError(
            f"{settings.state / 'secrets.json'} 里没有 {'、'.join(sorted(missing))}：先启动热线（make run）"
        )
    return Secrets(known["ami"], known["agi"], known["agents"], known["watchdog"], known["browsers"])


def _known(file: Path) -> dict[str, Any]:
    if not file.exists():
        return {}
    try:
        known = json.loads(file.read_text(encoding="ascii"))
    except ValueError:
        known = None
    agents = known.get("agents", {}) if isinstance(known, dict) else None
    own = (
        [known.get(user, "") for user in ("ami", "agi", "watchdog", "browsers")] if isinstance(known, dict) else [None]
    )
    texts = [*own, *agents.values()] if isinstance(agents, dict) else [None]
    if not all(isinstance(text, str) for text in texts):
        raise NodeError(f"{file} 已损坏：从备份恢复，或删掉它（密码会重新生成，座席话机要重新填）")
    return dict(known)


def render(
    settings: Settings, flow: Flow, templates: Path = TEMPLATES, in_use: InUse = lambda queue: True
) -> tuple[str, ...]:
    """Write every .conf and the time zone below `settings.asterisk`; return the names of what changed. Queues that the
    flow has no longer stay as they were while they are `in_use`."""
    root = settings.asterisk.resolve()
    if len(str(root)) > 80:
        raise NodeError(f"状态目录的路径太长：{root} 超过 80 个字符，Asterisk 的控制套接字放不下")
    settings.state.mkdir(parents=True, exist_ok=True, mode=0o700)
    # one by one: `parents=True` would open the folders in between to everybody
    for folder in (root, *(root / name for name in FOLDERS)):
        folder.mkdir(exist_ok=True, mode=0o700)
    values = _values(settings, flow, load_secrets(settings, flow.agents))
    left = retired(root / "etc", flow.queues, in_use)
    values["queues"] = "\n\n".join((values["queues"], *left.sections.values()))
    values["rings"] = "\n".join((values["rings"], *left.rings.values()))
    changed = []
    for template in sorted(templates.glob("*.conf")):
        text = fill(template.read_text(encoding="utf-8"), values, template.name)
        if template.name == DIALPLAN and (wrong := dialplan.faults(text)):
            raise NodeError(f"{template.name}：{'；'.join(wrong)}")
        target = root / "etc" / template.name
        if not target.exists() or target.read_text(encoding="utf-8") != text:
            write_private(target, text)
            changed.append(template.name)
    local, zone = root / LOCALTIME, zone_file(flow.timezone)
    if not local.exists() or local.read_bytes() != zone:
        write_private(local, zone)
        changed.append(LOCALTIME)
    return tuple(changed)


def zone_file(timezone: str) -> bytes:
    """The rules of a time zone (IANA name) in the system's form. Raises NodeError where there are none."""
    places = [Path(place) / timezone for place in zoneinfo.TZPATH]
    places.append(Path(str(resources.files("tzdata"))) / "zoneinfo" / timezone)
    for place in places:
        if place.is_file():
            return place.read_bytes()
    raise NodeError(f"找不到时区 {timezone} 的数据")


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
        "calls_per_number": str(settings.calls_per_number),
        "calls_per_second": str(settings.calls_per_second),
        "app_seconds": str(APP_SECONDS),
        "stalled_seconds": str(STALLED_SECONDS),
        "agi_host": settings.agi.host,
        "agi_port": str(settings.agi.port),
        "agi_key": own.agi,
        "agi_arguments": dialplan.AGI_ARGUMENTS,
        "ami_host": settings.ami.host,
        "ami_port": str(settings.ami.port),
        "ami_user": settings.ami.user,
        "ami_secret": own.ami,
        "ami_events": _event_filters(interpreter.EVENTS | OWN_EVENTS),
        "watchdog_secret": own.watchdog,
        "watchdog_events": _event_filters(stalls.EVENTS),
        "sip_address": sip.address,
        "sip_port": str(sip.port),
        "sip_trunk": ",".join(one.strip() for one in sip.trunk.split(",")),
        "sip_dtmf": sip.dtmf,
        "rtp_first": str(sip.rtp_first),
        "rtp_last": str(sip.rtp_last),
        "qualify_seconds": str(sip.qualify_seconds),
        "tls_transport": _tls(settings),
        "media_encryption": "media_encryption = sdes" if sip.tls else "",
        "agent_queue": asterisk_queue(flow.agent_queue),
        "elderly_queue": asterisk_queue(flow.elderly.queue),
        "agent_key": flow.keys.agent,
        "elderly_key": flow.keys.elderly,
        "numbers_pattern": "|".join(re.escape(number) for number in flow.numbers),
        "asserted": "1" if sip.asserted_identity else "",
        "numbers": "\n".join(
            f"exten => {number},1,Set({dialplan.Variable.DID}={number})\n same => n,Goto(hotline,s,1)"
            for number in flow.numbers
        ),
        "back_key": flow.keys.back,
        "bank_number": flow.numbers[0],
        "trunk_out": outbound.endpoint(settings.sip, flow),
        "callback_numbers": outbound.numbers(settings.sip, flow),
        "callback_dial": outbound.dial(settings.sip, flow),
        **_agents_values(settings, flow, own),
        **browser_telephones.values(settings, flow, own.browsers),
    }


def _agents_values(settings: Settings, flow: Flow, own: Secrets) -> dict[str, str]:
    """Queues, agents, and what agents dial."""
    sip, away = settings.sip, signed_out(settings)
    return {
        "rings": "\n".join(
            f"RING_{asterisk_queue(queue.id)} = {_seconds(queue.ring_ms)}" for queue in flow.queues.values()
        ),
        "queues": "\n\n".join(_queue(flow, queue, away) for queue in flow.queues.values()),
        "agents": "\n\n".join(_agent(agent, own.agents[agent], _own_domain(sip)) for agent in flow.agents),
        "dialled": _dialled(),
        "agent_extensions": "\n".join(_extension(agent) for agent in flow.agents),
        "queue_extensions": "\n".join(
            f"exten => {queue.number},1,Gosub(to-queue,s,1({asterisk_queue(queue.id)}))"
            for queue in flow.queues.values()
            if queue.number is not None
        ),
        "agent_keys": "\n".join(
            f"exten => _*{'X' * digits},1,Gosub(agent-keys,s,1(${{EXTEN}}))" for digits in range(1, LONGEST_COMMAND + 1)
        ),
    }


def _event_filters(names: Iterable[str]) -> str:
    """A manager's user is sent these events and no others."""
    return "\n".join(f"eventfilter(name({name})) =" for name in sorted(names))


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


def _queue(flow: Flow, queue: Queue, away: Collection[str]) -> str:
    empty = "unavailable,invalid,unknown"  # nobody signed in; busy agents are worth waiting for
    lines = [
        f"[{asterisk_queue(queue.id)}]", f"strategy = {queue.strategy}", f"weight = {queue.priority}",
        "timeout = 0", "retry = 1", f"wrapuptime = {min(round(queue.wrapup_ms / 1000), GAP_SECONDS)}",
        f"maxlen = {queue.max_callers}", "ringinuse = no", f"joinempty = {empty}", f"leavewhenempty = {empty}",
        *(["context = queue-keys"] if queue.callback or queue.message else []),
        "musicclass = default", "announce-frequency = 0", "servicelevel = 20", "reportholdtime = no",
    ]  # fmt: skip
    for agent in flow.agents.values():
        if queue.id in agent.queues and agent.id not in away:
            state = channels.state_interface(agent.id)
            lines.append(f"member => {channels.member(agent.id)},{agent.queues[queue.id]},{agent.id},{state}")
    return "\n".join(lines)


def _own_domain(sip: Sip) -> str:
    """Our address as a regular expression, where no telephone of the trunk can have it; else ""."""
    nets = [ipaddress.IPv4Network(one.strip(), strict=False) for one in sip.trunk.split(",")]
    own = ipaddress.IPv4Address(sip.address)
    return "" if any(own in net for net in nets) else re.escape(sip.address)


def _agent(agent: str, password: str, domain: str) -> str:
    """`domain`: who calls with an agent's name and our address in From is that agent, no caller of such a number."""
    own = (
        [f"[{agent}-from]", "type = identify", f"endpoint = {agent}",
         f"match_header = From: /<sips?:{agent}@{domain}[:>\\;]/"]
        if domain else []
    )  # fmt: skip
    return "\n".join((
        f"[{agent}](agent)", f"auth = {agent}", f"aors = {agent}", f"callerid = <{agent}>",
        f"[{agent}](agent-auth)", f"username = {agent}", f"password = {password}",
        f"[{agent}](agent-aor)", *own,
    ))  # fmt: skip


def _dialled() -> str:
    """What becomes of a number that an agent dials, or passes a caller on to."""
    return "\n".join(
        f"exten => _{first}{'X' * digits},1,Goto(dialled,s,1)"
        for digits in range(1, LONGEST_NUMBER + 1)
        for first in ("", "[+*#]")
    )


def _extension(agent: str) -> str:
    """An agent's own extension: for consulting a colleague, and for passing a caller on. What comes here then is the
    end of the queue's Local channel: when the colleague has hung up, the caller comes back from Queue by himself; where
    the colleague does not answer, he is told so."""
    device = channels.reachable_device(agent)
    return "\n".join((
        f"exten => {agent},1,Dial({device},20,imgU(agent-answered^{agent})b(agent-notes^s^1))",
        ' same => n,GotoIf($["${IVR_CALL}" = "" | "${DIALSTATUS}" = "ANSWER"]?gone)',
        " same => n,Goto(passed-on,s,1)",
        " same => n(gone),Hangup()",
    ))  # fmt: skip
