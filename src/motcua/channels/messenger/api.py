"""Calls of Meta's Graph API for a Page: the version, the envelope of errors, and what the answer's head says of our pace."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import httpx
import structlog

from motcua.channels.accounts import Account
from motcua.channels.calls import instant
from motcua.channels.outbound import NOT_TAKEN, NoAnswer, ask

log = structlog.get_logger(__name__)

GRAPH = "https://graph.facebook.com"
VERSION = "v25.0"
MESSAGES = "messages"
ATTACHMENTS = "message_attachments"
TEMPLATES = "message_templates"
SUBSCRIBED = "subscribed_apps"
CONVERSATIONS = "conversations"
PROFILE = "me/messenger_profile"
USAGE_HEADERS = ("x-app-usage", "x-business-use-case-usage")


class MetaError(Exception):
    """Meta said no, with a code and often a second one."""

    def __init__(self, code: int, subcode: int = 0, text: str = "", trace: str = "") -> None:
        super().__init__(f"{code}/{subcode} {text[:100]}")
        self.code = code
        self.subcode = subcode
        self.trace = trace


def page_path(account: Account, rest: str) -> str:
    return f"{account.settings.get('page_id', '')}/{rest}"


def call(
    account: Account,
    path: str,
    *,
    body: Mapping[str, Any] | None = None,
    query: Mapping[str, str] | None = None,
    form: Mapping[str, str] | None = None,
    file: tuple[str, bytes, str] | None = None,
    method: str = "",
) -> dict[str, Any]:
    """One call with the Page's token; what it answers. Raises MetaError, NoAnswer."""
    token = account.keys.get("page_token") or (
        account.keys.get("app_secret", "") if account.is_stand_in else ""
    )
    params = {**(query or {}), "access_token": token}
    if account.settings.get("sends_proof"):
        secret = account.keys.get("app_secret", "").encode()
        params["appsecret_proof"] = hmac.new(secret, token.encode(), hashlib.sha256).hexdigest()
    given: dict[str, Any] = {"params": params}
    if file is not None:
        given |= {"data": dict(form or {}), "files": {"filedata": file}}
    elif body is not None:
        given["json"] = dict(body)
    version = str(account.settings.get("version") or VERSION)
    url = f"{account.base_url or GRAPH}/{version}/{path}"
    return _told(ask(account, method or ("GET" if body is None and file is None else "POST"), url, **given))


def _told(answer: httpx.Response) -> dict[str, Any]:
    try:
        told = answer.json()
    except ValueError:
        told = None
    error = told.get("error") if isinstance(told, dict) else None
    if isinstance(error, dict):
        found = MetaError(
            _number(error.get("code")), _number(error.get("error_subcode")), str(error.get("message", "")),
            str(error.get("fbtrace_id", "")),
        )  # fmt: skip
        usage = {name: answer.headers[name] for name in USAGE_HEADERS if name in answer.headers}
        log.info(
            "messenger_refused", code=found.code, subcode=found.subcode, trace=found.trace[:40], usage=usage,
            version=answer.headers.get("facebook-api-version", ""),
        )  # fmt: skip
        raise found
    if answer.status_code != httpx.codes.OK or not isinstance(told, dict):
        is_unknown = (
            answer.status_code >= 500 or answer.status_code == httpx.codes.OK
        ) and answer.status_code not in NOT_TAKEN
        raise NoAnswer(
            "UNREADABLE" if answer.status_code == httpx.codes.OK else f"HTTP_{answer.status_code}",
            is_unknown=is_unknown,
        )
    return told


def messages_of(told: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The messages of the conversations that were listed."""
    found: list[dict[str, Any]] = []
    for conversation in told.get("data") or []:
        inner = conversation.get("messages") if isinstance(conversation, dict) else None
        rows = inner.get("data") if isinstance(inner, dict) else None
        found += [row for row in (rows if isinstance(rows, list) else []) if isinstance(row, dict)]
    return found


def moment(told: Any) -> datetime | None:
    """An instant as the Graph API writes it, with or without a colon in the offset."""
    try:
        return datetime.fromisoformat(str(told).replace("+0000", "+00:00"))
    except ValueError:
        return instant(str(told))


def _number(told: Any) -> int:
    try:
        return int(told)
    except (TypeError, ValueError):
        return 0
