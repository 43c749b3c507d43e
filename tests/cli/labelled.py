"""A week of calls whose callers spoke, told with the words of tests/flow/small.py's knowledge base."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import closing

from ivr.records.labels.utterances import Utterances
from ivr.records.model import Call, Turn
from ivr.records.store import Store
from ivr.report.definitions import open_store
from ivr.settings import Settings
from tests.cli.conftest import Desk

#: Monday 2026-01-05, ten in the morning, Shanghai.
TEN = 1_767_578_400_000
DAY_MS = 86_400_000

#: What was said (by a person's ear), what was recognised, the intent and score, what the hotline did.
Said = tuple[str, str, str | None, float, str]
#: Everyday wordings of 开户 that the knowledge base lacks, said by different callers.
OPENING = (
    "我没有卡想弄一张",
    "没有卡弄一张要啥",
    "想弄一张卡没有卡",
    "弄一张卡我没有卡",
    "我想弄一张你们的卡",
    "弄一张卡要啥",
)
SAID: tuple[Said, ...] = (
    *((text, text, None, 0.31, "rephrase") for text in OPENING),
    ("我想开个户", "我想开个户", "opening", 1.0, "leaf:opening"),
    ("我账户的事", "我账户的是", "accounts", 0.62, "menu:accounts"),
    ("护照行吗", "护照行吗", "accounts", 0.45, "confirm:accounts"),
    ("", "喂", "agent", 0.42, "confirm:agent"),
)


def a_call(number: int, *said: Said, audio: str | None = None) -> Call:
    """A call of one caller, a day after the one before it, who said these things."""
    at = TEN + number * DAY_MS // 2
    turns = tuple(
        Turn(f"n1-{number}-{place}", at + 5000 * place, at + 5000 * place + 900, heard, 0.8, intent, score, action,
             audio_ref=audio)
        for place, (_, heard, intent, score, action) in enumerate(said, 1)
    )  # fmt: skip
    return Call(
        f"n1-{number}", f"1.{number}", "in", "95000", "normal", at, at + 60_000, "caller", f"+8613800000{number:03}",
        t_answered=at + 1000, t_first_prompt=at + 1500, turns=turns,
    )  # fmt: skip


def store_of(desk: Desk) -> Store:
    """The desk's own database, migrated."""
    store = open_store(f"sqlite:///{desk.folder / 'run' / 'ivr.sqlite'}")
    store.migrate()
    return store


def spoken(desk: Desk, calls: Iterable[Call] | None = None) -> None:
    """Put the week into the desk's database, with sound for every turn."""
    settings = Settings(state=desk.folder / "run")
    audio = Utterances(settings.utterances, least_free=0)
    with closing(store_of(desk)) as store:
        for call in calls if calls is not None else [a_call(at, one) for at, one in enumerate(SAID)]:
            kept = [
                Turn(**{name: getattr(turn, name) for name in Turn.__slots__}
                     | {"audio_ref": audio.keep(turn.turn_id, turn.t_start, b"\x01\x02" * 4000)})
                for turn in call.turns
            ]  # fmt: skip
            store.save([Call(**{name: getattr(call, name) for name in Call.__slots__} | {"turns": tuple(kept)})])
