"""Which keys belong to one secret answer, as the line and the simulator take them."""

from __future__ import annotations

#: An ID number has so many digits before its last sign, which may be X (GB 11643): that is keyed as `*`.
BEFORE_X = 17


def taken(digits: str, key: str, most: int, *, star: bool = False) -> tuple[str, bool]:
    """What has been keyed of an answer of at most `most` signs, with one more key; and whether that ended it. `star`:
    the answer ends as an ID number does, and this is the sign at its end."""
    if key == "*" and (len(digits) == BEFORE_X < most or (star and len(digits) + 1 == most)):
        return f"{digits}X", True
    if key in "*#":
        return digits, True
    return digits + key, len(digits) + 1 >= most
