"""Every value with its place; whatever the file holds, findings and never a traceback."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.flow.findings import FindingsReport, Pos
from ivr.flow.reading.positioned_yaml import Listed, Mapped, Node, Scalar, decode, parse, plain


def read(text: str) -> tuple[Node | None, list[str]]:
    report = FindingsReport()
    node = parse(text, "f", report)
    return node, [str(finding) for finding in report.findings(["f"])]


def test_places_count_from_one_in_characters() -> None:
    node, _ = read("菜单:\n  提示: [甲, '乙']\n")
    assert isinstance(node, Mapped)
    key, inner = node.items["菜单"]
    assert key == Pos("f", 1, 1)
    assert isinstance(inner, Mapped)
    key, listed = inner.items["提示"]
    assert (key, listed.pos) == (Pos("f", 2, 3), Pos("f", 2, 7))
    assert isinstance(listed, Listed)
    assert [item.pos.column for item in listed.items] == [8, 11]


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("", "null", None),
        ("~", "null", None),
        ("true", "bool", True),
        ("False", "bool", False),
        ("yes", "str", "yes"),
        ("off", "str", "off"),
        ("12", "int", 12),
        ("0x1f", "int", 31),
        ("0o17", "int", 15),
        ("010", "int", 10),
        ("1.5", "float", 1.5),
        ("-.INF", "float", float("-inf")),
        ("10:30", "str", "10:30"),
        ("2026-10-01", "str", "2026-10-01"),
        ("'12'", "str", "12"),
        ("9" * 30, "float", 1e30),
    ],
)
def test_plain_words_are_yaml_1_2(text: str, kind: str, value: object) -> None:
    node, _ = read(f"k: {text}")
    assert isinstance(node, Mapped)
    scalar = node.items["k"][1]
    assert isinstance(scalar, Scalar)
    assert scalar.kind == kind
    assert plain(node)["k"] == (pytest.approx(value) if isinstance(value, float) else value)


def test_the_first_of_two_equal_keys_stays_and_the_second_is_reported() -> None:
    node, found = read("a: 1\nb: 2\na: 3\n")
    assert plain(node) == {"a": 1, "b": 2}  # type: ignore[arg-type]
    assert found == ["f:3:1: error F008 「a」在第 1 行已经写过，同一个键只能写一次"]


@pytest.mark.parametrize(
    ("text", "place", "code"),
    [
        ("a: *}", "1:5", "F004"),
        ("a: b: c", "1:5", "F004"),
        ('a: "x', "1:6", "F004"),
        ("a: [1, 2\nb: 3", "2:2", "F004"),
        ("a: {x: 1", "2:1", "F004"),
        ("a:\n  - b\n c: 1", "3:2", "F004"),
        ("a: @x", "1:4", "F004"),
        ("a: {{b:count}}", "1:5", "F004"),
        ("? [a]\n: b", "1:3", "F004"),
        ("a:\n\tb: 1", "2:1", "F005"),
        ("a: &x 1\nb: *x", "2:4", "F006"),
        ("a: !!python/object:os.system x", "1:4", "F006"),
        ("!t {a: b}", "1:1", "F006"),
        ("a: b\n---\nc: d", "2:1", "F006"),
        ("[" * 50, "1:21", "F007"),
    ],
)
def test_broken_yaml_is_one_finding_at_its_place(text: str, place: str, code: str) -> None:
    node, found = read(text)
    assert node is None
    assert len(found) == 1
    assert found[0].startswith(f"f:{place}: error {code} "), found


@pytest.mark.parametrize("text", ["[" * 300_000, "- " * 300_000, "{a: " * 300_000, "? " * 300_000, "a: " + "&a " * 9])
def test_depth_is_bounded_before_it_can_hurt(text: str) -> None:
    node, found = read(text)
    assert node is None
    assert len(found) == 1


def test_an_alias_bomb_is_refused_at_its_first_alias() -> None:
    bomb = "a: &a [x, x]\n" + "".join(
        f"{chr(98 + n)}: &{chr(98 + n)} [*{chr(97 + n)}, *{chr(97 + n)}]\n" for n in range(20)
    )
    node, found = read(bomb)
    assert node is None
    assert [line.split()[2] for line in found] == ["F006"]


@pytest.mark.parametrize("text", ["", "\n\n# only a comment\n", "---\n", "~"])
def test_an_empty_file_is_an_empty_mapping(text: str) -> None:
    assert read(text) == (Mapped(Pos("f", 1, 1)), [])


@pytest.mark.parametrize(
    ("data", "place", "words"),
    [
        ("a: 1\nb: 中文".encode("gb18030"), "2:4", "像是 GBK"),
        ("a: 1".encode("utf-16"), "1:1", "像是 UTF-16"),
        ("a: 中".encode()[:-1], "1:4", "不是 UTF-8"),
        (b"a: 1\nb: \x01\n", "2:4", "U+0001"),
        (b"a: \x00", "1:4", "U+0000"),
    ],
)
def test_bytes_that_are_no_text_are_a_finding(data: bytes, place: str, words: str) -> None:
    report = FindingsReport()
    assert decode(data, "f", report) is None
    (finding,) = report.findings([])
    assert str(finding).startswith(f"f:{place}: error")
    assert words in finding.text


def test_a_byte_order_mark_is_no_mistake() -> None:
    assert decode("\ufeffa: 1".encode(), "f", FindingsReport()) == "a: 1"


@given(st.binary(max_size=200))
def test_any_bytes_give_a_tree_or_findings(data: bytes) -> None:
    report = FindingsReport()
    text = decode(data, "f", report)
    node = None if text is None else parse(text, "f", report)
    assert (node is None) == any(
        finding.severity == "error" and finding.code != "F008" for finding in report.findings([])
    )


YAML_WORDS = st.sampled_from([*"a[]{},\"'#|>?中\t\n", ": ", "  ", "- ", "&x", "*x", "!!str", "---\n"])


@given(st.lists(YAML_WORDS, max_size=40).map("".join))
def test_any_yaml_like_text_gives_a_tree_or_findings(text: str) -> None:
    node, found = read(text)
    assert node is not None or found
    if node is not None:
        plain(node)
