"""Damage for parsers: seeded, so that what failed fails again, and bounded."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence

#: Pieces that parsers stumble over: ends of lines, quotes, brackets, odd spaces, bytes that are no UTF-8, huge numbers.
TOKENS = (
    b"\x00", b"\r\n", b"\n", b"\r", b"\t", b"\xff", b"\xe4\xbd", b"\xef\xbb\xbf", b"\xe3\x80\x80", b"\xc2\xa0",
    b"\xe2\x80\x8b", b"\xe2\x80\xae", b"\xef\xbc\x9a", b"\"", b"'", b"\\", b"{", b"}", b"[", b"]", b": ", b"- ", b"#",
    b"&a ", b"*a", b"!!python/object:os.system ", b"<<: ", b"%s", b"../", b"-1", b"1e999", b"NaN", b"9" * 40, b"0x",
    b",,", b"=", b"\xf0\x9f\x98\x80", b" " * 300,
)  # fmt: skip


def damaged(samples: Sequence[bytes], times: int, seed: int = 0) -> Iterator[bytes]:
    """`times` variants of the samples: cut, with bytes changed, pieces doubled, moved or removed, tokens put in."""
    draw = random.Random(seed)
    for _ in range(times):
        data = bytearray(draw.choice(samples))
        for _ in range(draw.choice((1, 1, 2, 5))):
            at = draw.randrange(len(data) + 1)
            end = min(len(data), at + draw.choice((1, 2, 8, 40)))
            match draw.randrange(6):
                case 0:
                    del data[at:]
                case 1:
                    del data[at:end]
                case 2:
                    data[at:at] = draw.choice(TOKENS)
                case 3:
                    data[at:at] = data[at:end] * draw.choice((1, 3))
                case 4:
                    data[at:end] = draw.randbytes(end - at)
                case _:
                    other = draw.choice(samples)
                    start = draw.randrange(len(other) + 1)
                    data[at:end] = other[start : start + 60]
        yield bytes(data)
