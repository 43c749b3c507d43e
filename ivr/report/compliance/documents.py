"""Documents of the bank that show what no program can (CBA 四十五, HB 7.3.1, …): named by clause in a TOML file."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path

from ivr.errors import MetricsError
from ivr.report.compliance.clauses import CLAUSES
from ivr.report.compliance.judge import ClauseVerdict, Evidence

#: Beside the folder of the flow.
NAME = "documents.toml"
_KNOWN = {clause.id: clause for clause in CLAUSES}


def document_evidence(file: Path) -> Mapping[str, tuple[Evidence, ...]]:
    """Clause → the document that is named for it, a line `"CBA 四十五" = "风险培训制度 2026-03 号"` each; for a clause
    that can only be documented, that none is named. A file that is not there names none. Raises MetricsError."""
    named = _read(file)
    found: dict[str, tuple[Evidence, ...]] = {
        clause.id: (Evidence("D", f"没有写明（{NAME}）", "", "依赖文件说明"),) for clause in CLAUSES if clause.document
    }
    for id_, text in named.items():
        if id_ not in _KNOWN or not isinstance(text, str) or not text.strip() or not text.isprintable():
            raise MetricsError(f'{file}：{id_!r} 应为一个条款，写成 "CBA 四十五" = "文件名称和编号"')
        verdict: ClauseVerdict = "依赖文件说明" if _KNOWN[id_].document else "仅列示"
        found[id_] = (Evidence("D", text, "", verdict),)
    return found


def _read(file: Path) -> dict[str, object]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as wrong:
        raise MetricsError(f"{file} 读不了：{wrong}") from wrong
