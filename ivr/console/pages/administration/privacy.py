"""What is kept about customers: the register, one customer's data and its erasure, consents, legal holds, the purge. A
customer's number is sent in a form and stands in no address."""

from __future__ import annotations

from starlette.responses import Response

from ivr.console.page import Visit, act, page
from ivr.errors import PrivacyError
from ivr.people.actions import Action
from ivr.records.days import local_day
from ivr.records.numbers import e164, masked
from ivr.records.privacy.model import Consent, HoldKind, Purpose
from ivr.records.privacy.register import REGISTER
from ivr.records.privacy.retention import WORDS
from ivr.serve.upkeep import privacy as node_privacy

PURPOSES = {Purpose.RECORDING: "录音", Purpose.MARKETING: "营销"}
#: How a customer may say it: on a call, or otherwise.
HOWS = {"letter": "来信", "branch": "网点", "web": "网站", "key": "按键", "word": "口头"}
HOLDS = {HoldKind.CALL: "通话", HoldKind.NUMBER: "号码", HoldKind.CUSTOMER: "客户编号", HoldKind.COMPLAINT: "投诉"}


@page("/privacy", Action.PRIVACY_REGISTER, title="隐私")
def privacy(visit: Visit) -> Response:
    """The register of data, and the ways to what needs a reason."""
    schedule = node_privacy.schedule(visit.settings)
    return visit.render(
        "administration/privacy.html", register=REGISTER, words=WORDS, days=schedule.days, purposes=PURPOSES,
        holds=HOLDS, hows=HOWS, today=local_day(visit.now),
    )  # fmt: skip


@act("/privacy/customer", Action.PRIVACY_REGISTER, title="一位客户的资料", back=privacy)
def customer(visit: Visit) -> Response:
    """Everything about one number."""
    number = _number(visit)
    visit.permit_for(Action.PRIVACY_SHOW, _about(number), visit.field("reason") or None)
    kept = node_privacy.kept_of(visit.settings, visit.store, number)
    return visit.render(
        "administration/customer.html", number=number, kept=kept, purposes=PURPOSES, holds=HOLDS, hows=HOWS
    )


@act("/privacy/erase", Action.PRIVACY_REGISTER, title="删除一位客户的资料", back=privacy)
def erase(visit: Visit) -> Response:
    """Whatever nothing obliges the bank to keep."""
    number = _number(visit)
    if visit.field("confirm") != number[-4:]:
        raise PrivacyError("请输入号码的后四位确认删除")
    permit = visit.permit_for(Action.PRIVACY_ERASE, _about(number), visit.field("reason") or None)
    done = node_privacy.erase_of(visit.settings, visit.store, number, permit, visit.now)
    return visit.render("administration/erased.html", number=number, done=done)


@act("/privacy/consent", Action.CONSENTS_NOTE, target="consent", back=privacy)
def consent(visit: Visit) -> Response:
    """What a customer agreed to, or took back."""
    number, purpose, word = _number(visit), visit.field("purpose"), visit.field("word")
    if purpose not in set(Purpose) or word not in ("yes", "no"):
        raise PrivacyError("请选择用途，以及同意还是不同意")
    how = visit.field("how", "letter")
    if not how or len(how) > 40 or not how.isprintable():
        raise PrivacyError("怎样表示的：一行文字，最多 40 个字")
    about = f"consent:{purpose}:{masked(number)}"
    one = Consent(number, Purpose(purpose), word == "yes", visit.now, how, visit.person)
    visit.store.privacy.consents.note(one, visit.permit.entry_with(about), visit.now)
    return visit.redirect("/privacy", f"已登记：{'同意' if one.given else '不同意'}{PURPOSES[one.purpose]}")


@page("/privacy/holds", Action.PRIVACY_HOLD, title="法定保全", target="holds")
def holds(visit: Visit) -> Response:
    """What must not be purged or erased."""
    every = visit.query.get("all") == "1"
    found = visit.store.privacy.holds(standing=not every)
    return visit.render("administration/holds.html", found=found, every=every, holds=HOLDS, kinds=HoldKind)


@act("/privacy/holds", Action.PRIVACY_HOLD, target="hold", back=privacy)
def hold(visit: Visit) -> Response:
    """Keep what there is about a call, a number, a customer or a complaint."""
    kind, given = visit.field("kind"), visit.field("target")
    if kind not in set(HoldKind):
        raise PrivacyError("请选择保全什么")
    named = e164(given) if kind == HoldKind.NUMBER else given
    if not named or not named.isprintable() or len(named) > 200:
        raise PrivacyError("不是号码或编号")
    entry = visit.permit.entry_with(f"hold:{kind}")
    one = visit.store.privacy.hold(HoldKind(kind), named, visit.field("reason"), entry, visit.now)
    return visit.redirect("/privacy", f"已保全：编号 {one.id}")


@act("/privacy/holds/{id}/release", Action.PRIVACY_HOLD, target="hold:{id}", back=privacy)
def release(visit: Visit) -> Response:
    """From now on it may be purged when its time is over."""
    given = str(visit.path["id"])
    found = None
    if given.isdecimal() and len(given) < 10:
        found = visit.store.privacy.release(int(given), visit.permit.entry, visit.now)
    if found is None:
        raise PrivacyError(f"没有编号为 {given[:10]} 的保全，或已经解除")
    return visit.redirect("/privacy", f"已解除保全 {given}")


@act("/privacy/purge", Action.PRIVACY_PURGE, title="清除到期资料", target="purge", back=privacy)
def purge(visit: Visit) -> Response:
    """Everything that is past its class today."""
    if visit.field("confirm") != "清除":
        raise PrivacyError("请输入“清除”确认")
    day = local_day(visit.now)
    done = node_privacy.purge(visit.settings, visit.store, day, visit.permit, visit.now)
    return visit.render("administration/purged.html", done=done, day=day, words=WORDS)


def _number(visit: Visit) -> str:
    found = e164(visit.field("number"))
    if found is None:
        raise PrivacyError("不是电话号码")
    return found


def _about(number: str) -> str:
    return f"customer:{masked(number)}"
