"""An edit that was overtaken: what somebody published meanwhile and what the visitor changed are brought together,
shown and checked before anything is done with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from starlette.responses import Response

from ivr.care.publishing import publication
from ivr.care.publishing.merging import Merge, merge, merge_draft
from ivr.care.publishing.review import Difference
from ivr.console.page import Visit, act, page
from ivr.console.pages.menus.editor import edit
from ivr.console.pages.menus.loaded import TEXT, checked, edited
from ivr.errors import PublishingRefused
from ivr.flow.changes.comparison import compare, text_diff
from ivr.flow.changes.merge import Side
from ivr.people.actions import Action


@page("/menus/merge", Action.FLOW_REVIEW, title="合并到现在的版本")
def draft(visit: Visit) -> Response:
    """A `draft` that another publication came before."""
    return _shown(visit, _of_draft(visit, visit.query.get("draft", "")), {"draft": visit.query.get("draft", "")})


@act("/menus/merge", Action.FLOW_REVIEW, title="合并到现在的版本", target="menus", back=edit)
def unsaved(visit: Visit) -> Response:
    """What the editor or a form holds, or a draft, with a side for each place that both changed, once they are chosen.
    Nothing is kept."""
    if number := visit.field("draft"):
        return _shown(visit, _of_draft(visit, number), {"draft": number})
    began, changed = edited(visit)
    found = merge(visit.store, visit.settings.flows, began, changed)
    carried = {name: visit.field(name) for name in ("base", "source", "digest", "slot")}
    return _shown(visit, found, {**carried, **{f"{TEXT}{name}": text for name, text in changed.items()}})


def _of_draft(visit: Visit, number: str) -> Merge:
    if not number.isascii() or not number.isdecimal() or len(number) > 9:
        raise PublishingRefused("没有写明哪一份草稿")
    return merge_draft(visit.store, visit.settings.flows, int(number))


def _shown(visit: Visit, found: Merge, carried: Mapping[str, str]) -> Response:
    """The page; with `carried` it is sent again, once sides are chosen."""
    overtaken = visit.field("published") not in ("", str(found.published.number))
    chosen = {} if overtaken else _chosen(visit, found)
    done = all(len(chosen.get(one.name, ())) == len(one.conflicts) for one in found.files)
    texts = found.texts(chosen) if done else {}
    values: dict[str, Any] = {"difference": None, "findings": (), "errors": False}
    if done:
        before, loaded = checked(visit, found.base, {}).flow, checked(visit, found.base, texts)
        broken = before is None or loaded.flow is None
        changes = () if before is None or loaded.flow is None else compare(before, loaded.flow)
        text = text_diff(found.base.files, found.base.with_changes(texts))
        values["difference"] = Difference(found.published, changes, text, broken)
        values |= {"findings": loaded.findings, "errors": loaded.flow is None}
    return visit.render(
        "menus/merge.html",
        merge=found,
        carried=carried,
        overtaken=overtaken,
        chosen=chosen,
        done=done,
        texts=texts,
        sides=((Side.MINE, "用我的"), (Side.THEIRS, f"用发布 {found.published.number} 的")),
        four_eyes=publication.in_force(visit.store, visit.settings.publishing.four_eyes),
        **values,
    )


def _chosen(visit: Visit, found: Merge) -> dict[str, Sequence[Side]]:
    """File → the sides that were chosen; a file of which not all are is not in it."""
    chosen: dict[str, Sequence[Side]] = {}
    for one in found.files:
        typed = [visit.field(f"choose:{one.name}:{at}") for at in range(len(one.conflicts))]
        if all(side in list(Side) for side in typed):
            chosen[one.name] = [Side(side) for side in typed]
    return chosen
