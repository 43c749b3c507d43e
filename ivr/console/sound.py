"""A recording as a browser plays it: decrypted in memory for who may hear it, never left as a plain file."""

from __future__ import annotations

from pathlib import Path

from starlette.responses import Response

from ivr.console.page import Visit
from ivr.console.ranges import answer
from ivr.encryption.content_file import ContentFile
from ivr.encryption.keys import KeyRing
from ivr.errors import PrivacyError


def sound_below(visit: Visit, name: str | None) -> Response:
    """The recording at a path below the state folder. Raises PrivacyError where there is none (any more),
    EncryptionError where it cannot be decrypted."""
    state = visit.settings.state
    path = None if name is None else state / name
    if path is None or not path.resolve().is_relative_to(state.resolve()):
        raise PrivacyError("没有录音")
    return sound(visit, path)


def sound(visit: Visit, path: Path) -> Response:
    """The recording at this path, or the part of it that is asked for; raises as `sound_below`."""
    try:
        file = ContentFile(path, KeyRing(visit.settings.encryption, visit.settings.state))
    except FileNotFoundError:
        raise PrivacyError("录音不在了：可能已按保存期限清除") from None
    return answer(file, visit.request.headers.get("range"), "audio/wav")
