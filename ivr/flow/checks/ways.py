"""How long a caller listens: to each leaf, and until the elderly key is named (CBA 二十, 二十二)."""

from __future__ import annotations

from ivr.flow import codes
from ivr.flow.model import Flow
from ivr.flow.prompts.announcements import ELDERLY_KEY, KEYS_BRIEF
from ivr.flow.prompts.prompt_text import is_chinese
from ivr.flow.reading.document import Document
from ivr.flow.ways import ELDERLY_SECONDS, MOST_SECONDS, elderly_keys, estimated, longest

_SHORTER = "精简问候语和菜单提示语，或减少菜单层次"


def check(document: Document, flow: Flow) -> None:
    """All checks of this module, by the texts: recordings are measured by `ivr prompts check`."""
    if not is_chinese(flow.languages[0]):
        return
    seconds = estimated(flow)
    for way in longest(flow, seconds):
        if way.seconds > MOST_SECONDS:
            words = {"leaf": way.leaf, "seconds": f"{way.seconds:.1f}", "way": str(way), "most": f"{MOST_SECONDS:g}"}
            document.report.add(codes.LONG_WAY, document.leaves[way.leaf].key, advice=_to_shorten(flow), **words)
    entries = [entry.pos for entry in document.hotline.items("entries")]
    places = [*entries, *[document.elderly.where("menu")] * len(entries)]
    for pos, key in zip(places, elderly_keys(flow, seconds), strict=False):  # the second half has a short menu alone
        if key.seconds is None or key.seconds > ELDERLY_SECONDS:
            late = "没有播报" if key.seconds is None else f"约 {key.seconds:.1f} 秒后才播报"
            words = {"late": late, "key": flow.keys.elderly, "menu": key.entry.menu, "most": f"{ELDERLY_SECONDS:g}"}
            document.report.add(codes.ELDERLY_LATE, pos, advice=_to_hasten(flow), **words)


def _to_shorten(flow: Flow) -> str:
    if KEYS_BRIEF in flow.prompts:
        return _SHORTER
    return f"在 prompts.yaml 写一句 {KEYS_BRIEF}（公共按键播报过一次之后改说这句），再{_SHORTER}"


def _to_hasten(flow: Flow) -> str:
    if ELDERLY_KEY in flow.prompts:
        return "精简 greeting 的第一句"
    words = f"{{kind: menu, text: 老年客户按{flow.keys.elderly}，}}"
    return f"在 prompts.yaml 写一句 {ELDERLY_KEY}: {words}（紧接在问候语第一句之后播报）"
