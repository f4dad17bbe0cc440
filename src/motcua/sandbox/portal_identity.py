"""The stand-in portal's sign-in: an OpenID Connect issuer whose citizens are whoever you say you are.

Authorization code with PKCE (S256), tokens signed with a key of its own (ES256). Faults make it tell things that must
not be believed: see `Fault`.
"""

from __future__ import annotations

import base64
import hmac
import os
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cache
from hashlib import sha256
from typing import Any

import orjson
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from django.conf import settings
from django.db import transaction

from motcua.companies import context
from motcua.config.env import ENV
from motcua.connectors.identity import oidc, providers
from motcua.kernel import phones
from motcua.kernel.actors import Actor
from motcua.kernel.hashing import sha256_hex
from motcua.kernel.results import Refused, gettext_noop
from motcua.sandbox.portal_models import SandboxPortalGrant

PROVIDER = "DVC-THU"
NAME = gettext_noop("Cổng dịch vụ công thử")
CLIENT_ID = "motcua"
CODE_LIFE = timedelta(minutes=1)
TOKEN_LIFE = timedelta(minutes=5)
PEOPLE = (
    ("Nguyễn Thị Hoa", "001185012345", "0901234567"),
    ("Trần Văn Bình", "001079004321", "0912000111"),
    ("Lê Thị Lan", "031190006789", ""),
)


class Fault(StrEnum):
    """What an issuer, or somebody between us, may tell that is not to be believed."""

    DENIED = "denied"  # the citizen says no
    WRONG_NONCE = "wrong_nonce"
    EXPIRED = "expired"
    OTHER_AUDIENCE = "other_audience"
    OTHER_ISSUER = "other_issuer"
    FORGED = "forged"  # signed with another key under the same id
    OTHER_SUBJECT = "other_subject"  # userinfo of somebody else


class AskedWrongly(Refused):
    code = "ASKED_WRONGLY"
    message = gettext_noop("Lời gọi đăng nhập không đúng: %(what)s.")


@dataclass(frozen=True)
class Asked:
    """What the client asks for on the way to the citizen."""

    redirect_uri: str
    state: str
    nonce: str
    challenge: str


def issuer(host: str) -> str:
    return f"{ENV.scheme}://{host}/sandbox/portal/oidc"


def client_secret(company_code: str) -> str:
    key = settings.SECRET_KEY.encode()
    return hmac.new(key, f"sandbox identity {company_code}".encode(), sha256).hexdigest()


def ensure_provider(*, host: str, at: datetime) -> None:
    """Let citizens of the current company's pages sign in here, at the host it is seen at now; not where it was switched
    off or given another key.
    """
    actor, secret = Actor.system("sandbox"), client_secret(context.current_company_code())
    known = providers.find_setup(PROVIDER)
    if known is None:
        providers.add_provider(
            code=PROVIDER, name=str(NAME), issuer=issuer(host), client_id=CLIENT_ID, client_secret=secret, actor=actor, at=at
        )  # fmt: skip
    elif known.issuer != issuer(host):
        providers.change_provider(
            code=PROVIDER, name=known.name, issuer=issuer(host), client_id=known.client_id, scope=known.scope,
            trusts_phone=known.trusts_phone, client_secret=secret, actor=actor, at=at,
        )  # fmt: skip


def discovery(host: str) -> dict[str, Any]:
    here = issuer(host)
    return {
        "issuer": here,
        "authorization_endpoint": f"{here}/authorize",
        "token_endpoint": f"{here}/token",
        "userinfo_endpoint": f"{here}/userinfo",
        "jwks_uri": f"{here}/jwks",
        "response_types_supported": ["code"],
        "grant_types_supported": ["authorization_code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["ES256"],
        "code_challenge_methods_supported": ["S256"],
        "scopes_supported": ["openid", "profile", "phone"],
        "claims_supported": ["sub", "name", "SoDinhDanh", "phone_number", "phone_number_verified"],
    }


def read_question(told: Mapping[str, str], *, return_addresses: Iterable[str]) -> Asked:
    """What the client asks; to a return address that is not ours nothing is ever sent. Raises AskedWrongly."""
    if told.get("client_id") != CLIENT_ID:
        raise AskedWrongly(what="client_id")
    if told.get("redirect_uri") not in set(return_addresses):
        raise AskedWrongly(what="redirect_uri")
    if told.get("response_type") != "code":
        raise AskedWrongly(what="response_type")
    if "openid" not in told.get("scope", "").split():
        raise AskedWrongly(what="scope")
    if told.get("code_challenge_method") != "S256" or len(told.get("code_challenge", "")) != 43:
        raise AskedWrongly(what="code_challenge")
    if not told.get("state") or not told.get("nonce"):
        raise AskedWrongly(what="state, nonce")
    return Asked(
        told["redirect_uri"], told["state"][:200], told["nonce"][:200], told["code_challenge"]
    )  # fmt: skip


def grant(
    asked: Asked, *, full_name: str, id_number: str, phone: str, faults: Iterable[str], at: datetime
) -> str:
    """The citizen said who they are: the code the browser takes back."""
    code = secrets.token_urlsafe(32)
    number = phones.normalise(phone) or ""
    about: dict[str, Any] = {
        "sub": sha256_hex(f"citizen {id_number}")[:32], "name": full_name, "SoDinhDanh": id_number, "LoaiTaiKhoan": "1",
    }  # fmt: skip
    if number:
        about |= {"phone_number": number, "phone_number_verified": True}
    SandboxPortalGrant.objects.create(
        code_hash=sha256_hex(code), about=about, redirect_uri=asked.redirect_uri, challenge=asked.challenge,
        nonce=asked.nonce, faults=[fault for fault in faults if fault in Fault._value2member_map_], created_at=at,
    )  # fmt: skip
    return code


def redeem(told: Mapping[str, str], *, host: str, at: datetime) -> dict[str, Any] | None:
    """Tokens for a code, once; None for anything that is not right."""
    secret = client_secret(context.current_company_code())
    good_client = told.get("client_id") == CLIENT_ID and hmac.compare_digest(
        told.get("client_secret", "").encode(), secret.encode()
    )
    if not good_client or told.get("grant_type") != "authorization_code":
        return None
    token = secrets.token_urlsafe(32)
    with transaction.atomic():
        row = (
            SandboxPortalGrant.objects.select_for_update()
            .filter(code_hash=sha256_hex(told.get("code", "")), redeemed_at__isnull=True)
            .first()
        )
        if (
            row is None
            or at - row.created_at > CODE_LIFE
            or row.redirect_uri != told.get("redirect_uri")
            or row.challenge != oidc.challenge_of(told.get("code_verifier", ""))
        ):
            return None
        row.redeemed_at, row.token_hash = at, sha256_hex(token)
        row.save(update_fields=["redeemed_at", "token_hash"])
    return {
        "token_type": "Bearer",
        "access_token": token,
        "expires_in": int(TOKEN_LIFE.total_seconds()),
        "id_token": _id_token(row, token, host=host, at=at),
    }


def about(token: str, *, at: datetime) -> dict[str, Any] | None:
    """The claims of whoever a token is of; None when it is of nobody any more."""
    row = SandboxPortalGrant.objects.filter(
        token_hash=sha256_hex(token), redeemed_at__gt=at - TOKEN_LIFE
    ).first()
    if row is None or not token:
        return None
    told: dict[str, Any] = dict(row.about)
    return {**told, "sub": "somebody-else"} if Fault.OTHER_SUBJECT in row.faults else told


def _id_token(row: SandboxPortalGrant, access_token: str, *, host: str, at: datetime) -> str:
    import jwt  # only who signs in pays for it

    faults, now = set(row.faults), int(at.timestamp())
    half = sha256(access_token.encode()).digest()[:16]
    old = 3600 if Fault.EXPIRED in faults else 0
    claims = {
        "iss": "https://cong-khac.example" if Fault.OTHER_ISSUER in faults else issuer(host),
        "sub": row.about["sub"],
        "aud": "somebody-else" if Fault.OTHER_AUDIENCE in faults else CLIENT_ID,
        "iat": now - old,
        "exp": now - old + int(TOKEN_LIFE.total_seconds()),
        "nonce": "another" if Fault.WRONG_NONCE in faults else row.nonce,
        "at_hash": base64.urlsafe_b64encode(half).rstrip(b"=").decode(),
        "name": row.about["name"],
    }
    key = ec.generate_private_key(ec.SECP256R1()) if Fault.FORGED in faults else signing_key()
    return jwt.encode(claims, key, algorithm="ES256", headers={"kid": key_id()})


# the key: of this installation, in its home, so that every process signs with the same


@cache
def signing_key() -> ec.EllipticCurvePrivateKey:
    path = ENV.home / "sandbox" / "identity.pem"
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not path.exists():
        made = ec.generate_private_key(ec.SECP256R1()).private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        own = path.with_suffix(f".{os.getpid()}.{secrets.token_hex(4)}")
        own.touch(mode=0o600)
        own.write_bytes(made)
        try:
            os.link(own, path)  # whole, or not at all; the first process wins
        except FileExistsError:
            pass
        finally:
            own.unlink()
    key = serialization.load_pem_private_key(path.read_bytes(), password=None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    return key


@cache
def key_id() -> str:
    return sha256_hex(orjson.dumps(_public(), option=orjson.OPT_SORT_KEYS))[:16]


def _public() -> dict[str, str]:
    numbers = signing_key().public_key().public_numbers()
    return {"kty": "EC", "crv": "P-256", "x": _encoded(numbers.x), "y": _encoded(numbers.y)}


def _encoded(number: int) -> str:
    return base64.urlsafe_b64encode(number.to_bytes(32, "big")).rstrip(b"=").decode()


def keys() -> dict[str, Any]:
    """The public half, as JWKS."""
    return {"keys": [{**_public(), "use": "sig", "alg": "ES256", "kid": key_id()}]}
