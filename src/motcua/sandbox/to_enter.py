"""What an operator enters in an installation so that it talks to these stand-ins, field by field as its pages name them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from motcua.channels import accounts, stand_ins
from motcua.config.env import ENV
from motcua.kernel.results import gettext_noop as _
from motcua.sandbox import installation, smpp, staff_issuer, staff_ldap
from motcua.sandbox.installation import Installation

# Who may sign in as staff through the issuer and the directory; passwords of a toy, known to everybody.
PEOPLE = {"lan": "lan-thu-2026", "minh": "minh-thu-2026"}


@dataclass(frozen=True)
class ToEnter:
    """One account: what it is, and its fields (Vietnamese msgids) with their values."""

    name: str
    fields: tuple[tuple[str, str], ...]


def issuer_port(interface_port: int) -> int:
    return interface_port + 10


def ldap_port(interface_port: int) -> int:
    return interface_port + 11


def list_channels() -> list[ToEnter]:
    """Everything there is to enter for the installation that was named."""
    told = installation.find()
    if told is None:
        return []
    return [_zalo(told), _messenger(told), _mail(told), _sms(told), _smpp(told), _issuer(), _ldap()]


def _account(told: Installation, channel: str) -> accounts.Account:
    return accounts.stand_in(channel, told.company, told.brand, told.host)


def _zalo(told: Installation) -> ToEnter:
    account = _account(told, "ZALO")
    secret = account.keys["app_secret"]
    return ToEnter(
        "Zalo",
        (
            (_("Địa chỉ giao diện (chỉ khi thử)"), account.base_url),
            (_("Mã OA"), account.settings["oa_id"]),
            (_("Mã ứng dụng (app id)"), account.settings["app_id"]),
            (_("Khóa bí mật của ứng dụng"), secret),
            (_("Khóa bí mật của OA (để kiểm tra webhook)"), secret),
        ),
    )


def _messenger(told: Installation) -> ToEnter:
    account = _account(told, "MESSENGER")
    secret = account.keys["app_secret"]
    return ToEnter(
        "Messenger",
        (
            (_("Địa chỉ giao diện (chỉ khi thử)"), account.base_url),
            (_("Mã trang (Page ID)"), account.settings["page_id"]),
            (_("Mã ứng dụng (app id)"), account.settings["app_id"]),
            (_("Khóa truy cập của trang (Page access token)"), secret),
            (_("Khóa bí mật của ứng dụng"), secret),
        ),
    )


def _mail(told: Installation) -> ToEnter:
    values: Any = stand_ins.mail_settings(told.company, ENV.edge_port)
    names = ("mailbox", "username", "imap_host", "imap_port", "smtp_host", "smtp_port")
    labels = (
        _("Hộp thư"),
        _("Tên đăng nhập"),
        _("Máy chủ nhận thư (IMAP)"),
        _("Cổng nhận thư"),
        _("Máy chủ gửi thư (SMTP)"),
        _("Cổng gửi thư"),
    )
    fields = tuple((label, str(values[name])) for label, name in zip(labels, names, strict=True))
    password = _account(told, "EMAIL").keys["password"]
    return ToEnter("E-mail", (*fields, (_("Mật khẩu"), password), (_("Mã hóa"), "plain")))


def _sms(told: Installation) -> ToEnter:
    account = _account(told, "SMS")
    return ToEnter(
        "SMS",
        (
            (_("Địa chỉ giao diện"), account.base_url),
            ("ApiKey", account.keys["api_key"]),
            ("SecretKey", account.keys["secret_key"]),
            (_("Khóa ký lời gọi về"), account.keys["secret_key"]),
        ),
    )


def _smpp(told: Installation) -> ToEnter:
    return ToEnter(
        "SMPP",
        (
            (_("Địa chỉ"), f"127.0.0.1:{stand_ins.smpp_port(ENV.edge_port)}"),
            ("system_id", told.company),
            (_("Mật khẩu"), smpp.password_of(told.company)),
        ),
    )


def _people() -> str:
    return ", ".join(f"{name} / {password}" for name, password in PEOPLE.items())


def _issuer() -> ToEnter:
    port = issuer_port(ENV.edge_port)
    return ToEnter(
        "OpenID Connect",
        (
            (_("Địa chỉ"), f"http://localhost:{port}/staff"),
            (_("Mã của ta ở đó"), staff_issuer.CLIENT_ID),
            (_("Khóa bí mật"), staff_issuer.CLIENT_SECRET),
            (_("Người đăng nhập được"), ", ".join(PEOPLE)),
        ),
    )


def _ldap() -> ToEnter:
    return ToEnter(
        "LDAP",
        (
            (_("Địa chỉ"), f"ldap://127.0.0.1:{ldap_port(ENV.edge_port)}"),
            (_("Mã của ta ở đó"), staff_ldap.SERVICE_DN),
            (_("Khóa bí mật"), staff_ldap.SERVICE_PASSWORD),
            ("base", staff_ldap.BASE),
            (_("Người đăng nhập được"), _people()),
        ),
    )
