"""The results of tests, as JUnit XML files of a test run: each test case names the clauses that it shows, as properties
`clause`. What is read here is what was found, passed or failed; a test that was skipped shows nothing, and of one that
was run again its last result counts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from xml.etree import ElementTree as Tree

from ivr.errors import MetricsError
from ivr.kept import Kept


@dataclass(frozen=True, slots=True)
class ClauseTest:
    """One test that shows something: its name, whether it passed, and the day of the run."""

    name: str
    passed: bool
    day: date


#: Clause → the results of its tests.
Results = Mapping[str, tuple[ClauseTest, ...]]


#: Those of the last run; a run has some ten thousand tests.
_kept: Kept[Results] = Kept(2)


def read_results(place: Path) -> Results | None:
    """The results in a JUnit file, or in every `*.xml` of a folder; None where there is none. Raises MetricsError for a
    file that is none."""
    files = sorted(place.glob("*.xml")) if place.is_dir() else [place]
    if not files or not all(file.exists() for file in files):
        return None
    written = tuple((file.resolve(), seen.st_size, seen.st_mtime_ns) for file in files for seen in [file.stat()])
    return _kept.get(written, lambda: _read(files))


def _read(files: Iterable[Path]) -> Results:
    last: dict[tuple[str, str, str], tuple[datetime, ClauseTest]] = {}
    for file in files:
        for clause, module, when, result in _cases(file):
            test = (clause, module, result.name)
            if test not in last or last[test][0] <= when:
                last[test] = (when, result)
    found: dict[str, list[ClauseTest]] = {}
    for (clause, _, _), (_, result) in last.items():
        found.setdefault(clause, []).append(result)
    return {clause: tuple(results) for clause, results in found.items()}


def _cases(file: Path) -> Iterator[tuple[str, str, datetime, ClauseTest]]:
    """Clause, the test's module, when the run began, the result; for each test and clause."""
    try:
        # the operator's own test run
        suites = list(Tree.parse(file).getroot().iter("testsuite"))  # noqa: S314
        for suite in suites:
            began = datetime.fromisoformat(suite.attrib["timestamp"])
            for case in suite.iter("testcase"):
                if case.find("skipped") is not None:
                    continue
                passed = case.find("failure") is None and case.find("error") is None
                for clause in _clauses(case.iter("property")):
                    result = ClauseTest(case.attrib["name"], passed, began.date())
                    yield clause, case.get("classname", ""), began.astimezone(), result
    except (OSError, Tree.ParseError, KeyError, ValueError) as wrong:
        raise MetricsError(f"{file} 不是测试结果（JUnit XML）：{wrong}") from wrong


def _clauses(properties: Iterable[Tree.Element]) -> Iterator[str]:
    return (one.attrib["value"] for one in properties if one.attrib["name"] == "clause")
