"""What a phase of the plan does, in words for those who lead it and for the evidence."""

from __future__ import annotations

from collections.abc import Iterator

from ivr.flow.emergency import Measures, Others
from ivr.flow.model import Flow


def measures_in_words(flow: Flow, measures: Measures) -> Iterator[str]:
    """One line each; one that says so where callers notice nothing."""
    if measures.announcement:
        yield f"菜单前播报：{'；'.join(_text(flow, id_) for id_ in measures.announcement)}"
    if measures.in_queue:
        yield f"排队中播报：{'；'.join(_text(flow, id_) for id_ in measures.in_queue)}"
    if measures.queues is not None:
        kept = [flow.queues[id_].label for id_ in flow.queues if id_ in measures.queues]
        others = "约定回电" if measures.others is Others.CALLBACK else "告知后回菜单自助"
        yield f"保留人工队列：{'、'.join(kept)}；其他人工请求{others}" if kept else "全部来电只用自助服务"
    if measures.capacity is not None:
        yield f"同时最多接 {measures.capacity} 通来电"
    if not measures.felt and measures.capacity is None:
        yield "对客户没有影响"


def announcements(flow: Flow, measures: Measures) -> tuple[str, ...]:
    """The words that callers hear, those who wait included."""
    return tuple(_text(flow, id_) for id_ in dict.fromkeys((*measures.announcement, *measures.in_queue)))


def _text(flow: Flow, id_: str) -> str:
    prompt = flow.prompts.get(id_)
    return id_ if prompt is None else next(iter(prompt.texts.values()))
