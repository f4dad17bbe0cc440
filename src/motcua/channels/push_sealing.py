"""What a browser's push service asks of us: messages that only the browser can open (RFC 8188, 8291), and a signed word
about who sends them (RFC 8292). Pure.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

CURVE = ec.SECP256R1()
ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
RECORD_SIZE = 4096
LONGEST_TEXT = 3000  # push services take 4096 bytes, headers and padding included
TOKEN_LIFE = timedelta(hours=12)  # the most they allow is 24


class CannotOpen(Exception):
    """Not for these keys, changed on the way, or no message of this kind."""


def b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def unb64(text: str) -> bytes:
    """Raises ValueError."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def sender_key(secret: str) -> ec.EllipticCurvePrivateKey:
    """The installation's own key, made of its secret: the same at every start and in every process."""
    wide = hashlib.sha512(b"motcua web push\0" + secret.encode()).digest()
    return ec.derive_private_key(int.from_bytes(wide, "big") % (ORDER - 1) + 1, CURVE)


def public_text(key: ec.EllipticCurvePrivateKey) -> str:
    """What a browser is given as `applicationServerKey`, and stands in the header of each call."""
    return b64(_point(key.public_key()))


def seal(
    text: bytes,
    *,
    p256dh: str,
    auth: str,
    own: ec.EllipticCurvePrivateKey | None = None,
    salt: bytes | None = None,
) -> bytes:
    """The body of a push message (`aes128gcm`). Raises ValueError when the browser's keys are none.

    `own` and `salt` are drawn anew for each message; only a test gives them.
    """
    if len(text) > LONGEST_TEXT:
        raise ValueError("too long for a push message")
    theirs = ec.EllipticCurvePublicKey.from_encoded_point(CURVE, unb64(p256dh))
    secret = unb64(auth)
    if len(secret) != 16:
        raise ValueError("not an authentication secret")
    own = own or ec.generate_private_key(CURVE)
    salt = salt or os.urandom(16)
    point = _point(own.public_key())
    key, nonce = _keys(own.exchange(ec.ECDH(), theirs), secret, salt, receiver=unb64(p256dh), sender=point)
    body = AESGCM(key).encrypt(nonce, text + b"\x02", None)
    return salt + RECORD_SIZE.to_bytes(4, "big") + bytes([len(point)]) + point + body


def unseal(body: bytes, *, key: ec.EllipticCurvePrivateKey, auth: bytes) -> bytes:
    """What a browser does with a body: the text. Raises CannotOpen."""
    try:
        salt, size = body[:16], body[20]
        point, sealed = body[21 : 21 + size], body[21 + size :]
        theirs = ec.EllipticCurvePublicKey.from_encoded_point(CURVE, point)
        shared = key.exchange(ec.ECDH(), theirs)
        aes, nonce = _keys(shared, auth, salt, receiver=_point(key.public_key()), sender=point)
        padded = AESGCM(aes).decrypt(nonce, sealed, None)
    except Exception as error:
        raise CannotOpen from error
    text, mark, padding = padded.rpartition(b"\x02")
    if not mark or padding.strip(b"\0"):
        raise CannotOpen
    return text


def authorization(endpoint: str, *, key: ec.EllipticCurvePrivateKey, contact: str, at: datetime) -> str:
    """The header that says who sends, for this push service alone."""
    parts = urlsplit(endpoint)
    claims = {
        "aud": f"{parts.scheme}://{parts.netloc}",
        "exp": int((at + TOKEN_LIFE).timestamp()),
        "sub": contact,
    }
    signed = f"{_json({'typ': 'JWT', 'alg': 'ES256'})}.{_json(claims)}"
    r, s = decode_dss_signature(key.sign(signed.encode(), ec.ECDSA(hashes.SHA256())))
    return f"vapid t={signed}.{b64(r.to_bytes(32, 'big') + s.to_bytes(32, 'big'))}, k={public_text(key)}"


def check_authorization(header: str, *, audience: str, public_key: str, at: datetime) -> str:
    """What a push service does with that header: nothing when all is right, else what is wrong."""
    fields = dict(part.strip().partition("=")[::2] for part in header.removeprefix("vapid ").split(","))
    token, said_key = fields.get("t", ""), fields.get("k", "")
    if said_key != public_key:
        return "not the key that the browser subscribed to"
    try:
        head, body, signature = token.split(".")
        raw = unb64(signature)
        key = ec.EllipticCurvePublicKey.from_encoded_point(CURVE, unb64(said_key))
        dss = encode_dss_signature(int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))
        key.verify(dss, f"{head}.{body}".encode(), ec.ECDSA(hashes.SHA256()))
        claims = json.loads(unb64(body))
    except (ValueError, InvalidSignature):
        return "the signature is not right"
    if claims.get("aud") != audience:
        return "meant for another push service"
    left = datetime.fromtimestamp(int(claims.get("exp", 0)), tz=at.tzinfo) - at
    if not timedelta(0) < left <= timedelta(hours=24):
        return "too old, or valid for too long"
    return "" if str(claims.get("sub", "")).startswith(("mailto:", "https:")) else "nobody to ask"


def _keys(shared: bytes, auth: bytes, salt: bytes, *, receiver: bytes, sender: bytes) -> tuple[bytes, bytes]:
    base = _hkdf(auth, shared, b"WebPush: info\0" + receiver + sender, 32)
    return (
        _hkdf(salt, base, b"Content-Encoding: aes128gcm\0", 16),
        _hkdf(salt, base, b"Content-Encoding: nonce\0", 12),
    )


def _hkdf(salt: bytes, secret: bytes, info: bytes, length: int) -> bytes:
    return HKDF(algorithm=hashes.SHA256(), length=length, salt=salt, info=info).derive(secret)


def _point(key: ec.EllipticCurvePublicKey) -> bytes:
    return key.public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)


def _json(value: object) -> str:
    return b64(json.dumps(value, separators=(",", ":")).encode())
