"""What Asterisk is told: complete, private, the same each time, and no wider than the hotline needs."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from ivr.errors import NodeError, SettingsError
from ivr.flow.loader import require
from ivr.flow.model import Agent, Flow
from ivr.serve.agents.signed_out import SignedOutFile, signed_out
from ivr.serve.asterisk.configuration import TEMPLATES, fill, load_secrets, render
from ivr.serve.watchdog import stalls
from ivr.settings import Agi, Ami, Settings, Sip, load
from ivr.telephony import channels
from ivr.telephony.ami.manager import OWN_EVENTS
from ivr.telephony.events import interpreter
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
    assert set(render(settings, shipped)) == {*files(settings), "localtime"}
    before = {path: path.stat().st_mtime_ns for path in settings.state.rglob("*.conf")}
    assert render(settings, shipped) == ()
    assert {path: path.stat().st_mtime_ns for path in settings.state.rglob("*.conf")} == before


def test_only_what_a_change_touches_is_written(tmp_path: Path, shipped: Flow) -> None:
    settings = node(tmp_path)
    render(settings, shipped)
    general = replace(shipped.queues["general"], max_callers=7)
    edited = replace(shipped, queues={**shipped.queues, "general": general})
    assert render(settings, edited) == ("queues.conf",)
    assert render(replace(settings, max_calls=7), edited) == ("extensions.conf",)


def test_who_has_signed_out_is_in_no_queue_of_asterisks_files(tmp_path: Path, shipped: Flow) -> None:
    settings = node(tmp_path)
    render(settings, shipped)
    changed: list[tuple[str, ...]] = []
    away = SignedOutFile(settings, lambda: changed.append(render(settings, shipped)))
    away.write({"1001"})
    assert changed == []
    away.render()
    assert changed == [("queues.conf",)]
    assert "Local/1001@" not in files(settings)["queues.conf"]
    assert "Local/1002@" in files(settings)["queues.conf"]
    assert (signed_out(settings), mode(settings.state / "signed-out.json")) == (frozenset({"1001"}), 0o600)
    away.write(away.read() - {"1001"})
    away.render()
    assert "Local/1001@" in files(settings)["queues.conf"]


@pytest.mark.parametrize("text", ["", "{}", "[1001]", "[1001"])
def test_a_damaged_list_of_who_has_signed_out_is_told(tmp_path: Path, text: str) -> None:
    settings = node(tmp_path)
    settings.state.mkdir(parents=True, exist_ok=True)
    (settings.state / "signed-out.json").write_text(text)
    with pytest.raises(NodeError, match=r"signed-out\.json"):
        signed_out(settings)


def test_agents_reach_queues_by_their_numbers_and_the_desk_by_commands(conf: Mapping[str, str], shipped: Flow) -> None:
    dialplan = conf["extensions.conf"]
    for queue in shipped.queues.values():
        assert f"exten => {queue.number},1,Gosub(to-queue,s,1(q-{queue.id}))" in dialplan
    assert "exten => _*X,1,Gosub(agent-keys,s,1(${EXTEN}))" in dialplan


@pytest.mark.parametrize("zone", ["Asia/Shanghai", "America/New_York", "Asia/Kathmandu"])
def test_asterisks_local_time_is_the_operators(tmp_path: Path, shipped: Flow, zone: str) -> None:
    settings = node(tmp_path)
    render(settings, replace(shipped, timezone=zone))
    with (settings.asterisk / "localtime").open("rb") as rules:
        local = ZoneInfo.from_file(rules)
    for month in range(1, 13):
        at = datetime(2026, month, 15, 12, tzinfo=UTC)
        assert at.astimezone(local).utcoffset() == at.astimezone(ZoneInfo(zone)).utcoffset()
    assert render(settings, replace(shipped, timezone=zone)) == ()
    assert render(settings, replace(shipped, timezone="UTC")) == ("localtime",)


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
        lines = [line for line in active(conf[name]) if not line.startswith("disabledevents")]
        assert not [line for line in lines if "dtmf" in line.lower()], name
    assert not [line for line in active(conf["logger.conf"]) if "verbose" in line or "debug" in line or "*" in line]


def test_the_manager_is_for_this_machine_and_its_two_users(conf: Mapping[str, str], shipped: Flow) -> None:
    lines = active(conf["manager.conf"])
    assert [line for line in lines if line.startswith("[")] == ["[general]", "[ivr]", "[watchdog]"]
    assert "bindaddr = 127.0.0.1" in lines and "webenabled = no" in lines
    assert "deny = 0.0.0.0/0.0.0.0" in lines and "permit = 127.0.0.0/255.0.0.0" in lines
    assert lines.count("deny = 0.0.0.0/0.0.0.0") == lines.count("permit = 127.0.0.0/255.0.0.0") == 2
    rights = {word.strip() for line in lines if re.match("read ?=", line) for word in line.split("=")[1].split(",")}
    assert not rights & {"all", "command", "dialplan", "dtmf"}
    # registrations of telephones are told to readers of `system`; writing it would be a shell
    assert [line for line in lines if "system" in line] == ["read = call,agent,user,system"]
    may = {word.strip() for line in lines if re.match("write ?=", line) for word in line.split("=")[1].split(",")}
    assert not may & {"all", "command", "system", "dialplan", "agi", "dtmf"}


def test_each_user_of_the_manager_is_sent_what_its_reader_reads(conf: Mapping[str, str]) -> None:
    filters = {
        user: {
            m[1] for line in section(conf["manager.conf"], user) if (m := re.match(r"eventfilter\(name\((\w+)", line))
        }
        for user in ("ivr", "watchdog")
    }
    assert filters == {"ivr": interpreter.EVENTS | OWN_EVENTS, "watchdog": set(stalls.EVENTS)}
    made = next(line for line in active(conf["manager.conf"]) if line.startswith("disabledevents"))
    assert not set(made.split(" = ")[1].split(",")) & (filters["ivr"] | filters["watchdog"])


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


def test_what_a_caller_asks_for_is_looked_at_before_any_event(conf: Mapping[str, str]) -> None:
    """Asterisk writes the called and the calling number into the event of a new channel by itself: the one is let in
    only without escaped control characters, the other is never read there."""
    text = conf["pjsip.conf"]
    order = next(line for line in active(text) if line.startswith("endpoint_identifier_order"))
    assert order.split(" = ")[1].split(",")[:3] == ["header", "request_uri", "username"]
    trunk = section(text, "trunk", "endpoint")
    assert {"callerid = <unread>", "trust_id_inbound = no", "deny = 0.0.0.0/0.0.0.0", "permit = 127.0.0.1"} <= {*trunk}
    refused = section(text, "refused-requests", "endpoint")
    assert "deny = 0.0.0.0/0.0.0.0" in refused and not [line for line in refused if line.startswith("permit")]
    ours, hostile = (
        re.compile(line.split(" = /")[1].removesuffix("/"))
        for name in ("trunk-numbers", "refused-numbers")
        for line in section(text, name, "identify")
        if line.startswith("match_request_uri")
    )
    assert ours.search("sip:95000@127.0.0.1:5060") and ours.search("sips:95000@h;user=phone")
    for byte in [*range(0x20), *range(0x7F, 0x100)]:
        for form in (f"%{byte:02x}", f"%{byte:02X}"):
            uri = f"sip:95000{form}Event%3a@127.0.0.1"
            assert hostile.search(uri) and not ours.search(uri), uri
    for uri in ("sip:95000@h", "sip:+8695000@h", "sip:95000%20@h", "tel:95000", "sip:95000@h;x=%0a"):
        assert not hostile.search(uri), uri


def contexts(text: str) -> Mapping[str, list[str]]:
    """The dialplan's contexts."""
    parts = re.split(r"(?m)^\[([\w-]+)\]$", text)
    return {name: active(body) for name, body in zip(parts[1::2], parts[2::2], strict=True)}


def dialled_numbers(lines: list[str]) -> list[str]:
    """The extensions that can be dialled: all but the special ones of one letter (`h`: the end of the leg), which
    without a name of their own would match a pattern."""
    found = [match[1] for line in lines if (match := re.match(r"exten => ([^,]+),", line))]
    patterns = [name for name in found if name.startswith("_")]
    assert not any("A-Za-z" in name for name in patterns) or "h" in found, "the end of a leg is taken for a number"
    return [name for name in found if name != "h"]


def test_the_trunk_reaches_the_banks_numbers_and_nothing_else(conf: Mapping[str, str], shipped: Flow) -> None:
    lines = contexts(conf["extensions.conf"])["from-trunk"]
    assert dialled_numbers(lines) == [*shipped.numbers, "_[+0-9A-Za-z]!"]
    assert not [line for line in lines if "Dial(" in line]


def test_agents_reach_agents_and_no_line_leads_out(conf: Mapping[str, str], shipped: Flow) -> None:
    found = contexts(conf["extensions.conf"])
    reached = dialled_numbers(found["from-agents"])
    agents = len(shipped.agents)
    assert reached[:agents] == list(shipped.agents)
    # what an agent's telephone names stands in events and CEL as it is: nothing but so many digits matches
    queues = [queue.number for queue in shipped.queues.values()]
    assert reached[agents : agents + len(queues)] == queues
    rest = reached[agents + len(queues) :]
    assert rest and all(re.fullmatch(r"_(\*|\[\+\*#\])?X+", name) for name in rest)
    dialled = re.findall(r"Dial\((.+?),[$0-9]", "\n".join(line for lines in found.values() for line in lines))
    devices = {channels.reachable_device(agent) for agent in (*shipped.agents, "${EXTEN}")}
    # who is asked again is the agent whose telephone was lost, as [agents] and the application know him
    allowed = devices | {"Local/music@waiting/n", channels.member("${AGAIN}")}
    assert set(dialled) <= allowed
    assert not any("include" in line for lines in found.values() for line in lines)


def test_the_trunk_is_called_for_callbacks_alone(tmp_path: Path, shipped: Flow) -> None:
    """One line dials out, one context leads to it, by the patterns of flows/agents.yaml; nothing in the dialplan goes
    there: the application alone sends the other end of a stand-in."""
    settings = node(tmp_path, sip=Sip(outbound="192.0.2.9:5080"))
    render(settings, shipped)
    text = files(settings)["extensions.conf"]
    found = contexts(text)
    out = [(name, line) for name, lines in found.items() for line in lines if "trunk-out" in line]
    assert [name for name, _ in out] == ["callback-dial"]
    ways = [(name, line) for name, lines in found.items() for line in lines if "callback-dial" in line]
    assert {name for name, _ in ways} == {"callback-customer"}
    assert not any("callback-customer" in line for lines in found.values() for line in lines)
    assert shipped.callbacks is not None
    patterns = [
        line.removeprefix("exten => _").partition(",")[0] for line in found["callback-customer"] if "_" in line[:12]
    ]
    assert patterns == list(shipped.callbacks.numbers)
    pjsip = files(settings)["pjsip.conf"]
    assert "from_user = 95000" in section(pjsip, "trunk-out") and "contact = sip:192.0.2.9:5080" in pjsip
    assert not re.search(r"(?m)^endpoint = trunk-out", pjsip), "nobody comes in by it"


def test_without_an_outbound_address_nothing_leads_out(conf: Mapping[str, str]) -> None:
    assert "trunk-out" not in conf["extensions.conf"] + conf["pjsip.conf"]
    assert not [line for line in contexts(conf["extensions.conf"])["callback-customer"] if "Goto" in line]


def test_only_queues_that_offer_more_than_waiting_have_a_key(conf: Mapping[str, str], shipped: Flow) -> None:
    for queue in shipped.queues.values():
        lines = section(conf["queues.conf"], f"q-{queue.id}")
        assert ("context = queue-keys" in lines) is (queue.callback or queue.message)


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
            f"member => Local/{agent.id}@agents/n,{agent.queues[queue.id]},{agent.id},hint:{agent.id}@agent-states"
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
    assert "CAPACITY = 42\n" in conf["extensions.conf"] and ">= ${CAPACITY}]" in conf["extensions.conf"]
    assert "> 9]" in conf["extensions.conf"]
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


def test_keys_come_as_the_setting_says(tmp_path: Path, shipped: Flow) -> None:
    """By events, or as tones where the trunk offers none; a trunk of another kind is told of in the settings."""
    for number, dtmf in enumerate(("auto", "rfc4733", "inband", "info")):
        settings = Settings(state=tmp_path / str(number), sip=Sip(dtmf=dtmf))
        render(settings, shipped)
        text = (settings.asterisk / "etc" / "pjsip.conf").read_text(encoding="utf-8")
        assert f"dtmf_mode = {dtmf}\n" in text.split("[trunk]")[1]
    with pytest.raises(SettingsError, match="dtmf 应为 auto、rfc4733、inband、info 之一，现在是 'tones'"):
        load(environ={"IVR_SIP_DTMF": "tones"})
