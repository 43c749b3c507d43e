"""One phase of `make test`: `python -m tests.phase NAME PYTEST-ARGUMENTS...`.

Calls keep real time, and machines that are shared do not always: a test may fail because the hotline is wrong, or
because the machine had no time for it. So what failed in a phase, where it is little, is run once more, alone, with
hotlines of its own and nothing beside it. (One call that went wrong in a crowd fails all tests that judge the crowd:
what is little is counted in modules.) What fails there too has failed. What passes there is named, so that nobody
takes it for a test that always passes, and both results stay in `run/test-results`.

Exit codes are pytest's: 0 where all passed, at the latest alone.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

#: Failures in more modules than these are not a matter of time: none of them is run again.
FEW = 6
_FAILED = 1  # pytest's code where tests failed, and nothing else went wrong


def main(name: str, arguments: Sequence[str], top: Path = Path()) -> int:
    """Run the phase in `top`; pytest's exit code."""
    results = top / "run" / "test-results"
    cache = top / ".pytest_cache" / name
    failed = cache / "v" / "cache" / "lastfailed"
    again = results / f"{name}-alone.xml"
    for old in (failed, again):
        old.unlink(missing_ok=True)

    def pytest(written: Path, *more: str) -> int:
        files = (f"--junitxml={written.relative_to(top)}", "-o", f"cache_dir={cache.relative_to(top)}")
        return subprocess.run([sys.executable, "-m", "pytest", "-q", *files, *more], cwd=top, check=False).returncode

    code = pytest(results / f"{name}.xml", *arguments)
    if code != _FAILED:
        return code
    tests = [node_of(one) for one in json.loads(failed.read_text(encoding="utf-8"))]
    if not 0 < len({one.partition("::")[0] for one in tests}) <= FEW:
        return code
    print(f"== {len(tests)} failed beside others; each once more, alone", flush=True)
    code = pytest(again, *tests)
    if code == 0:
        print("== failed beside others, passed alone:", *tests, sep="\n   ", flush=True)
    return code


def node_of(reported: str) -> str:
    """The name of a test as pytest takes it: xdist reports its group behind it."""
    return reported.rpartition("@")[0] if reported.rfind("@") > reported.rfind("]") else reported


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
