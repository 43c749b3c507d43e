"""The trunk's outbound side, for callbacks alone: without an address, or without numbers that may be called, there is
none, and no call leaves."""

from __future__ import annotations

from ivr.flow.model import Flow
from ivr.settings import Sip
from ivr.telephony.channels import TRUNK_OUT
from ivr.telephony.dialplan import Context, Variable


def possible(sip: Sip, flow: Flow) -> bool:
    """Whether customers can be called back at all."""
    return bool(sip.outbound) and flow.callbacks is not None


def endpoint(sip: Sip, flow: Flow) -> str:
    """The endpoint of pjsip.conf that calls are made through, with the bank's number as the caller."""
    if not possible(sip, flow):
        return ""
    number = flow.numbers[0]
    return "\n".join((
        "; Outwards, for callbacks alone (extensions.conf [callback-dial]); nobody comes in by it.",
        f"[{TRUNK_OUT}]", "type = endpoint", "context = refused-requests", f"aors = {TRUNK_OUT}",
        "message_context = no-texts", "disallow = all", "allow = alaw,ulaw", f"dtmf_mode = {sip.dtmf}",
        "use_ptime = yes", "rtp_symmetric = yes", "direct_media = no", "allow_transfer = no",
        f"from_user = {number}", f"callerid = <{number}>", "redirect_method = uri_core",
        f"media_address = {sip.address}", "bind_rtp_to_media_address = yes", "rtp_timeout = 60",
        "rtp_timeout_hold = 600", "rtp_keepalive = 20", "language = zh",
        *(["media_encryption = sdes"] if sip.tls else []),
        f"[{TRUNK_OUT}]", "type = aor", f"contact = sip:{sip.outbound}{';transport=tls' if sip.tls else ''}",
    ))  # fmt: skip


def dial(sip: Sip, flow: Flow) -> str:
    """The one line of the dialplan that calls through it."""
    if not possible(sip, flow) or flow.callbacks is None:
        return "Hangup(1)"
    ring = max(1, round(flow.callbacks.ring_ms / 1000))
    return f"Dial(PJSIP/${{{Variable.NUMBER}}}@{TRUNK_OUT},{ring},iU({Context.CALLBACK_ANSWERED}))"


def numbers(sip: Sip, flow: Flow) -> str:
    """The only extensions that lead to it, one pattern each."""
    if not possible(sip, flow) or flow.callbacks is None:
        return ""
    return "\n".join(
        f"exten => _{pattern},1,Set({Variable.NUMBER}=${{EXTEN}})\n same => n,Goto(callback-dial,s,1)"
        for pattern in flow.callbacks.numbers
    )
