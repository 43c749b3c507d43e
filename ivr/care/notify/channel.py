"""What sending can come to, and how mail server and webhook are reached."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

#: Seconds to a connection, and for one attempt from its begin to the receiver's yes, whatever he dawdles with.
CONNECT_SECONDS = 5.0
ATTEMPT_SECONDS = 15.0
#: Characters of a receiver's answer that are kept.
MOST_RECEIPT = 200


class NotNow(Exception):
    """It did not arrive, or nobody knows whether it did: to be sent again. The text says why, without its content."""


class Never(Exception):
    """The receiver said no for good. The text says why, without the content."""


@dataclass(frozen=True, slots=True)
class MailServer:
    """`tls`: `starttls`, `tls` (from the first byte on) or `none`. `ca`: the only authorities trusted (PEM), else the
    machine's. Without `host` no mail can be sent."""

    host: str = ""
    port: int = 587
    sender: str = ""
    user: str = ""
    password: str = field(default="", repr=False)
    tls: str = "starttls"
    ca: Path | None = None


@dataclass(frozen=True, slots=True)
class WebhookSigning:
    """`secret` signs what is posted (HMAC-SHA-256); `ca` as of `MailServer`. Without a secret nothing is posted."""

    secret: str = field(default="", repr=False)
    ca: Path | None = None


def shortened(answer: str | bytes) -> str:
    """A receiver's answer as one line that may be kept and shown."""
    text = answer.decode("utf-8", "replace") if isinstance(answer, bytes) else answer
    line = "".join(letter if letter.isprintable() else " " for letter in text)
    return " ".join(line.split())[:MOST_RECEIPT]
