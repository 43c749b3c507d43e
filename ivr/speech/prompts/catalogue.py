"""Which recordings a flow needs, and which files speak a prompt now.

Looked for in this order, relative to the prompts folder, normal / elderly variant:
1. an operator's recording: `zh/greeting.wav` / `zh/elderly/greeting.wav`, else `zh/greeting.wav`;
2. a shipped one: `recorded/zh/normal/greeting-<hash8>.wav` / `recorded/zh/elderly/greeting-<hash8>.wav`. The hash is of
   the language, the text as it is spoken and the speed: who edits a text hears the settings' voice instead, never
   the old words, nor a number as it was read before;
3. a built one: `built/zh/normal/greeting-<hash8>.wav` / `built/zh/elderly/greeting-<hash8>.wav`.
A prompt with placeholders has one recording for each fixed stretch, `queue_position.1`, `queue_position.2`;
numbers are joined from `pieces/<piece id>`.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType

from ivr.errors import PromptMissing, SpeechError
from ivr.flow.model import Flow
from ivr.flow.prompts.derived import word_id
from ivr.speech.audio import wav
from ivr.speech.voices.voice import Voice
from ivr.text.normalise import spoken
from ivr.text.numbers import Value
from ivr.text.pieces import INVENTORIES, KINDS, spell
from ivr.text.template import Fixed, Segment, Slot, parse

NORMAL, ELDERLY = "normal", "elderly"
VARIANTS = (NORMAL, ELDERLY)

#: Folders below the prompts folder that `ivr prompts build` and `ivr prompts record` write; the rest is people's.
BUILT, RECORDED = "built", "recorded"

_PIECES = "pieces"
#: A word of the bank's has a recording of its own.
_WORD = "word"
_SAFE_ID = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_-]*", re.ASCII)


@dataclass(frozen=True, slots=True)
class Clip:
    """One recording a flow needs. `id` is a prompt id, `<prompt id>.<n>` or `pieces/<piece id>`; `own`
    lists where a person's recording is looked for, `recorded` is the shipped one, `built` is where a voice's
    goes (all relative)."""

    id: str
    language: str
    variant: str
    text: str
    own: tuple[Path, ...]
    recorded: Path
    built: Path

    @property
    def files(self) -> tuple[Path, ...]:
        """Where its sound is looked for, best first."""
        return (*self.own, self.recorded, self.built)

    @property
    def prompt(self) -> str | None:
        """Id of the prompt it is part of; None for a piece."""
        return None if self.id.startswith(f"{_PIECES}/") else self.id.partition(".")[0]


class Catalogue:
    """The recordings of one revision, as the prompts folder stood when this was made or last `look_again` was called.

    `resolve` looks nothing up on disk: look again when a recording was added, taken away or damaged. Raises SpeechError
    where a prompt cannot be cut into recordings at all.
    """

    def __init__(self, flow: Flow, prompts: Path, voice: Voice) -> None:
        self.prompts = prompts
        self._texts = {id_: prompt.texts for id_, prompt in flow.prompts.items()}
        self._plans: dict[tuple[str, str], tuple[Segment, ...]] = {}
        for id_, texts in self._texts.items():
            for language, text in texts.items():
                self._plans[id_, language] = _plan(id_, language, text)
        self.clips = tuple(self._needed(flow, voice))
        #: Why a recording was passed over: its path → the reason, in Chinese.
        self.unfit: Mapping[Path, str] = {}
        self._paths: Mapping[tuple[str, str, str], Path | None] = {}
        self.look_again()

    def look_again(self) -> None:
        """Find the recordings anew; whoever uses this catalogue in another thread has the old ones or the new ones."""
        # by name: a Path for each of some thousand files costs more than the look
        folder = f"{self.prompts}/"
        there = {path for clip in self.clips for path in clip.files if os.path.isfile(f"{folder}{path}")}  # noqa: PTH113
        unfit = _unfit(self.prompts, there)
        usable = there - unfit.keys()
        self._paths = {
            (clip.language, clip.variant, clip.id): next((path for path in clip.files if path in usable), None)
            for clip in self.clips
        }
        self.unfit = MappingProxyType(unfit)

    def missing(self) -> list[Clip]:
        """Clips that nothing speaks yet."""
        return [clip for clip in self.clips if self.path(clip) is None]

    def path(self, clip: Clip) -> Path | None:
        """Recording that speaks `clip`, relative to the prompts folder."""
        return self._paths[clip.language, clip.variant, clip.id]

    def built(self) -> frozenset[Path]:
        """Built files this revision plays, relative to the prompts folder; `prune` must keep them."""
        return frozenset(path for path in self._paths.values() if path is not None and path.parts[0] == BUILT)

    def resolve(self, prompt: str, values: Mapping[str, Value], language: str, variant: str) -> tuple[Path, ...]:
        """Return the recordings that speak `prompt`, in order, relative to the prompts folder.

        Raises PromptMissing for a prompt, text or recording that is not there, SpeechError for a value
        that is missing or cannot be spoken.
        """
        if (plan := self._plans.get((prompt, language))) is None:
            raise PromptMissing(self._no_text(prompt, language))
        found: list[Path] = []
        for segment in plan:
            if isinstance(segment, Fixed):
                found.append(self._recorded(_clip_id(prompt, segment, plan), language, variant))
            elif segment.name not in values:
                raise SpeechError(f"提示语 {prompt} 缺少 {{{segment.name}}} 的值")
            elif segment.kind == _WORD:
                found.append(self._recorded(word_id(values[segment.name]), language, variant))
            else:
                found.extend(self.spell(segment.kind, values[segment.name], language, variant))
        return tuple(found)

    def spell(self, kind: str, value: Value, language: str, variant: str) -> tuple[Path, ...]:
        """Return the pieces that say `value` as a placeholder of type `kind` would: an agent's number is
        `spell("digits", "1001", …)`. Raises as `resolve` does."""
        try:
            pieces = spell(kind, value, language)
        except ValueError as wrong:
            raise SpeechError(f"无法播报：{wrong}") from wrong
        return tuple(self._recorded(f"{_PIECES}/{piece}", language, variant) for piece in pieces)

    def _recorded(self, clip: str, language: str, variant: str) -> Path:
        path = self._paths.get((language, variant, clip))
        if path is None:
            raise PromptMissing(
                f"缺少录音 {clip}（语言 {language}，版本 {variant}）："
                f"请运行 ivr prompts build，或把录音放到 {_own(language, variant, clip)[0]}"
            )
        return path

    def _no_text(self, prompt: str, language: str) -> str:
        if prompt not in self._texts:
            return f"没有名为 {prompt} 的提示语（语言 {language}）：请在 prompts.yaml 中添加"
        return f"提示语 {prompt} 没有语言 {language} 的文字：请在 prompts.yaml 中为它添加 {language}"

    def _needed(self, flow: Flow, voice: Voice) -> Iterator[Clip]:
        speeds = {NORMAL: 1.0, ELDERLY: flow.elderly.speed}
        for variant, speed in speeds.items():
            for (prompt, language), plan in self._plans.items():
                for segment in plan:
                    if isinstance(segment, Fixed):
                        yield _clip(_clip_id(prompt, segment, plan), language, variant, segment.text, speed, voice)
            for language in flow.languages:
                for piece, words in INVENTORIES.get(language, {}).items():
                    yield _clip(f"{_PIECES}/{piece}", language, variant, words, speed, voice)


def _plan(prompt: str, language: str, text: str) -> tuple[Segment, ...]:
    if not _SAFE_ID.fullmatch(prompt) or not _SAFE_ID.fullmatch(language):
        raise SpeechError(f"提示语名称 {prompt!r}（语言 {language!r}）不能用作文件名，只能用字母、数字、_ 和 -")
    try:
        plan = parse(text)
    except ValueError as wrong:
        raise SpeechError(f"提示语 {prompt}：{wrong}") from wrong
    for segment in plan:
        if isinstance(segment, Slot) and segment.kind != _WORD and segment.kind not in KINDS.get(language, ()):
            raise SpeechError(
                f"提示语 {prompt} 的语言 {language} 不能用 {segment.kind} 类型的占位符：没有它的数字录音片段"
            )
    if not plan:
        raise SpeechError(f"提示语 {prompt}（语言 {language}）没有可以说出的字：{text!r}")
    return plan


def _clip_id(prompt: str, segment: Fixed, plan: tuple[Segment, ...]) -> str:
    return prompt if len(plan) == 1 else f"{prompt}.{segment.number}"


def _clip(id_: str, language: str, variant: str, text: str, speed: float, voice: Voice) -> Clip:
    words = spoken(text) if language == "zh" else text
    key = f"{voice.fingerprint(language, speed)}\0{words}"
    said = f"{language}\0{words}\0{speed:.3f}"
    return Clip(
        id_,
        language,
        variant,
        text,
        _own(language, variant, id_),
        Path(RECORDED, language, variant, f"{id_}-{_digest(said)}.wav"),
        Path(BUILT, language, variant, f"{id_}-{_digest(key)}.wav"),
    )


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()[:8]


def _own(language: str, variant: str, clip: str) -> tuple[Path, ...]:
    normal = Path(language, f"{clip}.wav")
    return (normal,) if variant == NORMAL else (Path(language, ELDERLY, f"{clip}.wav"), normal)


def _unfit(prompts: Path, there: set[Path]) -> dict[Path, str]:
    found: dict[Path, str] = {}
    for path in sorted(there):
        try:
            seen = os.stat(f"{prompts}/{path}")  # noqa: PTH116 - as above
        except OSError:
            wrong = wav.unfit(prompts / path)
        else:
            wrong = _unfit_as_it_is(prompts / path, seen.st_ino, seen.st_size, seen.st_mtime_ns, seen.st_ctime_ns)
        if wrong is not None:
            found[path] = wrong
    return found


@lru_cache(maxsize=4096)
def _unfit_as_it_is(file: Path, *_as_it_is: int) -> str | None:
    """A file's head is read once as long as nobody has written to it."""
    return wav.unfit(file)
