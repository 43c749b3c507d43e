"""`python -m tests.browser.pictures [NAME …]`: takes all pictures, or those whose names are given; what was there and
is no longer listed is removed."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Sequence
from datetime import datetime, tzinfo
from unittest.mock import patch

from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page
from playwright.sync_api import Error as PlaywrightError

from tests.browser.pictures import day as days
from tests.browser.pictures import editing, live, work
from tests.browser.pictures.day import NOW, Day
from tests.browser.pictures.hotline import Node, console, cookie, node
from tests.browser.pictures.listed import PICTURES, Picture
from tests.browser.pictures.steps import STEPS, reason
from tests.browser.rig.browser import DESK, UPRIGHT, launched
from tests.rig.hotline import TOP

OUT = TOP / "docs" / "console"
#: A page that goes on for longer is cut (pixels).
TALLEST = 1900
#: What pages keep in the browser, thrown away.
_FORGET = """async () => {
  localStorage.clear();
  for (const kept of await indexedDB.databases()) await new Promise((done) => {
    const asked = indexedDB.deleteDatabase(kept.name);
    asked.onsuccess = asked.onerror = asked.onblocked = done;
  });
}"""
#: Colours of a picture: text and plain areas need no more.
COLOURS = 128


def main(names: Sequence[str]) -> None:
    """Take them."""
    OUT.mkdir(parents=True, exist_ok=True)
    wanted = [one for one in PICTURES if not names or one.name in names]
    os.environ["LANGUAGE"] = "zh_CN"  # fields for dates are the browser's own
    # announcements are checked by the minute: the same minute, whenever the pictures are taken
    with patch("ivr.flow.loader.datetime", _Standing), console() as (day, url), launched() as browser:
        fill(day)
        with node(day, live.seen) as beside:
            beside.do(live.begin)
            contexts: dict[str | None, BrowserContext] = {}
            missing = []
            for one in wanted:
                if one.who not in contexts:
                    contexts[one.who] = _context(browser, day, url, one.who)
                try:
                    _take(contexts[one.who], url, one, beside)
                except (PlaywrightError, AssertionError) as wrong:  # the others are taken all the same
                    missing.append(f"{one.name}: {wrong}")
    _index()
    if missing:
        raise SystemExit("\n".join(missing))


class _Standing(datetime):
    """A clock that stands at the minute of the pictures."""

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
        return datetime.fromtimestamp(NOW / 1000, tz)


def fill(day: Day) -> None:
    """Everything that there is before the first picture."""
    editing.published(day)
    days.calls(day)
    work.complaints(day)
    work.items(day)
    work.emergencies(day)
    work.privacy(day)
    work.approvals(day)
    editing.labelled(day)
    editing.scored(day)


def _context(browser: Browser, day: Day, url: str, who: str | None) -> BrowserContext:
    given = {"locale": "zh-CN", "timezone_id": "Asia/Shanghai", "reduced_motion": "reduce"}
    made = browser.new_context(viewport=DESK, **given)  # type: ignore[arg-type]
    made.set_default_timeout(60_000)
    made.clock.set_fixed_time(NOW / 1000)
    if who is not None:
        name, value = cookie(day, who)
        made.add_cookies([{"name": name, "value": value, "url": url, "httpOnly": True, "sameSite": "Strict"}])
    return made


def _take(context: BrowserContext, url: str, one: Picture, beside: Node) -> None:
    page = context.new_page()
    print(one.name, flush=True)
    try:
        answer = page.goto(url + one.address.format_map(beside.day.sample.at))
        if one.do != "keep_asking":
            reason(page)
        if one.do:
            STEPS[one.do](page, beside)
        elif answer is not None and answer.status not in (one.answers, 403):
            raise AssertionError(f"{one.name}: {answer.status}, not {one.answers}")
        _still(page)
        _save(page, one.name)
        if one.upright:
            page.set_viewport_size(UPRIGHT)  # type: ignore[arg-type]
            _still(page)
            _save(page, f"{one.name}-upright")
    finally:
        page.close()
        _forget(context, url)


def _forget(context: BrowserContext, url: str) -> None:
    """What was typed is not offered in the next picture: a page keeps it as it closes, another one throws it away."""
    page = context.new_page()
    page.goto(f"{url}/nothing")
    page.evaluate(_FORGET)
    page.close()


def _still(page: Page) -> None:
    """What comes by the stream is there, and nothing moves."""
    if page.locator("live-status").count():
        page.locator('live-status[data-state="live"]').wait_for()
    page.evaluate("document.fonts.ready")
    for picture in page.locator("img").all():
        picture.scroll_into_view_if_needed()
    page.evaluate("scrollTo(0, 0)")
    if not page.locator("live-status, #desk").count():  # those have a stream that never ends
        page.wait_for_load_state("networkidle")


def _save(page: Page, name: str) -> None:
    size = page.viewport_size
    assert size is not None
    tall = min(TALLEST, max(size["height"], int(page.evaluate("document.documentElement.scrollHeight"))))
    clip = {"x": 0, "y": 0, "width": size["width"], "height": tall}
    taken = page.screenshot(full_page=True, clip=clip, animations="disabled", caret="hide")  # type: ignore[arg-type]
    picture = Image.open(io.BytesIO(taken)).convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
    picture.save(OUT / f"{name}.png", optimize=True)


def _index() -> None:
    """What each shows; files of pictures that are no longer listed go."""
    lines = ["# 控制台的页面", "", "由 `make console-pictures` 生成；其中的姓名、号码和内容都是虚构的。", ""]
    kept = {"README.md"}
    for one in PICTURES:
        files = [f"{one.name}.png", *([f"{one.name}-upright.png"] if one.upright else [])]
        kept |= set(files)
        links = "、".join(f"[{'手机' if 'upright' in file else '电脑'}]({file})" for file in files)
        lines.append(f"- {one.title}：{links}")
    (OUT / "README.md").write_text("\n".join(lines) + "\n", "utf-8")
    for file in OUT.iterdir():
        if file.name not in kept:
            file.unlink()
    size = sum(file.stat().st_size for file in OUT.iterdir())
    print(f"{len(kept) - 1} pictures in {OUT.relative_to(TOP)}, {size / 1e6:.1f} MB")


if __name__ == "__main__":
    main(sys.argv[1:])
