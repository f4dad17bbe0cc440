"""Settlements of wallets and gateways: their sheet of a hand-over is taken whole or waits apart with its reasons.

Locks: one advisory lock a gateway while a settlement of it is judged. The caller (`statements.read_file`) keeps the file.
"""

from __future__ import annotations

from datetime import datetime, time
from uuid import UUID

from django.db import connection, transaction

from motcua.companies import operations as company_ops
from motcua.kernel import hashing, ids, local_time
from motcua.kernel.actors import Actor
from motcua.kernel.results import NotFound
from motcua.payments.models import (
    Difference,
    DifferenceKind,
    Gateway,
    GatewaySettlement,
    OnlinePayment,
    SettledPayment,
    SettlementRule,
    StatementFile,
)
from motcua.payments.online_rules import Said
from motcua.payments.operations import inbox, online
from motcua.payments.operations.kept_files import read_kept
from motcua.payments.operations.online import Heard
from motcua.payments.operations.refusals import NoteMissing
from motcua.payments.operations.statement_refusals import NotThisWay, SettlementDecided
from motcua.payments.statements.model import Fault
from motcua.payments.statements.settlement import SettledRow, Settlement

NOON = time(12)
KEPT_FAULTS = 50
UNKNOWN = "GATEWAY_UNKNOWN"


def take_settlement(file: StatementFile, settlement: Settlement, *, at: datetime) -> bool:
    """A row for the settlement; its payments too, when nothing speaks against it. Whether it is in use."""
    _lock_gateway(settlement.gateway)
    faults = [*settlement.faults, *_beside_known(settlement)]
    row = GatewaySettlement.objects.create(
        id=ids.new_id(at), file=file, gateway=settlement.gateway[:16], provider_id=settlement.id[:60],
        from_date=settlement.from_date, to_date=settlement.to_date, rows_count=len(settlement.rows),
        amount_vnd=settlement.amount_vnd, fee_vnd=settlement.fee_vnd, content_sha256=settlement.content_sha256,
        is_accepted=not faults, came_at=at, faults=_plain(faults),
    )  # fmt: skip
    if not faults:
        _take_rows(row, settlement.rows)
    return row.is_accepted


def judge_waiting(gateway: str, *, actor: Actor, at: datetime) -> int:
    """Settlements that waited because nobody knew this gateway, the first that came first: each is read again from its file and
    taken, or waits on with what else speaks against it. How many are in use now. The caller holds the transaction.
    """
    _lock_gateway(gateway)
    waiting = GatewaySettlement.objects.select_related("file").filter(
        gateway=gateway, is_accepted=False, dropped_at=None, faults__contains=[{"code": UNKNOWN}]
    )
    return sum(_judge_again(row, actor=actor, at=at) for row in waiting.order_by("came_at", "id"))


def _judge_again(row: GatewaySettlement, *, actor: Actor, at: datetime) -> bool:
    found = next(iter(read_kept(row.file).settlements), None)  # a file holds one
    if found is None or (found.gateway[:16], found.content_sha256) != (row.gateway, row.content_sha256):
        return False  # another mapping reads the file today: a person decides
    faults = [*found.faults, *_beside_known(found)]
    row.faults, row.is_accepted = _plain(faults), not faults
    row.save(update_fields=["faults", "is_accepted"])
    if not faults:
        _take_rows(row, found.rows)
    company_ops.record_audit(
        actor=actor, verb="settlement.judged-again", subject_type="gateway_settlement", subject_id=str(row.id), at=at,
        facts={"gateway": row.gateway, "is_accepted": row.is_accepted},
    )  # fmt: skip
    return row.is_accepted


def _plain(faults: list[Fault]) -> list[dict[str, str]]:
    return [
        {"code": code, "place": place[:80], "about": about[:120]}
        for code, place, about in faults[:KEPT_FAULTS]
    ]


@transaction.atomic
def drop_settlement(*, settlement_id: UUID, reason: str, actor: Actor, at: datetime) -> None:
    """A settlement that waits apart is not to be used: it is listed no more among what waits. As a statement is dropped, by one
    person with a reason. Locks it. Refuses NotFound, SettlementDecided (in use, or dropped before), NoteMissing.
    """
    row = GatewaySettlement.objects.select_for_update().filter(id=settlement_id).first()
    if row is None:
        raise NotFound(field="settlement_id")
    if row.is_accepted or row.dropped_at is not None:
        raise SettlementDecided(field="settlement_id")
    if not reason.strip():
        raise NoteMissing(field="reason")
    row.dropped_at, row.dropped_by, row.reason = at, actor.ref, reason.strip()[:200]
    row.save(update_fields=["dropped_at", "dropped_by", "reason"])
    company_ops.record_audit(
        actor=actor, verb="settlement.dropped", subject_type="gateway_settlement", subject_id=str(row.id), at=at,
        facts={"gateway": row.gateway, "reason": row.reason},
    )  # fmt: skip


def _beside_known(settlement: Settlement) -> list[Fault]:
    """Against what is in use: a provider nobody knows, the same settlement again, a payment that was settled before."""
    gateway = settlement.gateway
    is_known = Gateway.objects.filter(code=gateway).exists() or (
        SettlementRule.objects.filter(channel=gateway).exists()
    )
    if not is_known:
        return [Fault(UNKNOWN, "", gateway)]
    accepted = GatewaySettlement.objects.filter(gateway=gateway, is_accepted=True)
    same = accepted.filter(provider_id=settlement.id[:60]).first()
    if same:
        is_same = same.content_sha256 == settlement.content_sha256
        return [Fault("STATEMENT_SEEN" if is_same else "STATEMENT_DIFFERS", "", settlement.id)]
    return [Fault("LINE_TWICE", "", txn_id) for txn_id in _settled_before(settlement)]


def _settled_before(settlement: Settlement) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT s.txn_id FROM payments_settledpayment s
            JOIN unnest(%s::text[], %s::boolean[]) AS told (txn_id, is_refund)
              ON s.txn_id = told.txn_id AND s.is_refund = told.is_refund
            WHERE s.gateway = %s ORDER BY s.id LIMIT 20""",
            [[row.txn_id for row in settlement.rows], [row.is_refund for row in settlement.rows], settlement.gateway],
        )  # fmt: skip
        return [txn_id for (txn_id,) in cursor.fetchall()]


def _take_rows(row: GatewaySettlement, rows: list[SettledRow]) -> None:
    """All rows by one COPY: a day of a wallet may have hundreds of thousands."""
    with (
        connection.cursor() as cursor,
        cursor.copy(
            "COPY payments_settledpayment (settlement_id, gateway, place, txn_id, own_ref, is_refund, amount_vnd, fee_vnd,"
            " paid_on) FROM STDIN"
        ) as copy,
    ):
        for one in rows:
            copy.write_row((row.id, row.gateway, *one))


def _lock_gateway(gateway: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(current_schema() || %s, 0))",
            [f":settlement:{gateway}"],
        )


@transaction.atomic
def book_settled(row: Difference, *, actor: Actor, at: datetime) -> UUID:
    """The payment that a provider's settlement names and nobody told us of becomes what a call would have made of it.

    An attempt of ours hears that it is paid; without one it is a receipt by the provider's id, and its reference is the
    text it is looked up by. The caller holds the difference and closes it. Refuses NotThisWay (no such payment).
    """
    settled = _settled_of(row)
    attempt = OnlinePayment.objects.filter(gateway_id=settled.gateway, ref=settled.own_ref).first()
    paid_at = local_time.instant(settled.paid_on, NOON)
    if attempt is not None:
        heard = Heard(Said.PAID, "SETTLED", settled.amount_vnd, settled.txn_id, paid_at)
        told = online.hear(payment_id=attempt.id, heard=heard, came_from="QUERY", at=at)
        if told.notification_id is None:
            raise NotThisWay(
                field="difference_id"
            )  # the attempt cannot be paid any more: a person asks the provider
        notification_id = told.notification_id
    else:
        notification_id = inbox.store_notification(
            bank=settled.gateway, txn_id=settled.txn_id, amount_vnd=settled.amount_vnd, text=settled.own_ref,
            paid_at=paid_at, raw_sha256=hashing.fingerprint([settled.own_ref, settled.txn_id, settled.amount_vnd]), at=at,
        ).id  # fmt: skip
        inbox.process_notification(notification_id, at=at)
    company_ops.record_audit(
        actor=actor, verb="settled.received", subject_type="difference", subject_id=str(row.id), at=at,
        facts={"gateway": settled.gateway, "txn_id": settled.txn_id},
    )  # fmt: skip
    return notification_id


def _settled_of(row: Difference) -> SettledPayment:
    """The payment a FILE_UNKNOWN difference is about: its subject is `settled:ID`."""
    kind, _colon, id = row.subject.partition(":")
    if row.kind != DifferenceKind.FILE_UNKNOWN or kind != "settled":
        raise NotThisWay(field="difference_id")
    settled = SettledPayment.objects.filter(id=int(id), is_refund=False).first()
    if settled is None:
        raise NotThisWay(field="difference_id")
    return settled
