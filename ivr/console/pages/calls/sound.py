"""A call with its sound: who may listen says why, once for half an hour, and the trail has it. Sound is decrypted as
it is sent, part by part; no plain file is ever made."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from urllib.parse import quote

from starlette.responses import Response

from ivr.console.page import Visit, page
from ivr.console.pages.calls.call import Sound, lost, shown_call
from ivr.console.ranges import answer
from ivr.encryption.content_file import ContentFile
from ivr.encryption.keys import KeyRing
from ivr.errors import HotlineError, PrivacyError
from ivr.people.actions import Action
from ivr.records.console.model import REASON_MS
from ivr.records.model import Call, Muted
from ivr.records.recordings import part_of, place_in, recordings_of
from ivr.report.time_line import Moment
from ivr.speech.audio.peaks import Peaks, peaks

#: Lines of an outline, and outlines kept in memory: making one reads the whole recording.
COLUMNS, KEPT = 600, 200


@page("/calls/{call_id}/listen", Action.RECORDINGS_LISTEN, title="收听一通电话", target="call:{call_id}")
def listen(visit: Visit) -> Response:
    """The call's time line with its sound."""
    call = visit.store.get(visit.path["call_id"])
    if call is None:
        return lost(visit)
    _entered(visit)
    return shown_call(visit, call, whole=False, sounds=lambda moments: _sounds(visit, call, moments))


@page("/calls/{call_id}/sound/{name}", Action.RECORDS_LIST, title="录音", target="call:{call_id}")
def sound(visit: Visit) -> Response:
    """One recording, or the part that is asked for. Leave to listen is asked for and entered where the page that plays
    it did not do so in the last half hour: one listening is one entry, not one for each part. Who has lost the right
    meanwhile hears nothing more."""
    begun = visit.console.listening.since.get(_key(visit))
    if not visit.may(Action.RECORDINGS_LISTEN) or begun is None or visit.now - begun >= REASON_MS:
        session, target = visit.signed_in.session.id, visit.target
        reason = visit.store.console.reason(session, Action.RECORDINGS_LISTEN.value, target, visit.now)
        visit.permit_for(Action.RECORDINGS_LISTEN, target, reason)
        _entered(visit)
    for path in recordings_of(visit.settings.recordings, visit.path["call_id"]):
        if path.name == visit.path["name"]:
            return answer(ContentFile(path, _ring(visit)), visit.request.headers.get("range"), "audio/wav")
    raise PrivacyError("录音不在了：可能已按保存期限清除")


def _sounds(visit: Visit, call: Call, moments: Iterable[Moment]) -> list[Sound]:
    found = []
    for path in recordings_of(visit.settings.recordings, call.call_id):
        address = f"/calls/{quote(call.call_id, safe='')}/sound/{quote(path.name, safe='')}"
        wrong, outline = "", Peaks(0.0, ())
        try:
            outline = _outline(visit, path)
        except (HotlineError, OSError) as error:
            wrong = str(error) if isinstance(error, HotlineError) else "录音读不出来"
        part = part_of(call, path.name)
        places = {} if part is None else _places(part, moments, outline.seconds)
        found.append(Sound(path.name, address, outline, places, wrong))
    return found


def _places(part: tuple[int, tuple[Muted, ...]], moments: Iterable[Moment], seconds: float) -> dict[int, float]:
    """Where the moments are in the recording, by their number from 1 on, in seconds."""
    begun, muted = part
    found = {at: place_in(begun, muted, one.t) / 1000 for at, one in enumerate(moments, 1) if one.t >= begun}
    return {at: round(place, 1) for at, place in found.items() if place <= seconds}


def _outline(visit: Visit, path: Path) -> Peaks:
    """Raises OSError, EncryptionError, SpeechError."""
    kept, there = visit.console.listening.outlines, path.stat()
    key = (path, there.st_size, there.st_mtime_ns)
    if key not in kept:
        kept[key] = peaks(ContentFile(path, _ring(visit)), COLUMNS)
        while len(kept) > KEPT:
            kept.popitem(last=False)
    return kept[key]


def _entered(visit: Visit) -> None:
    since = visit.console.listening.since
    for key in [key for key, begun in list(since.items()) if visit.now - begun >= REASON_MS]:
        since.pop(key, None)
    since[_key(visit)] = visit.now


def _ring(visit: Visit) -> KeyRing:
    return KeyRing(visit.settings.encryption, visit.settings.state)


def _key(visit: Visit) -> tuple[str, str]:
    return visit.signed_in.session.id, visit.path["call_id"]
