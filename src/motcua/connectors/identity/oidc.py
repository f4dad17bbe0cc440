"""OpenID Connect, authorization code with PKCE: what we send, and what we believe of the answers.

Signature, audience and issuer of the ID token are checked by PyJWT with the issuer's own keys; its times are judged here,
against the clock that the caller is told by.
"""

from __future__ import annotations

import base64
import hmac
import secrets
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any
from urllib.parse import urlencode

import httpx
import orjson

from motcua.connectors import outside

# Only signatures that need the issuer's private key; never a shared secret, never "none".
ALGORITHMS = frozenset({"RS256", "PS256", "ES256"})
LEEWAY = timedelta(seconds=60)
OLDEST_TOKEN = timedelta(minutes=10)
KEEP_SECONDS = 600.0
ASK_AGAIN_SECONDS = 10.0


class ProviderFailed(Exception):
    """The provider did not answer, or not in words we know."""


class TokenRefused(Exception):
    """The answer is not to be believed; the reason is for our log."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class Client:
    """Who we are at an issuer."""

    issuer: str
    client_id: str
    client_secret: str
    redirect_uri: str
    scope: str


@dataclass(frozen=True)
class Discovered:
    authorization_endpoint: str
    token_endpoint: str
    userinfo_endpoint: str
    jwks_uri: str


_lock = threading.Lock()
_documents: dict[str, tuple[float, Any]] = {}


def forget() -> None:
    """Drop what is remembered of issuers; for tests."""
    with _lock:
        _documents.clear()


def new_verifier() -> str:
    return secrets.token_urlsafe(48)


def challenge_of(verifier: str) -> str:
    """S256 of RFC 7636."""
    return base64.urlsafe_b64encode(sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def discover(issuer: str) -> Discovered:
    """The issuer's own description of itself. Raises ProviderFailed."""
    told = _document(f"{issuer.rstrip('/')}/.well-known/openid-configuration")
    if told.get("issuer") != issuer:
        raise ProviderFailed("issuer-differs")
    names = ("authorization_endpoint", "token_endpoint", "userinfo_endpoint", "jwks_uri")
    if not all(isinstance(told.get(name), str) for name in names):
        raise ProviderFailed("discovery-incomplete")
    return Discovered(*(told[name] for name in names))


def authorize_address(client: Client, *, state: str, nonce: str, verifier: str) -> str:
    """Where to send the browser. Raises ProviderFailed."""
    query = {
        "response_type": "code", "client_id": client.client_id, "redirect_uri": client.redirect_uri,
        "scope": client.scope, "state": state, "nonce": nonce, "code_challenge": challenge_of(verifier),
        "code_challenge_method": "S256",
    }  # fmt: skip
    endpoint = discover(client.issuer).authorization_endpoint
    return f"{endpoint}{'&' if '?' in endpoint else '?'}{urlencode(query)}"


def redeem(client: Client, *, code: str, verifier: str, nonce: str, at: datetime) -> dict[str, Any]:
    """Claims about the person, for the code the browser brought back. Raises ProviderFailed, TokenRefused."""
    return exchange(client, code=code, verifier=verifier, nonce=nonce, at=at)[0]


def exchange(
    client: Client, *, code: str, verifier: str, nonce: str, at: datetime
) -> tuple[dict[str, Any], str]:
    """Claims about the person, and the token to ask again with (empty: none). Raises ProviderFailed, TokenRefused."""
    found = discover(client.issuer)
    tokens = _post(
        found.token_endpoint,
        {
            "grant_type": "authorization_code", "code": code, "redirect_uri": client.redirect_uri,
            "client_id": client.client_id, "client_secret": client.client_secret, "code_verifier": verifier,
        },
    )  # fmt: skip
    id_token, access_token = tokens.get("id_token"), tokens.get("access_token")
    if not isinstance(id_token, str) or not isinstance(access_token, str):
        raise TokenRefused("token-missing")
    claims = check_id_token(client, id_token, nonce=nonce, at=at)
    _check_access_token(claims, access_token)
    about = _get(found.userinfo_endpoint, {"Authorization": f"Bearer {access_token}"})
    if about.get("sub") != claims["sub"]:
        raise TokenRefused("userinfo-of-another")
    again = tokens.get("refresh_token")
    return {**about, **claims}, again if isinstance(again, str) else ""


def is_still_known(client: Client, token: str) -> tuple[bool, str]:
    """Whether the issuer still stands by a person, by the token it gave to ask again with; and the token for next time.

    Raises ProviderFailed when it does not answer.
    """
    try:
        tokens = _post(
            discover(client.issuer).token_endpoint,
            {
                "grant_type": "refresh_token", "refresh_token": token, "client_id": client.client_id,
                "client_secret": client.client_secret,
            },
        )  # fmt: skip
    except ProviderFailed as failed:
        if str(failed) in {"HTTP_400", "HTTP_401", "HTTP_403"}:
            return False, ""
        raise
    again = tokens.get("refresh_token")
    return isinstance(tokens.get("access_token"), str), again if isinstance(again, str) else token


def check_id_token(client: Client, token: str, *, nonce: str, at: datetime) -> dict[str, Any]:
    """The claims of a token that the issuer signed for us, now, for this sign-in. Raises TokenRefused, ProviderFailed."""
    import jwt  # 40 ms of every process in which nobody signs in

    try:
        header = jwt.get_unverified_header(token)
        if header.get("alg") not in ALGORITHMS:
            raise TokenRefused("algorithm")
        claims: dict[str, Any] = jwt.decode(
            token,
            key=_key(client.issuer, str(header.get("kid") or ""), str(header["alg"])),
            algorithms=[str(header["alg"])],
            audience=client.client_id,
            issuer=client.issuer,
            options={
                "require": ["exp", "iat", "aud", "iss", "sub", "nonce"],
                "verify_exp": False, "verify_iat": False, "verify_nbf": False,  # judged below, by the given clock
            },
        )  # fmt: skip
    except jwt.PyJWTError as error:
        raise TokenRefused(type(error).__name__) from None
    _check_times(claims, at)
    if not isinstance(claims["nonce"], str) or not hmac.compare_digest(
        claims["nonce"].encode(), nonce.encode()
    ):
        raise TokenRefused("nonce")
    if not isinstance(claims["sub"], str) or not claims["sub"]:
        raise TokenRefused("subject")
    several = isinstance(claims["aud"], list) and len(claims["aud"]) > 1
    if (several or "azp" in claims) and claims.get("azp") != client.client_id:
        raise TokenRefused("authorized-party")
    return claims


def _check_times(claims: Mapping[str, Any], at: datetime) -> None:
    now = at.timestamp()
    for name in ("exp", "iat", "nbf"):
        told = claims.get(name, now if name == "nbf" else None)
        if isinstance(told, bool) or not isinstance(told, int | float):
            raise TokenRefused(f"{name}-unreadable")
    if claims["exp"] <= now - LEEWAY.total_seconds():
        raise TokenRefused("expired")
    if max(claims["iat"], claims.get("nbf", 0)) > now + LEEWAY.total_seconds():
        raise TokenRefused("of-the-future")
    if claims["iat"] < now - OLDEST_TOKEN.total_seconds():
        raise TokenRefused("too-old")


def _check_access_token(claims: Mapping[str, Any], access_token: str) -> None:
    """When the ID token names the access token it came with, it must be that one."""
    if "at_hash" not in claims:
        return
    half = sha256(access_token.encode()).digest()[:16]
    right = base64.urlsafe_b64encode(half).rstrip(b"=").decode()
    if not hmac.compare_digest(right.encode(), str(claims["at_hash"]).encode()):
        raise TokenRefused("at-hash")


def _key(issuer: str, kid: str, algorithm: str) -> Any:
    """The issuer's key with this id; asked for anew, not too often, when it is not among those remembered."""
    import jwt

    address = discover(issuer).jwks_uri
    for freshness in (KEEP_SECONDS, ASK_AGAIN_SECONDS):
        for told in _document(address, keep=freshness).get("keys", ()):
            if not isinstance(told, dict) or told.get("use", "sig") != "sig" or told.get("kid", "") != kid:
                continue
            if told.get("alg", algorithm) != algorithm or told.get("kty") not in {"RSA", "EC"}:
                continue
            return jwt.PyJWK(told, algorithm).key
    raise TokenRefused("key-unknown")


# the wire


def _document(address: str, keep: float = KEEP_SECONDS) -> dict[str, Any]:
    with _lock:
        known = _documents.get(address)
    if known is not None and time.monotonic() - known[0] < keep:
        found: dict[str, Any] = known[1]
        return found
    told = _get(address, {})
    with _lock:
        _documents[address] = (time.monotonic(), told)
    return told


def _get(address: str, headers: Mapping[str, str]) -> dict[str, Any]:
    return _told("GET", address, headers=headers)


def _post(address: str, form: Mapping[str, str]) -> dict[str, Any]:
    return _told("POST", address, form=form)


def _told(
    method: str,
    address: str,
    *,
    form: Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    try:
        answer = outside.call(
            method, address, form=form, headers={"Accept": "application/json", **(headers or {})}
        )
    except httpx.HTTPError as error:
        raise ProviderFailed(type(error).__name__) from None
    if not answer.is_success:
        raise ProviderFailed(f"HTTP_{answer.status_code}")
    try:
        told = orjson.loads(answer.content)
    except orjson.JSONDecodeError:
        raise ProviderFailed("unreadable") from None
    if not isinstance(told, dict):
        raise ProviderFailed("unreadable")
    return told
