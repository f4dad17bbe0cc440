"""What customers read of their own meters: taken with a photo, asked again when far off, looked at by a person."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from django.db import transaction

from motcua.billing import access, doubting, own_reading_queries, reading_days, telling_readings
from motcua.billing.models import OwnReading, OwnReadingState
from motcua.billing.operations.deciding import MAY_DECIDE, ReasonMissing
from motcua.billing.operations.issuing import lock_account
from motcua.companies import operations as company_ops
from motcua.documents import operations as document_ops
from motcua.kernel import ids
from motcua.kernel.actors import Actor, ActorKind
from motcua.kernel.ids import parse_id
from motcua.kernel.local_time import local_date
from motcua.kernel.results import Invalid, NotAllowed, NotFound, Problem, Refused, gettext_noop
from motcua.supply import hanging, rules
from motcua.supply import operations as supply_ops
from motcua.supply.hanging import Hanging

SUBJECT = "own_reading"
PHOTO = "METER_PHOTO"
SOURCE = "CUSTOMER"
MOST_A_PERIOD = 5
VALUE_WORDS = {
    "NOT_A_NUMBER": gettext_noop("Hãy nhập các chữ số trên mặt công tơ, ví dụ 12345."),
    "NEGATIVE": gettext_noop("Chỉ số không thể nhỏ hơn 0."),
    "TOO_MANY_DIGITS": gettext_noop("Chỉ số nhiều chữ số hơn mặt công tơ."),
}


class NotWanted(Refused):
    """Nobody asks for a reading of this account today."""

    code = "READING_NOT_WANTED"
    message = gettext_noop("Hôm nay chưa cần ghi chỉ số của mã khách hàng này.")


class TooManyReadings(Refused):
    code = "TOO_MANY_READINGS"
    message = gettext_noop(
        "Kỳ này anh/chị đã gửi chỉ số nhiều lần. Điện lực sẽ xem những lần đã gửi; cần gấp xin gọi điện."
    )


class NothingToRead(Refused):
    """No meter with a register that a person reads hangs there."""

    code = "NOTHING_TO_READ"
    message = gettext_noop("Mã khách hàng này hiện không có công tơ để ghi.")


class ReadingNotTaken(Refused):
    """The meter is not what it was when the photo was sent: another came, or another value was kept."""

    code = "READING_NOT_TAKEN"
    message = gettext_noop(
        "Không ghi được chỉ số này: công tơ đã đổi hoặc đã có chỉ số khác cùng lúc. Hãy gửi lại."
    )


@transaction.atomic
def send_own_reading(
    *, account_code: str, shown: Mapping[str, str], photo: bytes, photo_name: str, actor: Actor, at: datetime, key: str
) -> OwnReading:  # fmt: skip
    """A customer's figures by register, with the photo. TAKEN, or ASKED when they are far off. The same key is the same reading.

    Refuses NotFound, NotWanted, NothingToRead, TooManyReadings, Invalid by register, and what documents refuse of the photo.
    Locks the account.
    """
    on = local_date(at)
    own = _require_own(account_code, actor, on)
    lock_account(account_code)
    if known := OwnReading.objects.filter(key=key, account_code=account_code).first():
        return known
    wanted = reading_days.find_wanted(account_code, on)
    if wanted is None:
        raise NotWanted(field="account_code")
    meter = _meter(account_code, at)
    sent = OwnReading.objects.filter(account_code=account_code, reading_day=wanted.day)
    if sent.count() >= MOST_A_PERIOD:
        raise TooManyReadings(field="account_code")
    values = _values(meter, shown)
    row_id = ids.new_id(at)
    stored = document_ops.store(
        content=photo, name=photo_name, kind=PHOTO, subject_type=SUBJECT, subject_id=row_id, sensitive=False, actor=actor, at=at
    )  # fmt: skip
    row = OwnReading(
        id=row_id, key=key, account_code=account_code, unit_code=meter.unit_code, customer_id=own, serial=meter.serial,
        document_id=stored.id, reading_day=wanted.day, read_at=at,
    )  # fmt: skip
    _judge(row, meter, values, at)
    row.save(force_insert=True)
    if row.state == OwnReadingState.TAKEN:
        _write(row, actor, at)
    _audit("own_reading.sent", row, actor, at)
    return row


@transaction.atomic
def correct_own_reading(
    *, reading_id: UUID, shown: Mapping[str, str], actor: Actor, at: datetime
) -> OwnReading:
    """Asked whether it is so, the customer types it anew; the photo stays. Refuses NotFound, NothingToRead, Invalid."""
    row = _asked(reading_id, actor, at)
    meter = _meter(row.account_code, at)
    if meter.serial != row.serial:
        raise ReadingNotTaken(field="shown")
    _judge(row, meter, _values(meter, shown), at)
    row.save(update_fields=["shown", "kwh", "last_kwh", "doubt", "state"])
    if row.state == OwnReadingState.TAKEN:
        _write(row, actor, at)
    return row


@transaction.atomic
def confirm_own_reading(*, reading_id: UUID, actor: Actor, at: datetime) -> OwnReading:
    """Asked, the customer says it is so: it waits for a person. Refuses NotFound."""
    row = _asked(reading_id, actor, at)
    row.state = OwnReadingState.WAITING
    row.save(update_fields=["state"])
    _audit("own_reading.confirmed", row, actor, at)
    return row


@transaction.atomic
def decide_own_reading(
    *, reading_id: UUID, accept: bool, reason: str, actor: Actor, at: datetime
) -> OwnReading:
    """Somebody has looked at the photo: it is a reading, or none with the reason, which the customer is told.

    Refuses NotFound, NotAllowed, ReasonMissing, ReadingNotTaken. Locks the row.
    """
    row = OwnReading.objects.select_for_update().filter(id=reading_id, state=OwnReadingState.WAITING).first()
    if row is None:
        raise NotFound(field="reading_id")
    if not actor.has_role(*MAY_DECIDE) or row.unit_code not in actor.unit_codes:
        raise NotAllowed(field="reading_id")
    if not accept and not reason.strip():
        raise ReasonMissing(field="reason")
    row.state = OwnReadingState.ACCEPTED if accept else OwnReadingState.REFUSED
    row.reason, row.decided_at, row.decided_by = reason.strip()[:300], at, actor.ref
    row.save(update_fields=["state", "reason", "decided_at", "decided_by"])
    if accept:
        _write(row, actor, at)
    _audit("own_reading.accepted" if accept else "own_reading.refused", row, actor, at)
    telling_readings.tell_decided(row, at=at)
    return row


def _require_own(account_code: str, actor: Actor, on: date) -> UUID:
    """Who asks, where the account is theirs, or they have a part in it. Refuses NotFound."""
    own = parse_id(actor.id) if actor.kind is ActorKind.CUSTOMER else None
    reach = access.reach_of_actor(actor, on=on) if own else None
    if own is None or reach is None or account_code not in own_reading_queries.accounts_of(reach):
        raise NotFound(field="account_code")
    return own


def _asked(reading_id: UUID, actor: Actor, at: datetime) -> OwnReading:
    row = OwnReading.objects.select_for_update().filter(id=reading_id, state=OwnReadingState.ASKED).first()
    if row is None:
        raise NotFound(field="reading_id")
    _require_own(row.account_code, actor, local_date(at))
    return row


def _meter(account_code: str, at: datetime) -> Hanging:
    """The meter that counts what is used; of several the first. A reactive one nobody reads at home."""
    found = [
        one
        for one in hanging.list_hanging([account_code], at).get(account_code, [])
        if one.kind != "REACTIVE"
    ]
    if not found:
        raise NothingToRead(field="account_code")
    return found[0]


def _values(meter: Hanging, shown: Mapping[str, str]) -> dict[str, Decimal]:
    """By register. Refuses Invalid, each beside its own."""
    values: dict[str, Decimal] = {}
    errors: dict[str, list[Problem]] = {}
    for register in meter.registers:
        value, reason = rules.reading_value(shown.get(register, ""), meter.digits)
        if value is None:
            errors[register] = [Problem(reason, VALUE_WORDS[reason])]
        else:
            values[register] = value
    if errors:
        raise Invalid(errors)
    return values


def _judge(row: OwnReading, meter: Hanging, values: Mapping[str, Decimal], at: datetime) -> None:
    on = local_date(at)
    ground = doubting.grounds_of([row.account_code], at)[row.account_code]
    shown = {(meter.serial, register): int(value) for register, value in values.items()}
    doubt = ground.doubt_of([meter], shown, on, doubting.bounds_of(row.unit_code, on))
    row.shown = {register: str(value) for register, value in values.items()}
    row.kwh = ground.kwh_of([meter], shown)
    row.last_kwh = ground.last.kwh if ground.last else None
    row.doubt = doubt.value if doubt else ""
    row.state = OwnReadingState.ASKED if doubt else OwnReadingState.TAKEN


def _write(row: OwnReading, actor: Actor, at: datetime) -> None:
    taken = supply_ops.take_readings(
        readings=[
            supply_ops.NewReading(n, register, row.read_at, Decimal(value), row.serial)
            for n, (register, value) in enumerate(sorted(row.shown.items()))
        ],
        source=SOURCE, unit_codes=[row.unit_code], actor=actor, at=at,
    )  # fmt: skip
    if taken.faults:
        raise ReadingNotTaken(field="shown")


def _audit(verb: str, row: OwnReading, actor: Actor, at: datetime) -> None:
    company_ops.record_audit(
        actor=actor, verb=verb, subject_type=SUBJECT, subject_id=str(row.id), at=at,
        facts={"account": row.account_code, "doubt": row.doubt, "state": row.state},
    )  # fmt: skip
