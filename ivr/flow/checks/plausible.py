"""Values that are allowed and yet hardly meant: they are told, mostly as warnings, where they stand."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from ivr.flow import codes, service_codes
from ivr.flow.reading.collector import At, Rec
from ivr.flow.reading.document import Document
from ivr.flow.reading.field_tables import AGENTS_FILE, HOTLINE_FILE

OLDEST = 115
YEARS_AHEAD = 10
FIRST_YEAR = 2000
SHORTEST_RING_MS, LONGEST_RING_MS = 3_000, 120_000
SHORTEST_INPUT_MS, LONGEST_INPUT_MS = 1_000, 30_000
LONGEST_WAIT_MS = 30 * 60_000
LONGEST_WRAPUP_MS = 30 * 60_000
SHORTEST_OPEN = 5  # minutes
#: Zones without a place: what is meant by one is seldom what it is.
UNIVERSAL = ("UTC", "GMT", "UCT", "Universal", "Zulu", "Greenwich", "Etc/")

Odd = tuple[str, At, str]  # field, its value, why it is odd


def check(document: Document, today: date) -> None:
    """All checks of this module, as of `today`."""
    for name, at, why in _odd(document, today):
        document.report.add(codes.IMPLAUSIBLE, at.pos, name=name, why=why)
    if document.has(HOTLINE_FILE) and (
        lacking := [key for key in ("author", "reason") if not document.hotline.value(key)]
    ):
        document.report.add(service_codes.NO_REASON, document.hotline.pos, name="、".join(lacking))
    _births(document, today)
    _lists(document)


def _odd(document: Document, today: date) -> Iterator[Odd]:
    if document.has(HOTLINE_FILE):
        menus = [document.hotline, *(at.value for at in document.menus.values())]
        for rec in menus:
            yield from _between(rec, "no_input", SHORTEST_INPUT_MS, LONGEST_INPUT_MS, "来电人", "等待")
    if document.has(AGENTS_FILE):
        for at in document.queues.values():
            yield from _queue(at.value)
    for at in document.calendar_names.values():
        yield from _calendar(at.value, today)
    zone = document.timezone_at
    if zone is not None and zone.value.startswith(UNIVERSAL):
        yield "timezone", zone, f"「{zone.value}」是世界标准时间，不是北京时间；中国写 Asia/Shanghai"


def _between(rec: Rec, name: str, low: int, high: int, who: str, does: str) -> Iterator[Odd]:
    at = rec.get(name)
    if at is None or low <= at.value <= high:
        return
    length = "太短" if at.value < low else "太长"
    yield name, at, f"{who}{does} {at.value / 1000:g} 秒{length}，一般在 {low / 1000:g} 到 {high / 1000:g} 秒之间"


def _queue(rec: Rec) -> Iterator[Odd]:
    yield from _between(rec, "ring", SHORTEST_RING_MS, LONGEST_RING_MS, "座席", "响铃")
    yield from _between(rec, "wait", 0, LONGEST_WAIT_MS, "来电人", "排队")
    yield from _between(rec, "wrapup", 0, LONGEST_WRAPUP_MS, "座席", "整理")
    ring, wait = rec.get("ring"), rec.get("wait")
    if ring is not None and wait is not None and wait.value < ring.value <= LONGEST_RING_MS:
        why = f"响铃 {ring.value / 1000:g} 秒比等待 {wait.value / 1000:g} 秒（wait）还长，第一位座席没响完就不等了"
        yield "ring", ring, why


def _calendar(rec: Rec, today: date) -> Iterator[Odd]:
    intervals = [at for day in rec.table("weekly").values() for at in day.value]
    for item in [*rec.items("holidays"), *rec.items("workdays")]:
        intervals += item.value.items("open")
        given = item.value.get("date")
        if given is not None and not FIRST_YEAR <= given.value[0].year <= today.year + YEARS_AHEAD:
            yield "date", given, f"年份 {given.value[0].year} 不像真的，请核对"
    for at in intervals:
        start, end = at.value
        if end % 60 == 59:
            until = f"{(end + 1) // 60:02}:00"
            yield "时间段", at, f"最后一分钟不营业：结束时间不含在内，到 {until} 请写 {until}"
        elif end - start < SHORTEST_OPEN:
            yield "时间段", at, f"只有 {end - start} 分钟，请核对"


def _births(document: Document, today: date) -> None:
    name = document.elderly.value("callers")
    for caller in document.rec(name).items("callers") if name else ():
        born = caller.value.get("born")
        if born is None:
            continue
        if born.value > today:
            words = {"name": "born", "value": f"{born.value}", "near": ""}
            document.report.add(codes.BAD_VALUE, born.pos, **words, expected="出生日期在将来，请核对")
        elif born.value.year < today.year - OLDEST:
            why = f"出生于 {born.value.year} 年，超过 {OLDEST} 岁，请核对"
            document.report.add(codes.IMPLAUSIBLE, born.pos, name="born", why=why)


def _lists(document: Document) -> None:
    """The same written twice in a list that needs it once."""
    lists: list[tuple[str, list[At]]] = [(name, document.hotline.items(name)) for name in ("numbers", "languages")]
    lists += [("compliance", leaf.value.items("compliance")) for leaf in document.leaves.values()]
    for menu in document.menus.values():
        if isinstance(listen := menu.value.value("listen"), list):
            lists.append(("listen", listen))
    for name, items in lists:
        seen: dict[str, int] = {}
        for at in items:
            if at.value in seen:
                document.report.add(codes.LISTED_TWICE, at.pos, name=name, value=at.value, first=seen[at.value])
            seen.setdefault(at.value, at.pos.line)
