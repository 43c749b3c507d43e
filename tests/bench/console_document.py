"""docs/bench-console.md: pages and the crowd are measured by two commands, each of which keeps the other's part."""

from __future__ import annotations

from tests.rig.hotline import TOP

FILE = TOP / "docs" / "bench-console.md"
CROWD = "## Fifty desks and twenty walls, with callers beside them\n"


def write_pages(text: str) -> None:
    """What was measured of pages."""
    _, crowd = _parts()
    FILE.write_text(f"{text.rstrip()}\n{_after(crowd)}", encoding="utf-8")


def write_crowd(text: str) -> None:
    """What was measured of the crowd, without its heading."""
    pages, _ = _parts()
    FILE.write_text(f"{pages.rstrip()}\n{_after(text)}", encoding="utf-8")


def _parts() -> tuple[str, str]:
    pages, _, crowd = (FILE.read_text(encoding="utf-8") if FILE.exists() else "").partition(CROWD)
    return pages.partition("\n## Fifty desks")[0], crowd


def _after(crowd: str) -> str:
    return f"\n{CROWD}\n{crowd.strip()}\n" if crowd.strip() else ""
