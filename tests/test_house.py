"""The house, read from the code itself: who imports whom, which engine lives where, what carries a docstring."""

from __future__ import annotations

import ast
import importlib
import inspect
import pkgutil
import re
from collections.abc import Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

import ivr
from ivr import errors
from ivr.errors import HotlineError

TOP = Path(__file__).parents[1]
HOUSE = sorted(path for path in (TOP / "ivr").rglob("*.py") if "node_modules" not in path.parts)

#: Room → floor. A room imports itself and lower floors; never a room beside it.
FLOORS = {
    "cli": 11,
    "console": 10,  # the web; no rules of its own
    "serve": 9,
    "call": 8,  # the simulator of `ivr try` lives here too
    "dialogue": 7,
    "care": 7,  # work that outlives a call
    "report": 7,
    "training": 7,  # labels, what is learnt from them, how well recordings are understood
    "nlu": 6,
    "speech": 6,
    "metrics": 6,
    "people": 6,  # who may do what
    "flow": 5,
    "records": 4,
    "bank": 3,  # the edge of the bank's systems
    "telephony": 3,
    "text": 3,
    "encryption": 3,  # encryption at rest
    "settings": 2,
    "errors": 1,
    "tasks": 1,  # background tasks, told when they die
    "core_dumps": 1,  # processes leave no memory behind
    "rate_limit": 1,  # how often something may be tried
    "kept": 1,  # what takes long to make is made once
}

#: `flow` is the operator's YAML alone, and `errors`, `settings` are the ground.
MAY_NOT = {
    "dialogue": {"telephony", "speech", "settings"},
    "care": {"telephony", "speech", "settings"},
    "flow": {"telephony", "settings"},
    "text": {"settings"},
}
_OF_THE_BANK = {f"ivr.bank.{name}" for name in ("operations", "results", "vocabulary", "secret")}
#: Of a room on a lower floor, the modules that a room may know, and no others.
ONLY = {
    ("flow", "records"): {
        "ivr.records.emergency",
        "ivr.records.facts",
        "ivr.records.numbers",
        "ivr.records.vocabulary",
    },
    ("flow", "bank"): _OF_THE_BANK,
    ("dialogue", "bank"): _OF_THE_BANK,
}

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
    "httpx2": "bank",  # and in care
    "tenacity": "bank",  # and in care
    "circuitbreaker": "bank",
    "cryptography": "bank",  # and in encryption
    "starlette": "bank",  # and in console
    "uvicorn": "bank",  # and in console
    "jinja2": "console",
    "websockets": "console",
}

#: Rooms that know an engine too which lives elsewhere: what is told to people and systems outside the hotline.
ALSO = {
    ("care", "httpx2"),
    ("care", "tenacity"),
    ("encryption", "cryptography"),
    ("console", "starlette"),
    ("console", "uvicorn"),
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
            elif other in MAY_NOT.get(room, ()) or name not in ONLY.get((room, other), {name}):
                found.append(f"{module} imports {name}: not its business")
        elif package == "tests":
            found.append(f"{module} imports {name}: the house knows no tests")
        elif ENGINES.get(package, room) != room and (room, package) not in ALSO:
            found.append(f"{module} imports {name}: {package} lives in {ENGINES[package]} alone")
        elif room in PURE and package in OUTSIDE:
            found.append(f"{module} imports {name}: {room} is pure")
    return found


@pytest.mark.parametrize("path", HOUSE, ids=module_of)
def test_every_arrow_points_down(path: Path) -> None:
    assert faults(path.read_text(encoding="utf-8"), module_of(path)) == []


def imported(path: Path, modules: Mapping[str, object]) -> set[str]:
    """The modules of the house that a file imports, wherever in it: within functions and for types alone, too."""
    module, found = module_of(path), set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            package = module.split(".") if path.name == "__init__.py" else module.split(".")[:-1]
            above = package[: len(package) - node.level + 1] if node.level else []
            base = ".".join([*above, *filter(None, [node.module])])
            names = (f"{base}.{alias.name}" for alias in node.names)
            found |= {name if name in modules else base for name in names}
    return (found & modules.keys()) - {module}


def circles(graph: Mapping[str, set[str]]) -> list[list[str]]:
    """A circle of modules, closed; empty where there is none."""
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as circle:
        return [circle.args[1]]
    return []


def test_no_files_import_each_other_in_a_circle() -> None:
    modules = {module_of(path): path for path in HOUSE}
    graph = {module: imported(path, modules) for module, path in modules.items()}
    assert sum(map(len, graph.values())) > len(modules)
    assert circles(graph) == []


def test_a_circle_is_seen() -> None:
    assert circles({"a": {"b"}, "b": {"c"}, "c": {"a"}, "d": {"a"}})
    assert not circles({"a": {"b", "c"}, "b": {"c"}, "c": set()})


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
        ("ivr.text.pieces", "import ivr.flow.model", "upwards"),
        ("ivr.flow.model", "from ..records import store", "not its business"),
        ("ivr.records.store", "def late():\n    from ivr.flow.model import Flow", "upwards"),
        ("ivr.speech.prompts.build", "from ivr.metrics import cer", "sideways"),
        ("ivr.dialogue.engine", "import ivr.speech.prompts.catalogue", "not its business"),
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


# ---- tasks


#: Where tasks may be begun whose end nobody waits for: both see to what dies.
SUPERVISED = {"ivr.tasks", "ivr.serve.task_supervisor"}
_BEGINS = ("create_task", "ensure_future")


def bare_tasks(source: str) -> list[str]:
    """Tasks that are begun and not awaited in the same function: what they die of nobody would see in time."""
    found = []
    for function in _functions(source):
        own = list(_own_nodes(function))
        waits = [node.value for node in own if isinstance(node, ast.Await)]
        awaited = {name.id for wait in waits for name in ast.walk(wait) if isinstance(name, ast.Name)}
        kept: dict[int, list[ast.expr]] = {}
        for node in own:
            if isinstance(node, ast.Assign):
                kept[id(node.value)] = node.targets
            elif isinstance(node, ast.NamedExpr):
                kept[id(node.value)] = [node.target]
        for node in own:
            if isinstance(node, ast.Call) and _called(node) in _BEGINS:
                targets = kept.get(id(node), [])
                if not any(isinstance(one, ast.Name) and one.id in awaited for one in targets):
                    found.append(ast.unparse(node))
    return found


def late_bound(source: str) -> list[str]:
    """Lambdas that take a name of the function around them which is assigned only after them."""
    found = []
    for function in _functions(source):
        if isinstance(function, ast.Module):
            continue
        own = list(_own_nodes(function))
        assigned: dict[str, int] = {}
        for node in own:
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                assigned[node.id] = min(node.lineno, assigned.get(node.id, node.lineno))
        given = {one.arg for one in (*function.args.args, *function.args.kwonlyargs)}
        for node in own:
            if isinstance(node, ast.Lambda):
                names = {one.id for one in ast.walk(node.body) if isinstance(one, ast.Name)}
                names -= given | {one.arg for one in node.args.args}
                found += [ast.unparse(node) for name in names if assigned.get(name, 0) > node.lineno]
    return found


def _functions(source: str) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef | ast.Module]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Module):
            yield node


def _own_nodes(function: ast.AST) -> Iterator[ast.AST]:
    """The nodes of a function without those of functions inside it."""
    for child in ast.iter_child_nodes(function):
        yield child
        if not isinstance(child, ast.AsyncFunctionDef | ast.FunctionDef | ast.Lambda):
            yield from _own_nodes(child)


def _called(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


@pytest.mark.parametrize("path", [path for path in HOUSE if module_of(path) not in SUPERVISED], ids=module_of)
def test_no_task_dies_unseen(path: Path) -> None:
    assert bare_tasks(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("async def f():\n    asyncio.create_task(g())", 1),
        ("def f(self):\n    self._t = asyncio.ensure_future(g())", 1),
        ("async def f():\n    t = loop.create_task(g())\n    await h()", 1),
        ("async def f():\n    t = create_task(g())\n    async def h():\n        await t", 1),
        ("async def f():\n    ts = [asyncio.create_task(g())]\n    await asyncio.wait(ts)", 1),
        ("async def f():\n    t = asyncio.create_task(g())\n    await h()\n    await t", 0),
        ("async def f():\n    t = asyncio.ensure_future(g())\n    await asyncio.wait({t, other})", 0),
    ],
)
def test_a_bare_task_is_found(source: str, found: int) -> None:
    assert len(bare_tasks(source)) == found


@pytest.mark.parametrize("path", HOUSE, ids=module_of)
def test_no_lambda_takes_what_is_made_after_it(path: Path) -> None:
    assert late_bound(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("def f():\n    a = g(lambda: b.c)\n    b = h(a)", 1),
        ("def f():\n    b = h()\n    return g(lambda: b.c)", 0),
        ("def f(b):\n    a = g(lambda: b.c)\n    b = h(a)", 0),
        ("def f():\n    a = g(lambda b: b.c)\n    b = h(a)", 0),
    ],
)
def test_a_late_bound_lambda_is_found(source: str, found: int) -> None:
    assert len(late_bound(source)) == found


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
    drawn_rooms = re.findall(r"(?m)^\| (\d+) \| `ivr/(\w+)` \|", text)
    packages = {path.parent.name for path in (TOP / "ivr").glob("*/__init__.py")}
    assert {room for _, room in drawn_rooms} == packages - {"settings"}
    # the READMEs count errors and settings as one floor
    assert {room: int(floor) + 1 for floor, room in drawn_rooms} == {
        room: floor for room, floor in FLOORS.items() if floor > 2
    }
