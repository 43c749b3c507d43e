"""What keeps the hotline running on a machine: the compose file, the systemd units, what they read, and the scripts."""

from __future__ import annotations

import configparser
import os
import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from ivr.errors import NodeError
from ivr.serve.asterisk import compose
from ivr.settings import Settings

TOP = Path(__file__).parents[2]
CONF = TOP / "asterisk-conf"
COMPOSE = CONF / "docker-compose.yml"


class _Unit(dict[str, Any]):
    """A unit's setting may stand several times."""

    def __setitem__(self, key: str, value: Any) -> None:
        if isinstance(value, list) and key in self:
            self[key].extend(value)
        else:
            super().__setitem__(key, value)


def unit(name: str) -> configparser.RawConfigParser:
    """A systemd unit; a setting that stands several times is several lines."""
    parser = configparser.RawConfigParser(strict=False, dict_type=_Unit, comment_prefixes=("#",))
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read(CONF / name, encoding="utf-8")
    return parser


def node(folder: Path) -> Settings:
    """A node in `folder`."""
    return replace(Settings(), state=folder / "run", prompts=folder / "prompts")


# ---- compose.env


def test_the_environment_names_this_nodes_folders(tmp_path: Path) -> None:
    file = compose.write(node(tmp_path))
    values = dict(line.split("=", 1) for line in file.read_text().splitlines())
    assert values["HOTLINE_ASTERISK"] == str(tmp_path.resolve() / "run" / "asterisk")
    assert values["HOTLINE_PROMPTS"] == str(tmp_path.resolve() / "prompts")
    assert values["HOTLINE_USER"] == f"{os.getuid()}:{os.getgid()}"
    assert file.stat().st_mode & 0o777 == 0o600
    before = file.stat().st_mtime_ns
    assert compose.write(node(tmp_path)) == file and file.stat().st_mtime_ns == before


def test_the_image_has_the_name_that_the_script_gives_it(tmp_path: Path) -> None:
    env = compose.write(node(tmp_path)).read_text()
    script = (CONF / "asterisk.sh").read_text(encoding="utf-8")
    recipe = subprocess.run(["sha256sum", CONF / "Dockerfile"], capture_output=True, text=True, check=True).stdout[:12]
    assert "image=bank-hotline-asterisk:$recipe" in script
    assert f"HOTLINE_IMAGE=bank-hotline-asterisk:{recipe}\n" in env


@pytest.mark.parametrize("name", ["a b", "a:b", "a$b", "a'b", "a#b", "a\nb"])
def test_a_folder_that_cannot_be_mounted_is_told(tmp_path: Path, name: str) -> None:
    (tmp_path / name).mkdir()
    with pytest.raises(NodeError, match="容器挂载不了"):
        compose.write(node(tmp_path / name))


# ---- docker-compose.yml


def test_compose_restarts_what_dies_and_gives_it_nothing_it_needs_not() -> None:
    given = yaml.safe_load(COMPOSE.read_text(encoding="utf-8"))
    assert given["version"]  # docker-compose 1.29 asks for it
    written = {}
    for name, service in given["services"].items():
        assert service["restart"] == "unless-stopped" and service["network_mode"] == "host"
        assert service["cap_drop"] == ["ALL"] and service["read_only"] is True
        assert service["security_opt"] == ["no-new-privileges:true"] and service["user"] == "${HOTLINE_USER:?}"
        written[name] = {one.split(":?}")[0] for one in service["volumes"] if not one.endswith(":ro")}
    assert written == {
        "asterisk": {"${HOTLINE_ASTERISK"},
        "console": {"${HOTLINE_STATE", "${HOTLINE_FLOWS", "${HOTLINE_PROMPTS"},
    }


def test_compose_asks_for_nothing_that_the_environment_does_not_hold(tmp_path: Path) -> None:
    held = {line.split("=")[0] for line in compose.write(node(tmp_path)).read_text().splitlines()}
    compose_asks, unit_asks = (
        {name for name, default in re.findall(r"\$\{(\w+)(:-)?", file.read_text(encoding="utf-8")) if not default}
        for file in (COMPOSE, CONF / "hotline-asterisk.service")
    )
    assert compose_asks == held and unit_asks < held


@pytest.mark.skipif(shutil.which("docker-compose") is None, reason="docker-compose is not installed")
def test_compose_itself_understands_the_file(tmp_path: Path) -> None:
    env = compose.write(node(tmp_path))
    done = subprocess.run(
        ["docker-compose", "--env-file", env, "-f", COMPOSE, "config"],
        env={name: value for name, value in os.environ.items() if not name.startswith("HOTLINE_")},
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert str(tmp_path / "run" / "asterisk") in done.stdout


# ---- systemd


@pytest.mark.parametrize("name", ["hotline.service", "hotline-asterisk.service", "hotline-console.service"])
def test_a_unit_is_started_again_whatever_happens(name: str) -> None:
    found = unit(name)
    assert found["Service"]["Restart"] == "always" and found["Unit"]["StartLimitIntervalSec"] == "0"
    assert found["Service"]["UMask"] == "0077" and found["Service"]["User"] == "hotline"


def test_the_unit_waits_longer_than_the_node_drains() -> None:
    assert int(unit("hotline.service")["Service"]["TimeoutStopSec"]) >= Settings().drain_seconds + 20


def test_the_unit_may_write_where_the_hotline_writes_and_nowhere_else() -> None:
    service = unit("hotline.service")["Service"]
    assert service["ProtectSystem"] == "strict" and service["NoNewPrivileges"] == "yes"
    assert service["ReadWritePaths"].split() == ["/opt/bank-hotline/run", "/opt/bank-hotline/prompts"]


def test_the_console_yields_to_callers_and_writes_only_what_pages_write() -> None:
    service = unit("hotline-console.service")["Service"]
    assert int(service["Nice"]) > 0 and int(service["CPUWeight"]) < 100
    assert service["ProtectSystem"] == "strict" and service["NoNewPrivileges"] == "yes"
    top = "/opt/bank-hotline"
    assert service["ReadWritePaths"].split() == [f"{top}/run", f"{top}/prompts", f"{top}/flows"]


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not installed")
def test_systemd_itself_understands_the_units(tmp_path: Path) -> None:
    (tmp_path / "docker.service").write_text("[Service]\nExecStart=/bin/true\n")
    units = ("hotline.service", "hotline-asterisk.service", "hotline-console.service")
    for name in units:
        text = (CONF / name).read_text(encoding="utf-8")
        # systemd looks for the programs; this machine has them nowhere in particular
        text = re.sub(r"(?m)^(Exec\w+=-?)/\S+", r"\1/bin/true", text)
        (tmp_path / name).write_text(text, encoding="utf-8")
    done = subprocess.run(
        ["systemd-analyze", "verify", *(tmp_path / name for name in units)],
        env={**os.environ, "SYSTEMD_UNIT_PATH": f"{tmp_path}:/lib/systemd/system"},
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    said = [line for line in done.stderr.splitlines() if str(tmp_path) in line or "hotline" in line]
    assert done.returncode == 0 and not said, done.stderr


# ---- scripts


@pytest.mark.parametrize("script", ["asterisk.sh", "run.sh", "system.sh"])
def test_a_script_is_sound_bash_and_explains_itself(script: str) -> None:
    assert subprocess.run(["bash", "-n", CONF / script], check=False).returncode == 0
    lines = (CONF / script).read_text(encoding="utf-8").splitlines()
    assert lines[0] == "#!/usr/bin/env bash" and lines[1].startswith("# ") and "set -euo pipefail" in lines


@pytest.mark.parametrize(("script", "word"), [("asterisk.sh", "asterisk.sh up NAME"), ("run.sh", "up|down")])
def test_a_script_without_words_says_what_it_can_do(script: str, word: str) -> None:
    done = subprocess.run(["bash", CONF / script], capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode != 0 and (word in done.stdout + done.stderr or "make install" in done.stderr)
