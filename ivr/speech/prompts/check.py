"""`ivr prompts check`: every recording a flow plays, measured against HB 7.4.2."""

from __future__ import annotations

import difflib
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from ivr.errors import PromptMissing, SpeechError
from ivr.flow.model import Flow
from ivr.flow.prompts.prompt_text import is_chinese
from ivr.flow.ways import ELDERLY_SECONDS, MOST_SECONDS, elderly_keys, longest
from ivr.speech.prompts.catalogue import BUILT, ELDERLY, NORMAL, RECORDED, Catalogue, Clip
from ivr.speech.prompts.listening_time import recorded
from ivr.speech.prompts.measure import Measures, measure
from ivr.speech.voices.voice import Voice
from ivr.text.template import characters

ERROR, WARNING = "error", "warning"
CLAUSE = "HB 7.4.2"

#: Every code of this check and what it means, for the documentation.
CODES: Mapping[str, str] = {
    "P101": "提示语没有可播放的录音",
    "P102": "录音文件不能播放：格式不对、损坏、不完整或没有声音",
    "P103": "音量不在 −20 ± 4 dBFS 内",
    "P104": "峰值高于 −3 dBFS",
    "P105": "语音中间静音超过 1 秒",
    "P106": "语速不在 3.0–4.5 字/秒（老年版 2.5–3.9）内",
    "P107": "不足 4 个字的录音，平均每个字短于 0.12 秒或长于 0.7 秒",
    "P108": "一条提示语超过 20 秒",
    "P109": "拼接用的录音首尾静音过长",
    "P110": "老年版没有单独的录音，沿用的普通版语速偏快",
    "P111": "录音没有对应的提示语或片段",
    "P112": "不打断的话，到业务的录音共超过 30 秒",
    "P113": "老年服务键在接通 5 秒之后才播报",
}

LEVEL_DBFS, LEVEL_TOLERANCE, PEAK_DBFS = -20.0, 4.0, -3.0
INNER_SILENCE_MS = 1000
PROMPT_SECONDS = 20.0
RATES: Mapping[str, tuple[float, float]] = {NORMAL: (3.0, 4.5), ELDERLY: (2.5, 3.9)}

#: With fewer characters one long or short syllable decides the rate (二 takes 0.1 s, 三千 0.6 s), so such a
#: clip is only asked whether a character takes a believable time; the joined sentence has the usual speed.
SHORT = 4
SECONDS_PER_CHARACTER = (0.12, 0.7)

#: Silence at either end of a recording that is joined with others (pieces, stretches between placeholders).
EDGE_MS = 100


@dataclass(frozen=True, slots=True)
class PromptFinding:
    """One thing wrong with a recording. `file` is relative to the prompts folder; `text` (Chinese) names
    the value and the limit."""

    file: Path
    level: str
    code: str
    text: str
    clause: str = CLAUSE

    def __str__(self) -> str:
        return f"{self.file}: {self.level} {self.code} {self.text}（{self.clause}）"


def check(flow: Flow, prompts: Path, voice: Voice) -> list[PromptFinding]:
    """Measure what `flow` would play now, and name what is missing, unplayable or belongs to nothing.

    Findings are in the order of their files. Raises SpeechError only where the catalogue itself does.
    """
    catalogue = Catalogue(flow, prompts, voice)
    found = set(_unknown(prompts, catalogue))
    for wrong_path, reason in catalogue.unfit.items():
        found.add(PromptFinding(wrong_path, ERROR, "P102", _without_path(reason, prompts / wrong_path)))
    measured: dict[Path, Measures | None] = {}
    lengths: dict[tuple[str, str, str], list[tuple[Path, float]]] = defaultdict(list)
    for clip in catalogue.clips:
        if (path := catalogue.path(clip)) is None:
            found.add(PromptFinding(clip.own[0], ERROR, "P101", f"缺少录音「{clip.text}」，请运行 ivr prompts build"))
            continue
        if path not in measured:
            try:
                measured[path] = measure(prompts / path)
            except SpeechError as wrong:
                measured[path] = None
                found.add(PromptFinding(path, ERROR, "P102", _without_path(str(wrong), prompts / path)))
        if (figures := measured[path]) is not None:
            found.update(judged(clip, path, figures))
            if clip.prompt is not None:
                lengths[clip.prompt, clip.language, clip.variant].append((path, figures.seconds))
    found.update(_lengths(lengths))
    if is_chinese(flow.languages[0]):
        with suppress(PromptMissing):  # told above: without it nothing can be added up
            found.update(list(_ways(flow, catalogue)))
    return sorted(found, key=lambda finding: (finding.file, finding.code, finding.text))


def judged(clip: Clip, path: Path, figures: Measures) -> Iterator[PromptFinding]:
    """What is wrong with one recording: loudness, peak, silence, speed. `path` is how it is named."""
    if abs(figures.rms_dbfs - LEVEL_DBFS) > LEVEL_TOLERANCE:
        text = f"音量 {figures.rms_dbfs:.1f} dBFS，应为 {LEVEL_DBFS:.0f} ± {LEVEL_TOLERANCE:.0f} dBFS"
        yield PromptFinding(path, ERROR, "P103", text)
    if figures.peak_dbfs > PEAK_DBFS:
        yield PromptFinding(path, ERROR, "P104", f"峰值 {figures.peak_dbfs:.1f} dBFS，不应高于 {PEAK_DBFS:.0f} dBFS")
    if figures.inner_silence_ms > INNER_SILENCE_MS:
        text = f"中间静音 {figures.inner_silence_ms / 1000:.2f} 秒，不应超过 {INNER_SILENCE_MS / 1000:.0f} 秒"
        yield PromptFinding(path, ERROR, "P105", text)
    if clip.language == "zh":
        yield from _rate(clip, path, figures)
    edge = max(figures.lead_ms, figures.tail_ms if clip.prompt is None else 0)
    if clip.id != clip.prompt and edge > EDGE_MS:
        text = f"与其他录音拼接，首尾静音 {edge} 毫秒，不应超过 {EDGE_MS} 毫秒"
        yield PromptFinding(path, WARNING, "P109", text)


def _rate(clip: Clip, path: Path, figures: Measures) -> Iterator[PromptFinding]:
    rate = figures.rate(clip.text)
    if characters(clip.text) < SHORT:
        least, most = SECONDS_PER_CHARACTER
        if not least <= 1 / rate <= most:
            text = f"平均每个字 {1 / rate:.2f} 秒，应为 {least}–{most} 秒"
            yield PromptFinding(path, ERROR, "P107", text)
        return
    slowest, fastest = RATES[clip.variant]
    if slowest <= rate <= fastest:
        return
    if clip.variant == ELDERLY and path == clip.own[-1]:  # the normal recording, judged by its own limits too
        if rate > fastest:
            text = f"老年版没有单独的录音，沿用的普通版语速 {rate:.2f} 字/秒，老年版应为 {slowest}–{fastest} 字/秒"
            yield PromptFinding(path, WARNING, "P110", text)
        return
    yield PromptFinding(path, ERROR, "P106", f"语速 {rate:.2f} 字/秒，应为 {slowest}–{fastest} 字/秒")


def _lengths(lengths: Mapping[tuple[str, str, str], list[tuple[Path, float]]]) -> Iterator[PromptFinding]:
    for (prompt, _, _), clips in lengths.items():
        seconds = sum(length for _, length in clips)
        if seconds > PROMPT_SECONDS:
            text = f"提示语 {prompt} 共 {seconds:.1f} 秒，不应超过 {PROMPT_SECONDS:.0f} 秒"
            yield PromptFinding(clips[0][0], ERROR, "P108", text)


def _ways(flow: Flow, catalogue: Catalogue) -> Iterator[PromptFinding]:
    """How long a caller listens to the recordings (CBA 二十, 二十二)."""
    seconds = recorded(flow, catalogue)

    def first(greeting: tuple[str, ...]) -> Path:
        return catalogue.resolve(greeting[0], {}, flow.languages[0], NORMAL)[0]

    for way in longest(flow, seconds):
        if way.seconds > MOST_SECONDS:
            text = f"到业务 {way.leaf} 要听 {way.seconds:.1f} 秒（{way}），不应超过 {MOST_SECONDS:g} 秒"
            yield PromptFinding(first(way.entry.greeting), WARNING, "P112", text, f"CBA 二十, {CLAUSE}")
    for key in elderly_keys(flow, seconds):
        if key.seconds is None or key.seconds > ELDERLY_SECONDS:
            late = "没有播报" if key.seconds is None else f"{key.seconds:.1f} 秒后才播报"
            text = f"老年服务键{late}（入口菜单 {key.entry.menu}），应在接通后 {ELDERLY_SECONDS:g} 秒以内"
            yield PromptFinding(first(key.entry.greeting), WARNING, "P113", text, "CBA 二十二")


def _unknown(prompts: Path, catalogue: Catalogue) -> Iterator[PromptFinding]:
    """Recordings people dropped in that nothing plays: most often a misspelt name."""
    known = {str(path) for clip in catalogue.clips for path in clip.own}
    for path in sorted(prompts.rglob("*.[wW][aA][vV]")):
        name = path.relative_to(prompts)
        if name.parts[0] not in (BUILT, RECORDED) and str(name) not in known:
            near = difflib.get_close_matches(str(name), known, 1, 0.8)
            text = "没有对应的提示语或片段，不会播放" + (f"；是否应为 {near[0]}？" if near else "")
            yield PromptFinding(name, WARNING, "P111", text)


def _without_path(reason: str, path: Path) -> str:
    return reason.removeprefix(f"{path}：")
