"""`ivr asterisk` and `ivr serve`: what the scripts around Asterisk call."""

from __future__ import annotations

import json
import shutil
import socket
from pathlib import Path

import pytest

from ivr.serve.asterisk import place
from ivr.serve.upkeep import flow_edits, machine_check
from tests.cli.conftest import Desk
from tests.flow.small import edit
from tests.speech.speaking import ToneVoice


@pytest.fixture
def voiced(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """A desk whose voice costs nothing."""
    for module in (place, machine_check, flow_edits):
        monkeypatch.setattr(module, "named", lambda *_: ToneVoice())
    return desk


# ---- render


def test_rendering_writes_everything_asterisk_needs(voiced: Desk) -> None:
    result = voiced.ivr("asterisk", "render")
    etc = voiced.folder / "run" / "asterisk" / "etc"
    assert result.exit_code == 0 and "pjsip.conf" in result.stdout and (etc / "pjsip.conf").exists()
    assert (voiced.folder / "run" / "asterisk" / "sounds" / "app_down.wav").exists()
    assert voiced.ivr("asterisk", "render").stdout.endswith("没有变化\n")


def test_the_tls_switch_makes_its_certificate(voiced: Desk) -> None:
    assert voiced.ivr("asterisk", "render", IVR_SIP_TLS="true").exit_code == 0
    keys = voiced.folder / "run" / "asterisk" / "keys"
    (keys / "hotline.key").unlink()
    assert "hotline.key" in voiced.refused("asterisk", "render", IVR_SIP_TLS="true")


def test_what_keeps_it_from_rendering_is_told_in_one_line(voiced: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "80 个字符" in voiced.refused("asterisk", "render", IVR_STATE="d" * 90)
    monkeypatch.setattr(place, "named", lambda *_: ToneVoice(refuses="再见"))
    shutil.rmtree(voiced.folder / "prompts")
    assert "goodbye" in voiced.refused("asterisk", "render")


# ---- agents


def test_agents_and_their_passwords(voiced: Desk) -> None:
    text = voiced.ivr("asterisk", "agents").stdout
    secrets = json.loads((voiced.folder / "run" / "secrets.json").read_text())
    assert f"1001　{secrets['agents']['1001']}　李四" in text and "127.0.0.1:5060" in text
    rows = json.loads(voiced.ivr("asterisk", "agents", "--format", "json").stdout)
    assert rows == {"1001": {"name": "李四", "server": "127.0.0.1:5060", "password": secrets["agents"]["1001"]}}


def test_a_broken_secrets_file_is_told_in_one_line(voiced: Desk) -> None:
    (voiced.folder / "run").mkdir()
    (voiced.folder / "run" / "secrets.json").write_text("{")
    assert "secrets.json 已损坏" in voiced.refused("asterisk", "agents")


# ---- how to dial


def test_how_to_dial_is_said_with_this_machines_own_values(voiced: Desk) -> None:
    text = voiced.ivr("asterisk", "how-to-dial", IVR_SIP_ADDRESS="127.0.3.1", IVR_SIP_PORT="5070").stdout
    for words in (
        "127.0.3.1:5070",
        "sip:95000@127.0.3.1:5070",
        "不注册",
        "1001",
        "ivr asterisk agents",
        "# 重听",
        "* 返回",
    ):
        assert words in text
    assert "TLS" not in text
    assert not (voiced.folder / "run").exists()  # telling makes no secrets


def test_how_to_dial_knows_encryption_and_other_numbers(voiced: Desk) -> None:
    edit(voiced.folder / "flows", "hotline.yaml", '["95000"]', '["95000", "4001234567"]')
    text = voiced.ivr("asterisk", "how-to-dial", IVR_SIP_TLS="on").stdout
    assert "127.0.0.1:5061（TLS）" in text and "SRTP" in text and "keys/hotline.crt" in text
    assert "95000 或 4001234567" in text


# ---- serve


def test_serving_a_broken_flow_is_refused_with_its_findings(voiced: Desk) -> None:
    edit(voiced.folder / "flows", "hotline.yaml", "leaf: opening", "leef: opening")
    result = voiced.ivr("serve")
    assert result.exit_code == 1 and "hotline.yaml" in result.stderr and "leef" in result.stderr
    assert not (voiced.folder / "run" / "ivr.pid").exists()


def test_a_port_that_is_taken_is_told(voiced: Desk) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        result = voiced.ivr("serve", IVR_AGI_PORT=port, IVR_METRICS_PORT="0", IVR_LOG_LEVEL="CRITICAL")
    assert result.exit_code == 1 and f"127.0.0.1:{port}" in result.stderr and "Traceback" not in result.stderr
    assert not (voiced.folder / "run" / "ivr.pid").exists()


# ---- doctor


def test_the_doctor_names_what_is_missing_and_what_to_do(voiced: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(voiced.folder))
    result = voiced.ivr("doctor")
    assert result.exit_code == 1
    for words in (
        "✗ espeak-ng",
        "apt-get install espeak-ng",
        "✗ 容器引擎",
        "apt-get install docker.io",
        "· 没有 sipp",
        "✗ 提示语录音",
        "ivr prompts build",
    ):
        assert words in result.stdout
    assert result.stdout.rstrip().endswith("项需要处理")


def test_the_doctor_finds_nothing_where_everything_is_there(voiced: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    programs = voiced.folder / "bin"
    programs.mkdir()
    for name in ("espeak-ng", "docker", "sipp", "tcpdump"):
        (programs / name).write_text("#!/bin/sh\n")
        (programs / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}:/bin:/usr/bin")
    voiced.ivr("asterisk", "render")
    result = voiced.ivr("doctor")
    assert (result.exit_code, result.stdout.count("✗")) == (0, 0), result.stdout
    assert result.stdout.endswith("一切就绪\n")


def test_the_doctor_sees_mistakes_in_the_flow(voiced: Desk) -> None:
    edit(voiced.folder / "flows", "hotline.yaml", "leaf: opening", "leef: opening")
    assert "1 个错误，运行 ivr check 查看" in voiced.ivr("doctor").stdout


def test_settings_that_contradict_are_refused_before_any_command(voiced: Desk) -> None:
    result = voiced.ivr("doctor", IVR_MAX_CALLS="100", IVR_SIP_RTP_LAST="10199")
    assert result.exit_code != 0 and "只够 50 通" in result.stderr
    assert "不认识 'mysql'" in voiced.ivr("records", "list", IVR_DATABASE_URL="mysql://x").stderr


def test_the_doctor_takes_the_chroot_where_there_is_no_docker(voiced: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    (voiced.folder / "mmdebstrap").write_text("#!/bin/sh\n")
    (voiced.folder / "mmdebstrap").chmod(0o755)
    monkeypatch.setenv("PATH", str(voiced.folder))
    assert "✓ 没有 docker，Asterisk 在 chroot 里运行" in voiced.ivr("doctor").stdout


def test_the_doctor_sees_a_hotline_that_should_run_and_does_not(voiced: Desk) -> None:
    run = Path(voiced.folder / "run")
    run.mkdir()
    (run / "ivr.pid").write_text("1\n")
    (run / "trouble").write_text("磁盘已满\n", encoding="utf-8")
    text = voiced.ivr("doctor", IVR_AGI_PORT="1", IVR_AMI_PORT="2").stdout
    assert "✗ 热线应用在接听" in text and "✗ Asterisk 在运行" in text and "磁盘已满" in text
