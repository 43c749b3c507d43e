"""Every command explains itself in Chinese, and every slip on the command line is told in one line."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from ivr.cli.console.chinese import _PIECE, _wrapped
from ivr.cli.main import main
from tests.cli.conftest import TOP, Desk


def commands(group: click.Group = main, above: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Every command there is, as typed."""
    yield above
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if isinstance(command, click.Group):
            yield from commands(command, (*above, name))
        else:
            yield (*above, name)


@pytest.mark.parametrize("words", list(commands()), ids=lambda words: " ".join(("ivr", *words)))
@pytest.mark.parametrize("columns", [60, 110])
def test_help_is_chinese_and_fits_the_terminal(desk: Desk, words: tuple[str, ...], columns: int) -> None:
    for flag in ("--help", "-h"):
        result = CliRunner().invoke(main, [*words, flag], prog_name="ivr", terminal_width=columns)
        assert result.exit_code == 0 and result.stderr == ""
    text = result.stdout
    assert text.startswith(f"用法：{' '.join(('ivr', *words))}")
    assert max(cell_len(line) for line in text.splitlines()) <= columns
    # words of the command line itself, and names the reader knows, are all that is not Chinese
    rest = re.sub(r"--?[a-z-]+|`[^`]*`|\b[a-z]+(?:\.[a-z]+)+|\b[a-z]+/|IVR_\*", "", text)
    strange = {word for word in re.findall(r"[A-Za-z]{3,}", rest) if word.lower() not in KNOWN}
    assert not strange
    for line in text.splitlines():
        if option := re.match(r"  (-\S.*?)(?:  +(.*))?$", line):
            assert option[2], f"{option[1]} says nothing"


KNOWN = {
    "console",
    "bank", "demo", "elderly", "remove", "gbk", "utf",
    "messages", "play", "done",
    "ivr", "check", "show", "try", "schema", "prompts", "records", "asterisk", "serve", "doctor", "build", "list",
    "export", "import", "render", "agents", "how", "dial", "text", "json", "lines", "svg", "yaml", "markdown", "error",
    "models", "install", "read", "record", "kokoro", "transcribe", "score", "whisper", "vosk", "number",
    "connect", "invite", "try-ring",
    "sherpa", "onnx", "ctranslate", "sha", "measure", "compliance",
    "label", "sample", "walk", "agreement", "train", "plans", "intents", "purge", "csv", "jsonl",
    "status", "ctrl", "report", "day", "week", "month", "table", "warning", "sip", "sigterm", "wav",
    "understand", "menu", "yes", "offer", "amount", "date", "last4", "phone", "action", "rephrase", "intent", "value",
    "null", "corrected", "last", "count", "junit", "xml", "test", "results",
    "flagged", "cba",
    "announcements", "emergency", "start", "change", "evidence", "deliveries",
    "flow", "propose", "review", "publish", "refuse", "withdraw", "confirm", "rollback", "diff", "history", "checkout",
    "approvals", "approve",
    "follow", "sign", "out", "pause", "pauses", "ready", "dispositions", "more", "time", "transfer",
    "complaint", "kinds",
    "listen", "join",
    "consent", "erase", "hold", "holds", "register", "release", "retention", "customer", "branch", "letter", "web",
    "recording", "marketing", "surge", "major",
    "backup", "restore", "privacy", "keys", "new", "key", "rotate", "root",
    "people", "person", "add", "grant", "revoke", "end", "secret", "roles", "user", "audit", "verify", "call", "wang",
    "head",
    "complaints", "accept", "acknowledge", "assign", "back", "causes", "close", "decide", "due", "extend",
    "merge", "notice", "notify", "order", "pass", "receipt", "reopen", "supplement", "told",
    "property", "knowing", "choice", "fairness", "redress", "education", "respect", "information",
    "control", "process", "product", "service", "staff", "none", "kind", "statement",
    "decision", "acknowledgement", "extension",
}  # fmt: skip


def test_no_words_at_all_show_the_help(desk: Desk) -> None:
    result = desk.ivr()
    assert result.exit_code == 2 and result.stderr.startswith("用法：ivr")
    assert desk.ivr("records").exit_code == 2


def test_the_version_is_told(desk: Desk) -> None:
    result = desk.ivr("--version")
    assert result.exit_code == 0 and result.stdout.startswith("ivr ")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["chek"], "没有命令 chek，是不是 check"),
        (["records", "lst"], "没有命令 lst，是不是 list"),
        (["zzzzzz"], "没有命令 zzzzzz（用法见 ivr --help）"),
        (["check", "--fromat", "x"], "没有选项 --fromat，是不是 --format？（用法见 ivr check --help）"),
        (["check", "--format", "xml"], "--format：没有 xml 这种，可选："),
        (["check", "--codes=3"], "选项 --codes 后面不跟值"),
        (["check", "nosuch"], "没有 nosuch（用法见 ivr check --help）"),
        (["show", "--svg"], "选项 --svg 后面要跟一个值"),
        (["show", "--svg", "."], "--svg：. 是目录，这里要文件"),
        (["try", "--at", "昨天"], "--at：看不懂时间 '昨天'"),
        (["try", "--script", "none.txt"], "--script：没有 none.txt"),
        (["records", "list", "--limit", "x"], "--limit：x 不是整数"),
        (["records", "list", "--limit", "0"], "--limit：至少是 1"),
        (["records", "list", "--from", "2026"], "--from：看不懂日期 2026，请写成 2026-10-01"),
        (["records", "show"], "缺少参数 通话编号（用法见 ivr records show --help）"),
        (["records", "show", "a", "b"], "多出来的参数：b"),
        (["records", "import", "none.jsonl"], "没有 none.jsonl"),
        (["records", "import", "."], ". 是目录，这里要文件"),
    ],
)
def test_a_slip_is_told_in_one_line(desk: Desk, words: list[str], told: str) -> None:
    assert told in desk.refused(*words, status=2)


def test_a_file_that_cannot_be_written_is_told_in_one_line(desk: Desk) -> None:
    assert desk.refused("show", "--svg", "no/such/x.svg") == "no/such/x.svg：没有这个文件或目录"
    assert "没有这个文件或目录" in desk.refused("records", "export", "no/such/x.jsonl")


@pytest.mark.parametrize(
    "words", [["check"], ["show"], ["records", "list"], ["serve"], ["asterisk", "render"], ["doctor"]]
)
def test_wrong_settings_are_told_by_every_command(desk: Desk, words: list[str]) -> None:
    assert "环境变量 IVR_SIP_PORT 应为整数" in desk.refused(*words, IVR_SIP_PORT="many")
    (desk.folder / "ivr.toml").write_text("[sip]\nprot = 3\n")
    assert desk.refused(*words) == "ivr.toml [sip]：不认识设置 prot，是不是 port？"


def test_another_settings_file(desk: Desk) -> None:
    assert "没有设置文件 none.toml" in desk.refused("--settings", "none.toml", "check")
    (desk.folder / "other.toml").write_text('flows = "elsewhere"\n')
    result = desk.ivr("--settings", "other.toml", "check")
    assert result.exit_code == 1 and "elsewhere" in result.output


def test_a_stray_variable_is_told_and_the_command_goes_on(desk: Desk) -> None:
    result = desk.ivr("check", IVR_SIP_PROT="5070")
    assert result.exit_code == 0
    assert result.stderr.splitlines()[0] == "提醒：环境变量 IVR_SIP_PROT 不是任何设置，不起作用，是不是 IVR_SIP_PORT？"


def test_a_reader_that_goes_away_is_no_error(desk: Desk) -> None:
    """`ivr show | head -1`."""
    with subprocess.Popen(
        [sys.executable, "-m", "ivr.cli", "show", str(TOP / "flows")],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=TOP,
    ) as process:  # fmt: skip
        assert process.stdout is not None and process.stderr is not None
        process.stdout.close()
        assert b"Traceback" not in process.stderr.read()


def test_the_command_needs_no_terminal_of_any_kind(desk: Desk) -> None:
    done = desk.process("show", LC_ALL="C", LANG="C", TERM="dumb", PYTHONIOENCODING="")
    assert done.returncode == 0 and "示例银行" in done.stdout.decode()


@given(st.text(alphabet="ab ，。x中文（）1-`", max_size=80), st.integers(min_value=10, max_value=60))
def test_wrapping_loses_no_word_and_keeps_the_width(text: str, width: int) -> None:
    lines = _wrapped(text, width)
    assert "".join("".join(lines).split()) == "".join(text.split())
    for line in lines:
        # one piece may be wider than the line: a long word, or marks that belong to what they follow
        assert cell_len(line) <= width or len(_PIECE.findall(line)) == 1


def test_the_readmes_name_only_commands_that_there_are() -> None:
    known = {" ".join(words) for words in commands()}
    for readme in ("README.md", "README.zh-CN.md", "tests/calls/README.md"):
        text = Path(TOP / readme).read_text(encoding="utf-8")
        for words in re.findall(
            r"(?:^|`)(?:\.venv/bin/)?ivr ((?:[a-z]+(?:-[a-z]+)*)(?: [a-z]+(?:-[a-z]+)*)?)", text, re.M
        ):
            assert words in known or words.split()[0] in known, words
