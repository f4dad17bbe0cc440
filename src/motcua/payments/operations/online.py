"""Attempts to pay online: begun, heard of, asked about. What a provider says goes through `hear` and nowhere else.

Locks: the charge where an attempt is begun; the attempt's row where it is heard of, before the charge that its money pays.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import structlog
from django.db import transaction

from motcua.config import jobs
from motcua.kernel import hashing, ids
from motcua.kernel.actors import Actor, ActorKind
from motcua.kernel.money import format_number
from motcua.kernel.results import NotFound, Refused, gettext_noop
from motcua.ledger import operations as ledger_ops
from motcua.ledger import queries as ledger_queries
from motcua.payments import online_rules as rules
from motcua.payments.models import Gateway, OnlineEvent, OnlinePayment
from motcua.payments.online_rules import Said, State
from motcua.payments.operations.clearing import actor_of
from motcua.payments.operations.inbox import process_or_leave, store_notification

log = structlog.get_logger(__name__)
POLL_JOB = "online-polls"


class GatewayOff(Refused):
    code = "GATEWAY_OFF"
    message = gettext_noop("Cách trả này hiện không dùng được. Hãy chọn cách khác.")


class NothingToPay(Refused):
    code = "NOTHING_TO_PAY"
    message = gettext_noop("Khoản này không còn phải trả.")


class AmountOutside(Refused):
    code = "AMOUNT_OUTSIDE"
    message = gettext_noop("Cách trả này nhận từ %(least)s đến %(most)s đ một lần. Hãy chọn cách khác.")


class AttemptUnsettled(Refused):
    """An earlier attempt may have taken the money. `state` says how it stands, `ref` which it is."""

    code = "ATTEMPT_UNSETTLED"
    message = gettext_noop("Lần trả trước qua %(name)s chưa có kết quả. Nếu anh/chị đã trả, đừng trả lại.")


class AttemptHeld(Refused):
    code = "ATTEMPT_HELD"
    message = gettext_noop(
        "Tiền của lần trả trước đang được %(name)s giữ để kiểm tra. Xin đừng trả lại; chúng tôi sẽ báo."
    )


@dataclass(frozen=True)
class Heard:
    """What a provider said of one of our references, its wire format left behind."""

    said: Said
    code: str
    amount_vnd: int | None = None
    provider_txn_id: str = ""
    paid_at: datetime | None = None


@dataclass(frozen=True)
class Told:
    """What became of a word: the state now, whether it changed, whether the amount was another than asked for."""

    payment_id: UUID
    was: State
    state: State
    is_amount_other: bool = False
    notification_id: UUID | None = None

    @property
    def is_changed(self) -> bool:
        return self.was is not self.state


@transaction.atomic
def begin_online(
    *,
    gateway: str,
    charge_id: UUID,
    ref_of: Callable[[str, int], str],
    least_vnd: int,
    most_vnd: int,
    actor: Actor,
    at: datetime,
    is_sure: bool = False,
    part_vnd: int | None = None,
) -> OnlinePayment:
    """An attempt to pay what is still owed of a charge, or a part of it. `ref_of(payment code, number)` names it to the provider.

    An attempt at the same provider that still waits is given again. While another one's outcome is open the payer must
    be sure; while money is held, none is begun. Locks the charge. Refuses NotFound, GatewayOff, NothingToPay,
    AmountOutside, AttemptUnsettled, AttemptHeld.
    """
    ledger_ops.lock_charge(charge_id)
    account = Gateway.objects.filter(code=gateway).first()
    if account is None or not account.is_active:
        raise GatewayOff(field="gateway")
    charge = ledger_queries.get_charge(charge_id)
    amount = min(part_vnd or charge.remaining_vnd, charge.remaining_vnd)
    if not amount:
        raise NothingToPay(field="charge_id")
    if not least_vnd <= amount <= most_vnd:
        raise AmountOutside(field="amount_vnd", least=format_number(least_vnd), most=format_number(most_vnd))
    attempts = list(
        OnlinePayment.objects.select_related("gateway")
        .filter(charge_id=charge_id)
        .order_by("created_at", "id")
    )
    if before := _open_attempt(attempts, gateway, amount, at=at, is_sure=is_sure):
        return before
    payment = OnlinePayment.objects.create(
        id=ids.new_id(at), gateway=account, ref=ref_of(charge.payment_code, len(attempts) + 1), charge_id=charge_id,
        payment_code=charge.payment_code, amount_vnd=amount, started_by=actor.ref, created_at=at,
        expires_at=at + rules.LIFETIME, changed_at=at, next_poll_at=rules.poll_at(at, 1),
    )  # fmt: skip
    _note(payment, "START", State.CREATED, State.CREATED, "", "", actor=actor, at=at)
    payment.save(update_fields=["events_count"])
    return payment


def _open_attempt(
    attempts: list[OnlinePayment], gateway: str, amount: int, *, at: datetime, is_sure: bool
) -> OnlinePayment | None:
    """The attempt to go on with. Refuses AttemptHeld, AttemptUnsettled."""
    for attempt in attempts:
        if attempt.state == State.HELD:
            raise AttemptHeld(field="gateway", name=attempt.gateway.name, ref=attempt.ref)
    for attempt in reversed(attempts):
        is_usable = attempt.state == State.WAITING and attempt.pay_url and at < attempt.expires_at
        if is_usable and (attempt.gateway_id, attempt.amount_vnd) == (gateway, amount):
            return attempt
    doubtful = next((a for a in reversed(attempts) if State(a.state) in rules.DOUBTFUL), None)
    if doubtful is not None and not is_sure:
        raise AttemptUnsettled(
            field="gateway", name=doubtful.gateway.name, ref=doubtful.ref, state=doubtful.state
        )
    return None


def record_created(*, payment_id: UUID, heard: Heard, pay_url: str, at: datetime) -> Told:
    """The provider's answer to a new order. What it has said of it meanwhile by a call of its own stands."""
    with transaction.atomic():
        OnlinePayment.objects.filter(id=payment_id, pay_url="").update(pay_url=pay_url)
    return hear(payment_id=payment_id, heard=heard, came_from="CREATE", at=at)


def hear_of(*, gateway: str, ref: str, heard: Heard, came_from: str, at: datetime) -> Told:
    """`hear` by the provider's own words for the attempt. Refuses NotFound."""
    payment_id = (
        OnlinePayment.objects.filter(gateway_id=gateway, ref=ref).values_list("id", flat=True).first()
    )
    if payment_id is None:
        raise NotFound(field="ref")
    return hear(payment_id=payment_id, heard=heard, came_from=came_from, at=at)


def hear(*, payment_id: UUID, heard: Heard, came_from: str, at: datetime) -> Told:
    """A provider's word on an attempt: the state follows, and money is put into the bank inbox in the same transaction.

    Any number of copies, at once or in any order, book once. After the commit the receipt is booked; when that fails,
    the job does it. A paid amount other than asked for is first asked about, then booked as what it is. Refuses NotFound.
    """
    with transaction.atomic():
        told = _hear(payment_id, heard, came_from, at=at)
    if told.notification_id is not None:
        process_or_leave(told.notification_id, at=at)
    return told


def _hear(payment_id: UUID, heard: Heard, came_from: str, *, at: datetime) -> Told:
    payment = OnlinePayment.objects.select_for_update().filter(id=payment_id).first()
    if payment is None:
        raise NotFound(field="payment_id")
    was, heard = State(payment.state), _usable(heard)
    if was in rules.SETTLED and heard.said is Said.PAID:
        return _hear_again(payment, heard, came_from, at=at)
    is_other = heard.said is Said.PAID and heard.amount_vnd != payment.amount_vnd
    if (
        is_other and came_from != "QUERY"
    ):  # a call may be wrong; what the provider answers to a question counts
        heard = Heard(Said.UNKNOWN, "AMOUNT_OTHER")
    became = rules.next_state(was, heard.said, expires_at=payment.expires_at, at=at)
    notification_id = None
    if became is State.PAID and became is not was:
        payment.paid_vnd, payment.paid_at = heard.amount_vnd, heard.paid_at or at
        payment.provider_txn_id = heard.provider_txn_id
        notification_id = _store_money(payment, heard, at=at)
    _move(payment, became, heard, came_from, is_asked=is_other, at=at)
    if rules.contradicts(was, heard.said):
        log.error("online-payment.contradicted", ref=payment.ref, code=heard.code)
    return Told(payment.id, was, became, is_other, notification_id)


def _usable(heard: Heard) -> Heard:
    """A success that names no amount or no transaction cannot be booked: nobody knows yet what it was."""
    is_whole = heard.provider_txn_id and heard.amount_vnd is not None and heard.amount_vnd > 0
    return heard if heard.said is not Said.PAID or is_whole else Heard(Said.UNKNOWN, "PAID_OF_NOTHING")


def _hear_again(payment: OnlinePayment, heard: Heard, came_from: str, *, at: datetime) -> Told:
    """Paid, and said to be paid: a copy. With another transaction id it is other money, and that is never dropped."""
    state, notification_id = State(payment.state), None
    is_copy = heard.provider_txn_id == payment.provider_txn_id
    if not is_copy:
        log.error("online-payment.paid-twice", ref=payment.ref)
        notification_id = _store_money(payment, heard, at=at)
        _note(
            payment,
            came_from,
            state,
            state,
            "PAID",
            "SECOND_TRANSACTION",
            actor=actor_of(payment.gateway_id),
            at=at,
        )
        payment.save(update_fields=["events_count"])
    is_other = is_copy and heard.amount_vnd != payment.paid_vnd
    return Told(payment.id, state, state, is_other, notification_id)


def _store_money(payment: OnlinePayment, heard: Heard, *, at: datetime) -> UUID:
    return store_notification(
        bank=payment.gateway_id, txn_id=heard.provider_txn_id, amount_vnd=heard.amount_vnd or 0,
        text=payment.payment_code, paid_at=heard.paid_at or at,
        raw_sha256=hashing.fingerprint([payment.ref, heard.provider_txn_id, heard.amount_vnd]), at=at,
        charge_id=payment.charge_id,
    ).id  # fmt: skip


def _move(
    payment: OnlinePayment, became: State, heard: Heard, came_from: str, *, is_asked: bool, at: datetime
) -> None:
    was = State(payment.state)
    is_poll = came_from == "QUERY"
    if is_poll:
        payment.polls += 1
    if became is not was or heard.code != payment.code or not is_poll:
        _note(
            payment, came_from, was, became, heard.said, heard.code, actor=actor_of(payment.gateway_id), at=at
        )
    if became is not was:
        payment.state, payment.changed_at = became.value, at
        payment.polls = 0
    payment.code = heard.code[:40]
    if became not in rules.LIVE:
        payment.next_poll_at = None
    elif is_asked or became is not was or is_poll or payment.next_poll_at is None:
        payment.next_poll_at = at if is_asked else rules.poll_at(at, payment.polls)
    payment.save()
    if is_asked:
        jobs.wake(POLL_JOB)


def _note(
    payment: OnlinePayment,
    came_from: str,
    was: State,
    became: State,
    said: str,
    code: str,
    *,
    actor: Actor,
    at: datetime,
) -> None:
    payment.events_count += 1
    OnlineEvent.objects.create(
        payment=payment, seq=payment.events_count, came_from=came_from, was=was.value, became=became.value,
        said=str(said), code=code[:40], actor=actor.ref, at=at,
    )  # fmt: skip


@transaction.atomic
def note_return(*, payment_id: UUID, at: datetime) -> None:
    """The payer is back from the provider's page. That proves nothing; the provider is asked at once."""
    payment = OnlinePayment.objects.select_for_update().filter(id=payment_id).first()
    if payment is None or State(payment.state) not in rules.LIVE:
        return
    if not payment.events.filter(came_from="RETURN").exists():
        state = State(payment.state)
        _note(payment, "RETURN", state, state, "", "", actor=Actor(ActorKind.ANONYMOUS, "payer"), at=at)
        payment.next_poll_at = at
        payment.save(update_fields=["events_count", "next_poll_at"])
        jobs.wake(POLL_JOB)


@transaction.atomic
def claim_poll(*, at: datetime) -> OnlinePayment | None:
    """The attempt to ask about next, moved on so that nobody else asks meanwhile; a kill costs one interval."""
    payment = (
        OnlinePayment.objects.select_for_update(skip_locked=True, of=("self",))
        .select_related("gateway")
        .filter(next_poll_at__lte=at)
        .order_by("next_poll_at", "id")
        .first()
    )
    if payment is not None:
        payment.next_poll_at = rules.poll_at(at, payment.polls + 1)
        payment.save(update_fields=["next_poll_at"])
    return payment
