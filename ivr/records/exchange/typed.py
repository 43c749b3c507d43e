"""JSON objects to frozen dataclasses and back, strictly: unknown names, missing names and wrong types are refused with
the path of the field, and nothing is converted silently (True is not 1, "1" is not 1)."""

from __future__ import annotations

import dataclasses
import math
import re
import types
from collections.abc import Callable, Mapping
from enum import StrEnum
from functools import cache
from typing import Any, Literal, TypeVar, Union, cast, get_args, get_origin, get_type_hints

T = TypeVar("T")
#: Makes a field's value of a JSON value, the path of what it belongs to, and its name there.
_Reader = Callable[[Any, str, str], Any]

#: No database keeps NUL, and half a surrogate pair is no UTF-8.
_UNFIT = re.compile("[\x00\ud800-\udfff]")
#: Whole numbers are stored as BIGINT.
LARGEST = 2**63 - 1


class Wrong(ValueError):
    """A JSON value does not fit; the text names the field and what was expected, never the value."""


@cache
def _readers(cls: Any) -> Mapping[str, _Reader]:
    """What reads each field."""
    return {name: _reader(kind) for name, kind in get_type_hints(cls).items()}


@cache
def _required(cls: Any) -> tuple[str, ...]:
    missing = dataclasses.MISSING
    return tuple(f.name for f in dataclasses.fields(cls) if f.default is missing and f.default_factory is missing)


def build(cls: type[T], given: Any, where: str = "") -> T:
    """`given`, a JSON object, as a `cls`. Raises Wrong."""
    if not isinstance(given, dict):
        raise Wrong(f"{where or '这一行'}：应为 JSON 对象")
    kind: Any = cls
    readers = _readers(kind)
    for name in given:
        if name not in readers:
            raise Wrong(f"未知字段 {_path(where, str(name)[:60])!r}")
    for name in _required(kind):
        if name not in given:
            raise Wrong(f"缺少字段 {_path(where, name)!r}")
    return cls(**{name: readers[name](value, where, name) for name, value in given.items()})


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


def _reader(kind: Any) -> _Reader:
    """What reads a value of this kind: made once, since millions are read."""
    origin = get_origin(kind)
    if origin in (Union, types.UnionType):
        (inner,) = (arg for arg in get_args(kind) if arg is not types.NoneType)
        return _optional(_reader(inner))
    if origin is tuple:
        return _list(_reader(get_args(kind)[0]))
    if origin is Literal:
        return _choice({choice: choice for choice in get_args(kind)})
    if dataclasses.is_dataclass(kind):
        one = cast(type[Any], kind)
        return lambda given, where, name: build(one, given, _path(where, name))
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        return _choice({member.value: member for member in kind})
    return _SCALARS[kind]


def _optional(inner: _Reader) -> _Reader:
    return lambda given, where, name: None if given is None else inner(given, where, name)


def _list(item: _Reader) -> _Reader:
    def read(given: Any, where: str, name: str) -> tuple[Any, ...]:
        if not isinstance(given, list):
            raise Wrong(f"字段 {_path(where, name)!r} 应为列表")
        return tuple(item(value, where, f"{name}[{index}]") for index, value in enumerate(given))

    return read


def _choice(choices: Mapping[Any, Any]) -> _Reader:
    def read(given: Any, where: str, name: str) -> Any:
        for choice, meant in choices.items():
            if given == choice and type(given) is type(choice):
                return meant
        raise Wrong(f"字段 {_path(where, name)!r} 应为 {'、'.join(map(str, choices))} 之一")

    return read


def _bool(given: Any, where: str, name: str) -> bool:
    if not isinstance(given, bool):
        raise Wrong(f"字段 {_path(where, name)!r} 应为true 或 false")
    return given


def _int(given: Any, where: str, name: str) -> int:
    if not isinstance(given, int) or isinstance(given, bool):
        raise Wrong(f"字段 {_path(where, name)!r} 应为整数")
    if not 0 <= given <= LARGEST:
        raise Wrong(f"字段 {_path(where, name)!r} 超出范围")
    return given


def _float(given: Any, where: str, name: str) -> float:
    if not isinstance(given, int | float) or isinstance(given, bool):
        raise Wrong(f"字段 {_path(where, name)!r} 应为数字")
    if abs(given) > LARGEST or not math.isfinite(given):
        raise Wrong(f"字段 {_path(where, name)!r} 超出范围")
    return float(given) + 0.0  # no -0.0, which databases do not keep apart


def _text(given: Any, where: str, name: str) -> str:
    if not isinstance(given, str):
        raise Wrong(f"字段 {_path(where, name)!r} 应为文本")
    if _UNFIT.search(given):
        raise Wrong(f"字段 {_path(where, name)!r} 含有不允许的字符")
    return given


_SCALARS: Mapping[Any, _Reader] = {bool: _bool, str: _text, int: _int, float: _float}


def clean(text: str) -> str:
    """Text from the wire as the store can keep it: NUL and stray surrogates become U+FFFD."""
    return _UNFIT.sub("\ufffd", text)


def is_clean(text: str) -> bool:
    """Whether `clean` would leave the text as it is."""
    return _UNFIT.search(text) is None
