"""A registrar of a few lines: it challenges every REGISTER and checks the digest (RFC 2617 without qop)."""

from __future__ import annotations

import hashlib
import re
import socket
import threading
from types import TracebackType


class Registrar:
    """Listens on a loopback port in a thread; `seen` lists (user, expires, whether the digest was right)."""

    def __init__(self, user: str, password: str, challenge: bool = True) -> None:
        self._user, self._password, self._challenge = user, password, challenge
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self.port = int(self._socket.getsockname()[1])
        self.seen: list[tuple[str, int, bool]] = []
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def __enter__(self) -> Registrar:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as last:
            last.sendto(b"", ("127.0.0.1", self.port))
        self._thread.join(5)
        self._socket.close()

    def _serve(self) -> None:
        while True:
            data, peer = self._socket.recvfrom(4096)
            if not data:
                return
            text = data.decode()
            headers = dict(re.findall(r"^([\w-]+): (.*)\r$", text, re.MULTILINE))
            given = dict(re.findall(r'(\w+)="([^"]*)"', headers.get("Authorization", "")))
            if self._challenge and not given:
                self._reply(peer, headers, "401 Unauthorized", 'WWW-Authenticate: Digest realm="bank",nonce="n1"\r\n')
                continue
            right = not self._challenge or given.get("response") == self._digest(given.get("uri", ""))
            user = re.search(r"sip:(\w+)@", headers["To"])
            self.seen.append((user[1] if user else "", int(headers["Expires"]), right))
            self._reply(peer, headers, "200 OK" if right else "403 Forbidden")

    def _digest(self, uri: str) -> str:
        def md5(text: str) -> str:
            return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()

        secret = md5(f"{self._user}:bank:{self._password}")
        return md5(f"{secret}:n1:{md5(f'REGISTER:{uri}')}")

    def _reply(self, peer: tuple[str, int], headers: dict[str, str], status: str, more: str = "") -> None:
        kept = "".join(f"{name}: {headers[name]}\r\n" for name in ("Via", "From", "To", "Call-ID", "CSeq"))
        self._socket.sendto(f"SIP/2.0 {status}\r\n{kept}{more}Content-Length: 0\r\n\r\n".encode(), peer)
