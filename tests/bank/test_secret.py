"""A secret is shown by nothing that shows values."""

from __future__ import annotations

import copy
import json
import logging
import pickle
import pprint
import traceback
from dataclasses import dataclass

import pytest

from ivr.bank.secret import Secret

DIGITS = "739155"


@dataclass(frozen=True)
class Holder:
    """Something that carries a secret along."""

    proof: Secret


def test_nothing_that_shows_a_value_shows_a_secret(caplog: pytest.LogCaptureFixture) -> None:
    secret = Secret(DIGITS)
    holder = Holder(secret)
    shown = [repr(secret), str(secret), f"{secret:>20}", f"{secret!r}", "%s" % secret, pprint.pformat([holder])]  # noqa: UP031
    shown += [repr(holder), repr({"proof": secret}), str([secret]), repr((secret,))]
    logging.getLogger("x").warning("%s %r", secret, holder)
    try:
        raise ValueError(secret)
    except ValueError as wrong:
        told = traceback.TracebackException.from_exception(wrong, capture_locals=True)
        shown.append("".join(told.format()))
    assert DIGITS not in "\n".join(shown) + caplog.text
    assert "<secret>" in caplog.text


def test_a_secret_leaves_the_process_in_no_file() -> None:
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        with pytest.raises(TypeError, match="not pickled"):
            pickle.dumps(Holder(Secret(DIGITS)), protocol)
    with pytest.raises(TypeError):
        json.dumps({"proof": Secret(DIGITS)})


def test_a_copy_is_the_secret_itself() -> None:
    secret = Secret(DIGITS)
    assert copy.copy(secret) is secret
    assert copy.deepcopy(Holder(secret)).proof is secret


def test_digits_are_compared_counted_and_judged_without_being_shown() -> None:
    secret = Secret(DIGITS)
    assert secret == Secret("739155") != Secret("739156")
    assert secret != DIGITS
    assert len(secret) == 6 and secret and not Secret("")
    assert secret.passes(str.isdigit) and not secret.passes(lambda digits: len(digits) > 6)
    assert secret.reveal() == DIGITS
    with pytest.raises(TypeError):
        hash(secret)
