"""A file's content to a browser that asks for parts of it (RFC 9110, 14), decrypted in memory as it is sent."""

from __future__ import annotations

import re
from collections.abc import Iterator

from starlette.responses import Response, StreamingResponse

from ivr.encryption.content_file import ContentFile

_RANGE = re.compile(r"bytes=(\d{0,15})-(\d{0,15})")


def answer(file: ContentFile, asked: str | None, media_type: str) -> Response:
    """All of it, or the one range that is asked for; the file is closed once it is sent. Several ranges, or what is no
    range, get all of it; a range beyond its end gets 416."""
    headers = {"accept-ranges": "bytes", "content-disposition": "inline"}
    found = _RANGE.fullmatch((asked or "").strip())
    if found is None or not any(found.groups()):
        headers["content-length"] = str(file.size)
        return StreamingResponse(_sent(file, 0, file.size), 200, headers, media_type)
    start, end = _bounds(found[1], found[2], file.size)
    if start >= end:
        size = file.size
        file.close()
        return Response(status_code=416, headers={**headers, "content-range": f"bytes */{size}"})
    headers |= {"content-length": str(end - start), "content-range": f"bytes {start}-{end - 1}/{file.size}"}
    return StreamingResponse(_sent(file, start, end), 206, headers, media_type)


def _bounds(first: str, last: str, size: int) -> tuple[int, int]:
    """From the first byte to before the last; without a first one, so many at the end."""
    if not first:
        return max(0, size - int(last)), size
    return int(first), min(size, int(last) + 1) if last else size


def _sent(file: ContentFile, start: int, end: int) -> Iterator[bytes]:
    try:
        yield from file.pieces(start, end)
    finally:
        file.close()
