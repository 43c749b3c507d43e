"""The sound of prompts: play, record, judge (HB 7.4.2)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from starlette.datastructures import UploadFile
from starlette.responses import FileResponse, Response

from ivr.care.publishing import prompt_sounds, publication
from ivr.console.page import Visit, act, page
from ivr.console.pages.menus.loaded import flow_of
from ivr.errors import ApprovalRefused, PromptMissing, SpeechError
from ivr.flow.model import Flow
from ivr.people.actions import Action
from ivr.records.approvals.model import Approval
from ivr.speech.prompts.catalogue import BUILT, ELDERLY, RECORDED, Catalogue, Clip
from ivr.speech.prompts.own import MOST_BYTES, Judgement, checked, judge, take
from ivr.speech.voices.registry import named


@dataclass(frozen=True, slots=True)
class Shown:
    """One recording of a prompt, as a page shows it. `wrong`: why it cannot be measured; `waiting`:
    what waits for a second person to take its place."""

    clip: Clip
    where: str
    judgement: Judgement | None
    wrong: str
    waiting: tuple[Approval, ...] = ()

    @property
    def key(self) -> str:
        """How an address names it."""
        return f"{self.clip.language}/{self.clip.variant}/{self.clip.id}"


@page("/menus/prompts", Action.FLOW_READ, title="提示语")
def listed(visit: Visit) -> Response:
    """Every sentence a caller hears, and whose voice speaks it; `q` finds."""
    flow, catalogue = _catalogue(visit)
    wanted = visit.query.get("q", "").strip()
    voices: dict[str, dict[str, int]] = {}
    for clip in catalogue.clips:
        if clip.prompt is not None:
            count = voices.setdefault(clip.prompt, {})
            word = _where(catalogue, clip)
            count[word] = count.get(word, 0) + 1
    rows = [
        (id_, prompt, "、".join(f"{word} {times}" for word, times in voices.get(id_, {}).items()))
        for id_, prompt in flow.prompts.items()
        if not wanted or wanted in id_ or any(wanted in text for text in prompt.texts.values())
    ]
    return visit.render("menus/prompts.html", rows=rows, q=wanted, total=len(flow.prompts))


@page("/menus/prompts/{prompt}", Action.FLOW_READ, title="提示语")
def prompt(visit: Visit) -> Response:
    """One prompt: its recordings to play, what they measure, and a new one. Raises PromptMissing."""
    flow, catalogue = _catalogue(visit)
    id_ = str(visit.path["prompt"])
    if id_ not in flow.prompts:
        raise PromptMissing(f"没有提示语 {id_}")
    shown = [_shown(visit, catalogue, clip) for clip in catalogue.clips if clip.prompt == id_]
    return visit.render(
        "menus/prompt.html", id=id_, prompt=flow.prompts[id_], shown=shown, elderly=ELDERLY, four_eyes=_four_eyes(visit)
    )


@page("/menus/prompts/{prompt}/sound", Action.FLOW_READ, title="试听")
def sound(visit: Visit) -> Response:
    """The sound of one recording."""
    _, catalogue = _catalogue(visit)
    path = catalogue.path(_clip(visit, catalogue, visit.query.get("clip", "")))
    if path is None:
        raise PromptMissing("还没有录音：运行 ivr prompts build，或自己录一段")
    return FileResponse(visit.settings.prompts / path, media_type="audio/wav")


@act("/menus/prompts/{prompt}/record", Action.PROMPTS_MAKE, target="prompt:{prompt}", back=prompt)
def record(visit: Visit) -> Response:
    """A person's recording, where it keeps the limits or is wanted all the same: with four eyes it waits for a second
    person, else it wins within seconds."""
    _, catalogue = _catalogue(visit)
    clip = _clip(visit, catalogue, visit.field("clip"))
    given = visit.form.get("sound")
    if not isinstance(given, UploadFile) or not given.size:
        raise SpeechError("没有收到录音：先录一段，或选一个文件")
    data = given.file.read(MOST_BYTES + 1)
    anyway, back = bool(visit.field("anyway")), f"/menus/prompts/{visit.path['prompt']}"
    if _four_eyes(visit):
        found, reason = checked(clip, data, anyway=anyway), visit.field("reason")
        prompt_sounds.ask(visit.store, visit.permit, _folder(visit), _target(clip), data, reason, visit.now)
        return visit.redirect(back, f"已提交，等另一个人听过同意后采用{_warned(found)}")
    found = take(visit.settings.prompts, clip, data, anyway=anyway)
    return visit.redirect(back, f"已采用 {clip.own[0]}，几秒内生效{_warned(found)}")


@page("/menus/prompts/{prompt}/waiting", Action.FLOW_READ, title="试听等待同意的录音")
def waiting_sound(visit: Visit) -> Response:
    """The sound that waits for a second person."""
    _, asked = _asked(visit, visit.query.get("clip", ""), visit.query.get("approval", ""))
    return FileResponse(prompt_sounds.waiting_file(_folder(visit), asked.digest), media_type="audio/wav")


@act("/menus/prompts/{prompt}/decide", Action.FLOW_PUBLISH, target="prompt:{prompt}", back=prompt)
def decide(visit: Visit) -> Response:
    """The second person's word on a recording that waits: a yes puts it into its place."""
    clip, asked = _asked(visit, visit.field("clip"), visit.field("approval"))
    back, folder = f"/menus/prompts/{visit.path['prompt']}", _folder(visit)
    if visit.field("decision") != "approve":
        prompt_sounds.refuse(visit.store, visit.permit, folder, asked, visit.now)
        return visit.redirect(back, f"申请 {asked.id} 已否决，原来的录音不变")
    sound = prompt_sounds.agree(visit.store, visit.permit, folder, asked, visit.now)
    found = take(visit.settings.prompts, clip, sound, anyway=True)
    prompt_sounds.done(folder, asked)
    return visit.redirect(back, f"已采用 {clip.own[0]}，几秒内生效{_warned(found)}")


def _asked(visit: Visit, key: str, approval: str) -> tuple[Clip, Approval]:
    """The recording and the request for it that a form or address names. Raises PromptMissing, ApprovalRefused."""
    _, catalogue = _catalogue(visit)
    clip = _clip(visit, catalogue, key)
    for one in prompt_sounds.waiting(visit.store, _folder(visit), _target(clip), visit.now):
        if approval == str(one.id):
            return clip, one
    raise ApprovalRefused("没有等待同意的这段录音：可能已有人决定，或已过期")


def _four_eyes(visit: Visit) -> bool:
    return publication.in_force(visit.store, visit.settings.publishing.four_eyes)


def _folder(visit: Visit) -> Path:
    """Where recordings wait for a second person."""
    return visit.settings.state / prompt_sounds.FOLDER


def _target(clip: Clip) -> str:
    return f"prompt:{clip.language}/{clip.variant}/{clip.id}"


def _warned(found: Judgement) -> str:
    return f"；注意：{'；'.join(one.text for one in found.findings)}" if found.findings else ""


def _catalogue(visit: Visit) -> tuple[Flow, Catalogue]:
    """What is served, and its recordings as they are now."""
    flow = flow_of(visit)
    settings = visit.settings
    return flow, Catalogue(flow, settings.prompts, named(settings.voice, settings.models))


def _clip(visit: Visit, catalogue: Catalogue, key: str) -> Clip:
    """The recording that an address names. Raises PromptMissing."""
    for clip in catalogue.clips:
        if clip.prompt == visit.path["prompt"] and key == f"{clip.language}/{clip.variant}/{clip.id}":
            return clip
    raise PromptMissing(f"提示语 {visit.path['prompt']} 没有录音 {key[:60]}")


def _where(catalogue: Catalogue, clip: Clip) -> str:
    path = catalogue.path(clip)
    if path is None:
        return "没有录音"
    return {BUILT: "合成", RECORDED: "随附"}.get(path.parts[0], "自己录的")


def _shown(visit: Visit, catalogue: Catalogue, clip: Clip) -> Shown:
    path = catalogue.path(clip)
    waiting = prompt_sounds.waiting(visit.store, _folder(visit), _target(clip), visit.now)
    if path is None:
        return Shown(clip, "没有录音", None, "", waiting)
    try:
        return Shown(clip, _where(catalogue, clip), judge(clip, visit.settings.prompts / path, path), "", waiting)
    except SpeechError as wrong:
        return Shown(clip, _where(catalogue, clip), None, str(wrong), waiting)
