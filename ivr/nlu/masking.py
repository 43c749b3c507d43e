"""Card, phone and ID numbers are hidden before anything is stored (CBA 十三, 三十)."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain

from ivr.flow.model import SlotKind
from ivr.nlu.normalise import in_simplified
from ivr.nlu.values.numerals import DIGITS, value

#: Runs of this many digits and more are hidden.
LONG = 6
MASK = "〔号码〕"

#: What a recogniser writes for digits it hears inside a number; 十 because some say numbers in pairs (六十二 二十二).
_HEARD = frozenset("十拾廿卅要妖腰邀吆夭凌灵另令林而儿耳尔散山叁伞司斯丝思死舞武午吾刘流留妻期齐琪巴吧扒把酒久就俩")
#: What may stand between the digits of one number: hums, what joins its groups (然后, 接着, 再), the 个 of 四个八.
_BETWEEN = frozenset("嗯啊呃额哦噢唉哎诶欸呀呢哈嘛杠横点是的那这个然后接着再还有下面跟加空格第组完了好对又減减")
#: The same in several characters, some of which would be digits by themselves (等一下, 下一个, 最后四位).
_JOINING = (
    "(?:我?[再先]?[看等想找](?:一下|一看|看|一会儿?)|稍等(?:一下)?|等等|继续|空一?格|下一[个位组]|"
    "[再又]来是?|(?:后面|后边|接下来|往下|往后|中间|最后|下面|跟着|完了)(?:[几三四4六6][个位])?的?是?)[啊哈]?"
)
_LEAST_SURE = 4
#: Digits by their English names, as whole words; and what stands between them.
_ENGLISH = frozenset(re.findall(r"\w+", "zero oh one two three four five six seven eight nine double triple"))
_ENGLISH_BETWEEN = frozenset(("and", "then", "um", "uh", "er", "dash", "hyphen", "space"))
_NAME = re.compile("|".join(sorted(_ENGLISH | _ENGLISH_BETWEEN, key=len, reverse=True)))
_NAMES = re.compile(f"(?:{_NAME.pattern})+")
#: The last sign of an ID number: X, also as it is said.
_CHECK_SIGN = re.compile(r"[\W_]*(?:[XxＸｘ×✕Χχ]|艾克斯|埃克斯|爱克斯|叉)")
_BEFORE_CHECK_SIGN = 17
_WORD = re.compile(f"[A-Za-z]+|{_JOINING}|.", re.DOTALL)
_JOINS = re.compile(_JOINING)

#: Whose digits are hidden, from three on: a single one is a number of something (密码错了三次).
_SECRET = re.compile(
    "密码|口令|有效期|背面|背后|三位数|暗码|验证码|校验码|动态码|短信码|安全码|识别码|授权码|尾号|尾数|(?:最?后|末|后面)[四4六6]位|卡号|[账帐]号|[账帐]?户号?|卡的?号码|"
    "身份证号?|证件号|证号|手机号|号码(?=[是为])|我?[报念说]给[你您]听?|[报念说输记]一下|[我你您][报念记]|(?<![a-z])(?:pin|cvv2?|cvn2?|password|passcode)(?![a-z])|卡(?=[0-9零〇一二三四五六七八九幺])",
    re.IGNORECASE,
)
_LEAST_OF_A_SECRET = 3
#: Names after which a number with places (三千五) is one, too: not a card's, nor what is dictated.
_NO_PLACES = re.compile("卡|.*[报念说输记听](?:一下)?")
#: After a number: it is one of money or of days.
_COUNTS = tuple("元块角毛万亿年月")
#: After a short number: it says how many, or which (12期, 3次, 5号), or has places (三千).
_COUNTED_THINGS = tuple("期次位个张天日号分点笔份成岁折多%％")
_PLACES = tuple("百千")
_MOST_COUNTED = 3
_LEAST_GOING_ON = 2
#: What may stand between its name and its digits.
_LEADING = re.compile(
    r"(?:[\W_]|号码?|码|数字|[我你他她您]的?|[就是为的叫嗯啊呃哦额吧呢了报念说填输设成改]|那个|这个|应该|好像|大概|可能|不是|不对|告诉|分别|"
    "输入|设置|后面|前面|最后|[四4六6]位|然后|还有|is|code|number|my|the)*",
    re.IGNORECASE,
)
_TRAILING = re.compile(r"(?:[\W_]|[这那就是为的我嗯啊呃]|这个|那个)*")
#: Its digits, also counted (四个八) or as a number (八千八百八十八).
_FIGURE = "0-9０-９零〇洞一幺壹二两贰三叁四肆五伍六陆七柒拐八捌九玖勾"
_COUNTED = re.compile(
    rf"[{_FIGURE}十](?:[-\s]?[{_FIGURE}十百千]|[，,、.](?=[{_FIGURE}](?![十百千万点元块]))|个(?=[{_FIGURE}]))*"
)
#: Questions that are answered with digits, and how their answers look.
_TOLD: Mapping[SlotKind | None, re.Pattern[str]] = {
    SlotKind.AMOUNT: re.compile(r"[￥¥]?[0-9０-９][0-9０-９,，.]{0,14}(?:[万亿wW]?[元块]|[万亿])"),
    SlotKind.DATE: re.compile(r"(?<![0-9])20[0-9]{2}[-/.]?(?:[0-9]{2}|(?<=\D)[0-9])[-/.]?[0-9]{1,2}(?![0-9])"),
}


def mask(text: str) -> str:
    """The text with every run of six and more digits hidden, written (any script, spaces and dashes between them) or
    spoken (幺三八…, with what recognisers make of digits, as long as four are sure), and every shorter one that is told
    as a secret's or a card's (密码是1234, 尾号四个八). What is left has no such run."""
    return _hidden(text, _spans(text))


def without_secrets(text: str) -> str:
    """The text with what is told as a secret's or a card's digits hidden; other numbers, however long, stay."""
    return _hidden(text, _joined(_secrets(text, list(_runs(text)))))


def personal(text: str) -> bool:
    """Whether `mask` would hide something."""
    return bool(_spans(text))


def storable(text: str, asked: SlotKind | None = None, *, goes_on: bool = False) -> str:
    """What of an utterance may be stored, after a question for `asked`: masked, but for an amount or a date that was
    asked for and is told as one (500000元, 2026-12-05). Nothing of what is little but digits that nobody asked for:
    a recogniser that hears a part of a card's number writes 62334. `goes_on`: it may be more of a number that was
    `begun` before, so two digits are hidden, too."""
    spans = _spans(text)
    if goes_on:
        spans = _joined((*spans, *_more(text)))
    told = _TOLD.get(asked)
    if told is None:
        masked = _hidden(text, spans)
        least = 1 if goes_on else _LEAST_OF_A_SECRET
        return "" if _mostly_digits(masked.replace(MASK, ""), least) else masked
    if _SECRET.search(in_simplified(text)):
        return _hidden(text, spans)
    values = [match.span() for match in told.finditer(text)]
    return _hidden(text, [each for each in spans if not any(_within(each, value) for value in values)])


def begun(text: str, asked: SlotKind | None = None) -> bool:
    """Whether what is said next may be more of a number: it is named (我的卡号是), a part of it is told, or the last
    words are digits. Callers pause in the middle of a number, and each part is an utterance of its own. The digits of
    an amount or a date that was `asked` for begin nothing."""
    if asked in _TOLD:
        return personal(storable(text, asked)) or (_SECRET.search(in_simplified(text)) is not None and begun(text))
    plain = in_simplified(text)
    names = list(_SECRET.finditer(plain))
    bare = [run for run in _runs(text) if run.sure and not _counts(text, run)]
    if names and (
        _end_of_leading(plain, names[-1].end()) == len(plain) or any(run.end > names[0].end() for run in bare)
    ):
        return True
    last = bare[-1] if bare else None
    ends = last is not None and last.sure >= _LEAST_GOING_ON and _end_of_leading(plain, last.end) == len(plain)
    return ends or personal(text) or _mostly_digits(text, 1)


def _more(text: str) -> Iterator[tuple[int, int]]:
    """Digits that may be the rest of a number."""
    for run in _runs(text):
        if run.sure and run.count >= _LEAST_GOING_ON and not _counts(text, run):
            yield run.start, run.end


def _within(span: tuple[int, int], value: tuple[int, int]) -> bool:
    return value[0] <= span[0] and span[1] <= value[1]


def _hidden(text: str, spans: list[tuple[int, int]]) -> str:
    made: list[str] = []
    done = 0
    for start, end in spans:
        made += [text[done:start], MASK]
        done = end
    return "".join([*made, text[done:]])


def _spans(text: str) -> list[tuple[int, int]]:
    """Start and end of everything that must be hidden, in order, none overlapping another."""
    runs = list(_runs(text))
    long = [(run.start, _with_check_sign(text, run)) for run in runs if run.count >= LONG and run.sure >= _LEAST_SURE]
    return _joined((*long, *_secrets(text, runs)))


def _joined(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """In order; those that overlap as one."""
    found: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if found and start < found[-1][1]:
            found[-1] = found[-1][0], max(end, found[-1][1])
        else:
            found.append((start, end))
    return found


def _with_check_sign(text: str, run: _Run) -> int:
    sign = _CHECK_SIGN.match(text, run.end) if run.sure >= _BEFORE_CHECK_SIGN else None
    return sign.end() if sign else run.end


def _secrets(text: str, runs: list[_Run]) -> Iterator[tuple[int, int]]:
    """Short numbers that are told as a secret's or a card's: after its name, or before it (1234是密码)."""
    plain, starts, ends = in_simplified(text), [run.start for run in runs], [run.end for run in runs]
    for name in _SECRET.finditer(plain):
        at, counted = name.end(), _NO_PLACES.fullmatch(name[0]) is None
        begins = bisect_left(starts, _end_of_leading(plain, at))
        if begins < len(runs) and starts[begins] == _end_of_leading(plain, at) and _dictated(runs[begins], plain):
            yield runs[begins].start, runs[begins].end
        while said := _COUNTED.match(plain, _end_of_leading(plain, at)):
            if not _told(said[0], plain[said.end() : said.end() + 1], counted):
                break
            yield said.span()
            at, counted = said.end(), False
        before = bisect_right(ends, name.start()) - 1
        run = runs[before] if before >= 0 else None
        if run and run.count >= _LEAST_SURE and _TRAILING.fullmatch(plain, run.end, name.start()):
            yield run.start, run.end


def _counts(text: str, run: _Run) -> bool:
    """Whether it is how many of something there are (12期), or what day or year it is."""
    after = text[run.end : run.end + 1]
    return after in (*_COUNTS, *_PLACES) or (after in _COUNTED_THINGS and run.count <= _MOST_COUNTED)


def _dictated(run: _Run, plain: str) -> bool:
    """Whether it is several digits, in groups too (12然后34); what is counted is not."""
    return run.sure >= _LEAST_OF_A_SECRET and not _counts(plain, run)


def _end_of_leading(plain: str, at: int) -> int:
    match = _LEADING.match(plain, at)
    return match.end() if match else at


def _told(said: str, after: str, counted: bool) -> bool:
    """Whether it is several digits, also 四个八 and, where they may be `counted`, 八千八百八十八; but neither 三次 nor
    六位 nor what a card is to pay (信用卡1200块)."""
    if after in _COUNTS:
        return False
    if any(place in said for place in "十百千"):
        return counted and 1000 <= (value(said, short=False) or 0) <= 9999
    return "个" in said or sum(map(_digits, said)) >= _LEAST_OF_A_SECRET


def _mostly_digits(text: str, least: int) -> bool:
    """Whether more than half of it is one number, of at least so many digits, that counts nothing (1234元)."""
    bare = [run for run in _runs(text) if text[run.end : run.end + 1] not in _COUNTS]
    run = max(bare, key=lambda run: run.count, default=None)
    if run is None or run.sure < least:
        return False
    words = sum(not _between(word) for _, word in _words(text))
    return 2 * run.count > words


@dataclass(frozen=True, slots=True)
class _Run:
    """Digits side by side, or with what may stand between them: `count` of them, `sure` to be digits."""

    start: int
    end: int
    count: int
    sure: int


def _runs(text: str) -> Iterator[_Run]:
    start = end = sure = count = 0
    many = 0  # of 四个八, once 四个 is read
    before = ""
    for at, word in chain(_words(text), [(len(text), "")]):
        size = _digits(word)
        if size or word in _HEARD:
            start = start if count else at
            count += (size or 1) + many
            sure += size + many
            end = at + len(word)
            many = 0
        elif word == "个" and _digits(before) == 1 and count:
            many = max(_value(before) - 2, 0)
        elif not count or not _between(word):
            if count:
                yield _Run(start, end, count, sure)
            count = sure = many = 0
        before = word


def _value(word: str) -> int:
    return DIGITS.get(word) or int(unicodedata.numeric(word, 0)) if len(word) == 1 else 1


def _words(text: str) -> Iterator[tuple[int, str]]:
    """Place and text of each character; letters that make the English names of digits, or what stands between two,
    come as one word for each name, also where they are written together. What joins two digits comes as one word."""
    for match in _WORD.finditer(text):
        word = match[0].lower()
        if _JOINS.fullmatch(word):
            yield match.start(), word
        elif len(word) == len(match[0]) and _NAMES.fullmatch(word):
            yield from ((match.start() + name.start(), name[0]) for name in _NAME.finditer(word))
        else:
            yield from enumerate(match[0], match.start())


def _digits(word: str) -> int:
    """How many digits it is: 1 for 5, ５, ٥, ⑤, 五 and five; 2 for ⑫."""
    if word in DIGITS or word in _ENGLISH:
        return 1
    if len(word) != 1 or word in "十百千万亿拾佰仟萬億廿卅":
        return 0
    number = unicodedata.numeric(word, None)
    return len(str(int(number))) if number is not None and number == int(number) else 0


def _between(word: str) -> bool:
    """It may stand between the digits of one number: a hum, a space, a mark, nothing visible."""
    if len(word) != 1:
        return word in _ENGLISH_BETWEEN or _JOINS.fullmatch(word) is not None
    gap = unicodedata.category(word)[0] in "ZPSMC" and word not in (MASK[0], MASK[-1])
    return gap or word in _BETWEEN
