"""Consent of the account's administrator (OAuth v4), and changing one pair of tokens for the next.

Two ways are described and both are here, as a setting: our own link with a fresh challenge each time (`per_request`), or
the console's one link with its one challenge (`fixed`). Errors of this part do not come in the usual envelope, sometimes
with HTTP 200 and no number at all: only two non-empty tokens are an answer.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, TypeVar
from urllib.parse import parse_qs, urlencode, urlsplit

from motcua.channels import tokens
from motcua.channels.accounts import Account
from motcua.channels.tokens import Given, RefusedByProvider
from motcua.channels.zalo import CODE, api
from motcua.kernel.actors import Actor
from motcua.kernel.results import Refused, gettext_noop

FIXED, PER_REQUEST = "fixed", "per_request"
PERMISSION = "/v4/oa/permission"
TOKEN = "/v4/oa/access_token"  # noqa: S105 - a path
ACCESS_LIFE = timedelta(hours=25)
REFRESH_LIFE = timedelta(days=90)
CODE_LIFE = timedelta(minutes=10)
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
TOKEN_CODES = frozenset({-216, -220, -124})

T = TypeVar("T")


class ConsentRefused(Refused):
    code = "CONSENT_REFUSED"
    message = gettext_noop("Zalo không cấp quyền: %(why)s. Hãy mở lại đường dẫn và đồng ý lần nữa.")


class ConsentOfAnother(Refused):
    code = "CONSENT_OF_ANOTHER"
    message = gettext_noop(
        "Quyền vừa cấp là của một OA khác. Hãy đăng nhập Zalo bằng người quản trị của OA này."
    )


class ConsentNotAsked(Refused):
    code = "CONSENT_NOT_ASKED"
    message = gettext_noop("Lần xin quyền này đã quá hạn hoặc không phải do trang này mở. Hãy bắt đầu lại.")


def new_verifier() -> str:
    """43 characters, as the official libraries make them."""
    return "".join(secrets.choice(LETTERS) for _ in range(43))


def challenge(verifier: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def oauth_base(account: Account) -> str:
    return str(account.settings.get("oauth_url") or api.OAUTH)


def begin(account: Account, *, redirect: str, at: datetime) -> str:
    """The address at which the administrator consents; what comes back is compared with what is remembered here."""
    fixed = account.settings.get("pkce_mode") == FIXED
    verifier = account.keys.get("verifier", "") if fixed else new_verifier()
    state = secrets.token_urlsafe(18)
    tokens.note_asked(CODE, facts={"verifier": verifier, "state": state}, until=at + CODE_LIFE * 3, at=at)
    pasted = str(account.settings.get("consent_link") or "")
    if fixed and pasted:
        return pasted
    asked = {
        "app_id": account.settings.get("app_id", ""), "redirect_uri": redirect, "code_challenge": challenge(verifier),
        "state": state,
    }  # fmt: skip
    return f"{oauth_base(account)}{PERMISSION}?{urlencode(asked)}"


def finish(account: Account, *, code: str, oa_id: str, state: str, actor: Actor, at: datetime) -> None:
    """The administrator came back with a code: change it for the first pair.

    The state must be ours where one comes back (whether it does is not certain; the page is the administrator's own, and
    the asking is remembered once). Refuses ConsentNotAsked, ConsentOfAnother, ConsentRefused.
    """
    asked = tokens.take_asked(CODE, at=at)
    if asked is None or (state and not hmac.compare_digest(state.encode(), asked["state"].encode())):
        raise ConsentNotAsked
    own = str(account.settings.get("oa_id", ""))
    if own and oa_id and own != oa_id:
        raise ConsentOfAnother
    try:
        given = _exchange(
            account, code=code, grant_type="authorization_code", code_verifier=asked["verifier"]
        )
    except RefusedByProvider as refused:
        raise ConsentRefused(why=refused.code) from None
    except api.NoAnswer as silent:
        raise ConsentRefused(why=silent.code) from None
    tokens.keep(CODE, given, at=at, actor=actor)


def refresher(account: Account) -> tokens.Exchange:
    """How this account's pair is changed for the next."""

    def exchange(refresh_token: str) -> Given:
        return _exchange(account, refresh_token=refresh_token, grant_type="refresh_token")

    return exchange


def with_token(account: Account, at: datetime, act: Callable[[str], T]) -> T:
    """Do something with a live access token; when Zalo calls it dead, once more with the next.

    Raises tokens.NeedsConsent, tokens.Busy, and what `act` raises.
    """
    exchange = refresher(account)
    try:
        pair = tokens.get_pair(CODE, at=at, exchange=exchange)
    except tokens.NeedsConsent:
        if not account.is_stand_in or tokens.find_token(CODE) is not None:
            raise
        _consent_of_stand_in(account, at)
        pair = tokens.get_pair(CODE, at=at, exchange=exchange)
    try:
        return act(pair.access)
    except api.ZaloError as error:
        if error.code not in TOKEN_CODES:
            raise
    return act(tokens.refresh(CODE, seen=pair.generation, at=at, exchange=exchange).access)


def _exchange(account: Account, **form: str) -> Given:
    answer = api.ask(
        account,
        "POST",
        oauth_base(account) + TOKEN,
        data={"app_id": str(account.settings.get("app_id", "")), **form},
        headers={"secret_key": account.keys.get("app_secret", "")},
    )
    if answer.status_code >= 500 or answer.status_code in api.NOT_TAKEN:
        raise api.NoAnswer(f"HTTP_{answer.status_code}", is_unknown=True)
    try:
        told = answer.json()
    except ValueError:
        raise api.NoAnswer("UNREADABLE", is_unknown=True) from None
    access, refresh = (
        (told.get(name) for name in ("access_token", "refresh_token")) if isinstance(told, dict) else ("", "")
    )
    if not (isinstance(access, str) and access and isinstance(refresh, str) and refresh):
        raise RefusedByProvider(_why(told))
    return Given(access, refresh, _span(told.get("expires_in"), ACCESS_LIFE), REFRESH_LIFE, answer.text)


def _why(told: Any) -> str:
    names = ("error_name", "error", "error_reason", "error_description")
    return (
        next((str(told[name]) for name in names if told.get(name)), "NO_TOKENS")
        if isinstance(told, dict)
        else "NO_TOKENS"
    )


def _span(told: Any, otherwise: timedelta) -> timedelta:
    """Seconds, as a number or as text."""
    try:
        seconds = int(told)
    except (TypeError, ValueError):
        return otherwise
    return timedelta(seconds=seconds) if seconds > 0 else otherwise


def _consent_of_stand_in(account: Account, at: datetime) -> None:
    """In a demonstration nobody has to click: the stand-in's administrator consents when asked to."""
    address = begin(account, redirect="http://127.0.0.1/", at=at)
    answer = api.ask(account, "GET", address + "&allow=1")
    back = {
        name: values[0]
        for name, values in parse_qs(urlsplit(answer.headers.get("location", "")).query).items()
    }
    try:
        finish(
            account, code=back.get("code", ""), oa_id=back.get("oa_id", ""), state=back.get("state", ""),
            actor=tokens.SYSTEM, at=at,
        )  # fmt: skip
    except Refused:
        raise tokens.NeedsConsent from None
