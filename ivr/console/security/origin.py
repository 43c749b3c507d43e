"""Which requests come from our own pages. What changes something must say that it does, in two independent ways: where
it comes from (Sec-Fetch-Site, or Origin where a browser sends none) and the session's token."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping

from ivr.errors import RequestRefused


def token(secret: str) -> str:
    """The token of a session: `secret` is what its browser holds; the other way round nothing can be computed."""
    return hmac.new(secret.encode(), b"csrf", hashlib.sha256).hexdigest()


def check_origin(headers: Mapping[str, str], own: str) -> None:
    """Raises RequestRefused for what another site made the browser send. `own` is our origin, as `https://name:port`;
    a header that the browser leaves out (plain HTTP has no Sec-Fetch-Site) does not count for us."""
    site, origin = headers.get("sec-fetch-site"), headers.get("origin")
    if origin is None and site is None:
        raise RequestRefused("请求没有说明来自哪个页面（Origin），已拒绝")
    if (origin is not None and origin != own) or (site is not None and site != "same-origin"):
        raise RequestRefused("请求来自别的网站，已拒绝")


def check_token(given: object, secret: str) -> None:
    """Raises RequestRefused where the form was not made for this session."""
    if not isinstance(given, str) or not hmac.compare_digest(given.encode(), token(secret).encode()):
        raise RequestRefused("页面已过期或不是为本次登录打开的：请刷新页面后重试")
