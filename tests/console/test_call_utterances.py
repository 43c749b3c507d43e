"""What a caller said in one turn is heard at its place in the call: for a reason, by who may hear it for labelling."""

from __future__ import annotations

import io
import wave
from dataclasses import replace
from pathlib import Path

import pytest

from ivr.console.context import Console
from ivr.encryption.keys import KeyRing, new_key
from ivr.people.roles import Role
from ivr.records.labels.utterances import Utterances
from ivr.records.model import Turn
from ivr.settings import Encryption, Settings
from tests.console.rig import Browser, Clock, open_console, visitor
from tests.console.test_calls import T, served

SOUND = "/calls/c-1/turns/{}/sound"
SAID, NOT_KEPT, GONE = "c-1-t1", "c-1-t2", "c-1-t3"


@pytest.fixture(params=["plain", "encrypted"])
def console(tmp_path: Path, request: pytest.FixtureRequest) -> Console:
    """A call of three turns: the sound of the first is kept, the second's never was, the third's was purged."""
    key = new_key() if request.param == "encrypted" else ""
    found = open_console(tmp_path, Clock(), replace(Settings(), encryption=Encryption(keys=key)))
    audio = Utterances(found.settings.utterances, KeyRing(found.settings.encryption), least_free=0)
    turns = []
    for at, turn_id in enumerate((SAID, NOT_KEPT, GONE)):
        begun = T + 14_000 + 2_000 * at
        kept = None if turn_id == NOT_KEPT else audio.keep(turn_id, begun, b"\x01\x02" * 4000)
        turns.append(Turn(turn_id, begun, begun + 500, "我的卡丢了", 0.9, audio_ref=kept))
    assert turns[2].audio_ref is not None
    audio.drop(turns[2].audio_ref)
    found.store.save([served(turns=tuple(turns)), served("c-2")])
    return found


def why(browser: Browser, call: str = "c-1", next_: str = "/calls/c-1") -> None:
    fields = {"action": "labels.listen", "target": f"call:{call}", "next": next_, "reason": "核对识别"}
    done = browser.post("/reason", fields)
    assert done.status_code == 303 and done.headers["location"] == next_


def heard(console: Console) -> list[tuple[str, bool, str | None]]:
    """What the trail has of turns, the newest first."""
    found = [event.entry for event in console.store.audit.list(action="labels.listen")]
    return [(one.target, one.allowed, one.reason) for one in found if one.target.startswith("turn:")]


def test_a_turn_is_heard_at_its_place_for_a_reason_and_each_is_entered(console: Console, tmp_path: Path) -> None:
    browser = visitor(tmp_path, Role.QUALITY, console=console)
    before = browser.get("/calls/c-1").text
    assert "逐句收听" in before and "1 句留着声音" in before and "/sound" not in before
    assert browser.get(SOUND.format(SAID)).status_code == 403 and heard(console) == []
    why(browser)
    after = browser.get("/calls/c-1").text
    assert "逐句收听" not in after and 'data-key="u"' in after
    (line,) = [line for line in after.splitlines() if f'href="{SOUND.format(SAID)}"' in line]
    assert "客户说" in line and after.count('class="utterance"') == 1
    assert heard(console) == []  # nothing was heard yet
    told = browser.get(SOUND.format(SAID))
    assert (told.status_code, told.headers["content-type"], told.headers["cache-control"]) == (
        200, "audio/wav", "no-store"
    )  # fmt: skip
    with wave.open(io.BytesIO(told.content)) as sound:
        assert sound.getnframes() == 4000
    assert heard(console) == [(f"turn:{SAID}", True, "核对识别")]
    assert browser.get(SOUND.format(SAID), range="bytes=0-9").status_code == 206


def test_with_number_and_words_it_is_heard_too(console: Console, tmp_path: Path) -> None:
    browser = visitor(tmp_path, Role.QUALITY, console=console)
    why(browser, next_="/calls/c-1/whole")
    fields = {"action": "records.read", "target": "call:c-1", "next": "/calls/c-1/whole", "reason": "核对识别"}
    browser.post("/reason", fields)
    shown = browser.get("/calls/c-1/whole").text
    assert "「我的卡丢了」" in shown and SOUND.format(SAID) in shown


def test_a_reason_counts_for_its_call_and_for_half_an_hour(console: Console, tmp_path: Path) -> None:
    browser = visitor(tmp_path, Role.QUALITY, console=console)
    why(browser, "c-2")
    assert browser.get(SOUND.format(SAID)).status_code == 403
    assert browser.get(f"/calls/c-2/turns/{SAID}/sound").status_code == 409  # no turn of that call
    why(browser)
    assert browser.get(SOUND.format(SAID)).status_code == 200
    assert isinstance(console.clock, Clock)
    console.clock.now += 29 * 60_000  # the session goes on
    browser.get("/calls/c-1")
    console.clock.now += 2 * 60_000
    assert browser.get(SOUND.format(SAID)).status_code == 403
    assert "逐句收听" in browser.get("/calls/c-1").text


@pytest.mark.parametrize("turn", [NOT_KEPT, GONE, "c-1-t9", "..%2F..%2Fivr.sqlite"])
def test_where_nothing_is_kept_there_is_nothing_to_hear(console: Console, tmp_path: Path, turn: str) -> None:
    browser = visitor(tmp_path, Role.QUALITY, console=console)
    why(browser)
    assert browser.get(SOUND.format(turn)).status_code in (404, 409)
    assert heard(console) == []
    nothing = browser.get("/calls/c-2").text
    assert "逐句收听" not in nothing and 'class="utterance"' not in nothing and 'data-key="u"' not in nothing


@pytest.mark.parametrize("role", [Role.SUPERVISOR, Role.QA, Role.ANALYST])
def test_who_may_not_hear_utterances_sees_nothing_of_them(console: Console, tmp_path: Path, role: Role) -> None:
    browser = visitor(tmp_path, role, console=console)
    shown = browser.get("/calls/c-1").text
    assert "客户说" in shown and "逐句收听" not in shown and 'class="utterance"' not in shown
    assert browser.get(SOUND.format(SAID)).status_code == 403
    refused = console.store.audit.list(action="labels.listen")[0].entry
    assert (refused.target, refused.allowed) == ("call:c-1", False)


def test_who_only_labels_does_not_reach_past_the_samples(console: Console, tmp_path: Path) -> None:
    browser = visitor(tmp_path, Role.TRAINER, console=console)
    why(browser)
    assert browser.get(SOUND.format(SAID)).status_code == 403
    assert heard(console) == []
    refused = console.store.audit.list(action="records.list")[0].entry
    assert (refused.target, refused.allowed) == ("call:c-1", False)
