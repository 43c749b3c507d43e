"""tests/calls/<name>/call.yaml: what a call shows, what the caller does, what must be heard and recorded.

The format is described in tests/calls/README.md. Everything that is wrong is reported as
ScenarioError, `file:line: text`.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from tests.rig import speech
from tests.rig.agents import Manner
from tests.rig.errors import RigError, ScenarioError
from tests.rig.steps import Say, Step, duration_ms, parse_step
from tests.rig.steps import parse as parse_steps

#: In `expect.heard`: anything may be heard here.
ANYTHING = "..."


@dataclass(frozen=True, slots=True)
class Expected:
    """One thing that must be heard: one of `prompts`. `cut` True: cut by a key or the end of the
    call; False: heard to its end; None: the same, but the end of the call may cut it. `within_ms`:
    it begins so soon after the one before ended or a key was let go, whichever is later.
    `variant`: normal or elderly (slow)."""

    prompts: tuple[str, ...]
    cut: bool | None = None
    within_ms: int | None = None
    line: int = 0
    variant: str | None = None


@dataclass(frozen=True, slots=True)
class Expect:
    """What must come of a call. `barge_in_ms`: a prompt goes on so long at most after the caller began to speak, and
    one is spoken over at all; `answer_ms`: the hotline answers so soon after the caller's words. `record` maps a dotted
    field to a value, or to a Check."""

    heard: tuple[Expected, ...] | None = None
    record: Mapping[str, object] = field(default_factory=dict)
    silence_ms: int | None = None
    ended_by: str | None = None
    barge_in_ms: int | None = None
    answer_ms: int | None = None
    status: int | None = None


@dataclass(frozen=True, slots=True)
class Check:
    """A record field's check other than equality: `kind` is matches, at_least, at_most, between (both
    inclusive), one_of or present."""

    kind: str
    value: object


@dataclass(frozen=True, slots=True)
class Scenario:
    """One folder. `flow` maps a file under flows/ to what is merged into it (null removes);
    `steps` is empty where `own` names a hand-written uac.xml."""

    name: str
    folder: Path
    shows: str
    clauses: tuple[str, ...]
    caller: str | None
    dialled: str
    steps: tuple[Step, ...]
    own: Path | None
    flow: Mapping[str, object]
    agents: Mapping[str, Manner]
    expect: Expect
    limit_ms: int


def discover(root: Path) -> list[Path]:
    """Every folder below `root` that holds a call.yaml, by name."""
    return sorted(path.parent for path in root.rglob("call.yaml"))


def load(folder: Path) -> Scenario:
    """Read a scenario folder. Raises ScenarioError with file:line."""
    path = folder / "call.yaml"
    try:
        node = yaml.compose(path.read_text(encoding="utf-8"), Loader=yaml.SafeLoader)
    except (OSError, UnicodeDecodeError) as error:
        raise ScenarioError(f"{path}:1: cannot be read: {error}") from error
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise ScenarioError(f"{path}:{line}: not YAML: {error.problem}") from error
    except yaml.YAMLError as error:
        raise ScenarioError(f"{path}:1: not YAML: {error}") from error
    if node is None:
        raise ScenarioError(f"{path}:1: the file is empty")
    return _scenario(folder, Reader(path, node))


class Reader:
    """One YAML node with the file it came from; every complaint names the line."""

    def __init__(self, path: Path, node: yaml.Node) -> None:
        self.path, self.node = path, node

    @property
    def line(self) -> int:
        """Counted from 1."""
        return int(self.node.start_mark.line) + 1

    def fail(self, text: str) -> ScenarioError:
        """The error to raise."""
        return ScenarioError(f"{self.path}:{self.line}: {text}")

    def plain(self) -> object:
        """The value as plain data."""
        loader = yaml.SafeLoader("")
        try:
            return loader.construct_object(self.node, deep=True)
        except (yaml.YAMLError, ValueError) as error:
            raise self.fail(str(error)) from error
        finally:
            loader.dispose()

    def text(self) -> str:
        """A scalar as it was written (so that `2` and `"2"` are the same)."""
        if not isinstance(self.node, yaml.ScalarNode):
            raise self.fail("a single value is wanted here")
        return str(self.node.value)

    def items(self) -> list[Reader]:
        """A list."""
        if not isinstance(self.node, yaml.SequenceNode):
            raise self.fail("a list is wanted here")
        return [Reader(self.path, node) for node in self.node.value]

    def fields(self, known: Sequence[str] | None = None, needed: Sequence[str] = ()) -> dict[str, Reader]:
        """A mapping; with `known`, other keys are refused with the nearest known one."""
        if not isinstance(self.node, yaml.MappingNode):
            raise self.fail("a mapping (key: value) is wanted here")
        out: dict[str, Reader] = {}
        for key_node, value in self.node.value:
            key = Reader(self.path, key_node)
            name = key.text()
            if name in out:
                raise key.fail(f"{name} is given twice")
            if known is not None and name not in known:
                near = difflib.get_close_matches(name, known, 1)
                hint = f"; did you mean {near[0]}?" if near else f"; known are {', '.join(known)}"
                raise key.fail(f"{name} is not known here{hint}")
            out[name] = Reader(self.path, value)
        for name in needed:
            if name not in out:
                raise self.fail(f"{name} is missing")
        return out

    def to(self, convert: Callable[[str], object]) -> object:
        """A scalar through a converter that raises RigError or ValueError."""
        try:
            return convert(self.text())
        except ScenarioError:
            raise
        except (RigError, ValueError, re.error) as error:
            raise self.fail(str(error)) from error

    def ms(self) -> int:
        """A duration."""
        value = self.to(duration_ms)
        assert isinstance(value, int)
        return value

    def flag(self) -> bool:
        """true or false."""
        value = self.plain()
        if not isinstance(value, bool):
            raise self.fail("true or false is wanted here")
        return value


_KEYS = ("shows", "clauses", "caller", "dialled", "flow", "agents", "steps", "expect", "limit")


def _scenario(folder: Path, reader: Reader) -> Scenario:
    fields = reader.fields(_KEYS, needed=("shows", "expect"))
    own = folder / "uac.xml"
    if "steps" in fields and own.exists():
        raise fields["steps"].fail("this folder has its own uac.xml; take away one of the two")
    if "steps" not in fields and not own.exists():
        raise reader.fail("steps is missing (and there is no uac.xml)")
    caller = fields["caller"].plain() if "caller" in fields else "13800000001"
    if caller is not None and not re.fullmatch(r"\+?\d{1,32}", str(caller)):
        raise fields["caller"].fail("a number in quotes, or null for a withheld one")
    flow = fields["flow"].plain() if "flow" in fields and fields["flow"].fields() else {}
    assert isinstance(flow, dict)
    agents = fields["agents"].fields() if "agents" in fields else {}
    return Scenario(
        name=folder.name,
        folder=folder,
        shows=fields["shows"].text().strip(),
        clauses=tuple(item.text() for item in fields["clauses"].items()) if "clauses" in fields else (),
        caller=None if caller is None else fields["caller"].text() if "caller" in fields else str(caller),
        dialled=fields["dialled"].text() if "dialled" in fields else "95000",
        steps=_steps(fields["steps"]) if "steps" in fields else (),
        own=own if own.exists() else None,
        flow=flow,
        agents={user: _manner(item) for user, item in agents.items()},
        expect=_expect(fields["expect"]),
        limit_ms=fields["limit"].ms() if "limit" in fields else 120_000,
    )


def _steps(reader: Reader) -> tuple[Step, ...]:
    lines = reader.items()
    for line in lines:
        step = line.to(parse_step)
        if isinstance(step, Say):
            line.to(lambda _, file=step.file: speech.read(file))  # type: ignore[misc]
    try:
        return parse_steps([line.text() for line in lines])
    except RigError as error:
        raise reader.fail(str(error)) from error


def _manner(reader: Reader) -> Manner:
    fields = reader.fields(("rings", "never", "talks", "holds", "reject", "passes_on"))
    if "never" in fields and fields["never"].flag():
        return Manner(rings_ms=None)
    if "reject" in fields:
        code = fields["reject"].to(int)
        if not isinstance(code, int) or not 400 <= code <= 699:
            raise fields["reject"].fail("a SIP code from 400 to 699")
        return Manner(reject=code)
    holds = [item.ms() for item in fields["holds"].items()] if "holds" in fields else []
    if holds and len(holds) != 2:
        raise fields["holds"].fail("[after the answer, for how long], for example [2s, 3s]")
    return Manner(
        rings_ms=fields["rings"].ms() if "rings" in fields else 1000,
        talks_ms=fields["talks"].ms() if "talks" in fields else None,
        holds=(holds[0], holds[1]) if holds else None,
        passes_on=_passes_on(fields["passes_on"]) if "passes_on" in fields else None,
    )


def _passes_on(reader: Reader) -> tuple[int, str]:
    parts = reader.items()
    if len(parts) != 2:
        raise reader.fail('[after the answer, to whom], for example [2s, "1002"]')
    return parts[0].ms(), parts[1].text()


def _expect(reader: Reader) -> Expect:
    fields = reader.fields(("heard", "record", "silence", "ended_by", "barge_in", "answer", "status"))
    if not fields:
        raise reader.fail("expect is empty; a scenario must expect something")
    ended_by = fields["ended_by"].text() if "ended_by" in fields else None
    if ended_by not in (None, "caller", "hotline"):
        raise fields["ended_by"].fail("caller or hotline")
    status = fields["status"].to(int) if "status" in fields else None
    assert status is None or isinstance(status, int)
    record = fields["record"].fields() if "record" in fields else {}
    return Expect(
        heard=tuple(_expected(item) for item in fields["heard"].items()) if "heard" in fields else None,
        record={name: _check(item) for name, item in record.items()},
        silence_ms=fields["silence"].ms() if "silence" in fields else None,
        ended_by=ended_by,
        barge_in_ms=fields["barge_in"].ms() if "barge_in" in fields else None,
        answer_ms=fields["answer"].ms() if "answer" in fields else None,
        status=status,
    )


def _expected(reader: Reader) -> Expected:
    if isinstance(reader.node, yaml.ScalarNode):
        return Expected((reader.text(),), line=reader.line)
    fields = reader.fields(("prompt", "any", "cut", "within", "variant"))
    if ("prompt" in fields) == ("any" in fields):
        raise reader.fail("give either prompt or any (a list of prompts)")
    variant = fields["variant"].text() if "variant" in fields else None
    if variant not in (None, "normal", "elderly"):
        raise fields["variant"].fail("normal or elderly")
    names = [fields["prompt"].text()] if "prompt" in fields else [item.text() for item in fields["any"].items()]
    return Expected(
        tuple(names),
        cut=fields["cut"].flag() if "cut" in fields else None,
        within_ms=fields["within"].ms() if "within" in fields else None,
        line=reader.line,
        variant=variant,
    )


_CHECKS = ("matches", "at_least", "at_most", "between", "one_of", "present")


def _check(reader: Reader) -> object:
    if not isinstance(reader.node, yaml.MappingNode):
        return reader.plain()
    fields = reader.fields(_CHECKS)
    if len(fields) != 1:
        raise reader.fail(f"exactly one of {', '.join(_CHECKS)}")
    kind, item = next(iter(fields.items()))
    value = item.plain()
    if kind == "matches":
        item.to(re.compile)
    elif kind == "present" and not isinstance(value, bool):
        raise item.fail("true or false is wanted here")
    elif kind in ("at_least", "at_most") and (isinstance(value, bool) or not isinstance(value, int | float)):
        raise item.fail("a number is wanted here")
    elif kind == "between" and not _is_range(value):
        raise item.fail("two numbers are wanted here, for example [2500, 3500]")
    elif kind == "one_of" and not isinstance(value, list):
        raise item.fail("a list is wanted here")
    return Check(kind, value)


def _is_range(value: object) -> bool:
    numbers = isinstance(value, list) and len(value) == 2
    return numbers and all(isinstance(one, int | float) and not isinstance(one, bool) for one in value)  # type: ignore[attr-defined]


class _Operators(yaml.SafeLoader):
    """Reads the operator's YAML as the hotline does (YAML 1.2): `no`, `on` and `y` are words."""


_Operators.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in known if tag != "tag:yaml.org,2002:bool" or first in "tTfF"]
    for first, known in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def write_flows(scenario: Scenario, source: Path, target: Path) -> None:
    """Copy the operator's YAML to `target`, with this scenario's changes merged in. Raises
    ScenarioError for a file that is not there."""
    target.mkdir(parents=True, exist_ok=True)
    for path in sorted(source.glob("*.yaml")):
        (target / path.name).write_bytes(path.read_bytes())
    for name, patch in scenario.flow.items():
        path = target / (name if name.endswith(".yaml") else f"{name}.yaml")
        if not path.exists() or path.parent != target:
            raise ScenarioError(f"{scenario.folder / 'call.yaml'}:1: flow: there is no {path.name} in {source}")
        merged = merge(yaml.load(path.read_text(encoding="utf-8"), _Operators), patch)
        path.write_text(yaml.safe_dump(merged, allow_unicode=True, sort_keys=False), encoding="utf-8")


def merge(value: object, patch: object) -> object:
    """A patch laid over a value as in RFC 7396: mappings merge, null removes, all else replaces."""
    if not isinstance(patch, Mapping):
        return patch
    out = dict(value) if isinstance(value, Mapping) else {}
    for name, change in patch.items():
        if change is None:
            out.pop(name, None)
        else:
            out[name] = merge(out.get(name), change)
    return out
