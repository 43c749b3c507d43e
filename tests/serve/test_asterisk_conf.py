"""What Asterisk is told: complete, private, the same each time, and no wider than the hotline needs."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from ivr.errors import NodeError
from ivr.flow.loader import require
from ivr.flow.model import Agent, Flow
from ivr.serve.asterisk_conf import TEMPLATES, fill, load_secrets, render
from ivr.settings import Agi, Ami, Settings, Sip
from tests import flows_for_tests

TOP = Path(__file__).parents[2]


def mode(path: Path) -> int:
    """Permission bits."""
    return path.stat().st_mode & 0o777


def node(folder: Path, **changes: object) -> Settings:
    """Settings of a node that lives in `folder`."""
    return replace(Settings(state=folder / "run"), **changes)  # type: ignore[arg-type]


def files(settings: Settings) -> Mapping[str, str]:
    """Everything that was rendered, by file name."""
    return {path.name: path.read_text(encoding="utf-8") for path in (settings.asterisk / "etc").iterdir()}


def active(text: str) -> list[str]:
    """The lines of a .conf without comments."""
    return [line for line in (raw.split(";")[0].strip() for raw in text.splitlines()) if line]


def section(text: str, name: str, kind: str = "") -> list[str]:
    """The lines of the sections of this name; of those that say `type = kind`, if a kind is given."""
    found: list[str] = []
    for part in re.split(r"(?m)^(?=\[)", text):
        if part.startswith(f"[{name}]") and (not kind or f"type = {kind}" in part):
            found += active(part)[1:]
    return found


@pytest.fixture(scope="module")
def shipped() -> Flow:
    """The hotline as it is delivered."""
    return require(TOP / "flows")


@pytest.fixture
def conf(tmp_path: Path, shipped: Flow) -> Mapping[str, str]:
    """The shipped hotline's configuration with every setting at its default."""
    settings = node(tmp_path)
    render(settings, shipped)
    return files(settings)


# ---- files


def test_every_template_is_rendered_and_nothing_is_left_to_fill_in(conf: Mapping[str, str]) -> None:
    assert set(conf) == {path.name for path in TEMPLATES.glob("*.conf")}
    assert not [name for name, text in conf.items() if "{{" in text]


def test_only_the_owner_reads_what_holds_secrets(tmp_path: Path, shipped: Flow) -> None:
    settings = node(tmp_path)
    render(settings, shipped)
    everything = [path for path in settings.state.rglob("*") if path.is_file()]
    assert settings.state / "secrets.json" in everything
    assert {mode(path) for path in everything} == {0o600}
    assert {mode(path) for path in [settings.state, *settings.state.rglob("*")] if path.is_dir()} == {0o700}


def test_rendering_again_changes_nothing(tmp_path: Path, shipped: Flow) -> None:
    settings = node(tmp_path)
    assert set(render(settings, shipped)) == set(files(settings))
    before = {path: path.stat().st_mtime_ns for path in settings.state.rglob("*.conf")}
    assert render(settings, shipped) == ()
    assert {path: path.stat().st_mtime_ns for path in settings.state.rglob("*.conf")} == before


def test_only_what_a_change_touches_is_written(tmp_path: Path, shipped: Flow) -> None:
    settings = node(tmp_path)
    render(settings, shipped)
    general = replace(shipped.queues["general"], wrapup_ms=20_000)
    edited = replace(shipped, queues={**shipped.queues, "general": general})
    assert render(settings, edited) == ("queues.conf",)
    assert render(replace(settings, max_calls=7), edited) == ("extensions.conf",)


def test_a_name_that_nobody_knows_is_an_error() -> None:
    assert fill("a {{b}} {{b}}", {"b": "c"}, "x.conf") == "a c c"
    with pytest.raises(NodeError, match=r"x\.conf.*port_of_call"):
        fill("bind = {{port_of_call}}", {}, "x.conf")


def test_a_template_with_an_unknown_name_leaves_the_rest_as_it_was(tmp_path: Path, shipped: Flow) -> None:
    templates = tmp_path / "templates"
    templates.mkdir()
    (templates / "b.conf").write_text("{{nobody}}")
    with pytest.raises(NodeError, match="nobody"):
        render(node(tmp_path), shipped, templates)


def test_a_state_folder_too_deep_for_a_socket_is_refused(tmp_path: Path, shipped: Flow) -> None:
    with pytest.raises(NodeError, match="80"):
        render(node(tmp_path / ("d" * 80)), shipped)


# ---- secrets


def test_secrets_are_made_once(tmp_path: Path, shipped: Flow) -> None:
    settings = node(tmp_path)
    first = load_secrets(settings, shipped.agents)
    assert load_secrets(settings, shipped.agents) == first
    assert set(first.agents) == set(shipped.agents)
    assert len({first.ami, *first.agents.values()}) == len(shipped.agents) + 1
    assert all(len(password) >= 20 for password in (first.ami, *first.agents.values()))
    assert load_secrets(node(tmp_path / "other"), shipped.agents) != first


def test_a_new_agent_gets_a_password_and_the_others_keep_theirs(tmp_path: Path, shipped: Flow) -> None:
    settings = node(tmp_path)
    first = load_secrets(settings, shipped.agents)
    second = load_secrets(settings, {**shipped.agents, "2001": None})
    assert second.agents["2001"]
    assert {**second.agents, **first.agents} == second.agents and second.ami == first.ami
    assert load_secrets(settings, {}).agents == second.agents  # who comes back has the old one


def test_the_setting_wins_over_the_generated_secret(tmp_path: Path, shipped: Flow) -> None:
    settings = node(tmp_path, ami=Ami(secret="chosen"))
    render(settings, shipped)
    assert "secret = chosen" in files(settings)["manager.conf"]


@pytest.mark.parametrize("broken", ["", "{", "[]", "3", '{"ami": 3, "agents": {"1001": 4}}', "\xff"])
def test_a_broken_secrets_file_is_told_and_kept(tmp_path: Path, shipped: Flow, broken: str) -> None:
    settings = node(tmp_path)
    settings.state.mkdir()
    file = settings.state / "secrets.json"
    file.write_bytes(broken.encode("latin-1"))
    with pytest.raises(NodeError, match=r"secrets\.json"):
        load_secrets(settings, shipped.agents)
    assert file.read_bytes() == broken.encode("latin-1")


def test_secrets_are_not_printed(tmp_path: Path, shipped: Flow) -> None:
    own = load_secrets(node(tmp_path), shipped.agents)
    assert own.ami not in repr(own) and not any(password in repr(own) for password in own.agents.values())


# ---- who may do what


def test_keys_pressed_are_nowhere_written(conf: Mapping[str, str]) -> None:
    for name in ("logger.conf", "manager.conf", "cel.conf", "cel_custom.conf"):
        assert not [line for line in active(conf[name]) if "dtmf" in line.lower()], name
    assert not [line for line in active(conf["logger.conf"]) if "verbose" in line or "debug" in line or "*" in line]


def test_the_manager_is_for_this_machine_and_one_user(conf: Mapping[str, str], shipped: Flow) -> None:
    lines = active(conf["manager.conf"])
    assert [line for line in lines if line.startswith("[")] == ["[general]", "[ivr]"]
    assert "bindaddr = 127.0.0.1" in lines and "webenabled = no" in lines
    assert "deny = 0.0.0.0/0.0.0.0" in lines and "permit = 127.0.0.0/255.0.0.0" in lines
    rights = {
        word.strip() for line in lines if re.match("read|write ?=", line) for word in line.split("=")[1].split(",")
    }
    assert not rights & {"all", "command", "system", "dialplan", "agi", "dtmf"}


def test_nobody_without_a_name_is_let_in(conf: Mapping[str, str], shipped: Flow) -> None:
    text = conf["pjsip.conf"]
    assert "anonymous" not in " ".join(active(text))
    assert "identify_by = ip" in section(text, "trunk", "endpoint")
    assert section(text, "trunk", "identify") == ["type = identify", "endpoint = trunk", "match = 127.0.0.1"]
    assert "allow_transfer = no" in section(text, "trunk", "endpoint")
    assert "identify_by = username,auth_username" in text
    for agent in shipped.agents:
        lines = section(text, agent)
        assert f"auth = {agent}" in lines and f"username = {agent}" in lines
        assert any(re.fullmatch(r"password = \S{20,}", line) for line in lines)
    endpoints = re.findall(r"(?m)^\[(\w+)\](?:\(agent\)|\n(?=type = endpoint))", text)
    assert set(endpoints) == {"trunk", *shipped.agents}


def contexts(text: str) -> Mapping[str, list[str]]:
    """The dialplan's contexts."""
    parts = re.split(r"(?m)^\[([\w-]+)\]$", text)
    return {name: active(body) for name, body in zip(parts[1::2], parts[2::2], strict=True)}


def test_the_trunk_reaches_the_banks_numbers_and_nothing_else(conf: Mapping[str, str], shipped: Flow) -> None:
    lines = contexts(conf["extensions.conf"])["from-trunk"]
    reached = [match[1] for line in lines if (match := re.match(r"exten => ([^,]+),", line))]
    assert reached == [*shipped.numbers, "_[+0-9A-Za-z]!"]
    assert not [line for line in lines if "Dial(" in line]


def test_agents_reach_agents_and_no_line_leads_out(conf: Mapping[str, str], shipped: Flow) -> None:
    found = contexts(conf["extensions.conf"])
    reached = [match[1] for line in found["from-agents"] if (match := re.match(r"exten => ([^,]+),", line))]
    assert reached[:-1] == list(shipped.agents) and reached[-1].startswith("_[")
    dialled = re.findall(r"Dial\(([^,)]+)", "\n".join(line for lines in found.values() for line in lines))
    allowed = {f"PJSIP/{agent}" for agent in shipped.agents} | {"PJSIP/${EXTEN}", "Local/music@waiting/n"}
    assert set(dialled) <= allowed
    assert not any("include" in line for lines in found.values() for line in lines)


def test_every_jump_in_the_dialplan_has_somewhere_to_land(conf: Mapping[str, str]) -> None:
    found = contexts(conf["extensions.conf"])
    for name in ("hotline", "agents", "agent-answered", "say-agent", "say-clips", "whisper", "from-agents"):
        assert name in found
    for context in re.findall(r"@([a-z-]+)", conf["extensions.conf"]):
        assert context in found, context


# ---- queues


def test_queues_have_names_asterisk_does_not_know_already(conf: Mapping[str, str], shipped: Flow) -> None:
    text = conf["queues.conf"]
    assert set(re.findall(r"(?m)^\[([\w-]+)\]", text)) == {"general", *(f"q-{name}" for name in shipped.queues)}
    lines = section(text, "q-urgent")
    assert "weight = 10" in lines and "maxlen = 0" in lines and "timeout = 0" in lines
    assert "Queue(" in conf["extensions.conf"] and "q-general" in conf["extensions.conf"]


def test_each_member_rings_in_its_queues_at_its_rank(conf: Mapping[str, str], shipped: Flow) -> None:
    for queue in shipped.queues.values():
        members = [line for line in section(conf["queues.conf"], f"q-{queue.id}") if line.startswith("member")]
        assert members == [
            f"member => Local/{agent.id}@agents/n,{agent.queues[queue.id]},{agent.id},PJSIP/{agent.id}"
            for agent in shipped.agents.values()
            if queue.id in agent.queues
        ]


def test_a_hotline_without_agents_is_rendered(tmp_path: Path) -> None:
    settings = node(tmp_path)
    render(settings, flows_for_tests.flow(agents={}))
    assert not [line for line in active(files(settings)["queues.conf"]) if line.startswith("member =>")]


def test_agents_need_nothing_from_their_names(tmp_path: Path) -> None:
    """Names of people stay out of Asterisk: only the number is needed there."""
    settings = node(tmp_path)
    named = {"7": Agent("7", "张;三]\n[x", {"general": 0})}
    render(settings, flows_for_tests.flow(agents=named))
    assert "张" not in "".join(files(settings).values())


# ---- settings


def test_settings_reach_asterisk(tmp_path: Path, shipped: Flow) -> None:
    settings = node(
        tmp_path,
        node="n7",
        max_calls=42,
        calls_per_second=9,
        sip=Sip("127.0.3.1", 5070, 20000, 20100, "192.0.2.7", qualify_seconds=11),
        ami=Ami("127.0.3.1", 5039, "boss"),
        agi=Agi("127.0.3.1", 4574),
    )
    render(settings, shipped)
    conf = files(settings)
    assert "bind = 127.0.3.1:5070" in conf["pjsip.conf"]
    assert "match = 192.0.2.7" in conf["pjsip.conf"] and "qualify_frequency = 11" in conf["pjsip.conf"]
    assert "media_address = 127.0.3.1" in conf["pjsip.conf"]
    assert "rtpstart = 20000" in conf["rtp.conf"] and "rtpend = 20100" in conf["rtp.conf"]
    assert "agi://127.0.3.1:4574/call" in conf["extensions.conf"]
    assert "> 42]" in conf["extensions.conf"] and "> 9]" in conf["extensions.conf"]
    assert "bindaddr = 127.0.3.1" in conf["manager.conf"] and "port = 5039" in conf["manager.conf"]
    assert "[boss]" in conf["manager.conf"]
    assert "systemname = n7" in conf["asterisk.conf"]
    own = json.loads((settings.state / "secrets.json").read_text())
    assert f"secret = {own['ami']}" in conf["manager.conf"]


def test_the_state_folder_is_named_whole(tmp_path: Path, shipped: Flow, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    settings = replace(Settings(), state=Path("run"))
    render(settings, shipped)
    assert f"astrundir => {tmp_path.resolve()}/run/asterisk/run" in files(settings)["asterisk.conf"]
