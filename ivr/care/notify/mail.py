"""One mail to one receiver (RFC 5321), with the server's answer as its receipt."""

from __future__ import annotations

import re
import smtplib
import socket
import ssl
import threading
from contextlib import closing, suppress
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP as SMTP_POLICY
from email.utils import format_datetime
from typing import Any

from ivr.care.notify.channel import ATTEMPT_SECONDS, CONNECT_SECONDS, MailServer, Never, NotNow, shortened
from ivr.records.deliveries.model import Delivery

#: local@domain as a server takes it without quoting.
ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?")

_CUT_AGAIN_SECONDS = 0.2


def send(server: MailServer, delivery: Delivery, now: int, *, seconds: float = ATTEMPT_SECONDS) -> str:
    """Send it; the receipt is the server's answer to the content. Raises NotNow and Never."""
    if not server.host:
        raise NotNow("没有设置邮件服务器（[mail] host）")
    content = _message(server, delivery, now).as_bytes(policy=SMTP_POLICY)
    try:
        with closing(_connect(server, seconds)) as smtp:
            if server.tls == "starttls":
                smtp.starttls(context=_context(server))
            if server.user:
                smtp.login(server.user, server.password)
            smtp.ehlo_or_helo_if_needed()
            return _transaction(smtp, server.sender, delivery.target, content)
    except smtplib.SMTPDataError as wrong:
        raise _no(wrong.smtp_code, wrong.smtp_error) from None
    except smtplib.SMTPResponseException as wrong:  # its greeting, TLS or the password: all of these can be set right
        raise NotNow(f"邮件服务器答复 {wrong.smtp_code} {shortened(wrong.smtp_error)}") from None
    except (smtplib.SMTPException, OSError) as wrong:
        raise NotNow(f"邮件服务器 {server.host}:{server.port} 没有应答：{type(wrong).__name__}") from None


def _transaction(smtp: smtplib.SMTP, sender: str, receiver: str, content: bytes) -> str:
    """`sendmail` would not tell the answer to the content, by which the server's staff find the mail again."""
    for code, words in (smtp.mail(sender), smtp.rcpt(receiver)):
        if code not in (250, 251):
            raise _no(code, words)
    code, words = smtp.data(content)
    if code != 250:
        raise _no(code, words)
    with suppress(smtplib.SMTPException, OSError):
        smtp.quit()
    return shortened(f"{code} ".encode() + words)


def _no(code: int, words: bytes | str) -> NotNow | Never:
    """RFC 5321 4.2.1: 5yz is a no for good, everything else may go well later."""
    told = f"邮件服务器答复 {code} {shortened(words)}"
    return Never(told) if 500 <= code < 600 else NotNow(told)


def _message(server: MailServer, delivery: Delivery, now: int) -> EmailMessage:
    """The same key is the same Message-ID: a server or a reader that got it twice can tell."""
    message = EmailMessage()
    domain = server.sender.rpartition("@")[2]
    message["From"], message["To"], message["Subject"] = server.sender, delivery.target, delivery.subject
    message["Date"] = format_datetime(datetime.fromtimestamp(now / 1000, UTC))
    message["Message-ID"] = f"<{delivery.digest[:16]}.{_plain(delivery.key)}@{domain}>"
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: nobody's holiday notice answers it
    message.set_content(delivery.body or "", cte="base64")
    return message


def _plain(key: str) -> str:
    return re.sub(r"[^A-Za-z0-9.-]", "-", key)


class _CutOff(smtplib.SMTP):
    """A connection that is cut after `seconds`: the library's time-out begins anew with every byte that drips in."""

    def __init__(self, server: MailServer, seconds: float, **more: Any) -> None:
        self._over = threading.Event()
        threading.Thread(target=self._cut, args=(seconds,), name="mail deadline", daemon=True).start()
        try:
            super().__init__(server.host, server.port, timeout=CONNECT_SECONDS, **more)
        except BaseException:
            self._over.set()
            raise

    def close(self) -> None:
        """Hang up; nothing is left to be cut."""
        self._over.set()
        super().close()

    def _cut(self, seconds: float) -> None:
        while not self._over.wait(seconds):
            seconds = _CUT_AGAIN_SECONDS  # while it changes to TLS the socket is another one
            if self.sock is not None:
                with suppress(OSError):
                    self.sock.shutdown(socket.SHUT_RDWR)


class _CutOffTls(_CutOff, smtplib.SMTP_SSL):
    """The same, in TLS from the first byte on."""


def _connect(server: MailServer, seconds: float) -> smtplib.SMTP:
    if server.tls == "tls":
        return _CutOffTls(server, seconds, context=_context(server))
    return _CutOff(server, seconds)


def _context(server: MailServer) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=server.ca)
