"""Every setting the product reads from its environment, in one table; nothing else reads `os.environ`."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

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
            meaning="How text messages leave: `file` writes them to `<var>/sms`, and in the demonstration to the log."),
    Setting(name="PARVANEH_LOG", default="text",
            meaning="`text` logs what is wrong as sentences (with `--verbose` requests too); `json` logs requests and "
                    "what is wrong as one JSON object a line. Neither holds personal data."),
    Setting(name="PARVANEH_METRICS_TOKEN", default="",
            meaning="Bearer token that `/metrics` asks for. Without one it answers direct requests of this machine "
                    "only, and none while an unconfigured proxy may stand in front."),
    Setting(name="PARVANEH_STOP_SECONDS", default="30",
            meaning="How long a stop waits for requests and the job under way before it breaks them off."),
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
    log: Literal["text", "json"] = "text"
    metrics_token: str = ""
    stop_seconds: int = 30
    demo: bool = False

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
    return Config(
        database_url=_database_url(get("database_url", f"sqlite:///{var / 'parvaneh.sqlite'}")),
        var=var,
        bpmn=_bpmn(get("bpmn_dir", "")),
        host=host,
        port=port,
        threads=_integer("THREADS", get("threads", "8"), 1, 256),
        public_url=_public_url(get("public_url", f"http://{host}:{port}")),
        trusted_proxies=_integer("TRUSTED_PROXIES", get("trusted_proxies", "0"), 0, 8),
        sms=_sms(get("sms", "file")),
        log=_log(get("log", "text")),
        metrics_token=_metrics_token(get("metrics_token", "")),
        stop_seconds=_integer("STOP_SECONDS", get("stop_seconds", "30"), 1, 3600),
        demo=_boolean("DEMO", get("demo", "0")),
    )


def _database_url(text: str) -> str:
    try:
        url = make_url(text)
    except (ArgumentError, ValueError):
        raise ConfigurationError(
            "PARVANEH_DATABASE_URL is not a database address; write sqlite:///path/to/file "
            "or postgresql+psycopg://user:password@host/name") from None
    if url.drivername not in _DRIVERS:
        raise ConfigurationError(
            f"PARVANEH_DATABASE_URL names {url.drivername!r}; only sqlite and postgresql+psycopg are supported")
    if url.get_backend_name() == "sqlite" and url.database in {None, "", ":memory:"}:
        raise ConfigurationError("PARVANEH_DATABASE_URL names no file; write sqlite:///path/to/file")
    if url.drivername == "postgresql":
        url = url.set(drivername="postgresql+psycopg")
    return url.render_as_string(hide_password=False)


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
    if text != "file":
        raise ConfigurationError(f"PARVANEH_SMS is {text!r}; the only transport so far is file")
    return text


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
