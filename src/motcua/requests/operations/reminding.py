"""Reminding a customer that it is their turn: planned first, sent a little later, so that a slip can be taken back."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.db import IntegrityError, transaction

from motcua.kernel.actors import Actor
from motcua.kernel.ids import new_id
from motcua.kernel.results import Refused, gettext_noop
from motcua.ledger import queries as ledger_queries
from motcua.messaging import operations as messaging_ops
from motcua.requests import notice_texts
from motcua.requests.models import Reminder, ReminderState, Request
from motcua.requests.operations import telling
from motcua.requests.operations.refusals import NotYours, RequestUnknown
from motcua.requests.operations.writing import open_work
from motcua.requests.queries import RequestView
from motcua.requests.states import State
from motcua.services.declaration import CUSTOMER

JOB = "request-reminders"
DELAY = timedelta(minutes=2)
GAP = timedelta(hours=20)
REMINDERS = ("INTAKE", "BUSINESS", "SUPERVISOR")


class NotTheirTurn(Refused):
    code = "NOT_THEIR_TURN"
    message = gettext_noop("Yêu cầu %(number)s không chờ khách hàng.")


class RemindedLately(Refused):
    code = "REMINDED_LATELY"
    message = gettext_noop("Khách hàng của yêu cầu %(number)s vừa được nhắc trong ngày.")


def plan_reminder(*, request_id: UUID, actor: Actor, at: datetime, bulk_id: UUID | None = None) -> Reminder:
    """Plan a reminder for a customer whose turn it is; it goes out after `DELAY`. Locks the request.

    Raises RequestUnknown, NotYours, NotTheirTurn, RemindedLately when one was planned or sent within `GAP`.
    """
    with transaction.atomic():
        row = Request.objects.select_for_update().filter(id=request_id).first()
        if row is None:
            raise RequestUnknown()
        if not (actor.has_role(*REMINDERS) and row.unit_code in actor.unit_codes):
            raise NotYours()
        if not _is_their_turn(row):
            raise NotTheirTurn(number=row.number)
        live = (ReminderState.PENDING, ReminderState.SENT)
        if Reminder.objects.filter(request=row, state__in=live, created_at__gt=at - GAP).exists():
            raise RemindedLately(number=row.number)
        try:
            with transaction.atomic():
                reminder = Reminder.objects.create(
                    id=new_id(at),
                    request=row,
                    bulk_id=bulk_id,
                    by=actor.ref,
                    created_at=at,
                    send_at=at + DELAY,
                )
        except IntegrityError as error:
            raise RemindedLately(number=row.number) from error
    return reminder


def withdraw(*, bulk_id: UUID, request_id: UUID, at: datetime) -> bool:
    """Take the planned reminder of an act on many back; False when it has gone out."""
    found = Reminder.objects.filter(bulk_id=bulk_id, request_id=request_id, state=ReminderState.PENDING)
    return found.update(state=ReminderState.WITHDRAWN, ended_at=at) == 1


def send_due(*, at: datetime, limit: int = 50) -> int:
    """Send the reminders whose moment has come; those no longer needed are dropped. How many came to an end."""
    due = Reminder.objects.filter(state=ReminderState.PENDING, send_at__lte=at).order_by("send_at", "id")
    ids = list(due.values_list("id", "request_id")[:limit])
    for reminder_id, request_id in ids:
        _send(reminder_id, request_id, at)
    return len(ids)


def _send(reminder_id: UUID, request_id: UUID, at: datetime) -> None:
    """One reminder in a transaction of its own: journal and message, or none of both. Locks request, then reminder."""
    with transaction.atomic():
        work = open_work(
            request_id=request_id, actor=Actor.system("reminders"), at=at, key=f"reminder:{reminder_id}", may_be_closed=True
        )  # fmt: skip
        reminder = Reminder.objects.select_for_update().get(id=reminder_id)
        if reminder.state != ReminderState.PENDING:
            return
        reminder.ended_at = at
        if not _is_their_turn(work.row):
            reminder.state = ReminderState.NEEDLESS
            reminder.save(update_fields=["state", "ended_at"])
            return
        reminder.state = ReminderState.SENT
        reminder.save(update_fields=["state", "ended_at"])
        work.append("customer.reminded", {"reminder": str(reminder.id)}, Actor.from_ref(reminder.by))
        view = work.save()
        _tell(view, reminder, at)


def _tell(view: RequestView, reminder: Reminder, at: datetime) -> None:
    names = [view.service.paper(code).name for code in view.papers_asked]
    owes = any(charge.is_open for charge in ledger_queries.list_charges(view.id))
    template = (
        notice_texts.REMINDER_PAPERS
        if names
        else notice_texts.REMINDER_PAY
        if owes
        else notice_texts.REMINDER_OTHER
    )
    messaging_ops.notify(
        key=f"reminder:{reminder.id}", at=at, customer_id=view.customer_id, phone=telling.phone_of(view),
        request_id=view.id, conversation_id=view.state.conversation_id, template=template.code, important=True,
        topic=telling.PAYMENT if template is notice_texts.REMINDER_PAY else telling.REQUEST,
        params={
            **telling.facts_of(view),
            "papers_vi": ", ".join(name.vi for name in names),
            "papers_en": ", ".join(name.en for name in names),
            "pay_link": telling.follow_link(view.number) + "thanh-toan/",
        },
    )  # fmt: skip


def _is_their_turn(row: Request) -> bool:
    return row.waiting_role == CUSTOMER and not State(row.state).is_closed
