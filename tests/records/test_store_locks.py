"""Other processes look at the database of a running application (`ivr records list`, a backup, a report): nothing that
the application writes afterwards may be lost."""

from __future__ import annotations

import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path

from ivr.records.facts import Ended, Offered
from ivr.records.folding.fold import fold
from ivr.records.store import Store

LOOK = "import sys; from ivr.records.store import Store; s = Store(sys.argv[1]); print(s.count()); s.close()"


def look(url: str) -> int:
    """How many calls another process sees; it is the last to close the database as far as it can tell."""
    done = subprocess.run([sys.executable, "-c", LOOK, url], capture_output=True, text=True, check=True, timeout=60)
    return int(done.stdout)


def test_a_second_connection_does_not_give_up_the_locks_of_the_first(tmp_path: Path) -> None:
    """POSIX forgets all of a process's locks on a file when it closes any descriptor of that file; SQLite's stand on
    the database. Another process that then closes it takes itself for the last one, and removes the journal in which
    the application goes on writing."""
    url = f"sqlite:///{tmp_path / 'ivr.sqlite'}"
    store = Store(url)
    store.migrate()
    call = fold("n-1.1", [Offered(1000, "n-1.1", "in", "95000", None, "withheld"), Ended(2000, "caller", "16")])
    store.save([call])
    # Two readers at once make the pool open further connections, as the reconciler and the recorder do.
    for _ in range(3):
        rows = store.all()
        next(rows)
        threads = [threading.Thread(target=store.count) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert list(rows) == []
        look(url)
    store.save([replace(call, call_id=f"n-1.{number}", linkedid=f"n-1.{number}") for number in range(2, 10)])
    assert look(url) == 9
    assert (tmp_path / "ivr.sqlite").stat().st_mode & 0o777 == 0o600
    store.close()
