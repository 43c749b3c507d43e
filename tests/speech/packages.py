"""Packages and models of the tests' own, and a server on loopback that hands them out with its faults."""

from __future__ import annotations

import hashlib
import io
import threading
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from ivr.speech.models.catalogue import Model
from ivr.speech.models.fetch import Source
from ivr.speech.models.unpack import Take


def zipped(files: Mapping[str, bytes], *, squeeze: bool = False) -> bytes:
    """A zip with these members."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED if squeeze else zipfile.ZIP_STORED) as package:
        for name, content in files.items():
            package.writestr(name, content)
    return out.getvalue()


def model(data: bytes, url: str = "", *, takes: tuple[Take, ...] = (Take("m/", ""),), unpacked: int = 1 << 20) -> Model:
    """A model that comes as the one zip `data`."""
    sha = hashlib.sha256(data).hexdigest()
    source = Source("url", "toy.zip", sha, len(data), unpacked, takes, url=url)
    return Model("toy", "测试", "MIT", (source,), {})


@dataclass
class Host:
    """What the server does: it cuts the first `cuts` answers in the middle, knows no ranges, gives the wrong piece."""

    data: bytes = b""
    cuts: int = 0
    ranges: bool = True
    wrong_piece: bool = False
    status: int = 200
    asked: list[str | None] = field(default_factory=list)
    url: str = ""


@contextmanager
def host(given: Host) -> Iterator[Host]:
    """Serve it on 127.0.0.1."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            wanted = self.headers.get("Range")
            given.asked.append(wanted)
            if given.status >= 400:
                self.send_error(given.status)
                return
            start = int(wanted.removeprefix("bytes=").rstrip("-")) if wanted and given.ranges else 0
            if wanted and given.ranges and start >= len(given.data):
                self.send_error(416)
                return
            body = given.data[start:]
            self.send_response(206 if wanted and given.ranges else 200)
            self.send_header("Content-Length", str(len(body)))
            if wanted and given.ranges:
                told = start + 1 if given.wrong_piece else start
                given.wrong_piece = False
                self.send_header("Content-Range", f"bytes {told}-{len(given.data) - 1}/{len(given.data)}")
            self.end_headers()
            if given.cuts > 0:
                given.cuts -= 1
                body = body[: len(body) // 2]
            self.wfile.write(body)
            self.close_connection = True

        def log_message(self, format: str, *args: object) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    given.url = f"http://127.0.0.1:{server.server_address[1]}/toy.zip"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield given
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
