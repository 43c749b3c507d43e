"""For every test."""

from __future__ import annotations

import gc
import os
import shutil
import tempfile
from collections.abc import Generator, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from tests import clauses
from tests.rig import memory, new_database, passwords, statements, waited
from tests.rig.errors import MachineHeldUp
from tests.rig.postgres import migrated as migrated
from tests.rig.postgres import migrated_postgres as migrated_postgres
from tests.rig.postgres import new_postgres as new_postgres
from tests.rig.postgres import postgres as postgres
from tests.rig.pulse import Pulse

# How long one example takes says how busy the machine is, not whether the code is right.
settings.register_profile("hotline", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("hotline")

# Test processes stand beside each other; numpy's threads would only wait for each other's cores.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

new_database.install()
passwords.install()
statements.install()


def pytest_collection_modifyitems(items: Sequence[pytest.Item]) -> None:
    """A call test that failed while the machine stood still is made again, at most twice; where it kept time, not. Each
    result names the clauses that it shows."""
    for item in items:
        clauses.mark(item)
        if item.get_closest_marker("calls"):
            item.add_marker(pytest.mark.flaky(reruns=2, only_rerun=[MachineHeldUp]))


def pytest_collection_finish() -> None:
    """The search for garbage leaves out what is there when the tests begin: every module and thousands of tests."""
    gc.collect()
    gc.freeze()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None]:
    """Tell a machine that stood still from a hotline that did wrong."""
    if not item.get_closest_marker("calls"):
        return (yield)
    with Pulse() as pulse:
        try:
            return (yield)
        except Exception as wrong:
            if not pulse.held_up:
                raise
            raise MachineHeldUp(f"the machine stood still for {pulse.worst:.2f} s, and: {wrong}") from wrong


_WAITED: pytest.StashKey[list[dict[str, float]]] = pytest.StashKey()


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Each test process hands over what it waited for."""
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["waited"] = dict(waited.seconds)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Take it in; a process that crashed tells nothing."""
    node.config.stash.setdefault(_WAITED, []).append(getattr(node, "workeroutput", {}).get("waited", {}))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """What the phase's wall time went to, apart from the tests' own work."""
    each = config.stash.get(_WAITED, None) or [dict(waited.seconds)]
    whole = {what: sum(one.get(what, 0.0) for one in each) for what in set().union(*each)}
    if line := waited.told(whole, len(each), len(terminalreporter.stats.get("rerun", []))):
        terminalreporter.write_line(line)


@pytest.fixture
def tmp_path(request: pytest.FixtureRequest) -> Iterator[Path]:
    """A folder of the test's own under a short path: Asterisk's control socket has room for 80 characters, and
    pytest's own names are too long for it, the more so where several processes run tests. What calls write, they write
    on a disk, as a hotline does."""
    top = "/tmp" if request.node.get_closest_marker("calls") else memory.folder()
    folder = Path(tempfile.mkdtemp(prefix="ivr-test-", dir=top))
    yield folder
    shutil.rmtree(folder, ignore_errors=True)
