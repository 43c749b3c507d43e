"""Written Mandarin → the sounds the Kokoro model was taught, in stretches it speaks in one breath.

Digits are read by `ivr.text.normalise` as everywhere in the house, so a recording says what the clock and
the count of characters expect. Words that the dictionary misreads in a bank's mouth are in `READINGS`.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from ivr.text.normalise import spoken
from ivr.text.template import characters

#: Word → its syllables, where the dictionary's reading is wrong here. Longer words go first.
READINGS = {
    "重听": "chong2 ting1",
    "还款": "huan2 kuan3",
    "还款日": "huan2 kuan3 ri4",
    "还信用卡": "huan2 xin4 yong4 ka3",
    "还贷款": "huan2 dai4 kuan3",
    "还贷": "huan2 dai4",
    "还清": "huan2 qing1",
    "还不起": "huan2 bu5 qi3",
    "怎么还": "zen3 me5 huan2",
    "怎么还款": "zen3 me5 huan2 kuan3",
    "要还": "yao4 huan2",
    "来还": "lai2 huan2",
    "最长": "zui4 chang2",
    "我行": "wo3 hang2",
    "你们行": "ni3 men5 hang2",
    "得带": "dei3 dai4",
    "幺": "yao1",
    "时间为": "shi2 jian1 wei2",
    "利率为": "li4 lv4 wei2",
    "为最后": "wei2 zui4 hou4",
    "为准": "wei2 zhun3",
}

#: A stretch that is spoken at once has at most so many characters (字): the model hurries and slurs longer ones.
LONGEST = 40

_READ = re.compile("|".join(sorted(map(re.escape, READINGS), key=len, reverse=True)))
_HARD, _SOFT = re.compile(r"[^。！？；!?;]*[。！？；!?;]*"), re.compile(r"[^，,：:]*[，,：:]*")


def stretches(text: str) -> list[str]:
    """Cut a text after its sentence marks, and where a sentence is too long after its commas; no word is lost."""
    found: list[str] = []
    for sentence in filter(None, _HARD.findall(spoken(text).lstrip("，。、：；！？,.:;!? "))):
        if characters(sentence) <= LONGEST:
            found.append(sentence)
            continue
        parts = [part for part in _SOFT.findall(sentence) if part]
        found.extend(_joined(parts))
    return [part for part in found if characters(part)]


def _joined(parts: list[str]) -> Iterator[str]:
    """Put clauses together again, evenly, as long as they stay short enough."""
    whole = sum(map(characters, parts))
    enough = whole / -(-whole // LONGEST)
    held = ""
    for part in parts:
        if held and characters(held) + characters(part) / 2 > enough:
            yield held
            held = ""
        held += part
    if held:
        yield held


def sounds(text: str) -> str:
    """Phonetic signs of a stretch, spaces between words. Needs the extra `kokoro`."""
    reader = _reader()
    found: list[str] = []
    at = 0
    for match in [*_READ.finditer(text), None]:
        if between := text[at : match.start() if match else len(text)]:
            found.append(reader(between)[0])
        if match:
            found.append("".join(reader.py2ipa(syllable) for syllable in READINGS[match[0]].split()))
            at = match.end()
    return re.sub(r"\s+(?=[,.!?;:])", "", " ".join(found)).strip()


@lru_cache(maxsize=1)
def _reader() -> Any:
    import jieba
    from misaki.zh import ZHG2P

    jieba.setLogLevel(logging.WARNING)
    return ZHG2P()
