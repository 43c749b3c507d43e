"""How long the console's pages take on a database of a million calls, over a real connection to the last byte; what
they cost the processor; the check of an unsaved menu while somebody types; and how heavy the first page is."""

from __future__ import annotations

import argparse
import json
import os
import re
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx2

from ivr.console.context import STATIC, now_ms
from ivr.flow.loader import require
from tests.bench import console_data, console_document
from tests.bench.console_pages import ELSEWHERE, Samples, addresses, every, is_file
from tests.bench.figures import Row, percentile, spent, table
from tests.bench.machine import described
from tests.browser.rig.console import RunningConsole, console
from tests.rig.hotline import TOP

CALLS, TIMES = 1_000_000, 20
GOAL_MS, GOAL_KB = 300.0, 300.0
#: A file that takes longer than this is taken once.
_LONG_MS = 2_000.0


@dataclass(slots=True)
class Asked:
    """What became of asking one address again and again: milliseconds each time, and those of the processor; `first` is
    the time before those, with a reason that had to be given."""

    wall: list[float] = field(default_factory=list)
    processor: float = 0.0
    first: float = 0.0


@dataclass(slots=True)
class Asker:
    """Asks one console. `lost`: how often a connection broke, and a second one was made."""

    running: RunningConsole
    client: httpx2.Client
    lost: int = 0

    def ask(self, send: Callable[[], httpx2.Response]) -> httpx2.Response:
        """Once; a second time where the connection breaks and the console lives. Raises AssertionError with what it
        wrote where it does not."""
        try:
            return send()
        except httpx2.TransportError as wrong:
            process = self.running.process
            assert process is not None
            log = self.running.log.read_text("utf-8")[-3000:]
            assert process.poll() is None, f"the console ended with {process.returncode}:\n{log}"
            print(f"  a connection broke ({wrong!r}), it is asked again; the console wrote:\n{log}", flush=True)
            self.lost += 1
            return send()

    def page(self, url: str, action: str) -> httpx2.Response:
        """A page; where it asks why, a reason is given first."""
        answer = self.ask(lambda: self.client.get(url))
        if answer.status_code == 403 and 'action="/reason"' in answer.text:
            self.ask(lambda: give_reason(self.client, answer.text, action))
            answer = self.ask(lambda: self.client.get(url))
        return answer

    def measured(self, times: int, send: Callable[[], httpx2.Response]) -> Asked:
        """So many times, one after the other."""
        found = Asked()
        assert self.running.process is not None
        before = spent([self.running.process.pid])
        for _ in range(times):
            began = time.perf_counter()
            self.ask(send)
            found.wall.append(1000 * (time.perf_counter() - began))
            if found.wall[-1] > 10 * _LONG_MS:
                break
        found.processor = 1000 * (spent([self.running.process.pid]) - before) / len(found.wall)
        return found


@contextmanager
def filled(folder: Path | None, calls: int) -> Iterator[RunningConsole]:
    """A console over a month of calls; `folder` keeps the database for the next time on the same day."""
    with tempfile.TemporaryDirectory(prefix="bench-console-", dir=os.environ.get("BENCH_FOLDER")) as name:
        place = folder or Path(name)
        place.mkdir(parents=True, exist_ok=True)
        database = console_data.kept_file(place, calls)
        if not database.exists():
            print(f"  {console_data.fill(database, calls):.0f} s to make {database}", flush=True)
        with console(environ={"IVR_DATABASE_URL": f"sqlite:///{database}"}) as running:
            console_data.files(running.folder / "run")
            console_data.label_sounds(running.store, running.folder / "run" / "utterances")
            yield running


def measure(running: RunningConsole, times: int = TIMES) -> list[Row]:
    """The first page's weight, the check while typing, the pages, the slowest first, and files to take away."""
    pages, files, refused = dict[str, Asked](), dict[str, Asked](), list[Row]()
    samples = Samples.of(running.store, now_ms(), next(iter(require(TOP / "flows").knowledge)))
    person = running.person(name=f"bench{now_ms()}")
    with signed_in(running, person) as client:
        asker = Asker(running, client)
        for spec in every():
            for url in addresses(spec, samples, person):
                began = time.perf_counter()
                answer = asker.page(url, spec.action.value)
                first = 1000 * (time.perf_counter() - began)
                if answer.status_code != 200:
                    refused.append(Row(url, f"not measured: {answer.status_code} {_told(answer.text)}", "200", False))
                    print(f"  {refused[-1].what}: {refused[-1].result}", flush=True)
                    continue
                where = files if is_file(url) else pages
                if where is files and first > _LONG_MS:
                    where[url] = Asked([first], first=first)
                    continue
                where[url] = asker.measured(3 if where is files else times, lambda url=url: client.get(url))  # type: ignore[misc]
                where[url].first = first
                wall, cost = _p95(where[url].wall), where[url].processor
                print(f"  {url}: first {first:.0f}, p95 {wall:.0f} ms, processor {cost:.0f} ms", flush=True)
        typed = while_typing(asker, times)
        weight = first_page(client) if (STATIC / "manifest.json").exists() else None
    rows = [
        _weight(weight),
        _row("the check of an unsaved menu, after each key (hotline.yaml changed)", typed, goal=True),
        Row("connections that broke", str(asker.lost), "0", asker.lost == 0),
    ]  # fmt: skip
    rows += refused
    rows += [_row(url, one, goal=True) for url, one in sorted(pages.items(), key=lambda item: -_p95(item[1].wall))]
    return rows + [_row(f"{url} (a file)", one, goal=False) for url, one in files.items()]


def _weight(weight: float | None) -> Row:
    what, goal = "first page (现场) with its scripts, what they import, and styles", f"≤ {GOAL_KB:g} kB"
    if weight is None:
        return Row(what, "not measured: scripts and styles are not built (make web)", goal)
    return Row(what, f"**{weight:.0f} kB**", goal, weight <= GOAL_KB)


def _told(page: str) -> str:
    """What a page that refuses says."""
    return " ".join(re.findall(r'role="alert">([^<]+)', page)) or page[:500]


def _row(what: str, one: Asked, *, goal: bool) -> Row:
    p95 = _p95(one.wall)
    told = f"{statistics.median(one.wall):.0f} ms, p95 **{p95:.0f} ms**"
    told += f"; processor {one.processor:.0f} ms" if one.processor else ""
    told += f"; the first time {one.first:.0f} ms" if one.first else ""
    return Row(what, told, f"≤ {GOAL_MS:g} ms" if goal else "", p95 <= GOAL_MS if goal else None)


def while_typing(asker: Asker, times: int) -> Asked:
    """A menu's text with another letter in it each time, as the editor sends it."""
    page = asker.page("/menus/edit", "flow.review").text
    fields = {name: _value(page, name) for name in ("csrf", "base", "source", "digest")}
    text = require(TOP / "flows").revision.files["hotline.yaml"]
    at = iter(range(10**6))

    def send() -> httpx2.Response:
        typed = text + f"\n# {now_ms()} {next(at)}\n"
        answer = asker.client.post("/menus/check", data={**fields, "text:hotline.yaml": typed})
        assert answer.status_code == 200, _told(answer.text)
        return answer

    asker.ask(send)
    return asker.measured(times, send)


def _value(page: str, name: str) -> str:
    return page.split(f'name="{name}" value="', 1)[1].split('"', 1)[0]


@contextmanager
def signed_in(running: RunningConsole, person: str) -> Iterator[httpx2.Client]:
    """A client with a session of somebody."""
    name, secret = running.session(person)
    with httpx2.Client(base_url=running.url, cookies={name: secret}, timeout=120) as client:
        client.headers["origin"] = running.url
        yield client


def give_reason(client: httpx2.Client, page: str, action: str) -> httpx2.Response:
    """What the page that asks why would send."""
    fields = {name: _value(page, name) for name in ("csrf", "target", "next")}
    return client.post("/reason", data={**fields, "action": action, "reason": "测量"})


def _p95(wall: Sequence[float]) -> float:
    return percentile(wall, 95)


def first_page(client: httpx2.Client) -> float:
    """What a browser loads for the first page after signing in, in kB, with what its scripts import."""
    page = client.get("/", follow_redirects=True)
    urls = {part.split('"', 1)[0] for part in page.text.split('"/static/')[1:]}
    built = json.loads((STATIC / "manifest.json").read_text("utf-8"))
    for entry in [one for one in built.values() if one["file"] in urls]:
        urls |= {built[name]["file"] for name in entry.get("imports", ())}
    return (len(page.content) + sum(len(client.get(f"/static/{url}").content) for url in sorted(urls))) / 1000


def main(arguments: Sequence[str]) -> int:
    """`python -m tests.bench.console`: print the table; 0 even where a goal was missed, as it is only measured."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.console", description=__doc__)
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="keep the database there, for the same day")
    parser.add_argument("--calls", type=int, default=CALLS)
    parser.add_argument("--times", type=int, default=TIMES, help="how often each page is asked for")
    parser.add_argument("--write", action="store_true", help="keep what is found in docs/bench-console.md")
    given = parser.parse_args(arguments)
    load = os.getloadavg()[0]
    with filled(given.keep, given.calls) as running:
        text = table(measure(running, given.times))
    print(text)
    if given.write:
        console_document.write_pages(f"{_heading(load, given.calls, given.times)}\n{text}\n")
    return 0


def _heading(load: float, calls: int, times: int) -> str:
    elsewhere = "\n".join(f"- `{path}`: {why}." for path, why in ELSEWHERE.items())
    return f"""# The console's pages on a million calls

What the last `python -m tests.bench.console --write` and `python -m tests.bench.console_crowd --write` measured, goals
met or not. `--keep FOLDER` keeps the database: the next run of the same day begins at once.

{described()}
- Load average {load:.1f} before the run. "Processor" is what one request costs the console's process.

**How.** A month of {calls:,} calls up to today (`tests/bench/console_data.py`), counted as they were saved, in SQLite;
beside them 500,000 entries of the audit trail, 2,000 complaints, 2,000 messages, 100 callbacks, 150 people, 1,000 turns
to be labelled, a drill with 1,000 deliveries, five publications, and the results of 10,000 tests (fewer beside fewer
calls). `ivr console` is a process of its own; each page is asked for once ("the first time", with the reason where one
is asked for) and then {times} times, one after the other, over one connection, by somebody who has every role; what is
measured is from the request to the last byte. A report that was just made is shown again for ten seconds, and for some
more while it is made anew: what a whole report costs is "the first time" of a page of figures. The first page is
weighed with its scripts and styles.

Not asked for here:

{elsewhere}
"""


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
