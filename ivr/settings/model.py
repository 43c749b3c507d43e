"""What may be set, table by table of ivr.toml, with the defaults."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit


@dataclass(frozen=True, slots=True)
class Sip:
    """[sip]: where Asterisk listens and whom it trusts as the trunk. `asserted_identity`: a caller who withholds the
    number is known by what the trunk asserts (P-Asserted-Identity, RFC 3325); it is never shown to agents. `outbound`:
    the trunk's address, with or without a port, for callbacks; "" for none: then nobody is called back.
    `browser_address`: where telephones in browsers reach Asterisk's sound, several with commas between; "" for the
    address of this machine's network, "none" for no such telephones. `websocket_port`: where, on [ami] host, Asterisk
    takes what the console passes on from them."""

    address: str = "127.0.0.1"
    port: int = 5060
    rtp_first: int = 10000
    rtp_last: int = 13999
    trunk: str = "127.0.0.1"
    outbound: str = ""
    asserted_identity: bool = True
    dtmf: str = "auto"
    tls: bool = False
    tls_port: int = 5061
    qualify_seconds: int = 30
    browser_address: str = ""
    websocket_port: int = 8088


@dataclass(frozen=True, slots=True)
class Ami:
    """[ami]: Asterisk's manager, loopback only. The secret is generated at first start."""

    host: str = "127.0.0.1"
    port: int = 5038
    user: str = "ivr"
    secret: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Agi:
    """[agi]: where the application waits for calls."""

    host: str = "127.0.0.1"
    port: int = 4573


@dataclass(frozen=True, slots=True)
class Speech:
    """[speech]: whether and how the hotline listens. `engine` is auto, none or a registered name; `model` names the
    folder of a model other than the engine's usual one; `workers` are processes that recognise; `talkers` may talk at
    once, others are asked to press keys; `keep_audio`: utterances are kept for labelling (CBA 二十一, 三十)."""

    engine: str = "auto"
    model: str = ""
    workers: int = 2
    talkers: int = 12
    vad: str = "auto"
    host: str = "127.0.0.1"
    port: int = 4574
    keep_audio: bool = False


@dataclass(frozen=True, slots=True)
class Metrics:
    """[metrics]: where Prometheus may read the live figures; port 0: nowhere."""

    host: str = "127.0.0.1"
    port: int = 9464


@dataclass(frozen=True, slots=True)
class BankSystems:
    """[bank]: the bank's own systems (docs/bank-api.yaml); without `url` there are none, and callers who need them go
    to people. `public_key` (PEM, RSA) encrypts what proves who calls; `ca` (PEM) are the only authorities trusted,
    where it is set; `certificate` (PEM with its key) and `token` tell the bank who asks. `deadline_percent` stretches
    every operation's deadline, `connections` are requests at once."""

    url: str = ""
    public_key: str = ""
    ca: str = ""
    certificate: str = ""
    token: str = field(default="", repr=False)
    deadline_percent: int = 100
    connections: int = 32

    @property
    def public_key_path(self) -> Path | None:
        """None where no key is set; so the others."""
        return Path(self.public_key) if self.public_key else None

    @property
    def ca_path(self) -> Path | None:
        """Where the trusted authorities are."""
        return Path(self.ca) if self.ca else None

    @property
    def certificate_path(self) -> Path | None:
        """Where the certificate that is shown to the bank is."""
        return Path(self.certificate) if self.certificate else None

    @property
    def loopback(self) -> bool:
        """Whether the bank's systems are on this machine: what goes there may be unencrypted."""
        try:
            return _loopback(urlsplit(self.url).hostname or "")
        except ValueError:
            return False


def _loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


@dataclass(frozen=True, slots=True)
class Encryption:
    """[encryption]: keys of recordings at rest and of backups, one a line in `key_file`, or in `keys` (better as
    IVR_ENCRYPTION_KEYS) with commas between them: the first encrypts, all of them decrypt. Neither: recordings stay
    plain, and there are no backups."""

    keys: str = field(default="", repr=False)
    key_file: str = ""

    @property
    def configured(self) -> bool:
        """Whether what is kept is to be encrypted."""
        return bool(self.keys or self.key_file)


@dataclass(frozen=True, slots=True)
class Retention:
    """[retention]: so many days each class of data is kept before `ivr purge` deletes it (CBA 三十), see
    `ivr.records.privacy.retention`; what is on hold stays. `auto`: the node does so by itself each night."""

    calls_days: int = 1_095
    recordings_days: int = 1_095
    utterances_days: int = 180
    work_days: int = 1_095
    complaints_days: int = 1_825
    agents_days: int = 1_095
    labels_days: int = 1_095
    consents_days: int = 1_825
    holds_days: int = 1_825
    auto: bool = True


@dataclass(frozen=True, slots=True)
class Survey:
    """[survey]: a customer is asked how satisfied he is, and not again for `again_days` calendar days; of the calls
    that the machine served alone `self_service_percent` are asked (HB 11.2)."""

    again_days: int = 30
    self_service_percent: int = 20


@dataclass(frozen=True, slots=True)
class Mail:
    """[mail]: the mail server that takes warnings and work orders; without `host` none is sent. `tls`:
    starttls, tls (from the first byte on) or none (this machine only); `ca` (PEM): the only authorities trusted."""

    host: str = ""
    port: int = 587
    sender: str = ""
    user: str = ""
    password: str = field(default="", repr=False)
    tls: str = "starttls"
    ca: str = ""

    @property
    def loopback(self) -> bool:
        """Whether the server is on this machine: what goes there may be unencrypted."""
        return _loopback(self.host)


@dataclass(frozen=True, slots=True)
class Webhook:
    """[webhook]: `secret` signs what is posted to systems outside (HMAC-SHA-256); without it nothing is. `ca` (PEM):
    the only authorities trusted."""

    secret: str = field(default="", repr=False)
    ca: str = ""


@dataclass(frozen=True, slots=True)
class Publishing:
    """[publishing]: `four_eyes`: once people are registered, an edit of flows/ is served when another person has
    published it (CBA 四十三); false: as soon as it is saved, and the compliance report says so."""

    four_eyes: bool = True


@dataclass(frozen=True, slots=True)
class ConsolePages:
    """[console]: the web console, `ivr console`. Beyond this machine (`host` not 127.x) only by TLS: `certificate` and
    `key` (PEM), or behind the bank's own `proxy` (addresses, whose X-Forwarded-Proto and -For are believed, nobody
    else's). `names`: the host names by which it is reached, divided by commas."""

    host: str = "127.0.0.1"
    port: int = 8470
    certificate: str = ""
    key: str = ""
    proxy: str = ""
    names: str = ""

    @property
    def loopback(self) -> bool:
        """Whether it is reached from this machine alone."""
        return _loopback(self.host)


@dataclass(frozen=True, slots=True)
class TextService:
    """[text]: conversations in writing (CBA 十七): so many `sessions` at once on a node, each over after `idle_minutes`
    without a word. `page`: the console's page /chat is open to everybody; `ancestors`: the origins (https://host) whose
    pages may show it in a frame, divided by commas. From that page at most so many `callbacks` are promised in 24 hours
    (0: none), and so many `complaints` taken, `complaints_per_address` of them from one address."""

    sessions: int = 200
    idle_minutes: int = 10
    page: bool = False
    ancestors: str = ""
    callbacks: int = 0
    complaints: int = 100
    complaints_per_address: int = 3

    @property
    def origins(self) -> tuple[str, ...]:
        """Those of `ancestors`, one by one."""
        return tuple(one.strip() for one in self.ancestors.split(",") if one.strip())


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything one node needs to know about its surroundings."""

    flows: Path = Path("flows")
    prompts: Path = Path("prompts")
    state: Path = Path("run")
    models: Path = Path("models")
    database_url: str = ""
    node: str = "node1"
    max_calls: int = 100
    calls_per_second: int = 50
    calls_per_number: int = 3
    load_protection: bool = True
    drain_seconds: int = 120
    voice: str = "pyttsx3"
    log_level: str = "INFO"
    log_megabytes: int = 10
    log_files: int = 14
    log_days: int = 30
    sip: Sip = field(default_factory=Sip)
    ami: Ami = field(default_factory=Ami)
    agi: Agi = field(default_factory=Agi)
    speech: Speech = field(default_factory=Speech)
    metrics: Metrics = field(default_factory=Metrics)
    bank: BankSystems = field(default_factory=BankSystems)
    survey: Survey = field(default_factory=Survey)
    retention: Retention = field(default_factory=Retention)
    publishing: Publishing = field(default_factory=Publishing)
    mail: Mail = field(default_factory=Mail)
    webhook: Webhook = field(default_factory=Webhook)
    encryption: Encryption = field(default_factory=Encryption)
    console: ConsolePages = field(default_factory=ConsolePages)
    text: TextService = field(default_factory=TextService)

    @property
    def utterances(self) -> Path:
        """Folder of the utterances that were kept for labelling."""
        return self.state / "utterances"

    @property
    def published(self) -> Path:
        """Folder of the operator's files as they were published, where two people are needed for that."""
        return self.state / "published"

    @property
    def journal(self) -> Path:
        """Folder of the crash-safe journal."""
        return self.state / "journal"

    @property
    def asterisk(self) -> Path:
        """Folder that Asterisk's rendered configuration, CEL, recordings and log live under."""
        return self.state / "asterisk"

    @property
    def recordings(self) -> Path:
        """Folder of the recorded conversations, as this machine sees it."""
        return self.asterisk / "recordings"

    @property
    def messages(self) -> Path:
        """Folder of what callers said after the tone."""
        return self.asterisk / "messages"

    @property
    def complaints(self) -> Path:
        """Folder of what callers complained of after the tone: kept apart from messages, which are swept."""
        return self.asterisk / "complaints"

    @property
    def listening(self) -> Path:
        """Folder of decrypted copies for who listens now; they are removed soon."""
        return self.state / "listening"

    @property
    def url(self) -> str:
        """The database's URL; SQLite in the state folder unless one was set."""
        return self.database_url or f"sqlite:///{self.state / 'ivr.sqlite'}"
