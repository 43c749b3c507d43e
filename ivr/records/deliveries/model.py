"""One thing that is sent, once, to one receiver. Times are UTC epoch milliseconds."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from enum import StrEnum


class Channel(StrEnum):
    """How it is sent."""

    MAIL = "mail"
    WEBHOOK = "webhook"

    @property
    def label(self) -> str:
        """In the staff's words."""
        return {"mail": "邮件", "webhook": "网络通知"}[self.value]


class DeliveryState(StrEnum):
    """`waiting`: to be sent, or sent again; `delivered`: the receiver said yes; `refused`: the receiver said no for
    good; `given_up`: nobody answered for too long, or it was withdrawn. The last two want somebody to see to them,
    but for what was withdrawn."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    REFUSED = "refused"
    GIVEN_UP = "given_up"

    @property
    def label(self) -> str:
        """In the staff's words."""
        return _STATES[self]


_STATES = {
    DeliveryState.WAITING: "等待送达",
    DeliveryState.DELIVERED: "已送达",
    DeliveryState.REFUSED: "对方拒收",
    DeliveryState.GIVEN_UP: "无应答，已放弃",
}


@dataclass(frozen=True, slots=True)
class Delivery:
    """`key` names it once and for all: what is asked for twice is one delivery, and the receiver knows a repetition by
    it. `target` is a mail address or a URL, `about` what it belongs to (`emergency:3`, `complaint:…`). `body` is text
    (of a webhook: JSON); None once it was delivered or withdrawn, `digest` (SHA-256, hex) stays. `receipt` is what the
    receiver said to it, `trouble` why the last try failed. Whoever sends it holds it until `t_held`."""

    key: str
    channel: Channel
    target: str
    about: str
    subject: str
    body: str | None = field(repr=False)
    digest: str
    t_asked: int
    t_next: int
    tries: int = 0
    state: DeliveryState = DeliveryState.WAITING
    t_done: int | None = None
    receipt: str | None = None
    trouble: str | None = None
    t_held: int = 0


def digest_of(subject: str, body: str) -> str:
    """SHA-256 over what is said, hex."""
    return hashlib.sha256(f"{subject}\n{body}".encode()).hexdigest()
