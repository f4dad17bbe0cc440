"""A stand-in for a company's OpenID Connect issuer: a real server with discovery, keys, tokens and tokens to ask again.

It plays the browser's part too: `consent` gives the address an employee's browser would be sent back to.
"""

from __future__ import annotations

import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import orjson
from cryptography.hazmat.primitives.asymmetric import ec

from motcua.config import clock
from motcua.connectors.identity import oidc

CLIENT_ID, CLIENT_SECRET = "motcua", "issuer-secret"
LIFE_SECONDS = 300


@dataclass
class StandIn:
    """The issuer while it runs. `people`: who still belongs, subject by username."""

    port: int = 0
    people: dict[str, str] = field(default_factory=dict)
    gives_refresh: bool = True
    is_down: bool = False
    refreshed: int = 0
    _codes: dict[str, dict[str, str]] = field(default_factory=dict)
    _tokens: dict[str, str] = field(default_factory=dict)
    _again: dict[str, str] = field(default_factory=dict)
    _key: Any = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))

    @property
    def issuer(self) -> str:
        return f"http://localhost:{self.port}/staff"

    def consent(self, address: str, username: str) -> str:
        """The employee signs in at this address and is sent back."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        code = secrets.token_urlsafe(16)
        self._codes[code] = {**asked, "username": username}
        return f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state']})}"

    def page(self, address: str) -> str:
        """Who may be signed in, each a link back to who asked; an address that asks for nothing has none."""
        asked = parse_qs(urlsplit(address).query)
        is_whole = {"redirect_uri", "state", "nonce", "code_challenge"} <= set(asked)
        people = [(name, self.consent(address, name)) for name in sorted(self.people)] if is_whole else []
        links = "".join(
            f'<li><a href="{escape(back, quote=True)}">{escape(name)}</a></li>' for name, back in people
        )
        return (
            "<!doctype html><html lang=vi><meta charset=utf-8><meta name=viewport content='width=device-width'>"
            f"<title>Đăng nhập (thử)</title><h1>Đăng nhập (thử)</h1><p>Anh/chị là ai?</p><ul>{links}</ul>"
        )

    def get(self, path: str, token: str) -> dict[str, Any] | None:
        if path.endswith("/.well-known/openid-configuration"):
            names = {
                "authorization_endpoint": "authorize",
                "token_endpoint": "token",
                "userinfo_endpoint": "userinfo",
                "jwks_uri": "keys",
            }
            return {"issuer": self.issuer, **{name: f"{self.issuer}/{part}" for name, part in names.items()}}
        if path.endswith("/keys"):
            import jwt

            public = jwt.algorithms.ECAlgorithm.to_jwk(self._key.public_key(), as_dict=True)
            return {"keys": [{**public, "kid": "one", "use": "sig", "alg": "ES256"}]}
        if path.endswith("/userinfo") and (username := self._tokens.get(token)) in self.people:
            return {"sub": self.people[str(username)], "preferred_username": username}
        return None

    def knows(self, form: dict[str, str]) -> bool:
        return (form.get("client_id"), form.get("client_secret")) == (CLIENT_ID, CLIENT_SECRET)

    def post(self, form: dict[str, str]) -> dict[str, Any] | None:
        if not self.knows(form):
            return None
        if form.get("grant_type") == "refresh_token":
            username = self._again.pop(form.get("refresh_token", ""), "")
            self.refreshed += 1
            return self._given(username) if username in self.people else None
        asked = self._codes.pop(form.get("code", ""), None)
        if asked is None or asked["code_challenge"] != oidc.challenge_of(form.get("code_verifier", "")):
            return None
        return self._given(asked["username"], asked["nonce"]) if asked["username"] in self.people else None

    def _given(self, username: str, nonce: str = "") -> dict[str, Any]:
        import jwt

        token = secrets.token_urlsafe(16)
        self._tokens[token] = username
        told: dict[str, Any] = {"access_token": token, "token_type": "Bearer", "expires_in": LIFE_SECONDS}
        if self.gives_refresh:
            told["refresh_token"] = secrets.token_urlsafe(16)
            self._again[told["refresh_token"]] = username
        if nonce:
            now = int(clock.now().timestamp())
            claims = {
                "iss": self.issuer, "sub": self.people[username], "aud": CLIENT_ID, "iat": now, "exp": now + LIFE_SECONDS, "nonce": nonce,
                "preferred_username": username,
            }  # fmt: skip
            told["id_token"] = jwt.encode(claims, self._key, algorithm="ES256", headers={"kid": "one"})
        return told


@contextmanager
def running(port: int = 0) -> Iterator[StandIn]:
    """The issuer at that port of this machine; without one at a free one."""
    stand_in = StandIn()

    class Talk(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = urlsplit(self.path).path
            if path.endswith("/authorize"):
                self._choose()
                return
            token = self.headers.get("Authorization", "").removeprefix("Bearer ")
            self._say(stand_in.get(path, token))

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
            form = {name: values[0] for name, values in parse_qs(body).items()}
            self._say(stand_in.post(form), "invalid_grant" if stand_in.knows(form) else "invalid_client")

        def _choose(self) -> None:
            """The page where an employee signs in: one link a person."""
            page = stand_in.page(self.path).encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(page)))
            self.end_headers()
            self.wfile.write(page)

        def _say(self, told: dict[str, Any] | None, error: str = "not_found") -> None:
            status = 503 if stand_in.is_down else 200 if told is not None else 400
            body = orjson.dumps(told if told is not None else {"error": error})
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            """Nothing: tokens stand in addresses."""

    with ThreadingHTTPServer(("127.0.0.1", port), Talk) as server:
        server.daemon_threads = True
        stand_in.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        try:
            yield stand_in
        finally:
            server.shutdown()
            thread.join()
