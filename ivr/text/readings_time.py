"""How written dates, times and ratios are said. A reading that returns None leaves the stretch to the next rule."""

from __future__ import annotations

import re

from ivr.text.neighbours import RATIO_BEFORE, Reading, by_digit, text_before
from ivr.text.numbers import cardinal, date, digits, time

# ---- dates and times


def day_of_year(match: re.Match[str]) -> Reading:
    """2026-10-01, 2026/10/1, 2026.10.01."""
    year, month, day = match["y"], match["m"], match["d"]
    try:
        return Reading(date(f"{year}-{month:0>2}-{day:0>2}"))
    except ValueError:  # 2026-13-01 is a number of something else: digit by digit
        return Reading(by_digit(match[0]), ())


def year_month(match: re.Match[str]) -> Reading | None:
    """2026/10; with a hyphen or a dot it is a guess."""
    if not (1900 <= int(match["y"]) < 2100 and 1 <= int(match["m"]) <= 12):
        return None
    return Reading(f"{digits(match['y'], yao=False)}年{cardinal(int(match['m']))}月", None if match["s"] == "/" else ())


def month_day(match: re.Match[str]) -> Reading | None:
    """10/01: with a 0 in front it is no fraction."""
    month, day = int(match[1]), int(match[2])
    if not (1 <= month <= 12 and 1 <= day <= 31):
        return None
    return Reading(f"{cardinal(month)}月{cardinal(day)}日")


def year(match: re.Match[str]) -> Reading | None:
    """The number before 年: 2026 digit by digit; 1000年 and 3000年 are so many years."""
    year = int(match[0])
    if (year % 1000 == 0 and year != 2000) or not 1000 < year < 2200:
        return None
    said = digits(match[0], yao=False)
    return Reading(said, (cardinal(match[0]),) if year % 100 == 0 and not 1800 <= year < 2200 else None)


def clock_time(match: re.Match[str]) -> Reading | None:
    """10:30, 8:30:15."""
    if match["s"] is None and RATIO_BEFORE.search(text_before(match)):
        return None
    said = time(match["t"])
    if match["s"] is not None:
        minute, second = int(match["t"].partition(":")[2]), int(match["s"])
        if not minute:
            said = said.removesuffix("整") + "零分"
        said += (("零" if second < 10 else "") + cardinal(second) + "秒") if second else ""
    return Reading(said)


def ratio(match: re.Match[str]) -> Reading:
    """1:2; 1:75 may be meant as a time, and is a guess."""
    guess = re.fullmatch(r"\d{1,2}:\d\d", match[0], re.ASCII) and not RATIO_BEFORE.search(text_before(match))
    said = f"{cardinal(match[1])}比{cardinal(match[2])}"
    return Reading(said, () if guess else None)


def colons(match: re.Match[str]) -> Reading:
    """25:00 is neither a time nor a ratio."""
    parts = (cardinal(part) if len(part) < 3 and part[0] != "0" else by_digit(part) for part in match[0].split(":"))
    return Reading(":".join(parts), ())


def padded(match: re.Match[str]) -> Reading:
    """08月, 01日; after 点 the 零 is said: 9点05分."""
    after = re.search(r"[点时分]\s*\Z", text_before(match)) is not None
    return Reading(("零" if after else "") + cardinal(int(match[1])))
