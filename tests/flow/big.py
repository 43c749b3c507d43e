"""A valid hotline of any size, for the tests and the bench: `python -m tests.flow.big FOLDER [MENUS]`."""

from __future__ import annotations

import sys
from pathlib import Path

from tests.flow import small

PER_ENTRY = 31  # 1 + 5 + 25 menus: three full levels of five options
NUMBERS = "一二三四五"


def write(folder: Path, menus: int = 1000) -> int:
    """Write a hotline of at least `menus` menus under `folder` (made where missing); returns how many there are.

    Every entry has a tree of 31 menus of five options, and there are as many leaves as menus. The entries share
    the day between them, the last one is always open."""
    small.write(folder)
    entries = -(-menus // PER_ENTRY)
    hours, starts = [small.HOURS.rstrip()], []
    for number in range(entries):
        calendar = "always" if number == entries - 1 else f"slice{number}"
        starts.append(f"  - {{hours: {calendar}, greeting: [greeting], menu: m{number}}}")
        if calendar != "always":
            start, end = (_clock(1440 * edge // entries) for edge in (number, number + 1))
            hours.append(f'  slice{number}:\n    weekly: {{mon-sun: ["{start}-{end}"]}}')
    trees = [f"m{number}" for number in range(entries)]
    second = [f"{tree}_{key}" for tree in trees for key in range(1, 6)]
    third = [f"{menu}_{key}" for menu in second for key in range(1, 6)]
    leaves = [f"b{number}" for number in range(menus)]
    lines = ["menus:"]
    for menu in [*trees, *second]:
        lines += _menu(menu, [("menu", f"{menu}_{key}") for key in range(1, 6)])
    for number, menu in enumerate(third):
        own = [("leaf", leaves[(number * 4 + step) % menus]) for step in range(4)]
        lines += _menu(menu, [*own, ("leaf", "complaint")])
    lines.append("leaves:")
    for leaf in leaves:
        lines.append(
            f"  {leaf}: {{label: 业务说明, kind: consult, auth: none, steps: [say: p_{leaf}], compliance: [HB 7.1.1]}}"
        )
    lines.append(
        "  complaint: {label: 投诉, kind: complaint, queue: general, compliance: [CBA 十(4)],"
        " steps: [handoff: {auth: identified}]}"
    )
    head = small.HOTLINE[: small.HOTLINE.index("  - {hours: service")]
    (folder / "hotline.yaml").write_text("\n".join([head.rstrip(), *starts, *lines]) + "\n", encoding="utf-8")
    (folder / "hours.yaml").write_text("\n".join(hours) + "\n", encoding="utf-8")
    said = "，".join(f"{word}类按{key}" for key, word in enumerate(NUMBERS, 1))
    unused = (
        "closed_greeting",
        "main_menu",
        "accounts_menu",
        "closed_menu",
        "opening_info",
        "balance_info",
        "card_ask",
    )
    brief = "  keys_brief: {kind: menu, text: 重听井号，返回星号，人工按0。}\n"
    texts = small.PROMPTS.replace("prompts:\n", f"prompts:\n{brief}").replace("您好，欢迎致电示例银行，", "您好，")
    texts = texts.replace(small.KEYS, "重听按井号，返回按星号，人工按0，老年人按9。")
    prompts = [line for line in texts.splitlines() if not line.strip().startswith(unused)]
    prompts += [f"  p_{menu}: {{kind: menu, text: {said}。}}" for menu in [*trees, *second, *third]]
    prompts += [f"  p_{leaf}: 这里是第{leaf[1:]}项业务的说明。" for leaf in leaves]
    (folder / "knowledge.yaml").unlink()  # it leads to leaves that are not here
    (folder / "prompts.yaml").write_text("\n".join(prompts) + "\n", encoding="utf-8")
    return entries * PER_ENTRY


def _menu(id: str, targets: list[tuple[str, str]]) -> list[str]:
    options = [
        f'      - {{key: "{key}", label: {NUMBERS[key - 1]}类, {kind}: {target}}}'
        for key, (kind, target) in enumerate(targets, 1)
    ]
    return [f"  {id}:", f"    prompt: p_{id}", "    options:", *options]


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


if __name__ == "__main__":
    print(write(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 1000), "menus")
