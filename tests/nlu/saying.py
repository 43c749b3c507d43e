"""Amounts and days, each in the usual ways of saying it: made digit by digit, with nothing of what reads them."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Callable, Iterator
from datetime import date, timedelta

DIGITS = "零一二三四五六七八九"
_TRADITIONAL = str.maketrans("两万亿块", "兩萬億塊")
_FORMAL = str.maketrans("一二两三四五六七八九十百千", "壹贰贰叁肆伍陆柒捌玖拾佰仟")


def section(number: int, *, first: bool, teen: bool = False) -> str:
    """1…9999 with every place named. `first`: nothing stands before it; `teen`: 十五 rather than 一十五."""
    made, gap = "", False
    for place, name in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit = number // place % 10
        if digit:
            made += ("零" if gap and (made or not first) else "") + DIGITS[digit] + name
            gap = False
        elif made or not first:
            gap = True
    return made[1:] if teen and first and made.startswith("一十") else made


def cardinal(number: int) -> str:
    """1 and more, below 10^12, as taught at school."""
    made, above = "", False
    for unit, name in ((10**8, "亿"), (10**4, "万"), (1, "")):
        part = number // unit % 10**4
        if part:
            made += section(part, first=not above, teen=True) + name
        above = above or bool(part)
    return made


def with_liang(words: str) -> str:
    """两 for 二 before 百, 千, 万, 亿."""
    for place in "百千万亿":
        words = words.replace(f"二{place}", f"两{place}")
    return words.replace("十两", "十二")


def rest(fen: int, jiao: str, *, skipped: str = "零") -> str:
    """角 and 分 after yuan."""
    tens, ones = divmod(fen, 10)
    return (DIGITS[tens] + jiao if tens else skipped if ones else "") + (DIGITS[ones] + "分" if ones else "")


def spoken(fen: int, unit: str, jiao: str, *, liang: bool) -> str:
    """三百二十一块四毛五分."""
    yuan, odd = divmod(fen, 100)
    words = cardinal(yuan)
    words = (with_liang(words) if liang else words) + unit if yuan else ""
    if liang and yuan == 2:
        words = "两" + unit
    return words + rest(odd, jiao, skipped="零" if yuan else "")


def figures(fen: int) -> str:
    """1234.5."""
    return f"{fen // 100}.{fen % 100:02}".rstrip("0").rstrip(".")


def decimals(number: int, unit: int) -> str | None:
    """The number of units, in figures, where five decimals do."""
    whole, part = divmod(number, unit)
    text = f"{part * 10**10 // unit:010}".rstrip("0")
    return None if len(text) > 5 else f"{whole}.{text}" if text else str(whole)


def _in_units(fen: int, wan: str, yi: str, point: Callable[[str], str]) -> Iterator[str]:
    for unit, name in ((10**6, wan), (10**10, yi)):
        number = decimals(fen, unit)
        if number and (fen >= unit or number.startswith("0.")):
            yield point(number) + name


def _pointed(number: str) -> str:
    whole, _, part = number.partition(".")
    return (cardinal(int(whole)) or "零") + ("点" + "".join(DIGITS[int(each)] for each in part) if part else "")


def _short(fen: int) -> Iterator[str]:
    """一万二, 三千五, 一百二; 两万半; 一块二, 一块半, 三块五毛六."""
    yuan, odd = divmod(fen, 100)
    for place, name in ((10**8, "亿"), (10**4, "万"), (1000, "千"), (100, "百")):
        high, low = divmod(yuan, place)
        if not odd and 0 < high < 10 and low and low % (place // 10) == 0:
            digit = low // (place // 10)
            yield with_liang(DIGITS[high] + name) + DIGITS[digit]
            yield f"{high}{name}{digit}"
            if digit == 5:
                yield with_liang(DIGITS[high] + name) + "半"
    if yuan and odd and odd % 10 == 0:
        yield with_liang(cardinal(yuan)) + "块" + DIGITS[odd // 10]
    if 0 < yuan < 10 and odd == 50:
        yield DIGITS[yuan] + "块半"
    if odd >= 10 and odd % 10:
        yield (cardinal(yuan) + "块" if yuan else "") + DIGITS[odd // 10] + "毛" + DIGITS[odd % 10]
    if fen == 50:
        yield from ("半块钱", "半块")


def _figured(fen: int) -> Iterator[str]:
    yuan, odd = divmod(fen, 100)
    for unit in ("元", "块", "块钱", "元整" if not odd else "元"):
        yield figures(fen) + unit
    yield f"{yuan:,}.{odd:02}元"
    yield f"￥{figures(fen)}"
    yield f"{figures(fen)}元人民币"
    yield from _in_units(fen, "w", "亿", str)
    yield from _in_units(fen, "万", "亿", str)
    if fen % 100_000 == 0 and yuan < 10**6:
        yield f"{yuan // 1000}k"
    if 10 <= yuan < 10**9 and not odd:
        yield str(yuan)


def _mixed(fen: int) -> Iterator[str]:
    """Figures among places: 3千5百, 一万2000, 一百03块."""
    yuan, odd = divmod(fen, 100)
    words = cardinal(yuan)
    if yuan and not odd:
        yield "".join(str(DIGITS.index(each)) if each in DIGITS[1:] else each for each in words) + "块"
        for place, name in ((10**4, "万"), (1000, "千"), (100, "百")):
            high, low = divmod(yuan, place)
            if 0 < high < 10 and low:
                yield f"{DIGITS[high]}{name}{low:0{len(str(place)) - 1}}块"


def amounts(fen: int) -> list[str]:
    """Every usual way of saying so many fen (1 and more)."""
    made = [spoken(fen, unit, jiao, liang=liang)
            for unit in ("元", "块", "块钱") for jiao in ("角", "毛") for liang in (False, True)]  # fmt: skip
    yuan, odd = divmod(fen, 100)
    if not odd:
        whole = cardinal(yuan)
        made += [f"{whole}元整", f"{with_liang(whole)}块整", f"人民币{whole}元整"]
        if yuan >= 10:
            made += [whole, with_liang(whole)]
        made.append(with_liang(whole).translate(_TRADITIONAL) + "元")
        made.append(whole.translate(_FORMAL) + "元整")
    made.append(_pointed(figures(fen)) + "元")
    made += _in_units(fen, "万", "亿", _pointed)
    made += [*_short(fen), *_figured(fen), *_mixed(fen)]
    return [each for each in made if each]


#: What may stand around an amount without changing it.
AROUND = [
    "{}",
    "嗯{}",
    "{}吧",
    "就{}",
    "我要转{}",
    "分12期{}",
    "{}分十二期",
    "明天转{}",
    "一共{}",
    "三千，不对，{}",
    "不是三千，是{}",
    "说错了，{}",
    "{0}，对，{0}",
    "转{}给我儿子",
    "尾号1234转{}",
]
#: What makes it inexact, or no amount of yuan.
INEXACT = [
    "大概{}",
    "大约{}",
    "差不多{}",
    "不到{}",
    "{}左右",
    "{}上下",
    "{}以上",
    "{}以下",
    "{}以内",
    "至少{}",
    "最多{}",
    "超过{}",
    "不超过{}",
    "将近{}",
    "接近{}",
    "约{}",
    "近{}",
    "{}多",
    "几{}",
    "{}几",
    "{}多一点",
    "{}出头",
    "{}来块",
    "好几{}",
    "估计{}",
    "可能{}",
    "{}到九亿",
    "九亿到{}",
    "{}或者九亿",
    "每期{}",
    "{}的百分之五",
    "-{}",
    "负{}",
    "{}美元",
    "不止{}",
    "不足{}",
    "{}不到",
    "介于{}和九亿之间",
    "不是{}",
    "不要{}",
    "{}，不对",
    "{}说错了",
]


def _ymd(day: date) -> Iterator[str]:
    year = "".join(DIGITS[int(each)] for each in str(day.year))
    month, number = cardinal(day.month), cardinal(day.day)
    yield day.isoformat()
    yield f"{day.year}/{day.month}/{day.day}"
    yield f"{day.year}.{day.month}.{day.day}"
    yield f"{day:%Y%m%d}"
    for suffix in ("日", "号"):
        yield f"{day.year}年{day.month}月{day.day}{suffix}"
        yield f"{day.year % 100}年{day.month}月{day.day}{suffix}"
        yield f"{year}年{month}月{number}{suffix}"
        yield f"{year[2:]}年{month}月{number}{suffix}"


def of_year(day: date, today: date) -> Iterator[str]:
    """三月五号, with the year or without, where that is the day that is meant."""
    ways = (f"{cardinal(day.month)}月{cardinal(day.day)}{{}}", f"{day.month}月{day.day}{{}}")
    years = {0: ("今年", "今年的"), 1: ("明年", "明年的"), 2: ("后年",), 3: ("大后年",)}.get(day.year - today.year, ())
    for way in ways:
        for suffix in ("日", "号", ""):
            yield from (year + way.format(suffix) for year in years)
            if (day - today).days < 365:
                yield way.format(suffix)
    if (day - today).days < 365:
        yield f"{day.month}/{day.day}"


def of_month(day: date, today: date) -> Iterator[str]:
    """这个月五号, 下个月底."""
    months = (day.year - today.year) * 12 + day.month - today.month
    names = {0: ("这个月", "本月", "这月"), 1: ("下个月", "下月"), 2: ("下下个月",)}.get(months, ())
    for name in names:
        yield from (f"{name}{cardinal(day.day)}号", f"{name}{day.day}日", f"{name}的{day.day}号")
    if months == 0:
        yield from (f"{day.day}号", f"{cardinal(day.day)}号", f"{cardinal(day.day)}日")
    if day.day == monthrange(day.year, day.month)[1]:
        yield from (f"{name}{end}" for name in names for end in ("底", "月底", "末", "最后一天") if name != "这月")
        years = {0: "今年", 1: "明年", 2: "后年"}.get(day.year - today.year)
        yield from (f"{years}{cardinal(day.month)}月底",) if years else ()
        if months == 0:
            yield from ("月底", "月末")
        if day.month == 12:
            yield from (f"{years}年底", f"{years}底") if years else ()
    if (day.month, day.day) == (1, 1) and day.year == today.year + 1:
        yield from ("元旦", "明年元旦")


def from_today(day: date, today: date) -> Iterator[str]:
    """明天, 三天后, 下周三."""
    days = (day - today).days
    yield from {0: ("今天", "今日"), 1: ("明天", "明日", "明早"), 2: ("后天",), 3: ("大后天",)}.get(days, ())
    if days:
        many = "两" if days == 2 else with_liang(cardinal(days))
        yield from (f"{many}天后", f"{days}天以后", f"{many}天之后")
        if days >= 3:
            yield from (f"再过{days}天", f"过{cardinal(days)}天") if days < 100 else ()
    if days and days % 7 == 0:
        weeks = "两" if days == 14 else cardinal(days // 7)
        yield from (f"{weeks}周后", f"{weeks}个星期以后")
    name = "一二三四五六日"[day.weekday()]
    monday = today - timedelta(today.weekday())
    week = {0: ("这", "本"), 1: ("下", "下个"), 2: ("下下",)}.get((day - monday).days // 7, ())
    for which in week:
        yield from (f"{which}周{name}", f"{which}星期{name.replace('日', '天')}", f"{which}礼拜{name}")
    if (day - monday).days < 7:
        yield from (f"周{name}", f"星期{name}")


def days(day: date, today: date) -> list[str]:
    """Every usual way of saying a day that is to come, or today."""
    return [*_ymd(day), *of_year(day, today), *of_month(day, today), *from_today(day, today)]


DAY_AROUND = [
    "{}",
    "嗯{}",
    "{}吧",
    "就{}",
    "我想{}还",
    "{}上午",
    "昨天，不对，{}",
    "不是昨天，是{}",
    "说错了，{}",
    "{}提前还款",
]
DAY_INEXACT = [
    "大概{}",
    "{}左右",
    "{}前后",
    "{}之前",
    "{}以前",
    "{}之后",
    "{}或者昨天",
    "最迟{}",
    "差不多{}",
    "可能{}",
    "农历{}",
    "不是{}",
    "{}，不对",
    "{}前",
]
