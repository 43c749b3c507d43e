"""The house, read from the code itself: who imports whom, which engine lives where, what carries a docstring."""

from __future__ import annotations

import ast
import importlib
import inspect
import pkgutil
import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache
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


MODULES = {module_of(path): path for path in HOUSE}


def imports(tree: ast.Module, module: str) -> Iterator[tuple[int, str]]:
    """Every module that a source names, wherever in the file, and in which line; relative ones resolved."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                above = module.split(".")[: -node.level]
                base = ".".join([*above, base] if base else above)
            # `from ivr import flow` names a room as surely as `import ivr.flow`
            names = [f"{base}.{alias.name}" for alias in node.names] if base == "ivr" else [base]
            yield from ((node.lineno, name) for name in names)


def faults(tree: ast.Module, module: str) -> list[str]:
    """What is wrong with the arrows of one module, each with its line."""
    room, found = room_of(module), []
    for line, name in imports(tree, module):
        package, _, _ = name.partition(".")
        if package == "ivr":
            other = room_of(name)
            if other == room or (not other and room != other):
                continue
            if other not in FLOORS:
                found.append(f"{line}: {module} imports {name}: no floor is known for it")
            elif room not in FLOORS or FLOORS[other] >= FLOORS[room]:
                found.append(f"{line}: {module} imports {name}: upwards or sideways")
            elif other in MAY_NOT.get(room, ()) or name not in ONLY.get((room, other), {name}):
                found.append(f"{line}: {module} imports {name}: not its business")
        elif package == "tests":
            found.append(f"{line}: {module} imports {name}: the house knows no tests")
        elif ENGINES.get(package, room) != room and (room, package) not in ALSO:
            found.append(f"{line}: {module} imports {name}: {package} lives in {ENGINES[package]} alone")
        elif room in PURE and package in OUTSIDE:
            found.append(f"{line}: {module} imports {name}: {room} is pure")
    return found


def test_every_arrow_points_down() -> None:
    none("arrows")


def imported(tree: ast.Module, path: Path) -> set[str]:
    """The modules of the house that a file imports, wherever in it: within functions and for types alone, too."""
    module, modules, found = module_of(path), MODULES, set[str]()
    for node in ast.walk(tree):
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
    graph: dict[str, set[str]] = {module: set() for module in MODULES}
    for arrow in house()["imported"]:
        module, _, other = arrow.partition(" → ")
        graph[module].add(other)
    assert sum(map(len, graph.values())) > len(MODULES)
    assert circles(graph) == []


def test_a_circle_is_seen() -> None:
    assert circles({"a": {"b"}, "b": {"c"}, "c": {"a"}, "d": {"a"}})
    assert not circles({"a": {"b", "c"}, "b": {"c"}, "c": set()})


def asks_the_time(tree: ast.Module) -> list[str]:
    """Where the clock is read, by its line."""
    asking = {f"{cls}.{how}" for cls in ("datetime", "date") for how in ("now", "today", "utcnow")}
    read = [node for node in ast.walk(tree) if isinstance(node, ast.Attribute)]
    return [f"{node.lineno}: {ast.unparse(node)}" for node in read if ast.unparse(node) in asking]


def test_pure_rooms_never_ask_what_time_it_is() -> None:
    none("time")


def test_who_asks_what_time_it_is_is_found() -> None:
    assert asks_the_time(ast.parse("def f():\n    return datetime.now(UTC)")) == ["2: datetime.now"]
    assert asks_the_time(ast.parse("def f(now: datetime):\n    return now.date()")) == []


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
    (fault,) = faults(ast.parse(source), module)
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
    assert faults(ast.parse(source), module) == []


# ---- tasks


#: Where tasks may be begun whose end nobody waits for: both see to what dies.
SUPERVISED = {"ivr.tasks", "ivr.serve.task_supervisor"}
_BEGINS = ("create_task", "ensure_future")


def bare_tasks(tree: ast.Module) -> list[str]:
    """Tasks that are begun and not awaited in the same function: what they die of nobody would see in time."""
    found = []
    for function in _functions(tree):
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
                    found.append(f"{node.lineno}: {ast.unparse(node)}")
    return found


def late_bound(tree: ast.Module) -> list[str]:
    """Lambdas that take a name of the function around them which is assigned only after them."""
    found = []
    for function in _functions(tree):
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
                late = [name for name in names if assigned.get(name, 0) > node.lineno]
                found += [f"{node.lineno}: {ast.unparse(node)}" for _ in late]
    return found


def _functions(tree: ast.Module) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef | ast.Module]:
    for node in ast.walk(tree):
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


def test_no_task_dies_unseen() -> None:
    none("tasks")


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
    assert len(bare_tasks(ast.parse(source))) == found


def test_no_lambda_takes_what_is_made_after_it() -> None:
    none("lambdas")


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
    assert len(late_bound(ast.parse(source))) == found


# ---- what every module and name has


def undocumented(tree: ast.Module) -> list[str]:
    """Public classes, functions and methods without a docstring; what lies inside a function is nobody's."""
    missing: list[str] = []

    def look(node: ast.Module | ast.ClassDef, prefix: str) -> None:
        for child in node.body:
            if isinstance(child, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
                if child.name.startswith("_"):
                    continue
                if ast.get_docstring(child) is None:
                    missing.append(f"{child.lineno}: {prefix}{child.name}")
                if isinstance(child, ast.ClassDef):
                    look(child, f"{prefix}{child.name}.")

    if tree.body and ast.get_docstring(tree) is None:
        missing.append("1: (module)")
    look(tree, "")
    return missing


def test_every_public_name_says_what_it_is() -> None:
    none("undocumented")


def test_a_missing_docstring_is_found() -> None:
    source = '"""m"""\nclass A:\n    """a"""\n    def b(self): ...\n    def _c(self): ...\ndef d():\n    def e(): ...\n'
    assert undocumented(ast.parse(source)) == ["4: A.b", "6: d"]
    assert undocumented(ast.parse("x = 1\n")) == ["1: (module)"]


def long(source: str, tree: ast.Module) -> list[str]:
    """A module of more lines than one may have, and functions of more."""
    found = ["350: the module goes on"] if source.count("\n") > 350 else []
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and (node.end_lineno or 0) - node.lineno >= 60:
            found.append(f"{node.lineno}: {node.name}")
    return found


def test_modules_and_functions_stay_short() -> None:
    none("long")


def test_what_is_long_is_found() -> None:
    for lines, found in ((59, []), (60, ["1: f"]), (350, ["350: the module goes on", "1: f"])):
        source = "def f():\n" + "    x = 1\n" * lines
        assert long(source, ast.parse(source)) == found


# ---- the whole house


@cache
def house() -> Mapping[str, list[str]]:
    """What each rule finds in the house, as `ivr/errors.py:12: …`. Each file is read once, and its tree is not kept:
    those of all files together would fill half a gigabyte."""
    found: dict[str, list[str]] = {name: [] for name in (*RULES, "imported")}
    for module, path in MODULES.items():
        source = path.read_text(encoding="utf-8")
        tree = ast.parse(source)
        for name, rule in RULES.items():
            found[name] += [f"{path.relative_to(TOP)}:{one}" for one in rule(source, tree, module)]
        found["imported"] += [f"{module} → {other}" for other in imported(tree, path)]
    return found


def none(rule: str) -> None:
    """The rule finds nothing; where it does, every place is named."""
    assert not house()[rule], "\n".join(house()[rule])


#: Each is given the text, the tree and the name of a module.
RULES: Mapping[str, Callable[[str, ast.Module, str], list[str]]] = {
    "arrows": lambda _source, tree, module: faults(tree, module),
    "time": lambda _source, tree, module: asks_the_time(tree) if room_of(module) in PURE else [],
    "tasks": lambda source, tree, module: (
        bare_tasks(tree) if module not in SUPERVISED and any(word in source for word in _BEGINS) else []
    ),
    "lambdas": lambda source, tree, _module: late_bound(tree) if "lambda" in source else [],
    "undocumented": lambda _source, tree, _module: undocumented(tree),
    "long": lambda source, tree, _module: long(source, tree),
}


def test_every_file_of_the_house_is_read() -> None:
    assert len(MODULES) == len(HOUSE) > 500
    assert {module.split(".")[0] for module in MODULES} == {"ivr"}


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
