"""The bench of the console's pages forgets none."""

from __future__ import annotations

import pytest

from ivr.console.page import PageSpec
from tests.bench.console_pages import ELSEWHERE, Samples, addresses, every, is_file

SAMPLES = Samples("1001", "c1", "c2", 1, 6, 2, 3, 4, "card_loss", "plan", "turn", 5, "from=2026-10-01&to=2026-10-31")


@pytest.mark.parametrize("spec", every(), ids=lambda spec: spec.path)
def test_every_page_is_asked_for_or_it_is_said_why_not(spec: PageSpec) -> None:
    found = addresses(spec, SAMPLES, "zhao")
    assert bool(found) != (spec.path in ELSEWHERE)
    assert all("{" not in url for url in found), found


def test_no_page_is_excused_that_there_is_not() -> None:
    assert ELSEWHERE.keys() <= {spec.path for spec in every()}


@pytest.mark.parametrize(
    ("url", "file"),
    [
        ("/figures", False),
        ("/figures/file/xlsx?from=2026-10-01", True),
        ("/audit/file", True),
        ("/calls/whole/sound/whole-1.wav", True),
        ("/calls/whole/test.zip?name=bench", True),
        ("/calls/whole/test", False),
        ("/work/1/listen", False),
    ],
)
def test_files_are_told_from_pages(url: str, file: bool) -> None:
    assert is_file(url) is file
