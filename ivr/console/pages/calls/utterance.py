"""What a caller said in one turn, heard from his call: the sound that was kept for labelling, by the same right, for a
reason, each one entered in the trail (CBA 十三、二十一)."""

from __future__ import annotations

from starlette.responses import Response

from ivr.console.page import Visit, page
from ivr.console.sound import sound
from ivr.errors import PrivacyError
from ivr.people.actions import Action
from ivr.records.labels.utterances import Utterances


@page("/calls/{call_id}/turns/{turn_id}/sound", Action.LABELS_LISTEN, title="一句话的录音", target="call:{call_id}")
def utterance(visit: Visit) -> Response:
    """The sound of one turn of this call, or the part that is asked for. The reason is given for the call; who only
    labels may not list calls, and hears what a sample drew. Raises PrivacyError where nothing is kept."""
    visit.permit_for(Action.RECORDS_LIST, visit.target)
    call, wanted = visit.store.get(visit.path["call_id"]), str(visit.path["turn_id"])
    turn = next((one for one in (call.turns if call is not None else ()) if one.turn_id == wanted), None)
    audio = Utterances(visit.settings.utterances)
    path = audio.path(turn.audio_ref) if turn and turn.audio_ref and audio.has(turn.audio_ref) else None
    if path is None:
        raise PrivacyError("这句话没有录音：没有留，或已按保存期限清除")
    visit.permit_for(Action.LABELS_LISTEN, f"turn:{wanted}", visit.permit.entry.reason)
    return sound(visit, path)
