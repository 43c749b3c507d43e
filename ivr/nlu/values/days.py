"""Days as callers say them → dates: 明天, 下下周三, 三天后, 月底, 后年三月五号, 12/5, 2026-10-01.

Where it is a matter of guessing which day is meant there is none: 5号 that has passed, a bare 周三 of a week that is
nearly over, 二月二十九号 of a year without, 月初, 农历八月十五, 三五天后, 下周三左右, 月底之前."""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable, Iterator
from datetime import date, timedelta

from ivr.flow.model import When
from ivr.nlu.values.corrections import denied, standing, tidy
from ivr.nlu.values.numerals import digits, value

_N = "[0-9零一二两三四五六七八九十]{1,4}"
_PAUSE = re.compile("((?:这个?|[本当下])个?月|[今明后]年)，")
_MANY = "(?<![0-9零一二两三四五六七八九十百千])(?P<many>[0-9零一二两三四五六七八九十百千]{1,8})"
_NOT = "(?![0-9零一二两三四五六七八九十百千万])"
_YEAR = "(?:(?P<year>[0-9零一二三四五六七八九]{4}|[0-9零一二三四五六七八九]{2}|大后|[今本明后去前])年的?)?"
_MONTH = rf"(?P<month>{_N}|本|当|这个?|下下个?|下个?|上上个?|上个?)月份?的?"
_YEARS = {"今": 0, "本": 0, "明": 1, "后": 2, "大后": 3, "去": -1, "前": -2}
_MONTHS = {"本": 0, "当": 0, "这": 0, "下": 1, "下下": 2, "上": -1, "上上": -2}
_WORDS = {
    "大大前天": -4, "大前天": -3, "前天": -2, "前日": -2, "昨天": -1, "昨日": -1, "昨晚": -1, "昨儿": -1,
    "今天": 0, "今日": 0, "今晚": 0, "今早": 0, "今儿": 0, "当天": 0,
    "明天": 1, "明日": 1, "明早": 1, "明晚": 1, "明儿": 1,
    "后天": 2, "后日": 2, "后儿": 2, "大后天": 3, "大后日": 3, "大大后天": 4,
}  # fmt: skip
#: A day that is no longer away may be meant, though the question was for one on the other side of today.
_MAY_BE_MEANT = timedelta(92)
_WEEKS = {"上上": -2, "上": -1, "这": 0, "本": 0, "": 0, "下": 1, "下下": 2, "下下下": 3}

#: Days of the lunar calendar and its feasts, and holidays that are more than one day.
#: 元月五日; the first month of the other calendar is 正月, and 五百元月底还 is money.
_JANUARY = re.compile(r"(?<![0-9〇零一二两三四五六七八九十百千万亿半])元月(?=[0-9一二三四五六七八九十])")
_OTHER_CALENDAR = re.compile(
    "农历|阴历|旧历|老历|黄历|正月|腊月|冬月|闰|(?<![月年])初[一二三四五六七八九十]|月初[一二三四五六七八九十]|大年|除夕|春节|"
    "中秋|端午|元宵|重阳|清明|冬至|过年|年三十|小年|七夕|国庆|五一|劳动节|双十一|假期|放假|生日|大寒|小寒|立[春夏秋冬]"
)
#: What makes it a guess. Beside a day (明天之前) or anywhere.
_AROUND = re.compile(r"^(?:之|以)?[前后内起间]|^左右|^上下|^往后|^开始|^[到至-]|^那几天|^那周")
_VAGUE = re.compile(
    "左右|前后|上下|大概|大约|差不多|可能|也许|兴许|应该|好像|似乎|估计|没准|左近|附近|最[早晚迟快慢]|不晚于|不早于|之[前后内间]|以[前后内]|"
    "随便|除|几[天日号周月年个]|过几|或|明后[天日两]|今明|昨今|[上中下]旬|月初|月中|年初|年中|周末|周初|季[度末]|半年|半个?月|半周|工作日|"
    "[上半下]半|过[两俩]天|隔天|第二天|次日|改天|过些|过阵|一阵|往年|每[天日周月年个]|"
    r"(?:[上下明去前后今本这当]|大后|[0-9一二两三四五六七八九十多来])个?(?:年|月(?![供薪费租付结])|周(?!转)|星期|礼拜)|(?:周|星期|礼拜)[几天日]|"
    "[0-9一二两三四五六七八九十多来]天|[0-9一二两三四五六七八九十]{1,3}[日号](?![线楼房机窗柜])"
)


def day(text: str, today: date, when: When = When.ANY) -> date | None:
    """The day that is said, None where none is, or none clearly, or one on the wrong side of today. Without a year the
    one that is next (or last); `today` itself is both past and to come."""
    return _Reading(_JANUARY.sub("一月", standing(tidy(text))), today, when).day()


def mentioned(text: str) -> bool:
    """Whether something like a day is said, clearly or not."""
    words = tidy(text)
    found = _VAGUE.search(words) or _OTHER_CALENDAR.search(words)
    return bool(found) or any(pattern.search(words) for pattern, _ in _SHAPES)


class _Reading:
    """One utterance against one day."""

    def __init__(self, words: str, today: date, when: When) -> None:
        self.today, self.when = today, when
        self._words = self._left = _PAUSE.sub(r"\1", words)

    def day(self) -> date | None:
        if _OTHER_CALENDAR.search(self._words):
            return None
        found = list(self._found())
        weekdays = [each for each in found if isinstance(each, int)]
        days = {each for each in found if not isinstance(each, int)}
        if not days and len(set(weekdays)) == 1:
            days = {self._bare_weekday(weekdays[0])}
        if len(days) != 1 or _VAGUE.search(self._left):
            return None
        (only,) = days
        if only is None or any(each != only.weekday() for each in weekdays) or not self._on_side(only):
            return None
        return only

    def _found(self) -> Iterator[date | int | None]:
        """Each day that is meant; a bare weekday is its number, None is a day that is not clear or does not exist."""
        for pattern, made in _SHAPES:
            for match in pattern.finditer(self._left):
                self._left = self._left[: match.start()] + "；" * len(match[0]) + self._left[match.end() :]
                after = self._words[match.end() :]
                if not denied(self._words[: match.start()], after):
                    yield None if _AROUND.match(after) else made(self, match)

    def _on_side(self, found: date) -> bool:
        match self.when:
            case When.COMING:
                return found >= self.today
            case When.PAST:
                return found <= self.today
        return True

    def _bare_weekday(self, weekday: int) -> date | None:
        """周三 is the one of this week, as long as that cannot be another: today's own may be a week away."""
        found = _plus(self.today, weekday - self.today.weekday())
        return None if found == self.today and self.when is not When.ANY else found

    # ---- how days are said

    def figures(self, match: re.Match[str]) -> date | None:
        """2026-12-05."""
        return _made(int(match[1]), int(match[2]), int(match[3]))

    def slash(self, match: re.Match[str]) -> date | None:
        """12/5."""
        return self._nearest(int(match[1]), int(match[2]))

    def word(self, match: re.Match[str]) -> date | None:
        """明天."""
        return _plus(self.today, _WORDS[match[0]])

    def several(self, _: re.Match[str]) -> None:
        """明后天: one of them, or both."""

    def new_year(self, match: re.Match[str]) -> date | None:
        """元旦."""
        return self._dated(match["year"], 1, 1)

    def written(self, match: re.Match[str]) -> date | None:
        """三月五号, 下个月三号, 明年三月五号, 十二月底."""
        number = 0 if match["end"] else _number(match["day"])
        if number is None or (number == 0 and not match["end"]):
            return None
        relative = _MONTHS.get(match["month"].removesuffix("个"))
        if relative is not None:
            return None if match["year"] and match["year"] not in "今本" else self._in_month(relative, number)
        month = _number(match["month"]) or 0
        return self._dated(match["year"], month, number)

    def end_of_year(self, match: re.Match[str]) -> date | None:
        """年底, 明年年底."""
        return self._dated(match["year"] or "今", 12, 31)

    def end_of_month(self, _: re.Match[str]) -> date | None:
        """月底."""
        return self._in_month(0, 0)

    def later(self, match: re.Match[str]) -> date | None:
        """三天后, 两周后, 一个月后."""
        return self._off(match, 1)

    def earlier(self, match: re.Match[str]) -> date | None:
        """三天前."""
        return self._off(match, -1)

    def weekday(self, match: re.Match[str]) -> date | int | None:
        """下周三; a bare 周三 is its number."""
        number = int(match["weekday"]) - 1 if match["weekday"].isdecimal() else "一二三四五六日".find(match["weekday"])
        number = 6 if match["weekday"] == "天" else number
        week = _WEEKS[match["week"] or ""]
        return number if not match["week"] else _plus(self.today, week * 7 + number - self.today.weekday())

    def only_day(self, match: re.Match[str]) -> date | None:
        """5号."""
        return self._in_month(0, _number(match["only"]) or -1)

    # ---- which year and month

    def _dated(self, year: str | None, month: int, number: int) -> date | None:
        """`number` 0 is the last day of the month."""
        if year in _YEARS:
            return _made(self.today.year + _YEARS[year], month, number)
        if year:
            made = int(digits(year))
            return _made(made if made > 99 else 2000 + made, month, number)
        return self._nearest(month, number)

    def _nearest(self, month: int, number: int) -> date | None:
        """The next such day, or the last, as asked for; neither where the other is so near that it may be meant."""
        near = [made for year in (-1, 0, 1) if (made := _made(self.today.year + year, month, number))]
        closest = min(near, key=lambda made: abs(made - self.today), default=None)
        if closest is None or self._on_side(closest) or abs(closest - self.today) <= _MAY_BE_MEANT:
            return closest
        return min(filter(self._on_side, near), key=lambda made: abs(made - self.today), default=None)

    def _in_month(self, months: int, number: int) -> date | None:
        month = self.today.year * 12 + self.today.month - 1 + months
        return _made(month // 12, month % 12 + 1, number)

    def _off(self, match: re.Match[str], sign: int) -> date | None:
        many, unit = value(match["many"], short=False), match["unit"].removeprefix("个")
        if not many:
            return None
        if unit == "天":
            return _plus(self.today, sign * many)
        if unit in ("周", "星期", "礼拜"):
            return _plus(self.today, sign * many * 7)
        month = self.today.year * 12 + self.today.month - 1 + sign * many * (12 if unit == "年" else 1)
        return _made(month // 12, month % 12 + 1, self.today.day)


def _number(words: str) -> int | None:
    """Of a month or a day: also 零五."""
    return value(words.removeprefix("零"), short=False)


def _made(year: int, month: int, number: int) -> date | None:
    """`number` 0 is the last day of the month."""
    try:
        return date(year, month, number or calendar.monthrange(year, month)[1])
    except (ValueError, OverflowError):  # 百亿日
        return None


def _plus(day: date, days: int) -> date | None:
    try:
        return day + timedelta(days)
    except OverflowError:  # at the ends of the calendar
        return None


_UNIT = "(?P<unit>[天周]|个?星期|个?礼拜|个月|年)"
#: In this order: what an earlier shape has taken a later one does not see.
_SHAPES: tuple[tuple[re.Pattern[str], Callable[[_Reading, re.Match[str]], date | int | None]], ...] = (
    (re.compile(r"(?<![\d./-])(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?![\d./-])"), _Reading.figures),
    (re.compile(r"(?<!\d)(20\d{2})(\d{2})(\d{2})(?!\d)"), _Reading.figures),
    (re.compile(r"(?<![\d./-])(\d{1,2})/(\d{1,2})(?![\d./-])"), _Reading.slash),
    (re.compile("[今明昨前]后?[明后][天日两]"), _Reading.several),
    (re.compile(f"(?<!大)(?:{'|'.join(sorted(_WORDS, key=len, reverse=True))})"), _Reading.word),
    (re.compile(rf"{_YEAR}元旦"), _Reading.new_year),
    (
        re.compile(
            rf"{_YEAR}(?<![0-9零一二三四五六七八九十]){_MONTH}"
            rf"(?:(?P<end>月?[底末]|最后一[天日])|(?P<day>{_N})(?:[日号](?![线楼房机窗柜])|(?![天月年点个块元日号])){_NOT})"
        ),
        _Reading.written,
    ),
    (
        re.compile(
            r"(?P<year>[0-9零一二三四五六七八九]{4}|大后|[今本明后去前])?年?(?:年[底末]|(?<=年)(?:的?最后一[天日]))"
        ),
        _Reading.end_of_year,
    ),
    (re.compile("月[底末](?:的?最后一[天日])?"), _Reading.end_of_month),
    (re.compile(rf"(?:再?过)?{_MANY}{_UNIT}(?:之后|以后|过?后)"), _Reading.later),
    (re.compile(rf"再?过(?P<many>[0-9一二三四五六七八九十]{{1,3}}){_UNIT}"), _Reading.later),
    (re.compile(rf"{_MANY}{_UNIT}[之以]?前"), _Reading.earlier),
    (
        re.compile(
            r"(?P<week>上上|上|这|本|下{1,3})?个?(?:周|星期|礼拜)(?P<weekday>[一二三四五六日天1-7])"
            r"(?!次|个月|年|期|[一二三四五六七八九十])"
        ),
        _Reading.weekday,
    ),
    (
        re.compile(rf"(?<![0-9零一二两三四五六七八九十百千万]){'(?P<only>' + _N + ')'}[日号](?![线楼房机窗柜])"),
        _Reading.only_day,
    ),
)
