"""A flow of a thousand menus is checked in a second (the bench measures it; here it must only not explode)."""

from __future__ import annotations

import time
from pathlib import Path

from ivr.flow import Loaded, load
from ivr.flow.model import LeafKind
from tests.flow import big


def timed(folder: Path) -> tuple[Loaded, float]:
    """A flow, read, and the processor's seconds for it."""
    start = time.process_time()
    loaded = load(folder)
    return loaded, time.process_time() - start


def test_a_thousand_menus_are_read_and_checked(tmp_path: Path) -> None:
    few, many = tmp_path / "few", tmp_path / "many"
    big.write(few, 100)
    count = big.write(many, 1000)
    _, short = timed(few)
    loaded, took = timed(many)
    assert loaded.findings == ()
    assert loaded.flow is not None
    assert len(loaded.flow.menus) == count >= 1000
    assert {menu.level for menu in loaded.flow.menus.values()} == {1, 2, 3}
    assert {leaf.level for leaf in loaded.flow.leaves.values()} == {3}
    assert sum(leaf.kind is LeafKind.CONSULT for leaf in loaded.flow.leaves.values()) == 1000
    assert took < 40 * short  # ten times as much; what grows with the square would be a hundred times


def test_a_long_chain_of_menus_is_walked_without_recursion(tmp_path: Path) -> None:
    big.write(tmp_path, 31)
    hotline = tmp_path / "hotline.yaml"
    text = hotline.read_text(encoding="utf-8")
    chain = "".join(
        f'  c{n}: {{prompt: p_m0, options: [{{key: "1", label: 一类, menu: c{n + 1}}}]}}\n' for n in range(5000)
    )
    last = '  c5000: {prompt: p_m0, options: [{key: "1", label: 一类, leaf: complaint}]}\n'
    text = text.replace("leaves:\n", chain + last + "leaves:\n").replace("menu: m0_1}", "menu: c0}", 1)
    hotline.write_text(text, encoding="utf-8")
    found = load(tmp_path).findings
    assert {finding.code for finding in found} >= {"F032"}
