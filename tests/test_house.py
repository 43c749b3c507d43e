"""The house, read from the code itself: who imports whom, which engine lives where, what carries a docstring."""

from __future__ import annotations

import ast
import importlib
import inspect
import pkgutil
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import ivr
from ivr import errors
from ivr.errors import HotlineError

TOP = Path(__file__).parents[1]
HOUSE = sorted((TOP / "ivr").rglob("*.py"))

#: Room → floor. A room imports itself and lower floors; never a room beside it.
FLOORS = {
    "cli": 8,
    "serve": 7,
    "call": 6,  # the simulator of `ivr try` lives here too
    "dialogue": 5,
    "report": 5,
    "nlu": 4,
    "speech": 4,
    "metrics": 4,
    "flow": 3,
    "text": 3,
    "telephony": 3,
    "records": 3,
    "settings": 2,
    "errors": 1,
}

#: `flow` is the operator's YAML alone, and `errors`, `settings` are the ground.
MAY_NOT = {"dialogue": {"telephony", "speech", "settings"}, "flow": {"settings"}, "text": {"settings"}}

#: Engine → the one room that knows it. (rapidfuzz is no engine: likeness of texts is asked for in several rooms.)
ENGINES = {
    "panoramisk": "telephony",
    "vosk": "speech",
    "pyttsx3": "speech",
    "faster_whisper": "speech",
    "ctranslate2": "speech",
    "onnxruntime": "speech",
    "webrtcvad": "speech",
    "misaki": "speech",
    "prometheus_client": "report",
    "pygal": "report",
    "xlsxwriter": "report",
    "sqlalchemy": "records",
    "alembic": "records",
    "psycopg": "records",
    "click": "cli",
    "rich": "cli",
    "yaml": "flow",
    "pypinyin": "nlu",
}

#: Rooms without clock, network or files: their result follows from their arguments alone.
PURE = {"dialogue", "metrics", "text"}
OUTSIDE = {
    "asyncio",
    "io",
    "logging",
    "os",
    "pathlib",
    "random",
    "socket",
    "subprocess",
    "threading",
    "time",
}


def room_of(module: str) -> str:
    """`ivr.flow.model` is in `flow`; the package itself belongs to no room."""
    parts = module.split(".")
    return parts[1] if len(parts) > 1 else ""


def module_of(path: Path) -> str:
    """The dotted name of a file of the house."""
    parts = path.relative_to(TOP).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports(source: str, module: str) -> Iterator[str]:
    """Every module that a source names, wherever in the file; relative ones resolved."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                above = module.split(".")[: -node.level]
                base = ".".join([*above, base] if base else above)
            # `from ivr import flow` names a room as surely as `import ivr.flow`
            yield from (f"{base}.{alias.name}" for alias in node.names) if base == "ivr" else (base,)


def faults(source: str, module: str) -> list[str]:
    """What is wrong with the arrows of one module."""
    room, found = room_of(module), []
    for name in imports(source, module):
        package, _, _ = name.partition(".")
        if package == "ivr":
            other = room_of(name)
            if other == room or (not other and room != other):
                continue
            if other not in FLOORS:
                found.append(f"{module} imports {name}: no floor is known for it")
            elif room not in FLOORS or FLOORS[other] >= FLOORS[room]:
                found.append(f"{module} imports {name}: upwards or sideways")
            elif other in MAY_NOT.get(room, ()):
                found.append(f"{module} imports {name}: not its business")
        elif package == "tests":
            found.append(f"{module} imports {name}: the house knows no tests")
        elif ENGINES.get(package, room) != room:
            found.append(f"{module} imports {name}: {package} lives in {ENGINES[package]} alone")
        elif room in PURE and package in OUTSIDE:
            found.append(f"{module} imports {name}: {room} is pure")
    return found


@pytest.mark.parametrize("path", HOUSE, ids=module_of)
def test_every_arrow_points_down(path: Path) -> None:
    assert faults(path.read_text(encoding="utf-8"), module_of(path)) == []


@pytest.mark.parametrize("path", [path for path in HOUSE if room_of(module_of(path)) in PURE], ids=module_of)
def test_pure_rooms_never_ask_what_time_it_is(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    named = {ast.unparse(node) for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    assert not named & {f"{cls}.{how}" for cls in ("datetime", "date") for how in ("now", "today", "utcnow")}


def test_every_room_has_a_floor() -> None:
    assert {room_of(module_of(path)) for path in HOUSE} - {""} <= FLOORS.keys()


@pytest.mark.parametrize(
    ("module", "source", "word"),
    [
        ("ivr.flow.model", "from ivr.dialogue import engine", "upwards"),
        ("ivr.flow.model", "from ivr import dialogue", "upwards"),
        ("ivr.flow.model", "import ivr.text.pieces", "sideways"),
        ("ivr.flow.model", "from ..records import store", "sideways"),
        ("ivr.records.store", "def late():\n    from ivr.telephony.ami import Manager", "sideways"),
        ("ivr.speech.build", "from ivr.metrics import cer", "sideways"),
        ("ivr.dialogue.engine", "import ivr.speech.catalogue", "not its business"),
        ("ivr.errors", "import ivr.settings", "upwards"),
        ("ivr.call.line", "if True:\n    import ivr.serve.node", "upwards"),
        ("ivr.call.line", "import panoramisk.manager", "telephony alone"),
        ("ivr.flow.model", "from sqlalchemy.orm import Session", "records alone"),
        ("ivr.serve.node", "import click", "cli alone"),
        ("ivr.cli.main", "import vosk", "speech alone"),
        ("ivr.dialogue.engine", "import time", "pure"),
        ("ivr.call.line", "import tests.rig", "knows no tests"),
        ("ivr.attic.box", "import ivr.errors", "upwards"),
        ("ivr.cli.main", "import ivr.attic.box", "no floor"),
    ],
)
def test_a_wrong_arrow_is_found(module: str, source: str, word: str) -> None:
    (fault,) = faults(source, module)
    assert word in fault


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("ivr.cli.main", "import click\nfrom ivr.serve import node"),
        ("ivr.flow.model", "from ivr.flow import hours\nfrom . import codes\nimport yaml"),
        ("ivr.dialogue.engine", "from ivr.records import facts\nfrom ivr.text import numbers"),
        ("ivr.settings", "from ivr.errors import SettingsError\nimport os"),
    ],
)
def test_a_right_arrow_is_let_through(module: str, source: str) -> None:
    assert faults(source, module) == []


# ---- what every module and name has


def undocumented(source: str) -> list[str]:
    """Public classes, functions and methods without a docstring; what lies inside a function is nobody's."""
    missing: list[str] = []

    def look(node: ast.Module | ast.ClassDef, prefix: str) -> None:
        for child in node.body:
            if isinstance(child, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
                if child.name.startswith("_"):
                    continue
                if ast.get_docstring(child) is None:
                    missing.append(prefix + child.name)
                if isinstance(child, ast.ClassDef):
                    look(child, f"{prefix}{child.name}.")

    tree = ast.parse(source)
    if tree.body and ast.get_docstring(tree) is None:
        missing.append("(module)")
    look(tree, "")
    return missing


@pytest.mark.parametrize("path", HOUSE, ids=module_of)
def test_every_public_name_says_what_it_is(path: Path) -> None:
    assert undocumented(path.read_text(encoding="utf-8")) == []


def test_a_missing_docstring_is_found() -> None:
    source = '"""m"""\nclass A:\n    """a"""\n    def b(self): ...\n    def _c(self): ...\ndef d():\n    def e(): ...\n'
    assert undocumented(source) == ["A.b", "d"]
    assert undocumented("x = 1\n") == ["(module)"]


@pytest.mark.parametrize("path", HOUSE, ids=module_of)
def test_modules_and_functions_stay_short(path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    assert source.count("\n") <= 350
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert (node.end_lineno or 0) - node.lineno < 60, node.name


# ---- errors


def drawn() -> dict[str, str]:
    """Error → the error above it, as the docstring of ivr/errors.py draws them."""
    above: dict[str, str] = {}
    stack: list[str] = []
    for line in inspect.getdoc(errors).splitlines():  # type: ignore[union-attr]
        found = re.match(r"([│├└─ ]*)(\w+)(\s{2,}\S|$)", line)
        if found is None or not (stack or found[2] == "HotlineError"):
            continue
        depth = len(found[1]) // 4
        stack[depth:] = [found[2]]
        if depth:
            above[found[2]] = stack[depth - 1]
    return above


def test_the_tree_of_errors_is_the_one_that_is_drawn() -> None:
    for module in pkgutil.walk_packages(ivr.__path__, "ivr."):
        if not module.name.endswith("__main__") and ".migrations." not in module.name:
            importlib.import_module(module.name)
    classes: dict[str, str] = {}
    todo = [HotlineError]
    while todo:
        for cls in todo.pop().__subclasses__():
            todo.append(cls)
            # one whose name is private is caught where it is raised; tests may make some of their own
            if cls.__module__.startswith("ivr.") and not cls.__name__.startswith("_"):
                (base,) = cls.__bases__
                classes[cls.__name__] = base.__name__
    assert classes == drawn()
    assert all(cls.__doc__ for cls in vars(errors).values() if isinstance(cls, type))


@pytest.mark.parametrize("readme", ["README.md", "README.zh-CN.md"])
def test_the_readmes_draw_this_house(readme: str) -> None:
    text = (TOP / readme).read_text(encoding="utf-8")
    drawn_rooms = re.findall(r"(?m)^\| (\d) \| `ivr/(\w+)` \|", text)
    assert {room for _, room in drawn_rooms} == {path.parent.name for path in (TOP / "ivr").glob("*/__init__.py")}
    # the READMEs count errors and settings as one floor
    assert {room: int(floor) + 1 for floor, room in drawn_rooms} == {
        room: floor for room, floor in FLOORS.items() if floor > 2
    }
