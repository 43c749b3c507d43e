"""Every code is unique, used, documented, and appears for the mistake it is for."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from ivr.flow import Severity, codes, codes_markdown, load
from ivr.flow.loader import Loaded
from tests.flow import broken, small


@cache
def with_mistake(code: str) -> Loaded:
    """What the loader says of the small hotline with the mistake that the code is for."""
    with TemporaryDirectory() as folder:
        broken.make(code, Path(folder))
        return load(Path(folder))


def test_the_small_hotline_is_faultless(tmp_path: Path) -> None:
    loaded = load(small.write(tmp_path))
    assert loaded.findings == ()
    assert loaded.flow is not None


@pytest.mark.parametrize("code", codes.CODES)
def test_each_code_appears_for_its_mistake(code: str) -> None:
    loaded = with_mistake(code)
    found = [finding for finding in loaded.findings if finding.code == code]
    assert found, [str(finding) for finding in loaded.findings]
    assert found[0].severity is codes.CODES[code].severity
    assert found[0].clause == codes.CODES[code].clause
    assert re.search(r"[\u4e00-\u9fff]", found[0].text)
    assert "{" not in found[0].text.replace("{hours:", "").replace("{papers:", "").replace("{card:", "").replace(
        "{kind: menu,", ""
    )
    errors = [finding for finding in loaded.findings if finding.severity is Severity.ERROR]
    assert (loaded.flow is None) == bool(errors)


@pytest.mark.parametrize("code", [code for code, what in codes.CODES.items() if what.severity is Severity.WARNING])
def test_a_warning_by_itself_does_not_stop_a_flow(code: str) -> None:
    loaded = with_mistake(code)
    assert loaded.flow is not None
    assert {finding.severity for finding in loaded.findings} == {Severity.WARNING}


#: Slips that must not be told a second time as something that follows from them.
ALONE = {"F004", "F005", "F006", "F007", "F008", "F010", "F011", "F012", "F013", "F014", "F015", "F016", "F017", "F018",
         "F022", "F023", "F024", "F026", "F027", "F028", "F031", "F032", "F036", "F037", "F040", "F041",
         "F050", "F052", "F061", "F062", "F063", "F064", "F065", "F066", "F067", "F072", "F080", "F081", "F082", "F084",
         "F090", "F091", "F092", "F093", "F094", "F100", "F101", "F102", "F103", "F104", "F105", "F106", "F108", "F109",
         "F110", "F111", "F113", "F114", "F115", "F116", "F117", "F118", "F119",
         "F120", "F121", "F130", "F131",
         "F200", "F201", "F202", "F203", "F204", "F205", "F206", "F207", "F208", "F209",
         "F230", "F231", "F232", "F233"}  # fmt: skip


@pytest.mark.parametrize("code", sorted(ALONE))
def test_one_slip_is_one_finding(code: str) -> None:
    assert {finding.code for finding in with_mistake(code).findings} == {code}


def test_codes_cannot_be_given_twice() -> None:
    with pytest.raises(ValueError, match="F001"):
        codes.error("F001", "", "")
    assert all(re.fullmatch(r"F\d{3}", code) and code == what.id for code, what in codes.CODES.items())


def test_the_docs_table_has_every_code() -> None:
    table = codes_markdown()
    rows = [line.split("|")[1].strip() for line in table.splitlines()[2:]]
    assert rows == list(codes.CODES)
    assert all(line.count("|") == 5 for line in table.splitlines())
