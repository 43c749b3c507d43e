"""`ivr understand`: what a sentence is taken for."""

from __future__ import annotations

import json

import pytest

from tests.cli.conftest import TOP, Desk


@pytest.fixture
def shipped(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """A desk with the shipped hotline."""
    monkeypatch.setenv("IVR_FLOWS", str(TOP / "flows"))
    return desk


def told(desk: Desk, *words: str, typed: str | None = None) -> list[dict[str, object]]:
    """The lines of a run that must end well."""
    result = desk.ivr("understand", "--format", "json", *words, typed=typed or "")
    assert result.exit_code == 0, result.stderr
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_one_object_a_line(shipped: Desk) -> None:
    first, second = told(shipped, "按一", "查余额")
    assert first == {
        "text": "按一", "action": "menu:accounts", "intent": first["intent"], "score": first["score"], "value": None,
        "corrected": None,
    }  # fmt: skip
    assert second["intent"] == "account_balance" and second["score"] == 1.0


def test_lines_are_read_from_standard_input(shipped: Desk) -> None:
    assert [each["action"] for each in told(shipped, "-", "--at", "yes-no", typed="是的\n不对\n是吗\n")] == [
        "yes",
        "no",
        "rephrase",
    ]


@pytest.mark.parametrize(
    ("place", "said", "value"),
    [
        ("amount", "五千块", "5000.00"),
        ("date", "三月五号", "2027-03-05"),
        ("last4", "一二三四", "1234"),
        ("phone", "13800000006", "13800000006"),
        ("amount", "不知道", None),
        ("amount", "按一", None),
        ("", "转五千块", None),
    ],
)
def test_values(shipped: Desk, place: str, said: str, value: str | None) -> None:
    (found,) = told(shipped, said, "--day", "2026-11-20", *(("--at", place) if place else ()))
    assert found["value"] == value
    assert str(found["action"]).startswith("slot:") is (value is not None)


def test_what_was_mended_is_shown_beside_what_was_typed(shipped: Desk) -> None:
    (found,) = told(shipped, "会款")
    assert (found["text"], found["corrected"], found["intent"]) == ("会款", "汇款", "transfer_order")


def test_people_are_told_why(shipped: Desk) -> None:
    text = shipped.ivr("understand", "不查余额我要挂失").stdout
    assert "客户否定了：查余额" in text and "debit_loss" in text


@pytest.mark.parametrize("place", ["menu:nowhere", "elsewhere", "menu:"])
def test_a_place_that_is_none_is_refused(shipped: Desk, place: str) -> None:
    result = shipped.ivr("understand", "一", "--at", place)
    assert result.exit_code == 2 and "--at" in result.stderr


def test_a_menu_may_be_named(shipped: Desk) -> None:
    assert told(shipped, "第二个", "--at", "menu:service")[0]["action"] == "leaf:suggestion"
