"""What is kept: made once however many ask at once; anew, beside whoever asks, where it is old."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from ivr.kept import Kept


class Time:
    """A clock that goes on when it is told to."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_many_who_ask_at_once_wait_for_the_one_that_is_made() -> None:
    kept, made = Kept[int](4), list[int]()
    begun, go = threading.Event(), threading.Event()

    def make() -> int:
        made.append(1)
        begun.set()
        assert go.wait(10)
        return 7

    with ThreadPoolExecutor(8) as pool:
        asked = [pool.submit(kept.get, "a", make) for _ in range(8)]
        assert begun.wait(10)
        go.set()
        assert [one.result(10) for one in asked] == [7] * 8
    assert made == [1]


def test_another_key_is_not_waited_for() -> None:
    kept, go = Kept[int](4), threading.Event()
    with ThreadPoolExecutor(1) as pool:
        slow = pool.submit(kept.get, "slow", lambda: go.wait(10) and 1)
        assert kept.get("quick", lambda: 2) == 2
        go.set()
        assert slow.result(10) == 1


def test_what_fails_is_tried_again_by_the_next_one() -> None:
    kept = Kept[int](4)

    def fails() -> int:
        raise ValueError("not now")

    with pytest.raises(ValueError, match="not now"):
        kept.get("a", fails)
    assert kept.get("a", lambda: 1) == 1


def test_the_last_few_are_kept() -> None:
    kept = Kept[str](2)
    for key in ("a", "b", "a", "c"):
        kept.get(key, lambda key=key: key)  # type: ignore[misc]
    assert kept.get("a", lambda: "anew") == "a" and kept.get("b", lambda: "anew") == "anew" and len(kept) == 2


def test_what_is_not_to_be_kept_is_given_and_made_again() -> None:
    kept = Kept[int](2)
    assert kept.get("a", lambda: 1, keep=lambda _value: False) == 1
    assert kept.get("a", lambda: 2) == 2


def test_what_is_old_is_given_while_it_is_made_anew_and_what_is_too_old_is_not() -> None:
    clock = Time()
    kept = Kept[int](2, fresh=60, stale=240, clock=clock)
    assert kept.get("a", lambda: 1) == 1
    clock.now += 59
    assert kept.get("a", lambda: 2) == 1
    clock.now += 2
    done = threading.Event()

    def noted(_value: int) -> bool:
        done.set()
        return True

    assert kept.get("a", lambda: 3, noted) == 1
    assert done.wait(10)
    while kept.get("a", lambda: 4) != 3:  # the thread keeps it right after it was asked whether to
        pass
    clock.now += 301
    assert kept.get("a", lambda: 5) == 5


def test_what_cannot_be_made_anew_is_given_until_it_is_too_old() -> None:
    clock = Time()
    kept = Kept[int](2, fresh=60, stale=240, clock=clock)
    kept.get("a", lambda: 1)
    clock.now += 61
    raised = threading.Event()

    def fails() -> int:
        raised.set()
        raise ValueError("not now")

    hook, threading.excepthook = threading.excepthook, lambda _args: None
    try:
        assert kept.get("a", fails) == 1 and raised.wait(10)
    finally:
        threading.excepthook = hook
    clock.now += 300
    with pytest.raises(ValueError, match="not now"):
        kept.get("a", fails)
