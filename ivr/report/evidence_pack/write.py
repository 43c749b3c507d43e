"""The evidence pack on the disk: a folder with a page, a spreadsheet for each table, and the hashes of all of them."""

from __future__ import annotations

import csv
import hashlib
import io
import os
import shutil
import tempfile
from pathlib import Path

from ivr.report.evidence_pack import words
from ivr.report.evidence_pack.collect import Pack
from ivr.report.evidence_pack.page import evidence_html
from ivr.report.evidence_pack.words import Rows

PAGE, SUMS = "index.html", "SHA256SUMS"
#: A cell that a spreadsheet would take for a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def write_pack(pack: Pack, folder: Path) -> Path:
    """Write it into `folder`, which is whole or not there: an older pack in it gives way. Only the owner can read it.
    Returns the page. Raises OSError."""
    if not folder.parent.exists():
        folder.parent.mkdir(mode=0o700, parents=True)
        _give(folder.parent)
    if folder.exists() and not (folder / SUMS).is_file():
        raise FileExistsError(17, "已有别的内容", str(folder))
    made = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        files = {PAGE: evidence_html(pack).encode()}
        files |= {rows.file: _csv(rows) for rows in (make(pack) for make in words.TABLES)}
        sums = "".join(f"{hashlib.sha256(content).hexdigest()}  {name}\n" for name, content in sorted(files.items()))
        for name, content in {**files, SUMS: sums.encode()}.items():
            _write(made / name, content)
        if folder.exists():
            shutil.rmtree(folder)
        for path in (*made.iterdir(), made):
            _give(path, folder.parent)
        made.rename(folder)
    except BaseException:
        shutil.rmtree(made, ignore_errors=True)
        raise
    return folder / PAGE


def _give(path: Path, like: Path | None = None) -> None:
    """What root makes belongs to whom the folder `like` (None: the one that it is in) belongs: the hotline's user makes
    it anew later."""
    if os.geteuid() == 0:
        owner = (like or path.parent).stat()
        os.chown(path, owner.st_uid, owner.st_gid)


def _write(path: Path, content: bytes) -> None:
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:  # noqa: PTH123 - its mode
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _csv(rows: Rows) -> bytes:
    """With a byte order mark: spreadsheets of this country's offices take it for GB 18030 otherwise."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(rows.heads)
    writer.writerows([_cell(cell) for cell in row] for row in rows.rows)
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def _cell(text: str) -> str:
    return "'" + text if text.startswith(_FORMULA) else text
