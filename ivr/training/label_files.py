"""Labels as files, so that two people can label apart from each other: which rows go out, and what comes back."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import date
from functools import partial

from ivr.errors import ExchangeError
from ivr.nlu import mask
from ivr.records.labels.forms import LabelRow, read
from ivr.records.labels.merge import Merged, merge
from ivr.records.labels.utterances import Utterances
from ivr.records.model import Call, Turn
from ivr.records.store import Store
from ivr.training.plans import drawn_ids, find_plan, labelled_turns
from ivr.training.turn_text import choose


def blank_rows(store: Store, plan: str | None, annotator: str) -> list[LabelRow]:
    """A plan's turns (the newest plan's, without a name) that this annotator has yet to label, without what others
    said. Raises LabelError."""
    ids = [one.turn_id for one in find_plan(store, plan).drawn]
    return [
        LabelRow(call, turn, annotator, None)
        for call, turn in store.turns(ids).values()
        if all(note.annotator != annotator for note in turn.annotations)
    ]


def labelled_rows(
    store: Store, plan: str | None, since: date | None, until: date | None, annotator: str | None
) -> list[LabelRow]:
    """What was labelled: of the days, of the plan, by the annotator, where they are given. Raises LabelError."""
    wanted = drawn_ids(store, plan)
    return list(_rows(labelled_turns(store, since, until), annotator, wanted))


def _rows(
    found: Iterable[tuple[Call, Turn]], annotator: str | None, wanted: Collection[str] | None
) -> Iterator[LabelRow]:
    for call, turn in found:
        if wanted is None or turn.turn_id in wanted:
            yield from (
                LabelRow(call, turn, one.annotator, one)
                for one in turn.annotations
                if annotator in (None, one.annotator)
            )


def import_labels(
    data: bytes, store: Store, audio: Utterances, intents: Mapping[str, str], now: int, annotator: str | None
) -> Merged:
    """Take a file of labels (CSV or JSON Lines) into the store, each line with the annotator that it names, or else
    this one. Numbers in reference texts are hidden, and the sound of such turns is removed. Raises StoreError."""
    lines = read(data, now, annotator, partial(intent_named, intents))
    done = merge(lines, store, mask)
    for turn in done.hidden:
        if turn.audio_ref is not None and audio.has(turn.audio_ref):
            audio.drop(turn.audio_ref)
    return done


def intent_named(intents: Mapping[str, str], word: str) -> str:
    """The id of an intent by its id or name. Raises ExchangeError, which tells what is near."""
    found = [id for id, label in intents.items() if word in (id, label)]
    if len(found) == 1:
        return found[0]
    near = "、".join(choose(word, intents)[:3])
    raise ExchangeError(f"没有意图「{word[:30]}」{f'，是不是 {near}？' if near else ''}")
