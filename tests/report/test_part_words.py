"""What an indicator's parts are called."""

from __future__ import annotations

import pytest

from ivr.metrics.indicators.indicator import Indicator
from ivr.metrics.indicators.registry import INDICATORS
from ivr.report.part_words import PART_WORDS


@pytest.mark.parametrize("one", INDICATORS.values(), ids=lambda one: one.id)
def test_every_part_has_a_name(one: Indicator) -> None:
    assert set(one.parts) | set(one.excluded) <= PART_WORDS.keys()
