"""Editors are told by the schemas what the parser says."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from ivr.flow.findings import FindingsReport
from ivr.flow.reading.field_tables import FILES
from ivr.flow.reading.positioned_yaml import parse, plain
from ivr.flow.reading.schema import DIALECT, rendered, schema_name, schemas, write
from tests.flow import broken, small

FLOWS = Path(__file__).parents[2] / "flows"


def data(text: str) -> Any:
    node = parse(text, "f", FindingsReport())
    assert node is not None
    return plain(node)


def valid(file: str, text: str) -> bool:
    return bool(Draft202012Validator(schemas()[schema_name(file)]).is_valid(data(text)))


def test_there_is_one_for_each_file() -> None:
    assert list(schemas()) == [schema_name(file) for file in FILES]
    for schema in schemas().values():
        assert schema["$schema"] == DIALECT
        Draft202012Validator.check_schema(schema)


@pytest.mark.parametrize("file", FILES)
def test_good_files_pass(file: str) -> None:
    assert valid(file, small.FILES[file])
    assert valid(file, (FLOWS / file).read_text(encoding="utf-8"))


#: Mistakes of form, which a schema can see; the others need the whole folder.
FORM = ["F010", "F011", "F012", "F013", "F022", "F036", "F061", "F114", "F115"]


@pytest.mark.parametrize("code", FORM)
def test_mistakes_of_form_fail(code: str) -> None:
    file, old, new = broken.EDITS[code][0]
    text = small.FILES[file]
    assert valid(file, text)
    assert not valid(file, text.replace(old, new, 1))


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("hotline.yaml", '{key: "1"', "{key: 1"),  # digits without quotes are accepted by both
        ("hotline.yaml", '["95000"]', "[95000]"),
        ("prompts.yaml", "text: 感谢您的来电，再见。", "text: {zh: 感谢您的来电，再见。}"),
    ],
)
def test_what_the_parser_takes_passes(file: str, old: str, new: str) -> None:
    assert old in small.FILES[file]
    assert valid(file, small.FILES[file].replace(old, new, 1))


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("hours.yaml", "mon-fri:", "monday:"),
        ("hours.yaml", "  service:", "  always:"),
        ("hours.yaml", '"08:30-18:00"', '"8h-18h"'),
        ("agents.yaml", '"1001"', "li"),
        ("agents.yaml", "record: true", "record: yes"),
        ("elderly-callers.yaml", "+86", "86"),
    ],
)
def test_what_the_parser_refuses_fails(file: str, old: str, new: str) -> None:
    assert old in small.FILES[file]
    assert not valid(file, small.FILES[file].replace(old, new, 1))


def test_patterns_are_written_as_editors_know_them() -> None:
    text = "".join(rendered().values())
    assert "\\\\A" not in text
    assert "\\\\Z" not in text


def test_the_shipped_schemas_are_these(tmp_path: Path) -> None:
    write(tmp_path)
    for name, text in rendered().items():
        assert (tmp_path / name).read_text(encoding="utf-8") == text
        assert (FLOWS / "schema" / name).read_text(encoding="utf-8") == text
