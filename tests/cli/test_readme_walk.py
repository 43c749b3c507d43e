"""The five-minute walk of both READMEs, done to the letter: the edits, the check, the keys, the sound."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from tests.cli.conftest import TOP, Desk

READMES = ["README.md", "README.zh-CN.md"]
MENU, LEAF = "loss", "loss_lifted"


def blocks(readme: str) -> list[str]:
    """The YAML that the reader is told to write, in order."""
    text = (TOP / readme).read_text(encoding="utf-8")
    return re.findall(r"```yaml\n(.*?)```", text, re.S)


def below(path: Path, line: str, added: str) -> None:
    """Write `added` below the line."""
    text = path.read_text(encoding="utf-8")
    assert text.count(f"\n{line}\n") == 1
    path.write_text(text.replace(f"\n{line}\n", f"\n{line}\n{added}"), encoding="utf-8")


@pytest.fixture(params=READMES)
def walked(desk: Desk, request: pytest.FixtureRequest) -> Desk:
    """A desk with the shipped hotline, edited as the README says."""
    flows = desk.folder / "flows"
    shutil.rmtree(flows)
    shutil.copytree(TOP / "flows", flows)
    option, leaf, sentences = blocks(request.param)
    hotline, prompts = flows / "hotline.yaml", flows / "prompts.yaml"
    text = hotline.read_text(encoding="utf-8")
    options = re.search(rf"(?m)^  {MENU}:\n(?:    .*\n)+", text)
    assert options is not None
    hotline.write_text(text.replace(options[0], options[0] + option), encoding="utf-8")
    below(hotline, "leaves:", leaf)
    text = prompts.read_text(encoding="utf-8")
    edited, count = re.subn(rf"(?m)^  {MENU}_menu: .*\n", sentences, text)
    assert count == 1
    prompts.write_text(edited, encoding="utf-8")
    return desk


def test_the_check_finds_nothing_wrong(walked: Desk) -> None:
    result = walked.ivr("check")
    assert (result.exit_code, result.stderr) == (0, "") and result.stdout.endswith("：没有问题\n")


@pytest.mark.parametrize(("at", "keys"), [("2026-11-20 10:00", "45"), ("2027-02-06 10:00", "15")])
def test_the_keys_lead_to_the_new_sentence_by_day_and_by_night(walked: Desk, at: str, keys: str) -> None:
    text = walked.ivr("try", "--at", at, typed=f"{keys[0]}\n{keys[1]}\nh\n").stdout
    assert f"‹{LEAF}_info›" in text and f"听完资料 LeafCompleted leaf_id={LEAF}" in text


def test_the_mistake_on_purpose_is_told_with_what_was_meant(walked: Desk) -> None:
    hotline = walked.folder / "flows" / "hotline.yaml"
    hotline.write_text(hotline.read_text(encoding="utf-8").replace(f"leaf: {LEAF}", f"leef: {LEAF}"), encoding="utf-8")
    result = walked.ivr("check")
    assert result.exit_code == 1 and re.search(r"hotline\.yaml:\d+:\d+: error F\d+ .*leef.*leaf", result.stdout)


def test_the_tree_and_the_picture_show_it(walked: Desk) -> None:
    assert "解挂" in walked.ivr("show").stdout
    walked.ivr("show", "--svg", "menu.svg")
    assert "解挂" in (walked.folder / "menu.svg").read_text(encoding="utf-8")


@pytest.mark.parametrize("readme", READMES)
def test_what_a_readme_points_at_is_there(readme: str) -> None:
    text = (TOP / readme).read_text(encoding="utf-8")
    links = set(re.findall(r"\]\(([^)#]+)\)", text)) - {"docs/timeline.svg"}  # drawn by the demo
    named = set(re.findall(r"`((?:asterisk-conf|flows|ivr|tests|docs)/[\w./-]*\w)`", text))
    assert [path for path in links | named if not (TOP / path).exists()] == []
    targets = set(re.findall(r"(?m)^([a-z-]+):.*##", (TOP / "Makefile").read_text(encoding="utf-8")))
    assert set(re.findall(r"(?m)(?:^|`)make ([a-z-]+)", text)) <= targets


def test_both_readmes_have_the_same_commands() -> None:
    def commands(readme: str) -> list[str]:
        text = (TOP / readme).read_text(encoding="utf-8")
        lines = [line for block in re.findall(r"```sh\n(.*?)```", text, re.S) for line in block.splitlines()]
        return [re.sub(r"<[^>]*>|/\S*(?:backup|备份)\S*", "…", line.split("#")[0]).strip() for line in lines]

    assert commands("README.md") == commands("README.zh-CN.md")
