"""Every setting the product reads from its environment, in one table; nothing else reads `os.environ`."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from engine import EngineSettings
from workflows import inquiry_adapters, mail, sms_gateway
from workflows.bootstrap import Jobs
from workflows.inquiry_adapters import Adapter
from workflows.mail import Smtp
from workflows.sms_gateway import Gateway

COUNTERS = "PROMETHEUS_MULTIPROC_DIR"
"""Read by prometheus-client too, from the environment only."""

_DRIVERS = frozenset({"sqlite", "sqlite+pysqlite", "postgresql", "postgresql+psycopg"})
_REPOSITORY = Path(__file__).resolve().parent.parent


class ConfigurationError(Exception):
    """A setting that cannot be used; the message is one sentence for the person who set it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """One environment variable: its name, what it means, and the value taken when it is not set."""

    name: str
    default: str
    meaning: str


SETTINGS = (
    Setting(name="PARVANEH_DATABASE_URL", default="sqlite:///<var>/parvaneh.sqlite",
            meaning="Where the data is: `sqlite:///path` or `postgresql+psycopg://user:password@host/name`."),
    Setting(name="PARVANEH_VAR", default="var",
            meaning="Folder of documents, keys, messages written to files and, by default, the SQLite database."),
    Setting(name="PARVANEH_BPMN_DIR", default="bpmn",
            meaning="Folder of the shipped processes, decisions, forms and rules."),
    Setting(name="PARVANEH_HOST", default="127.0.0.1", meaning="Address the server listens on."),
    Setting(name="PARVANEH_PORT", default="8000", meaning="Port the server listens on."),
    Setting(name="PARVANEH_THREADS", default="8", meaning="Requests answered at the same time by one process."),
    Setting(name="PARVANEH_PUBLIC_URL", default="http://<host>:<port>",
            meaning="Address people use; it stands in QR codes. With `https` cookies travel over TLS only."),
    Setting(name="PARVANEH_TRUSTED_PROXIES", default="0",
            meaning="How many reverse proxies stand in front; that many `X-Forwarded-*` entries are believed."),
    Setting(name="PARVANEH_SMS", default="file",
            meaning="How text messages leave: `file` writes them to `<var>/sms`, and in the demonstration to the log; "
                    "`http` hands them to the gateway of PARVANEH_SMS_GATEWAY."),
    Setting(name="PARVANEH_SMS_GATEWAY", default="",
            meaning="TOML file that names the gateway of text messages; docs/reference/sms-gateway.md says how."),
    Setting(name="PARVANEH_MAIL_SERVER", default="",
            meaning="TOML file that names the SMTP server of e-mail; docs/reference/mail.md says how. Without one "
                    "e-mail is written to `<var>/mail`."),
    Setting(name="PARVANEH_INQUIRIES", default="",
            meaning="TOML file that names the registers asked over HTTP, one table a kind of inquiry; "
                    "docs/reference/inquiries.md says how. Without one every inquiry is asked by letter."),
    Setting(name="PARVANEH_LOG", default="text",
            meaning="`text` logs what is wrong as sentences (with `--verbose` requests too); `json` logs requests and "
                    "what is wrong as one JSON object a line. Neither holds personal data."),
    Setting(name="PARVANEH_METRICS_TOKEN", default="",
            meaning="Bearer token that `/metrics` asks for. Without one it answers direct requests of this machine "
                    "only, and none while an unconfigured proxy may stand in front."),
    Setting(name="PARVANEH_TRANSPORT", default="embedded",
            meaning="How due jobs reach a process: `embedded` runs them in every web process; `procrastinate`, on "
                    "PostgreSQL only, in processes of `parvaneh worker`. Run `parvaneh migrate` after choosing it."),
    Setting(name="PARVANEH_LISTEN_URL", default="",
            meaning="Address of PostgreSQL itself when PARVANEH_DATABASE_URL is that of a pooler: workers listen "
                    "there for notifications, which a pooler does not pass on."),
    Setting(name="PARVANEH_POOLER", default="0",
            meaning="`1` when a pooler such as PgBouncer stands before PostgreSQL and lends a connection for one "
                    "transaction: no statement is prepared then."),
    Setting(name="PROMETHEUS_MULTIPROC_DIR", default="",
            meaning="Folder in which processes share their counters, emptied when the machine starts. Without one "
                    "`parvaneh serve --workers N` shares those of its own processes, and `parvaneh worker` counts "
                    "nothing."),
    Setting(name="PARVANEH_STOP_SECONDS", default="30",
            meaning="How long a stop waits for requests and the job under way before it breaks them off."),
    Setting(name="PARVANEH_CYCLE_CHUNK", default="50",
            meaning="Items of a session's docket begun in one transaction: fewer keep others waiting less, more finish "
                    "a large docket sooner."),
    Setting(name="PARVANEH_MESSAGE_HOURS", default="24",
            meaning="How long a message that a process sends waits for another that will wait for it; then it is gone, "
                    "and the history of the sender says so."),
    Setting(name="PARVANEH_RETENTION_DAYS", default="30",
            meaning="Days that ended jobs and received messages are kept; a message id is remembered as long."),
    Setting(name="PARVANEH_VARIABLES_MAX_KB", default="4096",
            meaning="Kilobytes that all variables of one process instance may weigh."),
    Setting(name="PARVANEH_LIVE_INSTANCES_MB", default="64",
            meaning="Megabytes of memory that one process takes for process instances kept between two of their steps, "
                    "the least recently used going first; `0` keeps none and loads each from the database."),
    Setting(name="PARVANEH_DEMO", default="0",
            meaning="`1` adds the endpoint that moves the engine's clock, for demonstrations. Never on a real site."),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """The settings of one process, checked."""

    database_url: str
    var: Path
    bpmn: Path = _REPOSITORY / "bpmn"
    host: str = "127.0.0.1"
    port: int = 8000
    threads: int = 8
    public_url: str = "http://127.0.0.1:8000"
    trusted_proxies: int = 0
    sms: str = "file"
    sms_gateway_file: Path | None = None
    sms_gateway: Gateway | None = field(default=None, repr=False)
    mail_file: Path | None = None
    mail: Smtp | None = field(default=None, repr=False)
    inquiries: Path | None = None
    inquiry_adapters: Mapping[str, Adapter] = field(default_factory=dict, repr=False)
    log: Literal["text", "json"] = "text"
    metrics_token: str = ""
    transport: Literal["embedded", "procrastinate"] = "embedded"
    listen_url: str = ""
    pooler: bool = False
    counters: Path | None = None
    stop_seconds: int = 30
    cycle_chunk: int = 50
    retention_days: int = 30
    message_hours: int = 24
    variables_max_kb: int = 4096
    live_instances_mb: int = 64
    demo: bool = False

    @property
    def engine(self) -> EngineSettings:
        """What the engine takes from these."""
        return EngineSettings(retention=timedelta(days=self.retention_days),
                              message_time_to_live=timedelta(hours=self.message_hours),
                              variables_max_bytes=self.variables_max_kb * 1024,
                              live_instances_max_bytes=self.live_instances_mb * 1024 * 1024)

    @property
    def jobs(self) -> Jobs:
        """How due jobs reach the process that runs them."""
        return Jobs(transport=self.transport, listen_url=self.listen_url)

    @property
    def tls(self) -> bool:
        """True when people reach the product over HTTPS, so that cookies must not travel without it."""
        return self.public_url.startswith("https://")


def from_environment(environment: Mapping[str, str] | None = None, **overrides: object) -> Config:
    """Read and check the settings; `overrides` (from command-line options) win where they are not None.

    Raises: ConfigurationError with one sentence that names the setting and what it should be.
    """
    values = {name: str(value) for name, value in overrides.items() if value is not None}

    def get(name: str, default: str) -> str:
        given = (os.environ if environment is None else environment).get(f"PARVANEH_{name.upper()}", "").strip()
        return values.get(name, given or default)

    var = Path(get("var", "var")).absolute()
    host = get("host", "127.0.0.1")
    port = _integer("PORT", get("port", "8000"), 1, 65535)
    database_url = _database_url("DATABASE_URL", get("database_url", f"sqlite:///{var / 'parvaneh.sqlite'}"))
    pooler = _pooler(get("pooler", "0"), database_url)
    return Config(
        database_url=database_url,
        var=var,
        bpmn=_bpmn(get("bpmn_dir", "")),
        host=host,
        port=port,
        threads=_integer("THREADS", get("threads", "8"), 1, 256),
        public_url=_public_url(get("public_url", f"http://{host}:{port}")),
        trusted_proxies=_integer("TRUSTED_PROXIES", get("trusted_proxies", "0"), 0, 8),
        sms=(sms := _sms(get("sms", "file"))),
        sms_gateway_file=(sms_file := Path(given).absolute() if (given := get("sms_gateway", "")) else None),
        sms_gateway=_sms_gateway(sms, sms_file),
        mail_file=(mail_file := Path(given).absolute() if (given := get("mail_server", "")) else None),
        mail=_mail(mail_file),
        inquiries=(inquiries := Path(given).absolute() if (given := get("inquiries", "")) else None),
        inquiry_adapters=_inquiry_adapters(inquiries),
        log=_log(get("log", "text")),
        metrics_token=_metrics_token(get("metrics_token", "")),
        transport=(transport := _job_transport(get("transport", "embedded"), database_url)),
        listen_url=_listen_url(get("listen_url", ""), needed=pooler and transport == "procrastinate"),
        pooler=pooler,
        counters=Path(counters) if (counters := (os.environ if environment is None else environment).get(
            COUNTERS, "").strip()) else None,
        stop_seconds=_integer("STOP_SECONDS", get("stop_seconds", "30"), 1, 3600),
        cycle_chunk=_integer("CYCLE_CHUNK", get("cycle_chunk", "50"), 1, 200),
        retention_days=_integer("RETENTION_DAYS", get("retention_days", "30"), 1, 3650),
        message_hours=_integer("MESSAGE_HOURS", get("message_hours", "24"), 1, 8760),
        variables_max_kb=_integer("VARIABLES_MAX_KB", get("variables_max_kb", "4096"), 16, 32768),
        live_instances_mb=_integer("LIVE_INSTANCES_MB", get("live_instances_mb", "64"), 0, 65536),
        demo=_boolean("DEMO", get("demo", "0")),
    )


def hand_counters_on(folder: Path) -> None:
    """Tell prometheus-client, and the programs started from here, where counters are shared."""
    os.environ[COUNTERS] = str(folder)


def _database_url(name: str, text: str) -> str:
    try:
        url = make_url(text)
    except (ArgumentError, ValueError):
        raise ConfigurationError(
            f"PARVANEH_{name} is not a database address; write sqlite:///path/to/file "
            "or postgresql+psycopg://user:password@host/name") from None
    if url.drivername not in _DRIVERS:
        raise ConfigurationError(
            f"PARVANEH_{name} names {url.drivername!r}; only sqlite and postgresql+psycopg are supported")
    if url.get_backend_name() == "sqlite" and url.database in {None, "", ":memory:"}:
        raise ConfigurationError(f"PARVANEH_{name} names no file; write sqlite:///path/to/file")
    if url.drivername == "postgresql":
        url = url.set(drivername="postgresql+psycopg")
    return url.render_as_string(hide_password=False)


def _is_sqlite(url: str) -> bool:
    return make_url(url).get_backend_name() == "sqlite"


def _pooler(text: str, database_url: str) -> bool:
    given = _boolean("POOLER", text)
    if given and _is_sqlite(database_url):
        raise ConfigurationError("PARVANEH_POOLER is 1, but nothing pools the connections of SQLite; leave it out")
    return given


def _listen_url(text: str, *, needed: bool) -> str:
    if text:
        if _is_sqlite(url := _database_url("LISTEN_URL", text)):
            raise ConfigurationError("PARVANEH_LISTEN_URL names SQLite, which notifies nobody; leave it out")
        return url
    if needed:
        raise ConfigurationError("PARVANEH_LISTEN_URL is missing: a pooler passes no notification on, so workers "
                                 "need the address of PostgreSQL itself")
    return ""


def _job_transport(text: str, database_url: str) -> Literal["embedded", "procrastinate"]:
    if text == "embedded":
        return "embedded"
    if text != "procrastinate":
        raise ConfigurationError(f"PARVANEH_TRANSPORT is {text!r}; it should be embedded or procrastinate")
    if _is_sqlite(database_url):
        raise ConfigurationError("PARVANEH_TRANSPORT is procrastinate, which needs PostgreSQL; "
                                 "set PARVANEH_DATABASE_URL, or leave the transport embedded")
    return "procrastinate"


def _bpmn(text: str) -> Path:
    """The folder named, else the one of the working directory, else the one beside the code."""
    if text:
        folder = Path(text).absolute()
        if not folder.is_dir():
            raise ConfigurationError(f"PARVANEH_BPMN_DIR: there is no folder {folder}")
        return folder
    here = Path("bpmn").absolute()
    return here if here.is_dir() else _REPOSITORY / "bpmn"


def _public_url(text: str) -> str:
    try:
        parts = urlsplit(text)
        good = parts.scheme in {"http", "https"} and parts.hostname and parts.port != 0
    except ValueError:
        parts, good = urlsplit(""), False
    if not good or parts.query or parts.fragment:
        raise ConfigurationError(f"PARVANEH_PUBLIC_URL is {text!r}; it should look like https://licences.example.ir")
    return text.rstrip("/")


def _sms(text: str) -> str:
    if text not in {"file", "http"}:
        raise ConfigurationError(f"PARVANEH_SMS is {text!r}; it should be file or http")
    return text


def _sms_gateway(sms: str, file: Path | None) -> Gateway | None:
    if sms == "file" and file is not None:
        raise ConfigurationError("PARVANEH_SMS_GATEWAY names a gateway, but PARVANEH_SMS is file; set it to http")
    if sms == "file":
        return None
    if file is None:
        raise ConfigurationError("PARVANEH_SMS_GATEWAY is missing: PARVANEH_SMS is http, which needs a gateway")
    try:
        return sms_gateway.from_file(file)
    except ValueError as error:
        raise ConfigurationError(f"PARVANEH_SMS_GATEWAY: {file} {error}") from None


def _mail(file: Path | None) -> Smtp | None:
    try:
        return None if file is None else mail.from_file(file)
    except ValueError as error:
        raise ConfigurationError(f"PARVANEH_MAIL_SERVER: {file} {error}") from None


def _inquiry_adapters(file: Path | None) -> Mapping[str, Adapter]:
    try:
        return {} if file is None else inquiry_adapters.from_file(file)
    except ValueError as error:
        raise ConfigurationError(f"PARVANEH_INQUIRIES: {file} {error}") from None


def log_format(environment: Mapping[str, str] | None = None) -> Literal["text", "json"]:
    """How to log before the settings are checked; what is wrong with the setting is told by `from_environment`."""
    given = (os.environ if environment is None else environment).get("PARVANEH_LOG", "").strip()
    return "json" if given == "json" else "text"


def _log(text: str) -> Literal["text", "json"]:
    if text == "json":
        return "json"
    if text != "text":
        raise ConfigurationError(f"PARVANEH_LOG is {text!r}; it should be text or json")
    return "text"


def _metrics_token(text: str) -> str:
    if text and not (16 <= len(text) <= 200 and text.isascii() and text.isprintable() and " " not in text):
        raise ConfigurationError("PARVANEH_METRICS_TOKEN should be 16 to 200 printable ASCII characters without spaces")
    return text


def _integer(name: str, text: str, least: int, most: int) -> int:
    try:
        value = int(text)
    except ValueError:
        value = least - 1
    if not least <= value <= most:
        raise ConfigurationError(f"PARVANEH_{name} is {text!r}; it should be a whole number from {least} to {most}")
    return value


def _boolean(name: str, text: str) -> bool:
    answer = {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}.get(text.lower())
    if answer is None:
        raise ConfigurationError(f"PARVANEH_{name} is {text!r}; it should be 1 or 0")
    return answer
