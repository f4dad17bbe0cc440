"""Calls of Zalo's APIs: the envelope, the two ways a call can end without an answer, and the paths."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from typing import Any

import httpx

from motcua.channels.accounts import Account
from motcua.channels.outbound import NOT_TAKEN as NOT_TAKEN
from motcua.channels.outbound import NoAnswer as NoAnswer
from motcua.channels.outbound import ask as ask

OPENAPI = "https://openapi.zalo.me"
BUSINESS = "https://business.openapi.zalo.me"
OAUTH = "https://oauth.zaloapp.com"

REPLY = "/v3.0/oa/message/cs"
TEMPLATE_TO_USER = "/v3.0/oa/message/template"
TEMPLATE_TO_PHONE = "/message/template"
TEMPLATE_QUOTA = "/message/quota"
USER_DETAIL = "/v3.0/oa/user/detail"
QUOTA = "/v3.0/oa/quota/message"
ACCOUNT = "/v2.0/oa/getoa"
HISTORY = "/v2.0/oa/conversation"
RECENT = "/v2.0/oa/listrecentchat"
UPLOAD_IMAGE = "/v2.0/oa/upload/image"
UPLOAD_FILE = "/v2.0/oa/upload/file"


class ZaloError(Exception):
    """Zalo said no, with a code, inside HTTP 200."""

    def __init__(self, code: int, text: str = "") -> None:
        super().__init__(f"{code} {text[:100]}")
        self.code = code


def call(
    account: Account,
    path: str,
    *,
    token: str,
    body: Mapping[str, Any] | None = None,
    query: Mapping[str, Any] | None = None,
    file: tuple[str, bytes, str] | None = None,
) -> dict[str, Any]:
    """One call; its `data`. A body or a file is posted, a query is asked for as one parameter of JSON.

    Raises ZaloError, NoAnswer.
    """
    headers = {"access_token": token}
    if account.settings.get("sends_proof"):
        headers["appsecret_proof"] = hmac.new(
            account.keys.get("app_secret", "").encode(), token.encode(), hashlib.sha256
        ).hexdigest()
    given: dict[str, Any] = {"headers": headers}
    if file is not None:
        given["files"] = {"file": file}
    elif body is not None:
        given["json"] = dict(body)
    elif query is not None:
        given["params"] = {"data": json.dumps(dict(query), separators=(",", ":"))}
    method = "POST" if file is not None or body is not None else "GET"
    return _data(ask(account, method, base_of(account, path) + path, **given))


def base_of(account: Account, path: str) -> str:
    """Templates by phone and consent live on hosts of their own."""
    if path.startswith(("/message/", "/template/")):
        return str(account.settings.get("business_url") or BUSINESS)
    return account.base_url or OPENAPI


def _data(answer: httpx.Response) -> dict[str, Any]:
    if answer.status_code != httpx.codes.OK:
        raise NoAnswer(
            f"HTTP_{answer.status_code}",
            is_unknown=answer.status_code >= 500 and answer.status_code not in NOT_TAKEN,
        )
    try:
        told = answer.json()
        code = int(told["error"])
    except (ValueError, KeyError, TypeError):
        raise NoAnswer("UNREADABLE", is_unknown=True) from None
    if code != 0:
        raise ZaloError(code, str(told.get("message", "")))
    data = told.get("data")
    return data if isinstance(data, dict) else {"rows": data if isinstance(data, list) else []}
