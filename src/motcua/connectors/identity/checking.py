"""Trying a place where people sign in, for whoever sets it up: what is wrong, in words that help to mend it."""

from __future__ import annotations

import ssl
from urllib.parse import urlsplit

import httpx
import orjson

from motcua.connectors import outside
from motcua.connectors.identity.ldap import DirectoryFailed
from motcua.connectors.identity.oidc import Client
from motcua.kernel.results import Refused, gettext_noop

# What no issuer ever gave: it answers that it does not know it, after it has looked who asks.
UNHEARD_OF = "motcua-connection-test"


class HostUnknown(Refused):
    code = "CHECK_HOST_UNKNOWN"
    message = gettext_noop("Không có máy chủ nào tên %(host)s. Hãy xem lại địa chỉ.")


class HostSilent(Refused):
    code = "CHECK_HOST_SILENT"
    message = gettext_noop(
        "Máy chủ %(host)s không trả lời (%(reason)s). Hãy xem lại cổng, tường lửa, và máy chủ có đang chạy."
    )


class HostNotTrusted(Refused):
    code = "CHECK_NOT_TRUSTED"
    message = gettext_noop("Chứng thư của %(host)s không được tin cậy, đã hết hạn hoặc mang tên khác.")


class AnswerStrange(Refused):
    code = "CHECK_ANSWER_STRANGE"
    message = gettext_noop(
        "%(host)s trả lời, nhưng không như một nơi đăng nhập (%(reason)s). Hãy xem lại địa chỉ."
    )


class IssuerDiffers(Refused):
    code = "CHECK_ISSUER_DIFFERS"
    message = gettext_noop("Nơi đăng nhập tự xưng là %(told)s. Hãy ghi đúng địa chỉ ấy.")


class ClientRefused(Refused):
    code = "CHECK_CLIENT_REFUSED"
    message = gettext_noop("%(host)s không nhận tên ứng dụng hoặc khóa bí mật của ta.")


class BaseUnknown(Refused):
    code = "CHECK_BASE_UNKNOWN"
    message = gettext_noop("Máy chủ không có nhánh %(base)s, hoặc không cho ta tìm ở đó.")


def check_issuer(client: Client) -> None:
    """Whether an OpenID Connect issuer is there, has keys, and knows us. Nothing remembered is used.

    Raises HostUnknown, HostSilent, HostNotTrusted, AnswerStrange, IssuerDiffers, ClientRefused.
    """
    host = urlsplit(client.issuer).netloc
    told = _document(f"{client.issuer.rstrip('/')}/.well-known/openid-configuration", host)
    if told.get("issuer") != client.issuer:
        raise IssuerDiffers(field="address", told=str(told.get("issuer") or "?")[:300])
    ends = {
        name: told.get(name)
        for name in ("authorization_endpoint", "token_endpoint", "userinfo_endpoint", "jwks_uri")
    }
    if missing := sorted(name for name, value in ends.items() if not isinstance(value, str)):
        raise AnswerStrange(host=host, reason=", ".join(missing))
    if not _document(str(ends["jwks_uri"]), host).get("keys"):
        raise AnswerStrange(host=host, reason="jwks_uri")
    form = {
        "grant_type": "refresh_token", "refresh_token": UNHEARD_OF, "client_id": client.client_id,
        "client_secret": client.client_secret,
    }  # fmt: skip
    answer = _call("POST", str(ends["token_endpoint"]), host, form)
    if answer.is_server_error:
        raise HostSilent(host=host, reason=f"HTTP {answer.status_code}")
    if answer.status_code == 401 or _told(answer).get("error") == "invalid_client":
        raise ClientRefused(field="secret", host=host)


def explain(address: str, failed: DirectoryFailed) -> Refused:
    """What an LDAP directory's failure means to whoever sets it up."""
    parts, reason = urlsplit(address), str(failed)
    host = parts.netloc or address
    if reason == "service-password":
        return ClientRefused(field="secret", host=host)
    if reason == "gaierror":
        return HostUnknown(field="address", host=host)
    if reason.startswith("SSL") or reason == "start-tls":
        return HostNotTrusted(field="address", host=host)
    if reason in {"ConnectionRefusedError", "TimeoutError", "timeout", "OSError", "ConnectionResetError"}:
        return HostSilent(field="address", host=host, reason=reason)
    return AnswerStrange(field="address", host=host, reason=reason)


def _document(address: str, host: str) -> dict[str, object]:
    answer = _call("GET", address, host)
    if answer.is_server_error:
        raise HostSilent(field="address", host=host, reason=f"HTTP {answer.status_code}")
    told = _told(answer)
    if not answer.is_success or not told:
        raise AnswerStrange(field="address", host=host, reason=f"HTTP {answer.status_code}")
    return told


def _told(answer: httpx.Response) -> dict[str, object]:
    try:
        told = orjson.loads(answer.content)
    except orjson.JSONDecodeError:
        return {}
    return told if isinstance(told, dict) else {}


def _call(method: str, address: str, host: str, form: dict[str, str] | None = None) -> httpx.Response:
    try:
        return outside.call(method, address, form=form, headers={"Accept": "application/json"})
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
        raise _unreached(error, host) from None


def _unreached(error: BaseException, host: str) -> Refused:
    """By what lies at the bottom: the library wraps what the system said."""
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, ssl.SSLError):
            return HostNotTrusted(field="address", host=host)
        if type(seen).__name__ == "gaierror":
            return HostUnknown(field="address", host=host)
        seen = seen.__cause__ or seen.__context__
    return HostSilent(field="address", host=host, reason=type(error).__name__)
