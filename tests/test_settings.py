"""Settings: what wins over what, and how a mistake in them is told."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.errors import SettingsError
from ivr.settings import Settings, load, stray_variables


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working folder."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def toml(folder: Path, text: str, name: str = "ivr.toml") -> Path:
    """A settings file."""
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    return file


def refused(environ: dict[str, str] | None = None, path: Path | None = None) -> str:
    """What is told about settings that cannot be used: one line."""
    with pytest.raises(SettingsError) as wrong:
        load(path, environ or {})
    assert "\n" not in str(wrong.value)
    return str(wrong.value)


# ---- where values come from


def test_nothing_given_means_the_defaults(here: Path) -> None:
    found = load(environ={})
    assert (found.sip.port, found.ami.port, found.agi.port, found.max_calls) == (5060, 5038, 4573, 100)
    assert found.flows == here.resolve() / "flows"
    assert found.url == f"sqlite:///{here.resolve() / 'run' / 'ivr.sqlite'}"
    assert found.journal == found.state / "journal"
    assert found.recordings == found.state / "asterisk" / "recordings"


def test_the_file_wins_over_the_defaults_and_a_variable_over_the_file(here: Path) -> None:
    toml(here, 'node = "a"\nmax_calls = 7\n[sip]\nport = 5070\ntls = true\n')
    found = load(environ={"IVR_SIP_PORT": "5080", "IVR_DATABASE_URL": "postgresql://ivr@127.0.0.1/ivr"})
    assert (found.node, found.max_calls, found.sip.port, found.sip.tls) == ("a", 7, 5080, True)
    assert found.url == "postgresql://ivr@127.0.0.1/ivr"


def test_another_file_by_argument_or_by_variable(here: Path) -> None:
    one, two = toml(here, 'node = "one"', "one.toml"), toml(here, 'node = "two"', "two.toml")
    toml(here, 'node = "default"')
    assert load(environ={}).node == "default"
    assert load(environ={"IVR_SETTINGS": str(two)}).node == "two"
    assert load(one, {"IVR_SETTINGS": str(two)}).node == "one"


def test_relative_paths_count_from_the_files_folder(here: Path) -> None:
    file = toml(here, 'flows = "menus"\nstate = "/var/lib/hotline"\n', "etc/ivr.toml")
    found = load(file, {"IVR_PROMPTS": "sound"})
    folder = (here / "etc").resolve()
    assert (found.flows, found.prompts, found.state) == (folder / "menus", folder / "sound", Path("/var/lib/hotline"))


@pytest.mark.parametrize(
    ("text", "value"),
    [("1", True), ("TRUE", True), ("yes", True), ("on", True), ("0", False), ("No", False), ("off", False)],
)
def test_a_switch_in_a_variable(here: Path, text: str, value: bool) -> None:
    assert load(environ={"IVR_SIP_TLS": text}).sip.tls is value


def test_secrets_are_not_in_what_is_printed() -> None:
    found = load(environ={"IVR_AMI_SECRET": "very-secret"})
    assert found.ami.secret == "very-secret"
    assert "very-secret" not in repr(found)


# ---- what is wrong


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("max_cals = 3", "不认识设置 max_cals，是不是 max_calls？"),
        ("[spi]\nport = 1", "不认识设置 spi，是不是 sip？"),
        ("[sip]\nprot = 1", "[sip]：不认识设置 prot，是不是 port？"),
        ("zzzzzz = 3", "不认识设置 zzzzzz"),
        ("sip = 3", "sip 应写成一节 [sip]"),
        ('max_calls = "3"', "max_calls 应为整数，现在是 '3'"),
        ("max_calls = true", "应为整数"),
        ("max_calls = 3.5", "应为整数"),
        ("node = 3", "node 应为文字"),
        ("flows = 3", "flows 应为路径"),
        ('flows = ""', "flows 应为路径"),
        ("[sip]\ntls = 1", "tls 应为true 或 false"),
        ("max_calls = ", "不是正确的 TOML"),
    ],
)
def test_a_mistake_in_the_file(here: Path, text: str, told: str) -> None:
    toml(here, text)
    said = refused()
    assert told in said and "ivr.toml" in said


def test_a_file_that_cannot_be_read(here: Path) -> None:
    assert "没有设置文件" in refused(path=here / "none.toml")
    assert "没有设置文件 none.toml" in refused({"IVR_SETTINGS": "none.toml"})
    assert "读不了设置文件" in refused(path=here)
    (here / "gbk.toml").write_bytes('node = "热线"'.encode("gbk"))
    assert "不是正确的 TOML" in refused(path=here / "gbk.toml")


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("SIP_PORT", "abc", "环境变量 IVR_SIP_PORT 应为整数"),
        ("SIP_PORT", "", "应为整数"),
        ("SIP_PORT", "１２", "应为整数"),
        ("SIP_PORT", "9" * 5000, "应为整数"),
        ("SIP_TLS", "maybe", "环境变量 IVR_SIP_TLS 应为true 或 false"),
        ("SIP_PORT", "0", "[sip] port 应在 1 到 65535 之间"),
        ("AGI_PORT", "65536", "[agi] port 应在 1 到 65535 之间"),
        ("SIP_RTP_FIRST", "12000", "rtp_first 12000 应小于 rtp_last 10999"),
        ("MAX_CALLS", "0", "max_calls 不能小于 1"),
        ("CALLS_PER_SECOND", "-1", "calls_per_second 不能小于 1"),
        ("DRAIN_SECONDS", "-1", "drain_seconds 不能小于 0"),
        ("SIP_QUALIFY_SECONDS", "-1", "qualify_seconds 不能小于 0"),
        ("LOG_LEVEL", "loud", "log_level 应为 DEBUG"),
        ("SIP_ADDRESS", "localhost", "[sip] address 应为一个 IPv4 地址"),
        ("SIP_ADDRESS", "0.0.0.0", "[sip] address 应为一个 IPv4 地址"),
        ("AMI_HOST", "192.0.2.1", "[ami] host 只能是本机回环地址"),
        ("AGI_HOST", "0.0.0.0", "[agi] host 只能是本机回环地址"),
        ("SIP_TRUNK", "192.0.2.1,", "[sip] trunk 应为 IPv4 地址或网段"),
        ("SIP_TRUNK", "0.0.0.0/0\nmatch = x", "[sip] trunk"),
        ("NODE", "a b", "node 只能用字母"),
        ("NODE", "a\n[general]", "node 只能用字母"),
        ("AMI_USER", "general", "[ami] user"),
        ("AMI_SECRET", "a;b", "[ami] secret"),
        ("AMI_SECRET", "a\nb", "[ami] secret"),
    ],
)
def test_a_mistake_in_a_variable(here: Path, name: str, value: str, told: str) -> None:
    assert told in refused({f"IVR_{name}": value})


def test_a_refused_secret_is_not_repeated(here: Path) -> None:
    assert "hush" not in refused({"IVR_AMI_SECRET": "hush;hush"})


def test_every_fault_is_told_at_once(here: Path) -> None:
    said = refused({"IVR_SIP_PORT": "0", "IVR_MAX_CALLS": "0"})
    assert "[sip] port" in said and "max_calls" in said


def test_several_trunks_and_networks_are_trusted(here: Path) -> None:
    assert load(environ={"IVR_SIP_TRUNK": "192.0.2.1, 198.51.100.0/24"}).sip.trunk == "192.0.2.1, 198.51.100.0/24"


def test_a_variable_that_is_no_setting_is_told_with_the_nearest() -> None:
    said = stray_variables({"IVR_SIP_PROT": "1", "IVR_SIP_PORT": "1", "IVR_ENGINE": "chroot", "PATH": "/bin"})
    assert said == ["环境变量 IVR_SIP_PROT 不是任何设置，不起作用，是不是 IVR_SIP_PORT？"]


@given(st.dictionaries(st.sampled_from(["IVR_NODE", "IVR_SIP_PORT", "IVR_SIP_TRUNK", "IVR_FLOWS"]), st.text()))
def test_any_text_in_a_variable_is_taken_or_refused(environ: dict[str, str]) -> None:
    try:
        found = load(environ=environ)
    except SettingsError:
        return
    assert "\n" not in found.node + found.sip.trunk
    assert 1 <= found.sip.port <= 65535


@pytest.mark.parametrize("readme", ["README.md", "README.zh-CN.md"])
def test_the_readmes_name_every_setting(readme: str) -> None:
    text = (Path(__file__).parents[1] / readme).read_text(encoding="utf-8")
    names = [f.name for f in fields(Settings) if f.name not in ("sip", "ami", "agi", "speech", "metrics")]
    for table in (Settings().sip, Settings().ami, Settings().agi, Settings().speech, Settings().metrics):
        names += [f.name for f in fields(table)]
    assert [name for name in names if f"`{name}`" not in text] == []
