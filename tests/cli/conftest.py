"""A desk to work at: an empty folder with the small hotline in it, and the `ivr` command."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from ivr.cli.main import main
from tests.flow import small

TOP = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True)
class Desk:
    """The working folder, and two ways of typing a command in it."""

    folder: Path

    def ivr(self, *words: str, typed: str | bytes | None = None, **environ: str) -> Result:
        """Run in this process. A defect of the program (any exception but the exit) fails the test."""
        result = CliRunner().invoke(main, words, input=typed, env=environ, prog_name="ivr", catch_exceptions=False)
        assert "Traceback" not in result.output
        return result

    def process(self, *words: str, typed: bytes = b"", **environ: str) -> subprocess.CompletedProcess[bytes]:
        """Run as a program of its own, as an operator does."""
        return subprocess.run(
            [sys.executable, "-m", "ivr.cli", *words],
            input=typed, capture_output=True, timeout=60, check=False, cwd=self.folder,
            env={**clean(os.environ), "PYTHONPATH": str(TOP), **environ},
        )  # fmt: skip

    def refused(self, *words: str, status: int = 1, **environ: str) -> str:
        """What is told about a mistake: one line, on standard error alone."""
        result = self.ivr(*words, **environ)
        assert (result.exit_code, result.stdout) == (status, "")
        assert result.stderr.startswith("错误：") and result.stderr.count("\n") == 1
        return result.stderr.removeprefix("错误：").removesuffix("\n")


def clean(environ: Mapping[str, str]) -> dict[str, str]:
    """An environment without a hotline's settings."""
    return {name: value for name, value in environ.items() if not name.startswith("IVR_")}


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """The small hotline under `flows/`, no settings but the defaults."""
    for name in [name for name in os.environ if name.startswith("IVR_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.chdir(tmp_path)
    small.write(tmp_path / "flows")
    return Desk(tmp_path)
