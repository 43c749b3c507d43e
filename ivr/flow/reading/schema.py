"""JSON Schemas (draft 2020-12) for editors, from the same table that the parser checks."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ivr.flow.reading.field_tables import FILES

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def schema_name(file: str) -> str:
    """hotline.yaml → hotline.schema.json."""
    return file.removesuffix(".yaml") + ".schema.json"


def schemas() -> Mapping[str, dict[str, Any]]:
    """File name of a schema → the schema. A file uses its own with the comment line
    `# yaml-language-server: $schema=schema/NAME`."""
    return {schema_name(file): {"$schema": DIALECT, "title": file, **shape.schema()} for file, shape in FILES.items()}


def rendered() -> Mapping[str, str]:
    """The schemas as the text of their files."""
    return {name: json.dumps(schema, ensure_ascii=False, indent=1) + "\n" for name, schema in schemas().items()}


def write(folder: Path) -> None:
    """Write the schemas' files under `folder` (flows/schema). Raises OSError where that is not possible."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in rendered().items():
        (folder / name).write_text(text, encoding="utf-8")
