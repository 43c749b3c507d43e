"""Written Mandarin → what is said, so that a voice, the clock and the count of characters agree.

按1 → 按一, 08:30 → 八点三十分, 95000 → 九五零零零, 2026年 → 二零二六年, 3.5% → 百分之三点五, 2位 → 两位,
5-10万元 → 五至十万元, 尾号1234 → 尾号幺二三四, 1/2 → 二分之一, ￥5000 → 五千元, -5℃ → 零下五摄氏度.

One reading from left to right: at each place the first of `ivr.text.readings.RULES` that fits takes its stretch.
`wetext` (its Mandarin TN grammar) was tried for this and is not used: of the 17 readings at
the beginning of tests/text/reading.tsv it gives 10, and what it misreads sounds right:
50%-60% as 百分之五十百分之负六十, 9点-17点 as 九点负十七点, 1,234.50 as 一,二百三十四点五零, 95000 as an amount.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from ivr.text.neighbours import PLAIN, WIDE
from ivr.text.readings import RULES


@dataclass(frozen=True, slots=True)
class Unsure:
    """A number that can be read in more than one way. `at` and `end` are offsets in the text, `written` is the
    stretch, `spoken` how it will be said, `others` how else it may be meant (may be empty)."""

    at: int
    end: int
    written: str
    spoken: str
    others: tuple[str, ...]


@lru_cache(maxsize=4096)
def spoken(text: str) -> str:
    """Rewrite every number and key sign of `text` as the characters that are said; the rest stays."""
    return "".join(said for _, _, said, _ in _read(text))


@lru_cache(maxsize=1024)
def unsure(text: str) -> tuple[Unsure, ...]:
    """The numbers of `text` whose reading is a guess, in order: their writer should spell them out."""
    return tuple(
        Unsure(at, end, text[at:end], said, tuple(one for one in others if one != said))
        for at, end, said, others in _read(text)
        if others is not None
    )


def _read(text: str) -> Iterator[tuple[int, int, str, tuple[str, ...] | None]]:
    """Stretches from first to last: where, what is said, and, where it is a guess, how else it may be meant."""
    written = text.translate(WIDE)
    at = 0
    while at < len(written):
        if (plain := PLAIN.match(written, at)) is not None:
            yield at, plain.end(), plain[0], None
            at = plain.end()
            continue
        for pattern, rule in RULES:
            if (match := pattern.match(written, at)) is not None and (reading := rule(match)) is not None:
                yield at, match.end(), reading.said, reading.others
                at = match.end()
                break
        else:
            yield at, at + 1, text[at], None
            at += 1
