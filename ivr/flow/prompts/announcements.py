"""What is spoken around a menu's own prompt: the elderly key, that one may speak, the keys that work everywhere."""

from __future__ import annotations

from ivr.flow.model import Entry, Flow, Menu

ELDERLY_KEY, SAY_OR_PRESS, KEYS, KEYS_BRIEF = "elderly_key", "say_or_press", "keys", "keys_brief"


def greeting(flow: Flow, entry: Entry) -> tuple[str, ...]:
    """What a caller hears before the first menu: the elderly key comes right after the first words (CBA 二十二)."""
    return (*entry.greeting[:1], *_there(flow, ELDERLY_KEY), *entry.greeting[1:])


def before_menu(flow: Flow, menu: Menu, *, greeted: bool = False) -> tuple[str, ...]:
    """What is spoken before a menu's prompt, whenever it is: a root names the elderly key first, unless the greeting
    just did."""
    return () if greeted or menu.level > 1 else _there(flow, ELDERLY_KEY)


def reserved_keys(flow: Flow, *, told: bool) -> str:
    """What follows a menu's prompt: the keys that work everywhere, in full until the caller has been `told` them to
    the end, and briefly after (HB 7.2.4)."""
    return KEYS_BRIEF if told and KEYS_BRIEF in flow.prompts else KEYS


def _there(flow: Flow, prompt: str) -> tuple[str, ...]:
    return (prompt,) if prompt in flow.prompts else ()
