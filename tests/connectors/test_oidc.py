"""What an ID token must be before it is believed."""

from __future__ import annotations

import base64
import json
import time
from datetime import timedelta

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from motcua.connectors.identity import oidc
from motcua.connectors.identity.oidc import Client, ProviderFailed, TokenRefused

ISSUER = "https://cong.example.vn"
CLIENT = Client(ISSUER, "motcua", "secret", "https://dien.example.vn/xong/", "openid")
KEY, OTHER = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
RSA_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
NONCE = "n-1"


def public(key, kid, algorithm="ES256"):
    worker = jwt.algorithms.get_default_algorithms()[algorithm]
    return {**json.loads(worker.to_jwk(key.public_key())), "kid": kid, "use": "sig", "alg": algorithm}


@pytest.fixture(autouse=True)
def documents(monkeypatch):
    """The issuer's documents, as the wire would bring them; how often each was asked for."""
    found = {
        f"{ISSUER}/.well-known/openid-configuration": {
            "issuer": ISSUER, "authorization_endpoint": f"{ISSUER}/a", "token_endpoint": f"{ISSUER}/t",
            "userinfo_endpoint": f"{ISSUER}/u", "jwks_uri": f"{ISSUER}/k",
        },
        f"{ISSUER}/k": {"keys": [public(KEY, "k1"), public(RSA_KEY, "r1", "RS256")]},
    }  # fmt: skip
    asked = []

    def get(address, headers):
        asked.append(address)
        if address not in found:
            raise ProviderFailed("HTTP_404")
        return found[address]

    oidc.forget()
    monkeypatch.setattr(oidc, "_get", get)
    yield found, asked
    oidc.forget()


@pytest.fixture
def token(at):
    def make(key=KEY, algorithm="ES256", kid="k1", **changes):
        now = int(at.timestamp())
        claims = {
            "iss": ISSUER, "sub": "c1", "aud": "motcua", "iat": now, "exp": now + 300, "nonce": NONCE, **changes,
        }  # fmt: skip
        claims = {name: value for name, value in claims.items() if value is not None}
        return jwt.encode(claims, key, algorithm=algorithm, headers={"kid": kid})

    return make


def check(text, at):
    return oidc.check_id_token(CLIENT, text, nonce=NONCE, at=at)


class TestIdToken:
    def test_a_good_one_is_believed(self, token, at):
        assert check(token(), at)["sub"] == "c1"
        assert check(token(RSA_KEY, "RS256", "r1"), at)["sub"] == "c1"
        assert check(token(aud=["motcua", "x"], azp="motcua"), at)["sub"] == "c1"

    @pytest.mark.parametrize(
        "changes",
        [
            {"iss": "https://cong.example.vn/"}, {"iss": None}, {"aud": "other"}, {"aud": None}, {"aud": ["other"]},
            {"aud": ["motcua", "x"]}, {"aud": ["motcua", "x"], "azp": "x"}, {"azp": "x"}, {"sub": None}, {"sub": ""},
            {"nonce": None}, {"nonce": "n-2"}, {"nonce": 1}, {"exp": None}, {"iat": None}, {"exp": "soon"}, {"iat": True},
            {"key": OTHER}, {"kid": "k2"}, {"kid": "r1"},
        ],
    )  # fmt: skip
    def test_anything_else_is_not(self, token, at, changes):
        with pytest.raises(TokenRefused):
            check(token(**changes), at)

    @pytest.mark.parametrize(
        ("iat", "exp", "nbf", "is_good"),
        [
            (-59, -59, None, True), (-70, -61, None, False), (61, 300, None, False), (59, 300, None, True),
            (0, 300, 61, False), (-599, 300, None, True), (-601, 300, None, False),
        ],
    )  # fmt: skip
    def test_times_are_judged_by_the_given_clock_with_a_minute_of_grace(
        self, token, at, iat, exp, nbf, is_good
    ):
        now = int(at.timestamp())
        text = token(iat=now + iat, exp=now + exp, nbf=None if nbf is None else now + nbf)
        if is_good:
            check(text, at)
        else:
            with pytest.raises(TokenRefused):
                check(text, at)

    def test_no_signature_or_a_shared_secret_is_none(self, token, at):
        head, body, _ = token().split(".")
        claims = json.loads(base64.urlsafe_b64decode(body + "=="))
        unsigned = jwt.encode(claims, None, algorithm="none", headers={"kid": "k1"})
        shared = jwt.encode(claims, "s" * 40, algorithm="HS256", headers={"kid": "k1"})
        for text in (unsigned, shared, f"{head}.{body}.", "", "a.b.c", "x" * 5000):
            with pytest.raises(TokenRefused):
                check(text, at)

    def test_a_token_for_yesterday_is_none_today(self, token, at):
        with pytest.raises(TokenRefused):
            check(token(), at + timedelta(days=1))


class TestKeys:
    def test_are_remembered_and_asked_for_again_when_one_is_new(self, token, at, documents, monkeypatch):
        found, asked = documents
        check(token(), at)
        check(token(), at)
        assert asked.count(f"{ISSUER}/k") == 1

        found[f"{ISSUER}/k"] = {"keys": [public(OTHER, "k2")]}
        monkeypatch.setattr(oidc, "ASK_AGAIN_SECONDS", 0.0)
        time.sleep(0.001)
        assert check(token(OTHER, kid="k2"), at)["sub"] == "c1"
        assert asked.count(f"{ISSUER}/k") == 2

    def test_a_flood_of_unknown_keys_asks_once(self, token, at, documents):
        for number in range(20):
            with pytest.raises(TokenRefused):
                check(token(OTHER, kid=f"x{number}"), at)
        assert documents[1].count(f"{ISSUER}/k") == 1

    def test_an_issuer_that_calls_itself_something_else_is_not_asked_further(self, token, at, documents):
        documents[0][f"{ISSUER}/.well-known/openid-configuration"]["issuer"] = "https://evil.example"
        with pytest.raises(ProviderFailed):
            check(token(), at)


def test_the_address_carries_state_nonce_and_challenge():
    address = oidc.authorize_address(CLIENT, state="s", nonce="n", verifier="v" * 43)
    assert address.startswith(f"{ISSUER}/a?response_type=code&client_id=motcua")
    for part in (
        "state=s",
        "nonce=n",
        "code_challenge_method=S256",
        f"code_challenge={oidc.challenge_of('v' * 43)}",
    ):
        assert part in address


def test_the_challenge_is_that_of_the_standard():
    """Appendix B of RFC 7636."""
    verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
    assert oidc.challenge_of(verifier) == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
