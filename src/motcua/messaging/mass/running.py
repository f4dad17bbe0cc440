"""What the worker does for mass notices: gather recipients a page at a time, hand their messages to the outbox a share at a
time, count, and say when one is done.

Every step is one transaction that also moves the notice's mark on; a worker that is killed leaves a page wholly done or
untouched. No more than `WINDOW` messages of a notice wait in the outbox, so pausing and stopping take hold at once and the
outbox stays short.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

import structlog
from django.db import connection, transaction
from django.db.models import Count, F, Q

from motcua.messaging.mass import audiences, queries, statements
from motcua.messaging.mass.models import MassNotice, MassRecipient, MassState, RecipientState
from motcua.messaging.models import OutboxMessage, OutboxState

log = structlog.get_logger(__name__)

PAGE = 20_000  # recipients written down in a transaction
WINDOW = 2_000  # messages of one notice that wait in the outbox
COUNT_EVERY = timedelta(seconds=10)
COUNT_LATER_EVERY = timedelta(minutes=5)
RECEIPTS_FOR = timedelta(days=3)  # how long after its end a notice's receipts are counted
NO_UUID = "00000000-0000-0000-0000-000000000000"
_UNKNOWN_CODES = """
INSERT INTO messaging_massrecipient (notice_id, subject, account_code, channel, state)
SELECT k.notice_id, k.account_code, k.account_code, '', 'UNKNOWN' FROM messaging_masscode k
 WHERE k.notice_id = %(notice)s
   AND NOT EXISTS (SELECT 1 FROM ({audience}) a WHERE a.account_code = k.account_code)
ON CONFLICT DO NOTHING
"""


def work(*, at: datetime) -> int:
    """One step for every notice that is being gathered or sent; how many rows were moved."""
    moved = 0
    states = [MassState.GATHERING, MassState.RUNNING]
    for notice_id in list(
        MassNotice.objects.filter(state__in=states).order_by("created_at").values_list("id", flat=True)
    ):
        moved += gather(notice_id, at=at) or release(notice_id, at=at)
    for notice_id in _due_for_count(at):
        count(notice_id, at=at)
    return moved


def gather(notice_id: UUID, *, at: datetime, page: int = PAGE) -> int:
    """Write down the next recipients; how many rows of the audience were read. At the end the notice is READY."""
    with transaction.atomic():
        row = _locked(notice_id, MassState.GATHERING)
        if row is None:
            return 0
        ways = queries.ways_of(row, at)
        audience, told = audiences.get(row.audience).query(row.audience_params)
        values = {**queries.values_of(row, ways, at), **told}
        if not ways:
            return _give_up(row, at)
        with connection.cursor() as cursor:
            after = row.gathered_up_to or ("" if row.is_per_account else NO_UUID)
            cursor.execute(
                statements.gather(audience, ways, per_account=row.is_per_account),
                {**values, "after": after, "limit": page},
            )
            read, last = cursor.fetchone()
            if read:
                row.gathered_up_to = last
                row.save(update_fields=["gathered_up_to"])
                return int(read)
            if row.audience == audiences.CODES.code:
                cursor.execute(_UNKNOWN_CODES.format(audience=audience), values)
        row.state, row.counts, row.counted_at = MassState.READY, queries.count_recipients(row.id), at
        if audiences.get(row.audience).starts_itself:
            row.state, row.started_at, row.started_by = MassState.RUNNING, at, row.created_by
        row.save(update_fields=["state", "counts", "counted_at", "started_at", "started_by"])
        log.info("mass_gathered", notice_id=str(row.id), **row.counts["recipients"])
        return 1


def release(notice_id: UUID, *, at: datetime, window: int = WINDOW) -> int:
    """Hand the next messages to the outbox, as many as the window has room for; how many recipients were looked at."""
    with transaction.atomic():
        row = _locked(notice_id, MassState.RUNNING)
        if row is None:
            return 0
        if row.expires_at is not None and row.expires_at <= at:
            return _end(row, at, MassState.STOPPED, "TOO_LATE")
        waiting = OutboxMessage.objects.filter(
            mass_id=row.id, state__in=[OutboxState.QUEUED, OutboxState.SENDING]
        )
        room = window - waiting.count()
        if row.id not in queries.list_sending(at) or room < window // 4:
            return 0
        ways = queries.ways_of(row, at)
        if not ways:
            return _give_up(row, at)
        with connection.cursor() as cursor:
            cursor.execute(
                statements.release(
                    ways, sorted(queries.names_in(row.texts)), audiences.get(row.audience).own
                ),
                {**queries.values_of(row, ways, at), "after": row.released_up_to, "limit": room},
            )
            looked, last, _made = cursor.fetchone()
        if looked:
            row.released_up_to = last
            row.save(update_fields=["released_up_to"])
        elif room == window:  # none left to hand over, none on its way
            _end(row, at, MassState.DONE, "")
        return int(looked)


def _give_up(row: MassNotice, at: datetime) -> int:
    """No channel is left that may carry it: somebody must look."""
    return _end(row, at, MassState.STOPPED, "NO_WAY")


def _end(row: MassNotice, at: datetime, state: MassState, why: str) -> int:
    row.state, row.ended_at, row.ended_why = state, at, why
    row.counts, row.counted_at = _counted(row), at
    row.save(update_fields=["state", "ended_at", "ended_why", "counts", "counted_at"])
    log.info("mass_ended", notice_id=str(row.id), state=str(state), why=why)
    return 0


def count(notice_id: UUID, *, at: datetime) -> None:
    """Look how far it is, for the page."""
    with transaction.atomic():
        row = MassNotice.objects.select_for_update().get(id=notice_id)
        row.counts, row.counted_at = _counted(row), at
        row.save(update_fields=["counts", "counted_at"])


def _counted(row: MassNotice) -> dict[str, dict[str, int]]:
    """What was counted once stays; those who could not be reached after all are few and counted again."""
    recipients = dict(row.counts.get("recipients", {}))
    total = sum(recipients.values())
    lost = MassRecipient.objects.filter(notice_id=row.id).exclude(state=RecipientState.TO_SEND)
    recipients = dict(lost.values_list("state").annotate(n=Count("id")).order_by())
    recipients["TO_SEND"] = max(0, total - sum(recipients.values()))
    return {
        "recipients": recipients,
        "channels": row.counts.get("channels", {}),
        "messages": queries.count_messages(row.id),
    }


def _due_for_count(at: datetime) -> list[UUID]:
    rows = MassNotice.objects.filter(started_at__isnull=False)
    running = rows.filter(state__in=[MassState.RUNNING, MassState.PAUSED], counted_at__lte=at - COUNT_EVERY)
    ended = rows.filter(ended_at__gt=at - RECEIPTS_FOR).filter(
        Q(counted_at__lte=at - COUNT_LATER_EVERY) | Q(counted_at__lte=F("ended_at"))
    )
    return list((running | ended).values_list("id", flat=True))


def _locked(notice_id: UUID, state: MassState) -> MassNotice | None:
    return MassNotice.objects.select_for_update().filter(id=notice_id, state=state).first()
