"""What a setting's value must be, beyond its type: each that would only fail later, in Asterisk or within a call."""

from __future__ import annotations

import ipaddress
import itertools
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from urllib.parse import urlsplit

from ivr.settings.model import (
    BankSystems,
    ConsolePages,
    Encryption,
    Mail,
    Settings,
    Sip,
    Speech,
    Survey,
    TextService,
    Webhook,
)

Choices = Callable[[], Mapping[str, Sequence[str]]]
#: More calls at once were never tried on one node; beyond them there are further nodes.
MOST_CALLS = 1_000
#: RTP and RTCP of the caller, and as many of the agent.
PORTS_A_CALL = 4
#: Asterisk takes no lower ones for sound.
_LEAST_RTP_PORT = 1024
#: Nothing is kept for longer than a hundred years.
_MOST_DAYS = 36_500
_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
_DATABASE = re.compile(r"(?:sqlite(?:\+\w+)?:///|postgres(?:ql)?(?:\+\w+)?://)\S*")


def faults(settings: Settings, choices: Choices) -> Iterator[str]:
    """Each value that would only fail later, in Asterisk or in the middle of a call."""
    sip, ami, agi, speech = settings.sip, settings.ami, settings.agi, settings.speech
    ports = {"[sip] port": sip.port, "[sip] tls_port": sip.tls_port, "[ami] port": ami.port, "[agi] port": agi.port}
    ports |= {"[sip] websocket_port": sip.websocket_port}
    ports |= {"[speech] port": speech.port, "[sip] rtp_first": sip.rtp_first, "[sip] rtp_last": sip.rtp_last}
    for name, port in ports.items():
        if not 1 <= port <= 65535:
            yield f"{name} 应在 1 到 65535 之间，现在是 {port}"
    if not 0 <= settings.metrics.port <= 65535:
        yield f"[metrics] port 应在 0 到 65535 之间，0 为不开放，现在是 {settings.metrics.port}"
    if not _address(settings.metrics.host, anywhere=True):
        yield f"[metrics] host 应为一个 IPv4 地址（不是主机名），现在是 {settings.metrics.host!r}"
    yield from _sound_ports(settings)
    yield from _servers(settings)
    yield from _tables(settings)
    if settings.max_calls > MOST_CALLS:
        yield f"max_calls 不能大于 {MOST_CALLS}，现在是 {settings.max_calls}；更多来电请分到几个节点"
    if settings.database_url and not _DATABASE.fullmatch(settings.database_url):
        kind = settings.database_url.partition(":")[0][:20]
        yield f"database_url 只支持 sqlite 与 postgresql，应以 sqlite:/// 或 postgresql:// 开头，不认识 {kind!r}"
    for name, number, least in (
        ("max_calls", settings.max_calls, 1),
        ("calls_per_second", settings.calls_per_second, 1),
        ("calls_per_number", settings.calls_per_number, 1),
        ("drain_seconds", settings.drain_seconds, 0),
        ("[sip] qualify_seconds", sip.qualify_seconds, 0),
        ("[speech] workers", speech.workers, 1),
        *((name, getattr(settings, name), 1) for name in ("log_megabytes", "log_files", "log_days")),
        ("[speech] talkers", speech.talkers, 1),
    ):
        if number < least:
            yield f"{name} 不能小于 {least}，现在是 {number}"
    for name, word, words in (
        ("log_level", settings.log_level, _LEVELS),
        ("[sip] dtmf", sip.dtmf, ("auto", "rfc4733", "inband", "info")),
        *_registered(settings, choices),
    ):
        if word not in words:
            yield f"{name} 应为 {'、'.join(words)} 之一，现在是 {word!r}"
    if not _address(sip.address):
        yield f"[sip] address 应为一个 IPv4 地址（不是主机名，也不是 0.0.0.0），现在是 {sip.address!r}"
    # neither protocol keeps strangers out by itself
    for name, host in (("[ami] host", ami.host), ("[agi] host", agi.host), ("[speech] host", speech.host)):
        if not (_address(host) and host.startswith("127.")):
            yield f"{name} 只能是本机回环地址（127.x.x.x），现在是 {host!r}"
    yield from _sip(sip)
    # these become parts of Asterisk's configuration lines and of call ids
    if not re.fullmatch(r"[A-Za-z0-9_-]{1,32}", settings.node):
        yield f"node 只能用字母、数字、_ 和 -，最多 32 个，现在是 {settings.node!r}"
    if not re.fullmatch(r"[A-Za-z0-9_-]{1,32}", ami.user) or ami.user == "general":
        yield f"[ami] user 只能用字母、数字、_ 和 -，最多 32 个，现在是 {ami.user!r}"
    if not re.fullmatch(r"[!-:<-~]*", ami.secret):
        yield "[ami] secret 只能用可见的 ASCII 字符，不含空格和分号"


def _sip(sip: Sip) -> Iterator[str]:
    """Who is reached, and from where."""
    if sip.browser_address not in ("", "none") and not all(map(_reachable, sip.browser_address.split(","))):
        yield (
            "[sip] browser_address 应为本机的 IPv4 地址（几个之间用逗号；浏览器不接受 127.x.x.x），留空自动查找，"
            f"none 为不用浏览器电话，现在是 {sip.browser_address!r}"
        )
    if not all(_network(one) for one in sip.trunk.split(",")):
        yield f"[sip] trunk 应为 IPv4 地址或网段，几个之间用逗号，现在是 {sip.trunk!r}"
    if not re.fullmatch(r"([A-Za-z0-9][A-Za-z0-9.-]{0,252}(:[0-9]{1,5})?)?", sip.outbound):
        yield f"[sip] outbound 应为地址或 地址:端口，不回电则留空，现在是 {sip.outbound!r}"


def _tables(settings: Settings) -> Iterator[str]:
    """Tables whose values have nothing to do with each other."""
    yield from _bank(settings.bank)
    yield from _survey(settings.survey)
    yield from _retention(settings)
    yield from _mail(settings.mail)
    yield from _webhook(settings.webhook)
    yield from _encryption(settings.encryption)
    yield from _console(settings.console)
    yield from _text(settings.text)


def _registered(settings: Settings, choices: Choices) -> Iterator[tuple[str, str, Sequence[str]]]:
    """The settings that name something registered, and the names there are; none where all are the defaults."""
    named = {"voice": settings.voice, "[speech] engine": settings.speech.engine, "[speech] vad": settings.speech.vad}
    if tuple(named.values()) != (Settings().voice, Speech().engine, Speech().vad):
        yield from ((name, named[name], words) for name, words in choices().items())


def _sound_ports(settings: Settings) -> Iterator[str]:
    """The range of ports for sound: in order, clear of the SIP port, and enough for `max_calls`."""
    sip = settings.sip
    span = f"[sip] rtp_first–rtp_last（{sip.rtp_first}–{sip.rtp_last}）"
    if sip.rtp_first >= sip.rtp_last:
        yield f"[sip] rtp_first {sip.rtp_first} 应小于 rtp_last {sip.rtp_last}"
        return
    if 1 <= sip.rtp_first < _LEAST_RTP_PORT:
        yield f"[sip] rtp_first 不能小于 {_LEAST_RTP_PORT}，现在是 {sip.rtp_first}"
    if sip.rtp_first <= sip.port <= sip.rtp_last:
        yield f"{span} 不能包含 [sip] port {sip.port}"
    enough = (sip.rtp_last - sip.rtp_first + 1) // PORTS_A_CALL
    if enough < settings.max_calls:
        yield (
            f"{span} 只够 {enough} 通（每通 {PORTS_A_CALL} 个端口），max_calls 是 {settings.max_calls}："
            f"请把 rtp_last 改为 {sip.rtp_first + PORTS_A_CALL * settings.max_calls - 1} 以上，或减小 max_calls"
        )


def _servers(settings: Settings) -> Iterator[str]:
    """Two servers cannot share a TCP port of one address."""
    sip = settings.sip
    servers = [
        ("[ami] port", settings.ami.host, settings.ami.port),
        ("[agi] port", settings.agi.host, settings.agi.port),
        ("[sip] websocket_port", settings.ami.host, sip.websocket_port),
        ("[speech] port", settings.speech.host, settings.speech.port),
        *([("[metrics] port", settings.metrics.host, settings.metrics.port)] if settings.metrics.port else []),
        ("[console] port", settings.console.host, settings.console.port),
        *([("[sip] tls_port", sip.address, sip.tls_port)] if sip.tls else []),
    ]
    for (name, host, port), (other, its_host, its_port) in itertools.combinations(servers, 2):
        if port == its_port and (host == its_host or "0.0.0.0" in (host, its_host)):  # noqa: S104 - compared
            yield f"{name} 与 {other} 不能都是 {port}"


def _address(text: str, *, anywhere: bool = False) -> bool:
    return _network(text) and "/" not in text and text == text.strip() and (anywhere or text != "0.0.0.0")  # noqa: S104


def _reachable(text: str) -> bool:
    """An address that browsers and Asterisk offer each other: neither offers one of 127/8."""
    return _address(text.strip()) and not text.strip().startswith("127.")


def _network(text: str) -> bool:
    try:
        return bool(ipaddress.IPv4Network(text.strip(), strict=False))
    except ValueError:
        return False


def _bank(bank: BankSystems) -> Iterator[str]:
    """The bank's systems are named whole or not at all, and reached by TLS or on this machine."""
    if not bank.url:
        for name in ("public_key", "ca", "certificate", "token"):
            if getattr(bank, name):
                yield f"[bank] {name} 要与 [bank] url 一起设置"
        return
    try:
        parts = urlsplit(bank.url)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable or re.search(r"[\s?#@]", bank.url):
        yield "[bank] url 应为 https://主机/路径 的形式，不含用户名、密码和查询参数"
        return
    tls = parts.scheme == "https"
    if not tls and not bank.loopback:
        yield "[bank] url 应为 https://；只有本机回环地址（127.x.x.x）可以用 http://"
    if not bank.loopback and not bank.public_key:
        yield "[bank] public_key 没有设置：核实身份的密码和证件号码只能用银行的公钥加密后发出"
    for name in ("ca", "certificate"):
        if getattr(bank, name) and not tls:
            yield f"[bank] {name} 只用于 https://，而 [bank] url 是 http://"
    for name in ("public_key", "ca", "certificate"):
        if (given := getattr(bank, name)) and not Path(given).is_file():
            yield f"[bank] {name}：没有文件 {given}"
    if not re.fullmatch(r"[!-~]*", bank.token):
        yield "[bank] token 只能用可见的 ASCII 字符，不含空格"
    for name, number, least, most in (
        ("deadline_percent", bank.deadline_percent, 50, 300),
        ("connections", bank.connections, 1, 1_000),
    ):
        if not least <= number <= most:
            yield f"[bank] {name} 应在 {least} 到 {most} 之间，现在是 {number}"


def _console(console: ConsolePages) -> Iterator[str]:
    """Nobody signs in over an unencrypted network."""
    if not 1 <= console.port <= 65535:
        yield f"[console] port 应在 1 到 65535 之间，现在是 {console.port}"
    if not _address(console.host, anywhere=True):
        yield f"[console] host 应为一个 IPv4 地址（不是主机名），现在是 {console.host!r}"
    elif not (console.loopback or console.certificate or console.proxy):
        yield "[console] host 不是本机回环地址：要设置 certificate 和 key（TLS），或 proxy（银行自己的反向代理）"
    if bool(console.certificate) != bool(console.key):
        yield "[console] certificate 与 key 要一起设置"
    for name in ("certificate", "key"):
        if (given := getattr(console, name)) and not Path(given).is_file():
            yield f"[console] {name}：没有文件 {given}"
    if console.proxy and not all(_network(one) for one in console.proxy.split(",")):
        yield f"[console] proxy 应为 IPv4 地址或网段，几个之间用逗号，现在是 {console.proxy!r}"
    if not re.fullmatch(r"([A-Za-z0-9.-]{1,253}(,[ ]?[A-Za-z0-9.-]{1,253})*)?", console.names):
        yield f"[console] names 应为主机名，几个之间用逗号，现在是 {console.names!r}"


def _text(text: TextService) -> Iterator[str]:
    for name, number, most in (("sessions", text.sessions, 1_000), ("idle_minutes", text.idle_minutes, 120)):
        if not 1 <= number <= most:
            yield f"[text] {name} 应在 1 到 {most} 之间，现在是 {number}"
    for name, number in (
        ("callbacks", text.callbacks),
        ("complaints", text.complaints),
        ("complaints_per_address", text.complaints_per_address),
    ):
        if not 0 <= number <= 10_000:
            yield f"[text] {name} 应在 0 到 10000 之间，现在是 {number}"
    for one in text.origins:
        if not re.fullmatch(r"https://[A-Za-z0-9.-]{1,253}(:[0-9]{1,5})?", one):
            yield f"[text] ancestors 应为 https://主机名，几个之间用逗号，不能是 {one!r}"


def _encryption(encryption: Encryption) -> Iterator[str]:
    if encryption.keys and encryption.key_file:
        yield "[encryption] keys 与 key_file 只能设一个"


def _retention(settings: Settings) -> Iterator[str]:
    """A class shorter than Asterisk's own account of calls would have purged calls rebuilt from it."""
    for name in settings.retention.__slots__:
        if name == "auto":
            continue
        days = getattr(settings.retention, name)
        least = settings.log_days + 1 if name == "calls_days" else 1
        if not least <= days <= _MOST_DAYS:
            yield f"[retention] {name} 应在 {least} 到 {_MOST_DAYS} 之间，现在是 {days}"


def _survey(survey: Survey) -> Iterator[str]:
    for name, number, most in (
        ("again_days", survey.again_days, 3_650),
        ("self_service_percent", survey.self_service_percent, 100),
    ):
        if not 0 <= number <= most:
            yield f"[survey] {name} 应在 0 到 {most} 之间，现在是 {number}"


#: A shorter secret can be guessed from what it has signed.
LEAST_SECRET = 32


def _mail(mail: Mail) -> Iterator[str]:
    if not mail.host:
        for name in ("sender", "user", "password", "ca"):
            if getattr(mail, name):
                yield f"[mail] {name} 要与 [mail] host 一起设置"
        return
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9.-]{0,252}", mail.host):
        yield f"[mail] host 应为主机名或 IPv4 地址，现在是 {mail.host!r}"
    if not 1 <= mail.port <= 65535:
        yield f"[mail] port 应在 1 到 65535 之间，现在是 {mail.port}"
    if not re.fullmatch(r"[A-Za-z0-9._+-]{1,64}@[A-Za-z0-9][A-Za-z0-9.-]{0,252}", mail.sender):
        yield f"[mail] sender 应为发件地址，形如 hotline@bank.example，现在是 {mail.sender!r}"
    if mail.tls not in ("starttls", "tls", "none"):
        yield f"[mail] tls 应为 starttls、tls、none 之一，现在是 {mail.tls!r}"
    if mail.tls == "none" and not mail.loopback:
        yield "[mail] tls 只有本机回环地址（127.x.x.x）的邮件服务器可以是 none"
    if bool(mail.user) != bool(mail.password):
        yield "[mail] user 与 password 要一起设置"
    if not re.fullmatch(r"[ -~]*", mail.user + mail.password):
        yield "[mail] user 与 password 只能用可见的 ASCII 字符"
    if mail.ca and not Path(mail.ca).is_file():
        yield f"[mail] ca：没有文件 {mail.ca}"


def _webhook(webhook: Webhook) -> Iterator[str]:
    if webhook.secret and len(webhook.secret) < LEAST_SECRET:
        yield f"[webhook] secret 太短，至少 {LEAST_SECRET} 个字符，例如 openssl rand -hex 32 的输出"
    if webhook.ca and not Path(webhook.ca).is_file():
        yield f"[webhook] ca：没有文件 {webhook.ca}"
