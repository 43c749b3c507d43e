"""`ivr announcements`: what is announced now, and the emergency lead's leave for a maintenance that cannot wait."""

from __future__ import annotations

import json
from typing import Any

import click

from ivr.care import announcements as care
from ivr.care.publishing.publication import in_force
from ivr.cli.console.actions import REASON, acts, allowed, now_ms
from ivr.cli.console.chinese import Command, Group
from ivr.cli.console.output import form_option
from ivr.flow.drawing.outline import heard_where, local
from ivr.flow.model import Flow
from ivr.flow.reading.announcements_file import KINDS, SYSTEMS
from ivr.people.actions import Action
from ivr.people.late_notices import late_notices, target
from ivr.settings import Settings


@click.group(cls=Group)
def announcements() -> None:
    """公告：系统维护、服务变更、风险提示（flows/announcements.yaml）。"""


@announcements.command(name="list", cls=Command)
@form_option("text", "json")
@click.pass_obj
@acts(Action.ANNOUNCEMENTS_READ)
def list_(settings: Settings, form: str) -> None:
    """列出公告：什么时候播报、在哪里播报、现在播不播。"""
    flow, by_the_file = care.written(settings.flows)
    with allowed(settings, "announcements") as (store, _):
        rows = [_row(flow, one) for one in care.standing(flow, store.audit, now_ms())]
        checked = in_force(store, settings.publishing.four_eyes)
        late = late_notices(store, flow, settings.flows, now_ms()) if checked else by_the_file
    if form == "json":
        click.echo(json.dumps(rows, ensure_ascii=False, indent=1))
        return
    for row in rows:
        about = "、".join(filter(None, (row["kind"], *row["systems"])))
        click.echo(f"{row['id']}　{about}　{row['state']}　{row['publish_at']} 起播报，到 {row['ends_at']} 为止")
        click.echo(f"　　{row['where']}：{row['text']}")
        if row["emergency"]:
            click.echo(f"　　{row['emergency']}")
    for notice in late:
        click.echo(f"！{notice}")
    click.echo(f"共 {len(rows)} 条公告")


@announcements.command(cls=Command)
@click.argument("announcement", metavar="公告名")
@REASON
@click.pass_obj
@acts(Action.ANNOUNCEMENTS_EMERGENCY)
def emergency(settings: Settings, announcement: str, reason: str | None) -> None:
    """应急负责人同意不足二十四小时的维护公告：写入 announcements.yaml，记入审计。"""
    with allowed(settings, target(announcement), reason) as (store, permit):
        care.mark_as_emergency(settings.flows, store.audit, permit, announcement, now_ms())
    click.echo(f"公告 {announcement} 已标注为应急：{permit.person}，{reason}")


def _row(flow: Flow, standing: care.Standing) -> dict[str, Any]:
    one = standing.announcement
    mark, known = one.emergency, "" if standing.marked else "；审计里没有这位应急负责人的同意"
    return {
        "id": one.id,
        "kind": KINDS[one.kind],
        "systems": [SYSTEMS[system] for system in one.systems],
        "state": standing.state.value,
        "publish_at": local(flow, one.publish_at),
        "starts_at": local(flow, one.starts_at),
        "ends_at": local(flow, one.ends_at),
        "where": heard_where(flow, one),
        "text": next(iter(flow.prompts[one.prompt].texts.values()), ""),
        "emergency": None if mark is None else f"应急：{mark.by}，{mark.reason}{known}",
    }
