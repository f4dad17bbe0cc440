"""Approved texts (ZBS, before 2026 ZNS): to a user of the account when the reply window is closed, or to a phone number.

Which of our declared texts has which template at Zalo, and how its placeholders are called there, is a setting of the
account: {"request.received": {"id": "345678", "params": {"so_phieu": "number"}, "phone": true}}.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from motcua.channels import accounts, tokens
from motcua.channels.accounts import Account
from motcua.channels.zalo import BY_PHONE, CODE, api, consent, errors
from motcua.config import clock
from motcua.kernel import phones
from motcua.messaging.queries import InboxView
from motcua.messaging.rules import Capabilities, Delivery, Found, SendFailed, Sent

TRACKING_LIMIT = 48


@dataclass(frozen=True)
class Template:
    """A text approved at Zalo. `params`: Zalo's names, and ours that fill them."""

    id: str
    params: Mapping[str, str]
    to_phone: bool
    to_user: bool

    def data(self, params: Mapping[str, str]) -> dict[str, str]:
        """The facts under Zalo's names. Raises SendFailed when one is missing: such a message is refused anyway."""
        missing = [ours for ours in self.params.values() if not params.get(ours)]
        if missing:
            raise SendFailed("TEMPLATE_DATA_MISSING", is_final=True)
        return {theirs: params[ours] for theirs, ours in self.params.items()}


def find(account: Account | None, template: str, *, to_phone: bool) -> Template | None:
    """The account's template for one of our texts, by this way of sending."""
    told = (account.settings.get("templates") or {}).get(template) if account is not None else None
    if not isinstance(told, dict) or not told.get("id"):
        return None
    found = Template(
        str(told["id"]),
        {str(theirs): str(ours) for theirs, ours in dict(told.get("params") or {}).items()},
        bool(told.get("phone", True)),
        bool(told.get("user", True)),
    )
    return found if (found.to_phone if to_phone else found.to_user) else None


def send_to_user(account: Account, delivery: Delivery, token: str) -> Sent:
    """By user id. Raises SendFailed, api.ZaloError, api.NoAnswer."""
    template = find(account, delivery.template, to_phone=False)
    if template is None:
        raise SendFailed("WINDOW_CLOSED", is_final=True)
    data = api.call(
        account,
        api.TEMPLATE_TO_USER,
        token=token,
        body={
            "user_id": delivery.address,
            "template_id": template.id,
            "template_data": template.data(delivery.params),
        },
    )
    return Sent(provider_ref=str(data.get("message_id", "")), provider_code="0")


class ZaloTemplates:
    """The adapter registered as ZBS: approved texts to a phone number. Words are Zalo's, not ours."""

    code = BY_PHONE
    capabilities = Capabilities(pushes=True, text_limit=2000, buttons=0, receipts=True)

    def parse(self, event: InboxView) -> Sequence[Found]:
        raise ValueError("its events come by the account's webhook")

    def carries_template(self, template: str) -> bool:
        return find(accounts.find_account(CODE), template, to_phone=True) is not None

    def send(self, delivery: Delivery) -> Sent:
        return send_to_phone(accounts.find_account(CODE), delivery, clock.now())


def send_to_phone(account: Account | None, delivery: Delivery, at: datetime) -> Sent:
    """By phone number, under our id as tracking id. Raises SendFailed."""
    template = find(account, delivery.template, to_phone=True)
    if account is None or template is None:
        raise SendFailed("NO_TEMPLATE", is_final=True)
    number = phones.normalise(delivery.address)
    if number is None:
        raise SendFailed("NO_ZALO", is_final=True)
    body: dict[str, Any] = {
        "phone": number.lstrip("+"),
        "template_id": template.id,
        "template_data": template.data(delivery.params),
        "tracking_id": delivery.id[:TRACKING_LIMIT],
        **({"mode": "development"} if account.settings.get("development") else {}),
    }
    try:
        data = consent.with_token(
            account, at, lambda token: api.call(account, api.TEMPLATE_TO_PHONE, token=token, body=body)
        )
    except tokens.NeedsConsent:
        raise SendFailed("NEEDS_CONSENT", retry_after=errors.HELD, counts=False) from None
    except tokens.Busy:
        raise SendFailed("TOKEN_BUSY", retry_after=timedelta(seconds=10), counts=False) from None
    except api.ZaloError as error:
        raise errors.failure(error.code, at=at, of_template=True) from None
    except api.NoAnswer as silent:
        raise SendFailed(silent.code, is_unknown=silent.is_unknown) from None
    return Sent(provider_ref=str(data.get("msg_id", "")), provider_code="0")
