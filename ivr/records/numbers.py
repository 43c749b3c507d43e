"""Calling numbers in one shape, so that a customer is the same customer on the line, in live, rebuilt and imported
records and in every list (D6), and as they may be shown. Pure."""

from __future__ import annotations

import re
import unicodedata
from urllib.parse import unquote

#: What stands between digits and means nothing: spaces, dashes of every kind, dots, slashes, brackets.
_BETWEEN = re.compile(r"[\s\-\u2010-\u2015\u2212\u00b7.,/()\[\]\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]+")
#: An extension behind a number: RFC 3966's `;ext=`, and how people write it.
_EXTENSION = re.compile(r"[\s,]*(?:ext\.?|extension|x|#|转|分机)[\s.:=]*[0-9]{1,8}\s*\Z", re.IGNORECASE)
#: A last group of digits behind a dash, `01088886666-801`.
_LAST_GROUP = re.compile(r"[\-\u2010-\u2015][0-9]{1,5}\Z")
_CONTEXT = re.compile(r"phone-context=(\+[0-9]{1,7})(?:;|\Z)", re.IGNORECASE)
#: Prefixes that choose the carrier of a call (IP telephony and cheap long distance) and are no part of a number.
_CARRIER = re.compile(r"(?:179[0-9]{2}|12593|12583[0-9]|11808|10193|193|197)")
_MOBILE = re.compile(r"1[3-9][0-9]{9}")
#: Area code without its 0, and subscriber: two digits for the largest cities, else three.
_LANDLINE = re.compile(r"(?:10|2[0-57-9])[2-9][0-9]{7}|[3-9][0-9]{2}[2-9][0-9]{6,7}")
_SERVICE = re.compile(r"[48]00[0-9]{7}")
#: Numbers that are the same all over the country, without an area code: banks and companies, carriers, public services.
_SHORT = re.compile(r"95[0-9]{3,4}|96[0-9]{3,4}|1[0-2][0-9]{1,4}")
_AREA = re.compile(r"(?:10|2[0-57-9]|[3-9][0-9]{2})")
#: Hong Kong, Macau and Taiwan as trunks that leave out the + deliver them; no area code of today is one of these.
_NEIGHBOUR = re.compile(r"852[2-9][0-9]{7}|853[2-9][0-9]{7}|886[2-9][0-9]{7,8}")
#: Below this a number is a short code or an extension, and stays as it is.
_LEAST = 7
#: ITU-T E.164, 6.1: so many digits at most, country code included.
_MOST = 15
#: What is longer is no number, whatever it is: nothing reads it twice.
_LONGEST = 256


def e164(text: str) -> str | None:
    """What a trunk, a list or a file says as the number that it means: E.164 (`+8613800000006`), or a short code as it
    is (`95588`, an extension); None where it is withheld or is no number. Numbers without a country are Chinese.
    Never raises; the number of a number is that number."""
    found = _user(text.strip()) if len(text) <= _LONGEST else None
    if found is None:
        return None
    digits, international = found
    if not digits.strip("0") or len(digits) > 2 * _MOST:
        return None
    return _international(digits) if international else _national(digits)


def caller(text: str) -> tuple[str | None, bool]:
    """Who calls, and whether the number is withheld: never to be shown. `text` is what the dialplan read of the call's
    headers (extensions.conf [caller]): `FROM|ASSERTED|PRIVATE`, or FROM alone. The number that the trunk asserts
    (RFC 3325) counts where the caller withholds his own; PRIVATE is 1 where he asked for that (RFC 3323)."""
    said, _, more = text.partition("|")
    asserted, _, private = more.partition("|")
    number = e164(said)
    if number is not None and private.strip() in ("", "0"):
        return number, False
    return e164(asserted), True


def shown(number: str | None, kind: str) -> str | None:
    """The number of a call of this `caller_kind` as people may see it: none where the caller withheld it."""
    return None if kind == "withheld" else number


def masked(number: str | None) -> str:
    """The last four digits of a caller's number."""
    return "隐藏号码" if number is None else "*" * max(0, len(number) - 4) + plain(number[-4:])


def plain(text: str | None) -> str:
    """Recorded text fit for a terminal: nothing in it can move the cursor; nothing recorded is a dash."""
    return "".join(c if c.isprintable() else "?" for c in text) if text else "—"


def _user(text: str) -> tuple[str, bool] | None:
    """The digits that an address or a number has, and whether they begin with a country; None where it has none."""
    if text.endswith(">") or "<" in text:
        text = text.rpartition("<")[2].partition(">")[0]
    scheme, colon, rest = text.partition(":")
    if colon and scheme.strip().lower() in ("sip", "sips"):
        user, at, host = rest.partition("@")
        if not at:
            return None
        text = user.partition(":")[0]
        if host.lower().startswith("anonymous."):
            return None
    elif colon and scheme.strip().lower() in ("tel", "callto"):
        text = rest
    text = unquote(text.partition("@")[0], errors="strict") if _escaped(text) else text.partition("@")[0]
    number, _, parameters = text.partition(";")
    if any(unicodedata.category(c) == "Cc" and c != "\t" for c in number):
        return None
    return _digits(number.strip(), _CONTEXT.search(parameters))


def _escaped(text: str) -> bool:
    """Whether the percent signs are those of ASCII characters in an address."""
    return "%" in text and re.search(r"%(?![0-7][0-9A-Fa-f])", text) is None


def _digits(number: str, context: re.Match[str] | None) -> tuple[str, bool] | None:
    number = _EXTENSION.sub("", number)
    plus = number.startswith("+")
    bare = _BETWEEN.sub("", number.removeprefix("+").replace("(0)", "") if plus else number)
    if not plus and len(bare) > _MOST - 3 and _LAST_GROUP.search(number) and not _plausible(_home(bare)):
        bare = _BETWEEN.sub("", _LAST_GROUP.sub("", number))
    if bare.startswith("+"):  # (+86) 138…
        plus, bare = True, bare[1:]
    elif (carrier := _CARRIER.match(bare)) and bare[carrier.end() :].startswith("+"):
        plus, bare = True, bare[carrier.end() + 1 :]
    if not (bare.isascii() and bare.isdecimal()):
        return None
    if context and not plus:
        return context[1][1:] + bare.removeprefix("0"), True
    if plus:
        return bare.lstrip("0") if bare.startswith("00") else bare, not bare.startswith("0") or bare.startswith("00")
    return (bare.lstrip("0"), True) if bare.startswith("00") else (bare, False)


def _international(digits: str) -> str | None:
    if len(digits) < _LEAST:
        return digits  # a trunk that puts a + before everything
    if digits.startswith("86"):
        return _chinese(digits[2:])
    return "+" + digits if len(digits) <= _MOST else None


def _national(digits: str) -> str | None:
    if len(digits) < _LEAST:
        return digits
    if _MOBILE.fullmatch(digits) or (_LANDLINE.fullmatch(digits) and not digits.startswith("86")):
        return _neighbour(digits) or "+86" + digits
    if (home := _home(digits)) != digits and _plausible(home):
        return _chinese(home)
    carried = _carried(digits)
    if carried is not None:
        return e164(carried)
    if len(digits) > 11 and not digits.startswith("0"):
        return _international(digits)  # a trunk that leaves out the +
    return _neighbour(digits) or _chinese(digits)


def _neighbour(digits: str) -> str | None:
    return "+" + digits if _NEIGHBOUR.fullmatch(digits) else None


def _chinese(digits: str) -> str | None:
    """The number behind +86, which a trunk may have given its trunk prefix 0 or a carrier's prefix as well."""
    national = digits.lstrip("0")
    carried = _carried(national)
    if carried is not None:
        return e164(carried)
    area = _AREA.match(national)
    if _SHORT.fullmatch(national):
        return national
    if digits.startswith("0") and area and _SHORT.fullmatch(national[area.end() :]) and not _plausible(national):
        return national[area.end() :]
    if len(national) < _LEAST:
        return national or None
    return "+86" + national if len(national) <= _MOST - 2 else None


def _home(digits: str) -> str:
    """Without the country code 86, where it begins with that."""
    return digits.lstrip("0").removeprefix("86") if digits.lstrip("0").startswith("86") else digits


def _plausible(national: str) -> bool:
    """Whether it is a Chinese number without its country."""
    national = national.removeprefix("0")
    kinds = (_MOBILE, _LANDLINE, _SERVICE, _SHORT)
    return any(kind.fullmatch(national) for kind in kinds) or _carried(national) is not None


def _carried(digits: str) -> str | None:
    """What follows a carrier's prefix, where that is a number by itself."""
    prefix = _CARRIER.match(digits)
    rest = digits[prefix.end() :] if prefix else ""
    if not rest or _MOBILE.fullmatch(digits) or _LANDLINE.fullmatch(digits):
        return None
    if (rest.startswith("00") and len(rest) >= _LEAST + 2) or (_plausible(_home(rest)) and len(rest) >= 10):
        return rest
    return None
