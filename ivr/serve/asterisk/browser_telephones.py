"""Telephones in browsers: at which address of this machine they reach Asterisk's sound, and what Asterisk is told of
them. Their signalling comes through the console (`ivr/console/telephone`), which alone knows their passwords."""

from __future__ import annotations

import hashlib
import hmac
import re
import socket

from ivr.flow.model import Flow
from ivr.settings import Settings
from ivr.telephony import channels
from ivr.telephony.dialplan import Context
from ivr.telephony.events import interpreter

#: Documentation addresses (RFC 5737): nothing is sent there; the kernel is asked which way it would go.
_FAR_AWAY = ("192.0.2.1", "198.51.100.1", "10.255.255.1")
#: The domains in which agents' telephones in browsers have their names, and those that try the hotline: callers of any
#: number, known by the domain. They exist nowhere (RFC 6761).
AGENTS_DOMAIN = "desk.invalid"
TRY_DOMAIN = "try.invalid"


def addresses(settings: Settings) -> tuple[str, ...]:
    """Where browsers reach Asterisk's sound: as set, or the address of the network that this machine is in; none where
    there is no network but 127/8, which browsers do not offer, or where no such telephones are wanted."""
    given = settings.sip.browser_address
    if given == "none":
        return ()
    if given:
        return tuple(one.strip() for one in given.split(","))
    own = settings.sip.address
    if not own.startswith("127."):
        return (own,)
    found = next((address for far in _FAR_AWAY if (address := _towards(far)) is not None), None)
    return () if found is None else (found,)


def _towards(address: str) -> str | None:
    """Our own address on the way there; None where there is no way."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect((address, 9))
            own = str(probe.getsockname()[0])
        except OSError:
            return None
    return None if own.startswith("127.") else own


def password(secret: str, endpoint: str) -> str:
    """The password of an endpoint in Asterisk: only the console ever uses it."""
    return hmac.new(secret.encode(), f"endpoint {endpoint}".encode(), hashlib.sha256).hexdigest()


def values(settings: Settings, flow: Flow, secret: str) -> dict[str, str]:
    """What the templates say of telephones in browsers."""
    ours = addresses(settings)
    names = [(channels.browser_endpoint(agent), agent) for agent in flow.agents]
    return {
        "browsers": "yes" if ours else "no",
        "websocket_port": str(settings.sip.websocket_port),
        "websocket_transport": _TRANSPORT if ours else "",
        "ice": "\n".join(["icesupport = yes", "ice_deny = 0.0.0.0/0.0.0.0", "ice_deny = ::/0",
                          *(f"ice_permit = {one}/255.255.255.255" for one in ours)]) if ours else "icesupport = no",
        "browser_telephones": "\n\n".join(
            [*(_agent(name, agent, secret, ours[0]) for name, agent in names), _try(secret, ours[0])]
        ) if ours else "",
        "reachable_device": channels.reachable_device("${EXTEN}"),
        "agent_hints": "\n".join(f"exten => {agent},hint,{channels.both_devices(agent)}" for agent in flow.agents),
    }  # fmt: skip


_TRANSPORT = "[transport-ws]\ntype = transport\nprotocol = ws\nbind = 0.0.0.0"


def _agent(name: str, agent: str, secret: str, address: str) -> str:
    return "\n".join((
        f"[{name}](agent-browser)", f"auth = {name}", f"aors = {name}", f"callerid = <{agent}>",
        f"media_address = {address}",
        _auth(name, secret),
        f"[{name}](agent-browser-aor)",
    ))  # fmt: skip


def _auth(name: str, secret: str) -> str:
    return f"[{name}](agent-auth)\nusername = {name}\npassword = {password(secret, name)}"


def _try(secret: str, address: str) -> str:
    """Calls to try the hotline. Known by From before the number that is asked for makes them the trunk's."""
    name, domain = channels.TRY, re.escape(TRY_DOMAIN)
    return "\n".join((
        f"[{name}](browser)", f"context = {Context.FROM_TRUNK}",
        f"callerid = <{interpreter.UNREAD}>", "trust_id_inbound = no",
        f"auth = {name}", f"media_address = {address}",
        _auth(name, secret),
        f"[{name}-from]", "type = identify", f"endpoint = {name}", f"match_header = From: /<sip:[+0-9]+@{domain}>/",
    ))  # fmt: skip
