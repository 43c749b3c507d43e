"""Mails and webhooks reach real servers on loopback once, whatever these do."""

from __future__ import annotations

import hashlib
import hmac
import json
import ssl
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.header import decode_header, make_header
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import AuthResult
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from ivr.care.notify import mail, webhook
from ivr.care.notify.channel import MailServer, NotNow, WebhookSigning
from ivr.care.notify.notifier import AT_ONCE, MOST_MS, PAUSES_MS, Notifier, delivery_of_webhook
from ivr.errors import NotificationError
from ivr.records.audit.model import AuditEntry
from ivr.records.deliveries.model import Channel, Delivery, DeliveryState
from ivr.records.store import Store
from tests.care.notify import receivers

SECRET = "0123456789abcdef0123456789abcdef"
T = 1_770_000_000_000
WORDS = "每分钟 40 通\n请看 ivr status。\n"


class Clock:
    """Epoch ms that stand still until they are moved."""

    def __init__(self) -> None:
        self.now = T

    def __call__(self) -> int:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def notifier(store: Store, clock: Clock, port: int = 0, **server: Any) -> Notifier:
    """It does not pause between two attempts at once."""
    given = MailServer("127.0.0.1", port, "hotline@bank.example", tls="none")
    return Notifier(
        store.deliveries,
        replace(given, **server),
        WebhookSigning(SECRET),
        clock,
        2.0,
        lambda seconds: None,
    )


def warn(with_: Notifier, key: str = "warning:surge:1:zhang@bank.example") -> Delivery:
    return with_.mail(
        key, "zhang@bank.example", "【预警】话务量激增", "每分钟 40 通\n请看 ivr status。\n", about="emergency:1"
    )


def post(with_: Notifier, url: str, key: str = "order:1") -> Delivery:
    return with_.webhook(key, url + "/orders", {"complaint": "20260105-7", "text": "卡被吞"}, about="complaint:7")


def test_a_mail_arrives_with_its_words_and_the_answer_is_the_receipt(store: Store, clock: Clock) -> None:
    with receivers.mail_server() as box:
        sent = warn(notifier(store, clock, box.port))
    (got,) = box.mails
    assert str(make_header(decode_header(got["Subject"]))) == "【预警】话务量激增"
    content = got.get_payload(decode=True)
    assert isinstance(content, bytes) and content.decode().replace("\r\n", "\n") == WORDS
    assert (got["From"], got["To"]) == ("hotline@bank.example", "zhang@bank.example")
    assert got["Auto-Submitted"] == "auto-generated"
    assert sent.state is DeliveryState.DELIVERED and sent.receipt == "250 2.0.0 Ok: queued as M1"
    assert (sent.t_done, sent.tries, sent.trouble) == (T, 1, None)
    # the content is not kept longer than it is needed; its digest is
    assert sent.body is None and len(sent.digest) == 64
    assert store.deliveries.get(sent.key) == sent and store.deliveries.about("emergency:1") == (sent,)


def test_what_is_asked_for_twice_is_sent_once(store: Store, clock: Clock) -> None:
    with receivers.mail_server() as box, receivers.webhook() as hook:
        one = notifier(store, clock, box.port)
        assert warn(one) == warn(one) and post(one, hook.url) == post(one, hook.url)
        assert one.work() == 0
    assert len(box.mails) == len(hook.posts) == 1


def test_two_processes_send_it_once(store: Store, clock: Clock) -> None:
    with receivers.webhook() as hook:
        kept = store.deliveries.keep(
            delivery_of_webhook("order:2", hook.url + "/orders", {"a": 1}, about="complaint:7", now=T)
        )
        gate = threading.Barrier(4)

        def send() -> None:
            gate.wait()
            notifier(store, clock).send(kept)

        threads = [threading.Thread(target=send) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(hook.posts) == 1
    assert (found := store.deliveries.get("order:2")) is not None and found.receipt == "200 W-1"


def test_a_webhook_is_signed_over_what_it_carries(store: Store, clock: Clock) -> None:
    with receivers.webhook() as hook:
        sent = post(notifier(store, clock), hook.url)
    (got,) = hook.posts
    seconds, _, signed = got.headers["X-Hotline-Signature"].partition(",")
    assert seconds == f"t={T // 1000}"
    wanted = hmac.new(SECRET.encode(), f"{T // 1000}.".encode() + got.body, hashlib.sha256).hexdigest()
    assert signed == f"v1={wanted}"
    assert json.loads(got.body) == {"complaint": "20260105-7", "text": "卡被吞"}
    assert got.path == "/orders" and got.headers["Idempotency-Key"] == '"order:1"'
    assert sent.receipt == "200 W-1"


def test_a_server_that_is_down_is_asked_again_until_it_is_up(store: Store, clock: Clock) -> None:
    port = receivers.closed_port()
    waiting = warn(notifier(store, clock, port))
    assert waiting.state is DeliveryState.WAITING and "没有应答" in str(waiting.trouble)
    assert waiting.t_next == T + PAUSES_MS[0]
    with receivers.mail_server() as box:
        up = notifier(store, clock, box.port)
        assert up.work() == 0 and not box.mails
        clock.now += PAUSES_MS[0]
        assert up.work() == 1
    assert len(box.mails) == 1
    assert (found := store.deliveries.get(waiting.key)) is not None and found.state is DeliveryState.DELIVERED


def test_nobody_answers_for_a_day_and_it_is_given_up_and_told(store: Store, clock: Clock) -> None:
    with receivers.webhook() as hook:
        url = hook.url
    one = notifier(store, clock)
    post(one, url)
    pauses = []
    while (found := store.deliveries.get("order:1")) is not None and found.state is DeliveryState.WAITING:
        pauses.append(found.t_next - clock.now)
        clock.now = found.t_next
        assert one.work() == 1
    assert found is not None and found.state is DeliveryState.GIVEN_UP and clock.now - T >= MOST_MS
    assert pauses[:6] == [*PAUSES_MS, PAUSES_MS[-1]]
    assert store.deliveries.failed() == 1 and found.body is not None
    with receivers.webhook() as hook:
        moved = store.deliveries.again("order:1", clock.now, AuditEntry("lead", "emergency.lead", "delivery:order:1"))
        assert moved is not None and moved.state is DeliveryState.WAITING and store.deliveries.failed() == 0


@pytest.mark.parametrize(
    ("status", "state"),
    [(500, "waiting"), (503, "waiting"), (429, "waiting"), (408, "waiting"), (400, "refused"), (404, "refused"),
     (301, "refused"), (200, "delivered"), (204, "delivered")],
)  # fmt: skip
def test_a_yes_a_no_and_a_not_now_of_a_webhook(store: Store, clock: Clock, status: int, state: str) -> None:
    with receivers.webhook() as hook:
        hook.answers += [(status, b"")] * AT_ONCE
        sent = post(notifier(store, clock), hook.url)
    assert sent.state == state
    assert len(hook.posts) == (AT_ONCE if state == "waiting" else 1)
    assert {one.path for one in hook.posts} == {"/orders"}
    assert sent.receipt == (str(status) if state == "delivered" else None)


@pytest.mark.parametrize(("answer", "state"), [("451 4.3.0 try again", "waiting"), ("554 5.7.1 rejected", "refused")])
def test_a_no_and_a_not_now_of_a_mail_server(store: Store, clock: Clock, answer: str, state: str) -> None:
    with receivers.mail_server() as box:
        box.answers += [answer] * AT_ONCE
        sent = warn(notifier(store, clock, box.port))
        assert sent.state == state and answer in str(sent.trouble) and not box.mails
        box.refuses = "550 5.1.1 no such user"
        assert warn(notifier(store, clock, box.port), "other").state is DeliveryState.REFUSED


def test_an_answer_that_is_lost_is_a_repetition_that_can_be_told(store: Store, clock: Clock) -> None:
    """Nobody knows whether it arrived: it is sent again, under the same name."""
    with receivers.mail_server() as box, receivers.webhook() as hook:
        box.hangs_up = hook.hangs_up = 1
        one = notifier(store, clock, box.port)
        assert warn(one).state is post(one, hook.url).state is DeliveryState.DELIVERED
    assert len(box.mails) == 2 and len({got["Message-ID"] for got in box.mails}) == 1
    assert len(hook.posts) == 2 and len({got.headers["Idempotency-Key"] for got in hook.posts}) == 1


def test_a_receiver_who_says_yes_twice_has_one_receipt(store: Store, clock: Clock) -> None:
    """One who sends it stood still until another had taken it up; both are told yes."""
    with receivers.webhook() as hook:
        one = notifier(store, clock)
        kept = store.deliveries.keep(
            delivery_of_webhook("order:3", hook.url + "/orders", {}, about="complaint:7", now=T)
        )
        slow = store.deliveries.hold("order:3", T, T + 1000)
        assert slow is not None
        clock.now += 2000
        assert one.send(kept).receipt == "200 W-1"
        late = replace(slow, state=DeliveryState.DELIVERED, receipt="200 W-2", t_done=clock.now)
        assert not store.deliveries.settle(slow, late)
        assert one.send(kept).receipt == "200 W-1"
    assert len(hook.posts) == 1


def test_a_failure_of_one_who_was_given_up_on_changes_nothing(store: Store, clock: Clock) -> None:
    store.deliveries.keep(delivery_of_webhook("order:4", "https://x.example/y", {}, about="complaint:7", now=T))
    slow, quick = store.deliveries.hold("order:4", T, T + 1000), store.deliveries.hold("order:4", T + 1000, T + 2000)
    assert slow is not None and quick is not None
    assert store.deliveries.hold("order:4", T + 1500, T + 9000) is None and store.deliveries.due(T + 1500) == ()
    assert not store.deliveries.settle(slow, replace(slow, state=DeliveryState.REFUSED))
    assert store.deliveries.settle(quick, replace(quick, tries=1, t_next=T + 5000))


def test_a_receiver_who_drips_is_cut_off(store: Store, clock: Clock) -> None:
    """The library's own time-outs begin anew with every byte."""
    with receivers.dripping(b"220-", b"a", 0.05) as port:
        server = MailServer("127.0.0.1", port, "hotline@bank.example", tls="none")
        asked = Delivery("k", Channel.MAIL, "a@b.example", "x:1", "s", "b", "0" * 64, T, T)
        with pytest.raises(NotNow, match="没有应答"):
            mail.send(server, asked, T, seconds=0.5)
    with receivers.dripping(b"HTTP/1.1 200 OK\r\nX: ", b"a", 0.05) as port:
        asked = replace(asked, target=f"http://127.0.0.1:{port}/x")
        with pytest.raises(NotNow, match="没有应答：TimeoutError"):
            webhook.send(WebhookSigning(SECRET), asked, T, seconds=0.5)
    with receivers.dripping(b"HTTP/1.1 200 OK\r\nContent-Length: 999999\r\n\r\n", b"a" * 4096, 0.01) as port:
        asked = replace(asked, target=f"http://127.0.0.1:{port}/x")
        assert webhook.send(WebhookSigning(SECRET), asked, T, seconds=5) == "200"


# aiosmtpd warns of what is meant here: a password without TLS, on loopback
@pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")
def test_a_wrong_password_can_be_set_right(store: Store, clock: Clock) -> None:
    def check(_server: object, _session: object, _envelope: object, _mechanism: object, given: object) -> AuthResult:
        return AuthResult(success=getattr(given, "password", b"") == b"right", handled=False)

    more = {"authenticator": check, "auth_required": True, "auth_require_tls": False}
    with receivers.mail_server(**more) as box:
        waiting = warn(notifier(store, clock, box.port, user="hotline", password="wrong-one"))
        assert waiting.state is DeliveryState.WAITING and "535" in str(waiting.trouble)
        assert "wrong-one" not in str(waiting)
        clock.now = waiting.t_next
        assert notifier(store, clock, box.port, user="hotline", password="right").work() == 1
    assert len(box.mails) == 1


def test_where_nothing_is_set_it_waits_and_says_why(store: Store, clock: Clock) -> None:
    bare = Notifier(store.deliveries, MailServer(), WebhookSigning(), clock, 2.0, lambda seconds: None)
    assert "[mail] host" in str(warn(bare).trouble)
    assert "[webhook] secret" in str(post(bare, "https://orders.example").trouble)


@pytest.mark.parametrize(
    "to", ["zhang", "zhang@", "a@b.example\r\nBcc: all@bank.example", "张@bank.example", "a b@c.example", "a@b@c"]
)
def test_an_address_that_is_none_is_refused(store: Store, clock: Clock, to: str) -> None:
    with pytest.raises(NotificationError, match="邮件地址"):
        notifier(store, clock).mail("k", to, "s", "b", about="x:1")
    assert store.deliveries.get("k") is None


@pytest.mark.parametrize(
    "url",
    ["http://orders.example/x", "https://user:secret@orders.example/", "https://orders.example/?token=1", "ftp://a/b",
     "https://", "https://a.example:99999/", "https://a.example/ b", "file:///etc/passwd", "https://例.example/"],
)  # fmt: skip
def test_a_url_that_could_tell_a_secret_is_refused(store: Store, clock: Clock, url: str) -> None:
    with pytest.raises(NotificationError, match="网址"):
        notifier(store, clock).webhook("k", url, {}, about="x:1")


def test_a_key_and_a_subject_that_would_break_out_are_refused(store: Store, clock: Clock) -> None:
    one = notifier(store, clock)
    for key in ("", 'a"b', "a\nb", "a" * 201, "编号"):
        with pytest.raises(NotificationError, match="编号"):
            one.webhook(key, "https://a.example/x", {}, about="x:1")
    with pytest.raises(NotificationError, match="主题"):
        one.mail("k", "a@b.example", "line\nBcc: x@y.example", "b", about="x:1")
    with pytest.raises(NotificationError, match="最多"):
        one.mail("k", "a@b.example", "s", "b" * 200_001, about="x:1")


def test_a_receipt_is_one_short_line(store: Store, clock: Clock) -> None:
    with receivers.webhook() as hook:
        hook.answers.append((200, json.dumps({"receipt": "a\u001b[31m\n" + "b" * 5000}).encode()))
        sent = post(notifier(store, clock), hook.url)
    assert sent.receipt is not None and sent.receipt.isprintable() and len(sent.receipt) <= 200


def test_one_receiver_who_dawdles_holds_up_nobody_else(store: Store, clock: Clock) -> None:
    with receivers.dripping(b"HTTP/1.1 200 OK\r\nX: ", b"a", 0.05) as port, receivers.webhook() as hook:
        slow = f"http://127.0.0.1:{port}"
        for number in range(3):
            kept = delivery_of_webhook(f"slow:{number}", slow + "/x", {}, about="x:1", now=T)
            store.deliveries.keep(kept)
        store.deliveries.keep(delivery_of_webhook("well", hook.url + "/orders", {}, about="x:1", now=T))
        one = replace(notifier(store, clock), attempt_seconds=1.0)
        assert receivers.took(one.work) < 3 * AT_ONCE
    states = {one.key: one.state for one in store.deliveries.about("x:1")}
    assert states.pop("well") is DeliveryState.DELIVERED and set(states.values()) == {DeliveryState.WAITING}


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A key and a certificate for localhost, which is its own authority."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(1)
        .not_valid_before(now - timedelta(hours=1)).not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path = tmp_path_factory.mktemp("tls") / "mail.pem"
    path.write_bytes(private + made.public_bytes(Encoding.PEM))
    return path


def test_a_mail_goes_encrypted_to_the_server_that_is_trusted_and_to_no_other(
    store: Store, clock: Clock, certificate: Path
) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with receivers.mail_server(tls_context=context, require_starttls=True) as box:
        trusted = {"host": "localhost", "tls": "starttls"}
        assert "SSLCertVerificationError" in str(warn(notifier(store, clock, box.port, **trusted)).trouble)
        told = warn(notifier(store, clock, box.port, **trusted, ca=certificate), "second")
        assert told.state is DeliveryState.DELIVERED and len(box.mails) == 1
        # another name than the one in the certificate
        other = warn(notifier(store, clock, box.port, tls="starttls", ca=certificate), "third")
        assert other.state is DeliveryState.WAITING and len(box.mails) == 1
    with receivers.mail_server() as plain:
        stripped = warn(notifier(store, clock, plain.port, tls="starttls"), "fourth")
        assert stripped.state is DeliveryState.WAITING and plain.mails == []
