"""Prompts are played and recorded from a page, judged as `ivr prompts check` judges."""

from __future__ import annotations

import io
import os
import re
import wave
from pathlib import Path

import httpx2
import numpy as np
import pytest

from ivr.care.publishing import prompt_sounds
from ivr.console.security.origin import token
from ivr.people.roles import Role
from tests.console.menus.editing import Editing, open_editing
from tests.console.rig import ORIGIN

CLIP = "zh/normal/opening_info"


@pytest.fixture
def editing(tmp_path: Path) -> Editing:
    return open_editing(tmp_path)


@pytest.fixture
def alone(tmp_path: Path) -> Editing:
    """One person is enough."""
    return open_editing(tmp_path, four_eyes=False)


def sound(seconds: float, level: float = 0.14, rate: int = 8000) -> bytes:
    """A tone of this level, as a WAV file."""
    samples = level * np.sin(np.arange(int(seconds * rate)) * 2 * np.pi * 300 / rate)
    made = io.BytesIO()
    with wave.open(made, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(rate)
        out.writeframes((samples * 32767).astype("<i2").tobytes())
    return made.getvalue()


def sent(editing: Editing, data: bytes, clip: str = CLIP, person: str = "zhang", **more: str) -> httpx2.Response:
    client = editing.person(person).client
    fields = {"csrf": token(str(client.cookies["ivr-8470"])), "clip": clip, "reason": "换个声音", **more}
    files = {"sound": ("recorded.wav", data, "audio/wav")}
    return client.post("/menus/prompts/opening_info/record", data=fields, files=files, headers={"origin": ORIGIN})


def own_sounds(editing: Editing) -> dict[str, bytes]:
    """The files among the prompts, by name."""
    folder = editing.folder.parent / "prompts"
    return {path.name: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def decided(editing: Editing, person: str, decision: str = "approve", **more: str) -> httpx2.Response:
    (asked,) = editing.console.store.approvals.list()
    fields = {"clip": CLIP, "approval": str(asked.id), "decision": decision, **more}
    return editing.person(person).post("/menus/prompts/opening_info/decide", fields)


def test_a_recording_waits_for_a_second_person_who_has_heard_it(editing: Editing) -> None:
    good = sound(2.0)
    assert sent(editing, good, reason="").status_code == 409 and not editing.console.store.approvals.list()
    assert sent(editing, good).status_code == 303 and own_sounds(editing) == {}
    (asked,) = editing.console.store.approvals.list()
    assert (asked.kind.value, asked.target, asked.requested_by) == ("prompt", f"prompt:{CLIP}", "zhang")
    assert "要由另一个人决定" in editing.person("zhang").get("/menus/prompts/opening_info").text
    heard = re.search(r'src="(/menus/prompts/opening_info/waiting[^"]+)"', page_of(editing, "li"))
    assert heard is not None and editing.person("li").get(heard[1].replace("&amp;", "&")).content == good
    assert decided(editing, "zhang").status_code == 409 and own_sounds(editing) == {}  # not alone
    general = editing.person("li").post(f"/approvals/{asked.id}", {"decision": "approve"})
    assert general.status_code == 409 and "先听再定" in general.text and own_sounds(editing) == {}
    assert decided(editing, "li").status_code == 303
    assert list(own_sounds(editing)) == ["opening_info.wav"] and not editing.console.store.approvals.list()
    entry = editing.console.store.audit.list(person="li", action="flow.publish")[0].entry
    assert (entry.target, entry.allowed) == (f"prompt:{CLIP}", True)
    assert "自己录的" in page_of(editing, "li") and "等另一个人听过再定" not in page_of(editing, "li")


def page_of(editing: Editing, person: str) -> str:
    return editing.person(person).get("/menus/prompts/opening_info").text


def test_a_recording_that_is_refused_never_sounds(editing: Editing) -> None:
    assert sent(editing, sound(2.0)).status_code == 303
    assert decided(editing, "li", "refuse").status_code == 409  # why?
    qa = editing.person("qa", Role.QA)
    assert decided(editing, "qa").status_code == 403 and "同意采用" not in qa.get("/menus/prompts/opening_info").text
    assert decided(editing, "li", "refuse", reason="听不清").status_code == 303
    assert own_sounds(editing) == {} and "等另一个人听过再定" not in page_of(editing, "li")
    late = {"clip": CLIP, "approval": "1", "decision": "approve"}
    assert editing.person("li").post("/menus/prompts/opening_info/decide", late).status_code == 409


def test_what_waits_can_be_changed_by_nobody(editing: Editing) -> None:
    assert sent(editing, sound(2.0)).status_code == 303
    (path,) = (editing.console.settings.state / "prompts-waiting").iterdir()
    path.write_bytes(sound(3.0))
    assert decided(editing, "li").status_code == 409 and own_sounds(editing) == {}


def test_what_nobody_can_agree_to_any_more_is_purged(editing: Editing) -> None:
    folder = editing.console.settings.state / prompt_sounds.FOLDER
    assert sent(editing, sound(2.0)).status_code == 303
    (path,) = folder.iterdir()
    (folder / "other.wav.part").write_bytes(b"what a full disk left")
    store, now = editing.console.store, editing.console.clock()
    for one in folder.iterdir():
        os.utime(one, (now / 1000, now / 1000))
    (asked,) = store.approvals.list()
    assert prompt_sounds.forget_expired(store, folder, now + 60_000) == 0  # it is perhaps being written
    assert prompt_sounds.forget_expired(store, folder, now + 7_200_000) == 1 and list(folder.iterdir()) == [path]
    assert prompt_sounds.forget_expired(store, folder, asked.t_expires) == 1 and not list(folder.iterdir())
    assert prompt_sounds.forget_expired(store, folder.parent / "nowhere", now) == 0


def test_the_recording_that_is_replaced_is_kept(alone: Editing) -> None:
    assert sent(alone, sound(2.0)).status_code == 303
    first = own_sounds(alone)["opening_info.wav"]
    assert sent(alone, sound(2.2)).status_code == 303
    kept = own_sounds(alone)
    assert len(kept) == 2 and kept.pop("opening_info.wav") != first
    ((name, content),) = kept.items()
    assert name.startswith("opening_info.wav.before-") and content == first


def test_a_recording_that_keeps_the_limits_wins_and_is_heard(alone: Editing) -> None:
    editing = alone
    assert "没有录音" in editing.person("zhang").get("/menus/prompts/opening_info").text
    good = sound(2.0)  # 开户请带身份证。 is eight characters
    answer = sent(editing, good)
    assert answer.status_code == 303, answer.text
    assert (editing.folder.parent / "prompts" / "zh" / "opening_info.wav").is_file()
    page = editing.person("zhang").get("/menus/prompts/opening_info").text
    assert "自己录的" in page and "合格" in page
    heard = editing.person("zhang").get(f"/menus/prompts/opening_info/sound?clip={CLIP}")
    assert heard.headers["content-type"] == "audio/wav" and heard.content[:4] == b"RIFF"
    part = editing.person("zhang").get(f"/menus/prompts/opening_info/sound?clip={CLIP}", range="bytes=0-3")
    assert part.status_code == 206 and part.content == b"RIFF"


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (sound(2.0, level=0.9), "音量"),
        (sound(0.9), "语速"),
        (sound(2.0, rate=16000), "8000 Hz"),
        (b"not sound at all", "WAV"),
        (sound(2.0)[:1000], "不完整"),
        (sound(2.0, level=0.0), "静音"),
        (b"", "没有收到录音"),
        (sound(130), "太长"),
    ],
    ids=["loud", "short", "16 kHz", "no sound", "cut", "silent", "empty", "long"],
)
def test_what_cannot_be_used_is_told_and_the_old_one_stays(editing: Editing, data: bytes, said: str) -> None:
    answer = sent(editing, data)
    assert answer.status_code == 409 and said in answer.text
    assert own_sounds(editing) == {} and not editing.console.store.approvals.list()


def test_a_limit_may_be_broken_on_purpose(alone: Editing) -> None:
    editing = alone
    assert sent(editing, sound(2.0, level=0.9), anyway="1").status_code == 303
    assert "P103" in editing.person("zhang").get("/menus/prompts/opening_info").text


@pytest.mark.parametrize("clip", ["", "zh/normal/greeting", "../../../etc/passwd", "zh/normal/opening_info/.."])
def test_no_other_file_can_be_named(editing: Editing, clip: str) -> None:
    assert sent(editing, sound(2.0), clip).status_code == 409
    assert editing.person("zhang").get(f"/menus/prompts/opening_info/sound?clip={clip}").status_code == 409


def test_who_may_not_make_prompts_only_listens(editing: Editing) -> None:
    assert sent(editing, sound(2.0)).status_code == 303
    qa = editing.person("qa", Role.QA)
    assert "自己录一段" not in qa.get("/menus/prompts/opening_info").text
    assert sent(editing, sound(2.0), person="qa").status_code == 403


def test_prompts_are_found(editing: Editing) -> None:
    found = editing.person("zhang").get("/menus/prompts?q=身份证").text
    assert "opening_info" in found and "main_menu" not in found
    assert editing.person("zhang").get("/menus/prompts/nothing").status_code == 409
