"""All pages there are: a module of pages is one line here."""

from __future__ import annotations

from functools import cache

from ivr.console.page import Page, PageSpec, spec_of
from ivr.console.pages import account, try_call
from ivr.console.pages.administration import approvals, audit, people, privacy
from ivr.console.pages.calls import call as calls_call
from ivr.console.pages.calls import quality as calls_quality
from ivr.console.pages.calls import search as calls_search
from ivr.console.pages.calls import sound as calls_sound
from ivr.console.pages.calls import to_test as calls_to_test
from ivr.console.pages.calls import utterance as calls_utterance
from ivr.console.pages.desk import document as desk_document
from ivr.console.pages.desk import knowledge as desk_knowledge
from ivr.console.pages.desk import line as desk_line
from ivr.console.pages.figures import compliance, report
from ivr.console.pages.labelling import knowledge, labels
from ivr.console.pages.menus import editor, forms, merging, overview, publishing, simulator
from ivr.console.pages.menus import prompts as menu_prompts
from ivr.console.pages.now import now
from ivr.console.pages.text import conversation
from ivr.console.pages.work import announcements, complaints, emergencies, items

MODULES = (
    account,
    approvals,
    audit,
    people,
    privacy,
    calls_search,
    calls_call,
    now,
    calls_sound,
    calls_utterance,
    calls_to_test,
    calls_quality,
    compliance,
    desk_document,
    desk_knowledge,
    desk_line,
    editor,
    forms,
    merging,
    overview,
    publishing,
    menu_prompts,
    simulator,
    report,
    knowledge,
    labels,
    announcements,
    complaints,
    emergencies,
    items,
    conversation,
    try_call,
)


@cache
def pages() -> tuple[tuple[Page, PageSpec], ...]:
    """Every page with its route, as the modules have them."""
    return tuple(
        (found, spec)
        for module in MODULES
        for found in vars(module).values()
        if (spec := spec_of(found)) is not None and getattr(found, "__module__", "") == module.__name__
    )
