"""Settings: what wins over what, and how a mistake in them is told."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.errors import SettingsError
from ivr.settings import Settings, load, stray_variables
from ivr.speech.registry import choices


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
        load(path, environ or {}, choices)
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
        ("SIP_RTP_FIRST", "14000", "rtp_first 14000 应小于 rtp_last 13999"),
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


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[agi]\nport = 5038", ("[ami] port", "[agi] port", "5038")),
        ("[speech]\nport = 4573", ("[agi] port", "[speech] port", "4573")),
        ("[metrics]\nport = 4574", ("[speech] port", "[metrics] port", "4574")),
        ('[metrics]\nport = 4574\nhost = "0.0.0.0"', ("[speech] port", "[metrics] port")),
        ("[sip]\ntls = true\ntls_port = 5038", ("[ami] port", "[sip] tls_port")),
        ("[sip]\nport = 10100", ("rtp_first", "[sip] port 10100")),
        ("[sip]\nport = 13999", ("rtp_first", "[sip] port 13999")),
        ("[sip]\nrtp_first = 80\nrtp_last = 4999", ("rtp_first 不能小于 1024",)),
        ("[sip]\nrtp_last = 10398", ("只够 99 通", "max_calls 是 100", "10399")),
        ("max_calls = 251\n[sip]\nrtp_last = 10999", ("只够 250 通", "max_calls", "11003")),
        ("max_calls = 5000\n[sip]\nrtp_last = 40000", ("max_calls 不能大于 1000",)),
        ('database_url = "mysql://ivr:hush@127.0.0.1/ivr"', ("database_url", "'mysql'")),
        ('database_url = "run/ivr.sqlite"', ("database_url", "sqlite:///")),
        ('database_url = "sqlite://ivr.sqlite"', ("database_url",)),
        ('voice = "espeak"', ("voice 应为 pyttsx3、kokoro 之一",)),
    ],
)
def test_settings_that_contradict_are_refused_by_name(here: Path, text: str, told: tuple[str, ...]) -> None:
    toml(here, text)
    said = refused()
    assert all(word in said for word in told) and "hush" not in said
    assert said.count("；") == ("更多" in said)  # nothing else is told


@pytest.mark.parametrize(
    "text",
    [
        '[metrics]\nport = 4574\nhost = "127.0.0.2"',
        "[metrics]\nport = 0",
        "[sip]\ntls_port = 5060",
        "[sip]\nport = 9999",
        "[sip]\nrtp_last = 10399",
        "max_calls = 1000",
        'database_url = "postgresql+psycopg://ivr@127.0.0.1/ivr"',
        'database_url = "sqlite:////var/lib/ivr.sqlite"',
        'voice = "kokoro"',
    ],
)
def test_settings_that_can_serve_are_taken(here: Path, text: str) -> None:
    toml(here, text)
    assert load(environ={}, choices=choices)


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


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("sessions = 0", "[text] sessions 应在 1 到 1000"),
        ("idle_minutes = 121", "[text] idle_minutes 应在 1 到 120"),
        ("callbacks = -1", "[text] callbacks 应在 0 到 10000"),
        ("complaints_per_address = 10001", "[text] complaints_per_address 应在 0 到 10000"),
        ('ancestors = "http://bank.example"', "[text] ancestors 应为 https://主机名"),
        ('ancestors = "https://bank.example/a"', "[text] ancestors"),
        ("ancestors = \"https://a.example; script-src 'unsafe-inline'\"", "[text] ancestors"),
        ('ancestors = "*"', "[text] ancestors"),
    ],
)
def test_conversations_in_writing_have_bounds_and_pages_that_may_show_them_are_named(
    here: Path, text: str, words: str
) -> None:
    assert words in refused(path=toml(here, f"[text]\n{text}\n"))
    good = load(toml(here, '[text]\nancestors = "https://a.example, https://b.example:8443"\n'), {})
    assert good.text.origins == ("https://a.example", "https://b.example:8443")


# ---- the bank's systems


def bank(here: Path, text: str) -> Path:
    """A settings file with a table [bank], and a key beside it."""
    (here / "bank.pem").write_text("")
    return toml(here, f"[bank]\n{text}\n")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("again_days = -1", "[survey] again_days 应在 0 到 3650"),
        ("self_service_percent = 101", "[survey] self_service_percent 应在 0 到 100"),
        ("self_service_percent = 0.2", "self_service_percent"),
    ],
)
def test_surveys_that_ask_nobody_knows_whom_are_refused(here: Path, text: str, words: str) -> None:
    assert words in refused(path=toml(here, f"[survey]\n{text}\n"))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('public_key = "bank.pem"', "[bank] public_key 要与 [bank] url 一起设置"),
        ('token = "t"', "[bank] token 要与 [bank] url 一起设置"),
        ('url = "bank.example"', "[bank] url 应为 https://"),
        ('url = "ftp://127.0.0.1"', "[bank] url 应为 https://"),
        ('url = "https://bank.example:99999"', "[bank] url 应为 https://"),
        ('url = "https://user:pass@bank.example"', "不含用户名、密码"),
        ('url = "http://bank.example"\npublic_key = "bank.pem"', "只有本机回环地址"),
        ('url = "http://127.0.0.1.example"\npublic_key = "bank.pem"', "只有本机回环地址"),
        ('url = "http://10.0.0.1"\npublic_key = "bank.pem"', "只有本机回环地址"),
        ('url = "https://bank.example"', "[bank] public_key 没有设置"),
        ('url = "http://127.0.0.1:8090"\nca = "bank.pem"', "[bank] ca 只用于 https://"),
        ('url = "https://bank.example"\npublic_key = "gone.pem"', "[bank] public_key：没有文件"),
        ('url = "http://127.0.0.1:8090"\ntoken = "a b"', "[bank] token"),
        ('url = "http://127.0.0.1:8090"\ndeadline_percent = 0', "[bank] deadline_percent 应在 50 到 300"),
        ('url = "http://127.0.0.1:8090"\nconnections = 0', "[bank] connections 应在 1 到 1000"),
        ('url = "http://127.0.0.1:8090"\nurll = 1', "是不是 url"),
    ],
)
def test_a_bank_that_cannot_be_asked_is_refused_by_name(here: Path, text: str, words: str) -> None:
    told = refused(path=bank(here, text))
    assert words in told
    assert "pass@" not in told


def test_a_bank_is_set_by_file_and_variable(here: Path) -> None:
    file = bank(here, 'url = "https://bank.example/hotline"\npublic_key = "bank.pem"\nca = "bank.pem"')
    found = load(file, {"IVR_BANK_TOKEN": "t0ken"}).bank
    assert not found.loopback and found.public_key == found.ca == str(here.resolve() / "bank.pem")
    assert found.token == "t0ken" and "t0ken" not in repr(found)
    for url in ("http://127.0.0.1:8090", "http://127.9.9.9/x", "http://[::1]:8090"):
        assert load(bank(here, f'url = "{url}"'), {}).bank.loopback
    assert not load(environ={}, path=toml(here, "")).bank.url


def test_a_token_of_the_wrong_type_is_not_repeated(here: Path) -> None:
    assert "739155" not in refused(path=bank(here, "token = 739155"))


# ---- what is told to people and systems outside


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('[mail]\nsender = "a@b.example"', "[mail] sender 要与 [mail] host 一起设置"),
        ('[mail]\nhost = "mail.bank.example"', "[mail] sender 应为发件地址"),
        ('[mail]\nhost = "a b"\nsender = "a@b.example"', "[mail] host 应为"),
        ('[mail]\nhost = "m.example"\nsender = "a@b.example"\nport = 0', "[mail] port"),
        ('[mail]\nhost = "m.example"\nsender = "a@b.example"\ntls = "ssl"', "[mail] tls 应为"),
        ('[mail]\nhost = "m.example"\nsender = "a@b.example"\ntls = "none"', "只有本机回环地址"),
        ('[mail]\nhost = "m.example"\nsender = "a@b.example"\nuser = "u"', "[mail] user 与 password"),
        ('[mail]\nhost = "m.example"\nsender = "a@b.example"\nca = "gone.pem"', "[mail] ca：没有文件"),
        ('[webhook]\nsecret = "short-secret"', "[webhook] secret 太短"),
        ('[webhook]\nca = "gone.pem"', "[webhook] ca：没有文件"),
    ],
)
def test_a_mail_server_or_webhook_that_cannot_serve_is_refused_by_name(here: Path, text: str, words: str) -> None:
    told = refused(path=toml(here, text + "\n"))
    assert words in told and "short-secret" not in told


def test_mail_and_webhook_are_set_by_file_and_variable(here: Path) -> None:
    (here / "ca.pem").write_text("")
    text = '[mail]\nhost = "127.0.0.1"\nsender = "a@b.example"\ntls = "none"\nuser = "u"\nca = "ca.pem"\n'
    found = load(toml(here, text), {"IVR_MAIL_PASSWORD": "pa55word", "IVR_WEBHOOK_SECRET": "s" * 32})
    assert (found.mail.password, found.webhook.secret) == ("pa55word", "s" * 32)
    assert "pa55word" not in repr(found) and "s" * 32 not in repr(found)
    assert found.mail.ca == str(here.resolve() / "ca.pem")


def vars_of(settings: Settings) -> dict[str, Any]:
    return {one.name: getattr(settings, one.name) for one in fields(settings)}


@pytest.mark.parametrize("readme", ["README.md", "README.zh-CN.md"])
def test_the_readmes_name_every_setting(readme: str) -> None:
    text = (Path(__file__).parents[1] / readme).read_text(encoding="utf-8")
    tables = [one for one in vars_of(Settings()).values() if is_dataclass(one)]
    names = [name for name, one in vars_of(Settings()).items() if one not in tables]
    for table in tables:
        names += [f.name for f in fields(table)]
    assert [name for name in names if f"`{name}`" not in text] == []


# ---- encryption


def test_keys_come_from_a_file_or_from_the_environment_and_are_not_shown(here: Path) -> None:
    file = toml(here, '[encryption]\nkey_file = "hotline.keys"\n')
    assert load(file, {}).encryption.key_file == str(here.resolve() / "hotline.keys"), "it need not be there yet"
    found = load(toml(here, ""), {"IVR_ENCRYPTION_KEYS": "s3cret"}).encryption
    assert found.configured and "s3cret" not in repr(found)
    assert not load(toml(here, ""), {}).encryption.configured
    told = refused(
        environ={"IVR_ENCRYPTION_KEYS": "s3cret"}, path=toml(here, '[encryption]\nkey_file = "hotline.keys"\n')
    )
    assert "只能设一个" in told and "s3cret" not in told
