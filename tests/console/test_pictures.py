"""The pictures of the console: every page has one, or there is a reason why not."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ivr.console.pages.registry import pages
from tests.browser.pictures.listed import PICTURES, WITHOUT

READ = [spec.path for _, spec in pages() if spec.method == "GET"]
SHOWN = {one.page for one in PICTURES}
FOLDER = Path(__file__).parents[2] / "docs" / "console"


@pytest.mark.parametrize("path", READ)
def test_a_page_has_a_picture_or_a_reason(path: str) -> None:
    assert (path in SHOWN) is not (path in WITHOUT), "list it in tests/browser/pictures/listed.py"


def test_what_is_listed_is_there() -> None:
    assert SHOWN - {""} <= set(READ) and set(WITHOUT) <= set(READ)
    names = [one.name for one in PICTURES]
    assert len(names) == len(set(names)) and all(re.fullmatch(r"[a-z-]+", name) for name in names)


def test_the_folder_has_what_is_listed() -> None:
    wanted = {f"{one.name}.png" for one in PICTURES} | {f"{one.name}-upright.png" for one in PICTURES if one.upright}
    assert {file.name for file in FOLDER.iterdir()} == wanted | {"README.md"}, "run make console-pictures"
    assert sum(file.stat().st_size for file in FOLDER.iterdir()) < 6_000_000
