"""One signed POST to one receiver, with his answer as its receipt.

The receiver checks `X-Hotline-Signature: t=SECONDS,v1=HEX` where HEX is HMAC-SHA-256 with the shared secret over
`SECONDS.BODY`, refuses what is older than he likes, and knows by `Idempotency-Key` what he has had already."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import ipaddress
import json
import re
import ssl
from urllib.parse import urlsplit

import httpx2

from ivr.care.notify.channel import ATTEMPT_SECONDS, CONNECT_SECONDS, Never, NotNow, WebhookSigning, shortened
from ivr.records.deliveries.model import Delivery

#: Bytes of an answer that are read.
MOST_ANSWER = 16 * 1024
#: Nos that may become a yes: not in time, too early, too many (RFC 9110 15.5.9, RFC 8470, RFC 6585).
_LATER = {408, 425, 429}


def send(signing: WebhookSigning, delivery: Delivery, now: int, *, seconds: float = ATTEMPT_SECONDS) -> str:
    """Post it; the receipt is the `receipt` of the receiver's JSON, else his status. Raises NotNow and Never. Not from
    a running event loop: it has one of its own."""
    if not signing.secret:
        raise NotNow("没有设置签名密钥（[webhook] secret）")
    body = (delivery.body or "").encode()
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "bank-hotline",
        "Idempotency-Key": f'"{delivery.key}"',
        "X-Hotline-Signature": signature(signing.secret, body, now // 1000),
    }
    context = ssl.create_default_context(cafile=signing.ca)
    try:
        status, answer = asyncio.run(_post(delivery.target, body, headers, context, seconds))
    except (httpx2.HTTPError, httpx2.InvalidURL, TimeoutError) as wrong:
        raise NotNow(f"{where(delivery.target)} 没有应答：{type(wrong).__name__}") from None
    if 200 <= status < 300:
        return _receipt(status, answer)
    told = f"{where(delivery.target)} 答复 {status}"
    # a redirection would be followed to somebody whom nobody has named
    raise Never(told) if 300 <= status < 500 and status not in _LATER else NotNow(told)


def signature(secret: str, body: bytes, seconds: int) -> str:
    """The header that proves who posts, and when (epoch seconds)."""
    signed = hmac.new(secret.encode(), b"%d.%s" % (seconds, body), hashlib.sha256)
    return f"t={seconds},v1={signed.hexdigest()}"


def usable(url: str) -> bool:
    """https://host/path, or http:// to this machine; nothing in it that proves anything, since it is shown."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return False
    if not host or port == 0 or re.search(r"[\s#@?]", url) or not url.isascii():
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and _loopback(host))


def where(url: str) -> str:
    """The receiver in few words."""
    return urlsplit(url).netloc


def _loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


async def _post(
    url: str, body: bytes, headers: dict[str, str], context: ssl.SSLContext, seconds: float
) -> tuple[int, bytes]:
    """Status and the begin of the answer, never later than `seconds`."""
    timeout = httpx2.Timeout(seconds, connect=min(CONNECT_SECONDS, seconds))
    answer = bytearray()
    async with (
        asyncio.timeout(seconds),
        httpx2.AsyncClient(verify=context, trust_env=False, timeout=timeout, follow_redirects=False) as client,
        client.stream("POST", url, content=body, headers=headers) as response,
    ):
        async for part in response.aiter_bytes():
            answer += part
            if len(answer) > MOST_ANSWER:
                break
        return response.status_code, bytes(answer[:MOST_ANSWER])


def _receipt(status: int, answer: bytes) -> str:
    try:
        told = json.loads(answer)["receipt"]
    except (ValueError, LookupError, TypeError, RecursionError):
        return str(status)
    return shortened(f"{status} {told}") if isinstance(told, str | int) else str(status)
