"""JSON objects to frozen dataclasses and back, strictly: unknown names, missing names and wrong types are refused with
the path of the field, and nothing is converted silently (True is not 1, "1" is not 1)."""

from __future__ import annotations

import dataclasses
import math
import re
import types
from collections.abc import Mapping, Sequence
from enum import StrEnum
from functools import cache
from typing import Any, Literal, TypeVar, Union, cast, get_args, get_origin, get_type_hints

T = TypeVar("T")

#: No database keeps NUL, and half a surrogate pair is no UTF-8.
_UNFIT = re.compile("[\x00\ud800-\udfff]")
#: Whole numbers are stored as BIGINT.
LARGEST = 2**63 - 1


class Wrong(ValueError):
    """A JSON value does not fit; the text names the field and what was expected, never the value."""


@cache
def _hints(cls: Any) -> Mapping[str, Any]:
    return get_type_hints(cls)


@cache
def _required(cls: Any) -> tuple[str, ...]:
    missing = dataclasses.MISSING
    return tuple(f.name for f in dataclasses.fields(cls) if f.default is missing and f.default_factory is missing)


def build(cls: type[T], given: Any, where: str = "") -> T:
    """`given`, a JSON object, as a `cls`. Raises Wrong."""
    if not isinstance(given, dict):
        raise Wrong(f"{where or '这一行'}：应为 JSON 对象")
    kind: Any = cls
    hints = _hints(kind)
    for name in given:
        if name not in hints:
            raise Wrong(f"未知字段 {_path(where, str(name)[:60])!r}")
    for name in _required(kind):
        if name not in given:
            raise Wrong(f"缺少字段 {_path(where, name)!r}")
    return cls(**{name: _value(hints[name], value, _path(where, name)) for name, value in given.items()})


def plain(value: Any) -> Any:
    """A frozen value as JSON knows it: dataclasses to objects with every field (one that is `named` "if known" only
    where it has a value), tuples to lists."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        named = [f.name for f in dataclasses.fields(value) if not _left_out(value, f)]
        return {name: plain(getattr(value, name)) for name in named}
    if isinstance(value, tuple):
        return [plain(item) for item in value]
    if isinstance(value, StrEnum):
        return value.value
    if isinstance(value, Mapping):
        return {str(name): plain(item) for name, item in value.items()}
    return value


def _left_out(value: Any, one: dataclasses.Field[Any]) -> bool:
    return one.metadata.get("named") == "if known" and getattr(value, one.name) in (None, ())


def _path(where: str, name: str) -> str:
    return f"{where}.{name}" if where else name


def _value(kind: Any, given: Any, where: str) -> Any:
    origin = get_origin(kind)
    if origin in (Union, types.UnionType):
        return _optional(kind, given, where)
    if origin is tuple:
        return _list(get_args(kind)[0], given, where)
    if origin is Literal:
        return _choice(get_args(kind), given, where)
    if dataclasses.is_dataclass(kind):
        return build(cast(type[Any], kind), given, where)
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        return kind(_choice([member.value for member in kind], given, where))
    return _scalar(kind, given, where)


def _optional(kind: Any, given: Any, where: str) -> Any:
    if given is None:
        return None
    (inner,) = (arg for arg in get_args(kind) if arg is not types.NoneType)
    return _value(inner, given, where)


def _list(item: Any, given: Any, where: str) -> tuple[Any, ...]:
    if not isinstance(given, list):
        raise Wrong(f"字段 {where!r} 应为列表")
    return tuple(_value(item, value, f"{where}[{index}]") for index, value in enumerate(given))


def _choice(choices: Sequence[Any], given: Any, where: str) -> Any:
    for choice in choices:
        if given == choice and type(given) is type(choice):
            return choice
    raise Wrong(f"字段 {where!r} 应为 {'、'.join(map(str, choices))} 之一")


def _scalar(kind: Any, given: Any, where: str) -> Any:
    if kind is bool and isinstance(given, bool):
        return given
    if kind is str and isinstance(given, str):
        return _text(given, where)
    if kind is int and isinstance(given, int) and not isinstance(given, bool):
        if not 0 <= given <= LARGEST:
            raise Wrong(f"字段 {where!r} 超出范围")
        return given
    if kind is float and isinstance(given, int | float) and not isinstance(given, bool):
        return _number(given, where)
    names = {bool: "true 或 false", str: "文本", int: "整数", float: "数字"}
    raise Wrong(f"字段 {where!r} 应为{names[kind]}")


def _number(given: float, where: str) -> float:
    if abs(given) > LARGEST or not math.isfinite(given):
        raise Wrong(f"字段 {where!r} 超出范围")
    return float(given) + 0.0  # no -0.0, which databases do not keep apart


def _text(given: str, where: str) -> str:
    if _UNFIT.search(given):
        raise Wrong(f"字段 {where!r} 含有不允许的字符")
    return given


def clean(text: str) -> str:
    """Text from the wire as the store can keep it: NUL and stray surrogates become U+FFFD."""
    return _UNFIT.sub("\ufffd", text)
