"""What a node publishes is read back as it was."""

from __future__ import annotations

from typing import cast, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.errors import MetricsError
from ivr.metrics.counted import ratio
from ivr.records.model import StateName
from ivr.report.monitoring.exporter import TASKS, Exporter, Snapshot
from ivr.report.monitoring.live_calls import LiveState, QueueState
from ivr.report.monitoring.live_complaints import ComplaintsState
from ivr.report.monitoring.live_publishing import EditWaits, PublishingState
from ivr.report.monitoring.scrape import Latency, read

_IDS = st.text("abcdefghijklmnopqrstuvwxyz_0123456789", min_size=1, max_size=12)
_FEW = st.integers(0, 10**6)


def _level(in_time: int, more: int) -> object:
    return ratio(in_time, in_time + more)


_STANDINGS = st.builds(
    LiveState,
    calls=_FEW,
    menus=st.dictionaries(_IDS, _FEW, max_size=4),
    queues=st.dictionaries(_IDS, st.builds(QueueState, _FEW, st.integers(0, 10**9)), max_size=4),
    offered=_FEW,
    service_level=st.builds(_level, _FEW, _FEW),
    offered_since_start=_FEW,
)
_READINGS = st.builds(
    Snapshot,
    _STANDINGS,
    agents=st.fixed_dictionaries(dict.fromkeys(get_args(StateName), _FEW)),
    spoken=st.dictionaries(_IDS, _FEW, max_size=4),
    journal_lag=_FEW,
    refused=_FEW,
    manager_link=st.booleans(),
    recogniser=st.none() | st.booleans(),
    bank=st.none() | st.booleans(),
    talkers=_FEW,
    audio_streams=_FEW,
    refusals=_FEW,
    failing=st.sets(st.sampled_from(sorted(TASKS))).map(lambda some: tuple(sorted(some))),
    failures=_FEW,
    load_level=st.integers(0, 2),
    lost_recordings=_FEW,
    disk_free=st.none() | st.integers(0, 2**50),
    complaints=st.builds(ComplaintsState, _FEW, _FEW, _FEW, _FEW),
    publishing=st.none() | st.builds(PublishingState, _FEW, st.sampled_from(EditWaits), _FEW, _FEW, _FEW),
)


@given(_READINGS, st.lists(st.sampled_from([0.25, 1.0, 1.25, 1.5, 8.0]), max_size=5))
def test_a_reading_survives_the_way_through_prometheus_text(reading: Snapshot, took: list[float]) -> None:
    live = Exporter(lambda: reading)
    for seconds in took:
        live.latency.observe(seconds)
    seen, latency = read(live.text().decode())
    assert seen == reading
    assert latency == Latency(len(took), sum(took), sum(seconds <= 1.4 for seconds in took))


_SOME = Snapshot(LiveState(7, {"main": 2}, {"general": QueueState(3, 4_500)}, 9, ratio(5, 6), 11), {"ready": 1})
_WHOLE = Exporter(lambda: _SOME).text().decode()


@given(st.integers(0, len(_WHOLE) - 1))
def test_a_text_that_is_cut_off_is_refused_or_read(length: int) -> None:
    """Never another error, and never a number that was not there."""
    try:
        seen, _ = read(_WHOLE[:length])
    except MetricsError:
        return
    assert (seen.live, seen.journal_lag, seen.refusals) == (_SOME.live, 0, 0)


@pytest.mark.parametrize("state", get_args(StateName))
def test_a_state_that_nobody_is_in_is_published_as_none(state: str) -> None:
    text = Exporter(lambda: Snapshot(LiveState(0, {}, {}, 0, ratio(0, 0)), {})).text().decode()
    assert f'ivr_agents{{state="{state}"}} 0.0' in text
    assert read(text)[0].agents[cast(StateName, state)] == 0
