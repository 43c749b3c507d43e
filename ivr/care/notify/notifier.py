"""Keeps what is to be told, and sends it until the receiver says yes: once each, however often it is asked for, by
however many processes."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

from tenacity import Retrying, retry_if_exception_type, stop_after_attempt, wait_random_exponential

from ivr.care.notify import mail, webhook
from ivr.care.notify.channel import ATTEMPT_SECONDS, MailServer, Never, NotNow, WebhookSigning
from ivr.errors import NotificationError
from ivr.records.deliveries.model import Channel, Delivery, DeliveryState, digest_of
from ivr.records.deliveries.store import DeliveryStore

log = logging.getLogger(__name__)

#: Attempts one after the other, before it is left for later.
AT_ONCE = 2
#: Pauses (ms) before it is tried again, the last one from then on; after `MOST_MS` it is given up.
PAUSES_MS = (15_000, 60_000, 300_000, 900_000, 3_600_000)
MOST_MS = 24 * 3_600_000
#: Who sends it holds it for so long: longer than all attempts at once can take.
HELD_MS = round(AT_ONCE * (ATTEMPT_SECONDS + 5) * 1000) + 60_000
#: Characters of a subject and of a body; a longer one is a mistake.
MOST_SUBJECT, MOST_BODY = 200, 200_000


@dataclass(frozen=True, slots=True)
class Notifier:
    """`clock` gives epoch ms. Thread-safe; its methods block while they send, and are not for a running event loop."""

    store: DeliveryStore
    server: MailServer
    signing: WebhookSigning
    clock: Callable[[], int]
    attempt_seconds: float = ATTEMPT_SECONDS
    pause: Callable[[float], None] = time.sleep

    def mail(self, key: str, to: str, subject: str, body: str, *, about: str) -> Delivery:
        """Keep a mail and send it now; see `delivery_of_mail`. What comes back says how it stands: where it is still
        waiting, `work` goes on with it. Raises NotificationError and StoreError."""
        return self.send(self.store.keep(delivery_of_mail(key, to, subject, body, about=about, now=self.clock())))

    def webhook(self, key: str, url: str, body: Mapping[str, object], *, about: str) -> Delivery:
        """Keep a JSON object and post it now, as `mail`."""
        return self.send(self.store.keep(delivery_of_webhook(key, url, body, about=about, now=self.clock())))

    def send(self, delivery: Delivery) -> Delivery:
        """Send what is kept, where it is still to be sent and nobody else sends it. Raises StoreError."""
        now = self.clock()
        held = self.store.hold(delivery.key, now, now + HELD_MS)
        if held is None:
            return self.store.get(delivery.key) or delivery
        then = replace(self._tried(held), t_held=0)
        if not self.store.settle(held, then):
            return self.store.get(delivery.key) or then
        if then.state is not DeliveryState.DELIVERED:
            log.warning("delivery %s by %s: %s", then.key, then.channel, then.trouble)
        return then

    def send_unkept(self, delivery: Delivery) -> Delivery:
        """Try once to send what the database could not keep: it is what is told of. What came of it is to be kept when
        the database is back: then it is sent no second time."""
        return self._tried(delivery)

    def work(self) -> int:
        """Send everything that is due; how many there were. Raises StoreError."""
        keys = self.due()
        if keys:
            # one receiver who dawdles holds up none of the others
            with ThreadPoolExecutor(len(keys), "deliveries") as threads:
                list(threads.map(self.send_kept, keys))
        return len(keys)

    def due(self) -> tuple[str, ...]:
        """The keys of what is to be sent now and nobody is sending. Raises StoreError."""
        return self.store.due(self.clock())

    def send_kept(self, key: str) -> None:
        """As `send`, by the key alone."""
        if (found := self.store.get(key)) is not None:
            self.send(found)

    def _tried(self, held: Delivery) -> Delivery:
        """What came of it."""
        try:
            receipt = self._attempts(held)
        except Never as no:
            return replace(
                held, state=DeliveryState.REFUSED, tries=held.tries + 1, trouble=str(no), t_done=self.clock()
            )
        except NotNow as wrong:
            return self._later(replace(held, tries=held.tries + 1, trouble=str(wrong)))
        return replace(
            held,
            state=DeliveryState.DELIVERED,
            tries=held.tries + 1,
            receipt=receipt,
            trouble=None,
            t_done=self.clock(),
            body=None,
        )

    def _attempts(self, held: Delivery) -> str:
        """Raises NotNow and Never."""
        retrying = Retrying(
            stop=stop_after_attempt(AT_ONCE),
            wait=wait_random_exponential(multiplier=0.5, max=3),
            retry=retry_if_exception_type(NotNow),
            reraise=True,
            sleep=self.pause,
        )
        return retrying(self._once, held)

    def _once(self, held: Delivery) -> str:
        if held.channel is Channel.MAIL:
            return mail.send(self.server, held, self.clock(), seconds=self.attempt_seconds)
        return webhook.send(self.signing, held, self.clock(), seconds=self.attempt_seconds)

    def _later(self, tried: Delivery) -> Delivery:
        now = self.clock()
        if now - tried.t_asked >= MOST_MS:
            return replace(tried, state=DeliveryState.GIVEN_UP, t_done=now)
        return replace(tried, t_next=now + PAUSES_MS[min(tried.tries, len(PAUSES_MS)) - 1])


def delivery_of_mail(key: str, to: str, subject: str, body: str, *, about: str, now: int) -> Delivery:
    """A mail to one address, ready to be kept in the transaction of what it tells of
    (`ivr.records.deliveries.store.keep`). Raises NotificationError where it could never be sent."""
    if not mail.ADDRESS.fullmatch(to):
        raise NotificationError(f"邮件地址 {to!r} 不能用：应为 名字@域名")
    if not subject.isprintable() or len(subject) > MOST_SUBJECT:
        raise NotificationError(f"邮件主题应为一行文字，最多 {MOST_SUBJECT} 个字")
    return _delivery(key, Channel.MAIL, to, subject, body, about, now)


def delivery_of_webhook(key: str, url: str, body: Mapping[str, object], *, about: str, now: int) -> Delivery:
    """A JSON object for one URL, as `delivery_of_mail`."""
    if not webhook.usable(url):
        raise NotificationError(
            f"网址 {url!r} 不能用：应为 https://主机/路径（本机可用 http://），不含用户名和查询参数"
        )
    return _delivery(key, Channel.WEBHOOK, url, "", json.dumps(body, ensure_ascii=False, sort_keys=True), about, now)


def _delivery(key: str, channel: Channel, target: str, subject: str, body: str, about: str, now: int) -> Delivery:
    if not (key.isascii() and key.isprintable() and 1 <= len(key) <= 200) or '"' in key or "\\" in key:
        raise NotificationError(f"通知的编号 {key!r} 不能用")
    if len(body) > MOST_BODY:
        raise NotificationError(f"通知内容有 {len(body)} 个字，最多 {MOST_BODY} 个")
    return Delivery(key, channel, target, about, subject, body, digest_of(subject, body), now, now)
