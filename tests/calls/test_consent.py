"""Consent before recording (CBA 二十九) on real calls: who says no is served, nothing of his call is recorded,
and the record says so; who says yes is recorded."""

from __future__ import annotations

from pathlib import Path

import pytest

from ivr.records.privacy.register import of_file
from tests.calls.crowd import TALK, Caller, changes, complain, cut, heard, place_all, signed_in
from tests.rig.agents import Manner
from tests.rig.hotline import Hotline
from tests.rig.scenario import Expect

pytestmark = pytest.mark.calls

ASKS = {
    "hotline.yaml": {"recording": {"consent": True}},
    "prompts.yaml": {
        "prompts": {"recording_consent": {"kind": "question", "text": "通话要录音，同意请按1，不同意请按2。"}}
    },
}


def test_consent_refused_and_given(line: Hotline, folder: Path) -> None:
    line.serve_flows(changes(ASKS))
    answered: dict[str, object] = {"handoffs.0.outcome": "answered", "recording_consents.count": 1}
    refused = Caller(
        "refused",
        [
            "dial",
            "wait 1s",
            "press 0",
            "hear recording_consent",
            "press 2",
            "hear transferring_unrecorded",
            "wait 6s",
            "hang up",
        ],
        Expect(
            heard=heard(cut("greeting"), "recording_consent", "transferring_unrecorded", "(music)", *TALK),
            record=answered | {"recording_consents.0.given": False, "recording_consents.0.how": "key"},
        ),
    )
    given = Caller(
        "given",
        ["dial", "wait 1s", "press 0", "hear recording_consent", "press 1", "hear transferring", "wait 6s", "hang up"],
        Expect(
            heard=heard(cut("greeting"), "recording_consent", "transferring", "(music)", *TALK),
            record=answered | {"recording_consents.0.given": True, "recording_consents.0.how": "key"},
        ),
    )
    manners = {"1001": Manner(rings_ms=300), "1002": Manner(rings_ms=300)}
    with signed_in(line, folder, manners):
        found = place_all(line, folder, [refused, given])
    wrong = complain([refused, given], found, {})
    assert not wrong, wrong
    assert len(_files(line, found["given"].record)) == 1 and _files(line, found["refused"].record) == []


def test_every_file_of_a_hotline_that_runs_is_in_the_register(line: Hotline) -> None:
    """The operator's own files, which this test's hotline has beside them, are no data of the hotline's."""
    paths = [str(one.relative_to(line.state)) for one in line.state.rglob("*") if one.is_file() or one.is_socket()]
    assert any(path.startswith("journal/") for path in paths)
    assert [path for path in paths if of_file(path) is None and not path.startswith("flows/")] == []


def _files(line: Hotline, record: object) -> list[Path]:
    assert isinstance(record, dict)
    return list((line.state / "asterisk" / "recordings").glob(f"{record['call_id']}*"))
