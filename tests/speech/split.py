"""Which voices the recogniser's settings were chosen on, and which they are reported on: never the same.

The label files utterances, noise15, quiet, clipped, gsm, ulaw and situations.tsv hold voices that were tuned on (and
situations.tsv the reported one as well, by voices.tsv); held.tsv and held15.tsv hold the reported one alone. What is
fitted anew may use the tuned ones, never the reported.
"""

from __future__ import annotations

TUNED = ("zf_xiaobei", "zf_xiaoxiao", "zf_xiaoyi", "zm_yunjian", "zm_yunxi", "zm_yunxia", "zm_yunyang")
REPORTED = ("zf_xiaoni",)
#: Label files of the reported voice.
HELD = ("held", "held15")


def is_reported(voice: str) -> bool:
    """Whether figures of this voice may be reported. KeyError for a voice of neither split."""
    if voice not in (*TUNED, *REPORTED):
        raise KeyError(voice)
    return voice in REPORTED
