"""What the console needs of its machine, for `ivr doctor`."""

from __future__ import annotations

import shutil
import ssl
import subprocess
from collections.abc import Iterator
from pathlib import Path

from ivr.console.context import STATIC
from ivr.settings import ConsolePages, Settings

#: Whether it is there, what it is, and what to do where it is not; for operators.
Check = tuple[bool, str, str]

#: A certificate that ends sooner is told.
_DAYS = 30
#: What opens pages in tests alone.
FOR_TESTS = {"chromium": ("测试：在真正的浏览器里打开控制台", "chromium fonts-noto-cjk")}


def checks(settings: Settings) -> Iterator[Check]:
    """Scripts, and how browsers reach it."""
    own = settings.console
    built = (STATIC / "manifest.json").is_file()
    yield built, "控制台的脚本和样式", "没有构建：运行 make web（页面仍可用，只是没有会变的部分）"
    if own.certificate:
        yield from _certificate(own)
    if not own.loopback and not own.names:
        yield False, f"控制台 {own.host}:{own.port}", "没有写 [console] names：浏览器用主机名打不开，只能用这个地址"
    else:
        how = "TLS" if own.certificate else f"经由反向代理 {own.proxy}" if own.proxy else "只在本机"
        yield True, f"控制台 {own.host}:{own.port}（{how}）", ""


def certificate_fault(own: ConsolePages) -> str | None:
    """Why this certificate and key cannot serve, or None."""
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(own.certificate, own.key, password="")
    except (OSError, ssl.SSLError) as wrong:
        return f"证书 {own.certificate} 与私钥 {own.key} 不能用：{wrong.strerror or wrong}"
    return None


def _certificate(own: ConsolePages) -> Iterator[Check]:
    what = f"控制台的证书 {own.certificate}"
    if (why := certificate_fault(own)) is not None:
        yield False, what, f"{why}；要 PEM，私钥不加密，与证书配对"
        return
    if (openssl := shutil.which("openssl")) is not None:
        words = [openssl, "x509", "-noout", "-checkend", str(_DAYS * 86_400), "-in", str(Path(own.certificate))]
        done = subprocess.run(words, capture_output=True, timeout=30, check=False)  # noqa: S603 - the operator's own file
        yield done.returncode == 0, what, f"不到 {_DAYS} 天就到期或已到期：请向银行的证书管理部门换新"
    if Path(own.key).stat().st_mode & 0o077:
        yield False, f"控制台的私钥 {own.key}", "别的用户读得到：chmod 600"
