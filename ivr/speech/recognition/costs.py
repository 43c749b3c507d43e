"""What a recogniser costs on this machine, measured: memory, and how long it takes after the caller has finished.

`python -m ivr.speech.recognition.costs ENGINE MODEL WAV…` loads the model, hears the clips and prints one JSON object;
`measured` runs that in a child process and remembers the answer in the state folder, for as long as the model's files
stay."""

from __future__ import annotations

import dataclasses
import json
import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ivr.errors import ModelUnusable
from ivr.speech.audio.wav import RATE, telephone
from ivr.speech.recognition.engines import ENGINES
from ivr.speech.recognition.recogniser import Engine, EngineKind, Expected

#: Where it is remembered, in the state folder.
FILE = "recognition-costs.json"
#: Clips that are heard, and how long each should be: what a caller says at a menu lasts about 3 s.
_CLIPS, _CLIP_S = 6, 3.0
_PIECE = 2 * RATE // 10
_PATIENCE_S = 300
#: Of the machine's memory, what recognition may take; and the longest wait for a text that callers bear (the rest of
#: the second and a half is end-pointing and the answer's way).
MEMORY_SHARE, _MOST_ANSWER_MS = 0.5, 900
#: About what a model of the best grade needs for each process.
BEST_MB = 700


@dataclass(frozen=True, slots=True)
class Cost:
    """One process with the model: seconds to load, megabytes, milliseconds from the end of an utterance of about 3 s to
    its text (the median), and seconds of processor for a second of speech."""

    load_s: float
    memory_mb: int
    answer_ms: int
    processor: float

    def told(self) -> str:
        """In Chinese, for operators."""
        at_once = max(1, int(1 / max(self.processor, 0.01)))
        return (
            f"载入 {self.load_s:.1f} 秒，每个进程 {self.memory_mb} MB 内存，"
            f"3 秒的话说完后 {self.answer_ms / 1000:.2f} 秒听出，每核可同时听约 {at_once} 人"
        )


def clips(prompts: Path) -> list[Path]:
    """Shipped recordings that last about as long as what callers say; none where there are none."""
    found = sorted(prompts.glob("recorded/**/*.wav"), key=lambda path: abs(path.stat().st_size / (2 * RATE) - _CLIP_S))
    return sorted(found[:_CLIPS])


def measured(kind: EngineKind, model: Path, sounds: Sequence[Path], memory: Path) -> Cost:
    """The cost of a model; what was measured before and is kept in the file `memory` is not measured again. Raises
    ModelUnusable where it cannot be measured."""
    known = remembered(memory)
    key, state = str(model), _state(model)
    if (entry := known.get(key)) and entry[0] == state:
        return entry[1]
    if not sounds:
        raise ModelUnusable("没有录音可供测量（prompts/recorded）")
    command = [sys.executable, "-m", "ivr.speech.recognition.costs", kind.name, str(model), *map(str, sounds)]
    try:
        done = subprocess.run(command, capture_output=True, timeout=_PATIENCE_S, check=False)  # noqa: S603 - our own module
    except subprocess.TimeoutExpired as wrong:
        raise ModelUnusable(f"{model.name} 在 {_PATIENCE_S} 秒内没有测完，这台机器带不动") from wrong
    try:
        told = json.loads(done.stdout)
        cost = Cost(**told)
    except (ValueError, TypeError) as wrong:
        said = done.stderr.decode(errors="replace").strip().splitlines()[-1:] or ["没有说明原因"]
        raise ModelUnusable(f"{model.name} 测不出来：{said[0]}") from wrong
    _remember(memory, known | {key: (state, cost)})
    return cost


def recommended(costs: Mapping[tuple[str, Path], Cost], workers: int, memory_mb: int) -> tuple[str, Path] | None:
    """Of the models that this machine can bear the one that hears Mandarin best, by its grade, then by its answer time;
    None where it can bear none."""
    able = [key for key, cost in costs.items() if not too_much(cost, workers, memory_mb)]
    return max(able, key=lambda key: (ENGINES[key[0]].grade(key[1]), -costs[key].answer_ms), default=None)


def too_much(cost: Cost, workers: int, memory_mb: int) -> str:
    """Why a model is too much for the machine, in Chinese; "" where it is not."""
    if cost.memory_mb * workers > MEMORY_SHARE * memory_mb:
        return f"{workers} 个进程要 {cost.memory_mb * workers} MB 内存，超过这台机器 {memory_mb} MB 的一半"
    if cost.answer_ms > _MOST_ANSWER_MS:
        return f"说完后要等 {cost.answer_ms / 1000:.1f} 秒，超过 {_MOST_ANSWER_MS / 1000:g} 秒"
    return ""


def machine_mb() -> int:
    """The machine's memory in megabytes."""
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**20


def hear(engine: Engine, sounds: Sequence[bytes]) -> tuple[int, float]:
    """Milliseconds from the end of an utterance to its text (the median), and processor seconds a second of speech."""
    took: list[float] = []
    began, length = time.process_time(), 0
    for sound in sounds:
        utterance = engine.begin(Expected())
        for at in range(0, len(sound), _PIECE):
            utterance.feed(sound[at : at + _PIECE])
        ended = time.monotonic()
        utterance.finish()
        took.append(time.monotonic() - ended)
        length += len(sound)
    return round(1000 * statistics.median(took)), (time.process_time() - began) / (length / (2 * RATE))


def _pcm(file: Path) -> bytes:
    """Telephone sound as the engines take it."""
    return np.rint(telephone(file) * 32768).astype("<i2").tobytes()


def _state(model: Path) -> list[list[object]]:
    """What shows that a model's files were changed."""
    files = sorted(path for path in model.rglob("*") if path.is_file())
    return [[str(path.relative_to(model)), path.stat().st_size, path.stat().st_mtime_ns] for path in files]


def remembered(memory: Path) -> dict[str, tuple[object, Cost]]:
    """What was measured before, with the state of the files it was measured on; nothing where the file is damaged."""
    try:
        told = json.loads(memory.read_text(encoding="utf-8"))
        return {model: (entry["files"], Cost(**entry["cost"])) for model, entry in told.items()}
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return {}  # nothing is lost: it is measured again


def _remember(memory: Path, known: dict[str, tuple[object, Cost]]) -> None:
    told = {model: {"files": state, "cost": dataclasses.asdict(cost)} for model, (state, cost) in known.items()}
    part = memory.with_name(memory.name + ".part")
    memory.parent.mkdir(parents=True, exist_ok=True)
    part.write_text(json.dumps(told, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    part.replace(memory)


def main(arguments: Sequence[str]) -> int:
    """`ENGINE MODEL WAV…`: measure in this process; returns the exit status."""
    engine, model, *files = arguments
    began = time.monotonic()
    loaded = ENGINES[engine].load(Path(model))
    load_s = time.monotonic() - began
    answer_ms, processor = hear(loaded, [_pcm(Path(file)) for file in files])
    memory_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    cost = Cost(round(load_s, 2), memory_mb, answer_ms, round(processor, 3))
    print(json.dumps(dataclasses.asdict(cost)))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
