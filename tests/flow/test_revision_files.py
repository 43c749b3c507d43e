"""What is archived of a revision (HB 12.2.2): every file, but not who is on the list of elderly callers."""

from __future__ import annotations

import shutil
from pathlib import Path

from ivr.flow import require

SHIPPED = Path(__file__).parents[2] / "flows"


def test_the_list_of_elderly_callers_counts_but_is_not_archived(tmp_path: Path) -> None:
    folder = tmp_path / "flows"
    shutil.copytree(SHIPPED, folder)
    before = require(folder).revision
    callers = folder / "elderly-callers.yaml"
    text = callers.read_text(encoding="utf-8")
    callers.write_text(text.rstrip() + '\n  - {number: "+8613899990000", born: 1948-02-03}\n', encoding="utf-8")
    after = require(folder).revision
    assert after.id != before.id
    assert {"hotline.yaml", "prompts.yaml", "hours.yaml", "agents.yaml"} <= after.files.keys()
    assert not any("13899990000" in content for content in after.files.values())
