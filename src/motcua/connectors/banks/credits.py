"""What services that watch a bank account tell us: money came in. A hint; the bank's statement is the truth.

A file each service (`casso`, `sepay`, `payos`): pure, signature and shape alone. Here a genuine call is stored as it
came, then booked as a notice of a bank, the service's own id its key: two equal transfers of one day are two.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol
from uuid import UUID

import structlog
from django.db import transaction

from motcua.connectors.banks import casso, payos, sepay
from motcua.connectors.banks.credit_shapes import Credit, Ignored
from motcua.connectors.wallets.contract import Answer, NotGenuine, Unreadable
from motcua.kernel import codes, hashing
from motcua.payments import operations as payment_ops
from motcua.payments import virtual_accounts
from motcua.payments.models import GatewayCall
from motcua.payments.operations import calls as call_ops
from motcua.payments.operations import gateways as gateway_ops
from motcua.payments.operations.gateways import GatewayAccount

log = structlog.get_logger(__name__)

OK = Answer(200, b'{"success": true}')
REFUSED, TROUBLE = Answer(401, b'{"success": false}'), Answer(503, b'{"success": false}')


class Service(Protocol):
    """A service: who it is, whether a call is its own, and the credits told in it."""

    @property
    def code(self) -> str: ...

    @property
    def name(self) -> str: ...

    @property
    def public_fields(self) -> tuple[str, ...]: ...

    @property
    def secret_fields(self) -> tuple[str, ...]: ...

    def check(
        self, account: GatewayAccount, headers: Mapping[str, str], body: bytes, at: datetime
    ) -> None: ...

    def read(self, body: bytes) -> list[Credit | Ignored]: ...


SERVICES: dict[str, Service] = {
    service.code: service for service in (casso.Casso(), sepay.Sepay(), payos.Payos())
}


def take_call(*, source: str, headers: Mapping[str, str], body: bytes, at: datetime) -> Answer:
    """A service's call: genuine? stored? then 200; what cannot be booked now, the job books."""
    service, account = SERVICES[source], gateway_ops.find_account(source)
    if account is None:
        return REFUSED
    try:
        service.check(account, headers, body, at)
    except (NotGenuine, Unreadable) as refused:
        log.warning("credit-call.refused", source=source, reason=str(refused))
        return REFUSED
    stored = call_ops.store_call(source=source, external_id=_external_id(service, body), body=body, at=at)
    if stored.state != "RECEIVED":
        return OK
    try:
        _work(account, stored.id, body, at=at)
    except Exception as error:  # it is stored: the job goes on with it
        log.error("credit-call.failed", source=source, error=type(error).__name__)
        call_ops.postpone_call(call_id=stored.id, verdict=type(error).__name__, at=at)
    return OK


def work_on_calls(*, at: datetime, limit: int = 50) -> int:
    """Stored calls that nobody finished; how many are done now."""
    done = 0
    for call in call_ops.list_due(at=at, limit=limit):
        if call.source in SERVICES:
            done += _work_again(call, at=at)
    return done


def _work_again(call: GatewayCall, *, at: datetime) -> bool:
    account = gateway_ops.find_account(call.source)
    try:
        if account is None:
            raise Unreadable("no account")
        _work(account, call.id, bytes(call.body), at=at)
    except Exception as error:
        call_ops.postpone_call(call_id=call.id, verdict=type(error).__name__, at=at)
        return False
    return True


def _external_id(service: Service, body: bytes) -> str:
    """The ids of the credits told; the body's own hash where none can be read: it is kept all the same."""
    try:
        return ",".join(one.external_id for one in service.read(body)) or hashing.sha256_hex(body)
    except (Unreadable, ValueError, TypeError, KeyError):
        return hashing.sha256_hex(body)


def _work(account: GatewayAccount, call_id: UUID, body: bytes, *, at: datetime) -> None:
    """Every credit of the call becomes a notice, and the call is done, in one transaction; then they are booked."""
    with transaction.atomic():
        notices, verdicts = [], []
        for told in SERVICES[account.code].read(body):
            if isinstance(told, Ignored):
                verdicts.append(told.why)
            elif not _is_ours(account, told):
                verdicts.append("OTHER_ACCOUNT")
            else:
                notices.append(_store(account, told, body, at=at))
        state = call_ops.DONE if notices else call_ops.IGNORED
        call_ops.finish_call(call_id=call_id, state=state, verdict=",".join(verdicts), at=at)
    for notice_id in notices:
        payment_ops.process_or_leave(notice_id, at=at)


def _is_ours(account: GatewayAccount, told: Credit) -> bool:
    """Whether the account is one that was entered for the service; none entered, all are."""
    entered = {number.strip() for number in account.settings.get("accounts", "").split(",") if number.strip()}
    return not entered or told.account in entered or virtual_accounts.is_known(told.virtual_account)


def _store(account: GatewayAccount, told: Credit, body: bytes, *, at: datetime) -> UUID:
    found = (
        ""
        if codes.find_payment_codes(told.text)
        else virtual_accounts.code_for(told.virtual_account, told.amount_vnd)
    )
    reference = told.reference if told.reference and told.reference not in told.text else ""
    return payment_ops.store_notification(
        bank=account.code, txn_id=told.external_id, amount_vnd=told.amount_vnd,
        text=" ".join(part for part in (found, told.text, reference) if part), paid_at=told.paid_at,
        raw_sha256=hashing.sha256_hex(body), at=at,
    ).id  # fmt: skip
