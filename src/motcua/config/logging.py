"""Structured logs: JSON in production, readable lines while developing, never anything personal.

An event is a constant name with fields: `log.info("visit.booked", visit=visit_id)`. What was asked (request
id), who acts (a reference such as `staff:…`) and for which company are bound once per request or job and
stand on every line. Everything that is written, by us or by a library, passes `mask_personal` last.
"""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Mapping, MutableMapping
from typing import Any

import structlog
from structlog.contextvars import bind_contextvars, clear_contextvars, merge_contextvars

HIDDEN = "***"

PERSONAL_KEYS = frozenset(
    [
        "name", "full_name", "first_name", "last_name", "customer_name", "staff_name", "signer_name",
        "applicant", "representative", "username", "phone", "phone_number", "mobile", "tel", "to_phone",
        "from_phone", "handle", "email", "mail", "id_number", "id_card", "cccd", "cmnd", "passport",
        "tax_code", "birthday", "birth_date", "address", "street", "house", "place_text", "hamlet",
        "lat", "lon", "gps", "password", "passwd", "pin", "otp", "code_to_send", "proof_code",
        "code_word", "token", "secret", "api_key", "authorization", "cookie", "set_cookie", "session",
        "text", "body", "message_text", "payload", "answers", "params", "content", "query_params",
        "post", "data",
    ]
)  # fmt: skip

# A number written the Vietnamese way (0901 234 567, +84 901.234.567) and runs of nine digits or more,
# identity cards among
# them; not the digits inside a code, a UUID or an instant.
_PHONE = re.compile(r"(?<![\w+-])(?:\+?84|0)(?:[\s.-]?\d){8,10}(?![\w-])")
_LONG_DIGITS = re.compile(r"(?<![\w-])\d(?:[ ]?\d){8,18}(?![\w-])")
_EMAIL = re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]+")
_KEY_DETAIL = re.compile(r"(Key \([^)]*\)=)\(.*?\)(?= |$)", re.MULTILINE)
_URL_PASSWORD = re.compile(r"(\w+://[^:/\s]+:)[^@\s]+(?=@)")

# Refused hosts and missing pages are counted, not logged: the paths may hold personal values. Axes' lines
# name the user.
QUIET = {
    "django.request": "ERROR",
    "django.security": "ERROR",
    "django.server": "WARNING",
    "procrastinate": "WARNING",
    "psycopg": "ERROR",
    "httpx": "WARNING",
    "axes": "ERROR",
    "granian.access": "WARNING",
}

_LEFT_ALONE = frozenset({"timestamp", "level", "logger", "request_id", "company", "actor"})


def mask_text(text: str) -> str:
    """The text without telephone numbers, identity numbers, e-mail addresses and passwords in addresses."""
    text = _URL_PASSWORD.sub(rf"\1{HIDDEN}", text)
    text = _KEY_DETAIL.sub(rf"\1({HIDDEN})", text)
    text = _EMAIL.sub(HIDDEN, text)
    text = _PHONE.sub(HIDDEN, text)
    return _LONG_DIGITS.sub(HIDDEN, text)


def mask_personal(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Processor: hides personal keys whole, and numbers and addresses inside any other text."""
    for key in list(event):
        if key not in _LEFT_ALONE:
            event[key] = _masked(key, event[key])
    return event


def _masked(key: str, value: Any) -> Any:
    if key.lower() in PERSONAL_KEYS and value not in (None, ""):
        return HIDDEN
    if isinstance(value, str):
        return mask_text(value)
    if isinstance(value, Mapping):
        return {k: _masked(str(k), v) for k, v in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_masked("", item) for item in value]
    if isinstance(value, BaseException):
        return mask_text(repr(value))
    return value


def bind(*, request_id: str | None = None, company: str | None = None, actor: str | None = None) -> None:
    """Put what is known on every following line of this request or job."""
    known = {"request_id": request_id, "company": company, "actor": actor}
    bind_contextvars(**{key: value for key, value in known.items() if value is not None})


def forget() -> None:
    """End of a request or job: nothing of it stands on the next one's lines."""
    clear_contextvars()


def configure(log_format: str | None = None, level: str = "INFO") -> None:
    """Set up structlog and the standard library's logging, for all processes alike.

    `log_format`: "json" or "text"; by default what the environment says (JSON in production).
    """
    if log_format is None:
        from motcua.config.env import ENV

        log_format = ENV.log_format
    shared: list[Any] = [
        merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(allow=[]),  # libraries' extras may hold a whole request
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
        structlog.processors.format_exc_info,
        structlog.processors.UnicodeDecoder(),
        mask_personal,
    ]
    as_json = log_format == "json"
    renderer: Any = (
        structlog.processors.JSONRenderer(ensure_ascii=False, sort_keys=False, default=str)
        if as_json
        else structlog.dev.ConsoleRenderer(
            colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
        )
    )
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            structlog.stdlib.PositionalArgumentsFormatter(),
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    _install(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        ),
        level,
    )


class _Output(logging.Handler):
    """Our handler, told apart from others' when set up again. Writes to what is the error output at that
    moment.
    """

    def emit(self, record: logging.LogRecord) -> None:
        try:
            sys.stderr.write(self.format(record) + "\n")
            sys.stderr.flush()
        except Exception:
            self.handleError(record)


def _install(formatter: logging.Formatter, level: str) -> None:
    """Put our handler on the root. Not by dictConfig, which closes handlers it did not make."""
    root = logging.getLogger()
    for handler in list(root.handlers):
        if isinstance(handler, _Output):
            root.removeHandler(handler)
    output = _Output()
    output.setFormatter(formatter)
    root.addHandler(output)
    root.setLevel(level)
    for name, least in QUIET.items():
        logging.getLogger(name).setLevel(least)
