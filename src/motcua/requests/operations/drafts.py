"""Drafts: one for the chat and the form; nothing typed is lost, whatever it is."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Q

from motcua.kernel.access_codes import access_code, clean_access_code
from motcua.kernel.actors import Actor
from motcua.kernel.ids import new_id
from motcua.kernel.local_time import local_date
from motcua.requests import knowing
from motcua.requests.models import Draft, DraftStatus
from motcua.requests.operations.refusals import DraftClosed, RequestUnknown
from motcua.requests.queries import DraftView, draft_view, find_open_draft
from motcua.services import catalogue
from motcua.services import known as service_known
from motcua.services.declaration import QuestionType, Service


def start_draft(
    *,
    service_code: str,
    channel: str,
    actor: Actor,
    at: datetime,
    visitor_id: UUID | None = None,
    customer_id: UUID | None = None,
    conversation_id: UUID | None = None,
    answers: Mapping[str, Any] | None = None,
    proven_phone: str = "",
) -> DraftView:
    """The visitor's open draft of this service, or a new one; what is known fills what is still empty.

    What is known is what the caller gives, and what is on record of a customer who is proven (or of whoever proved that
    phone number).
    A visitor has one open draft of a service, whichever door they came by. Raises UnknownService.
    """
    service = catalogue.get(service_code, local_date(at))
    answers = _filled(service, answers or {}, actor, customer_id, proven_phone)
    known = find_open_draft(visitor_id=visitor_id, service_code=service_code) if visitor_id else None
    if known is None:
        try:
            with transaction.atomic():
                row = Draft.objects.create(
                    id=new_id(at),
                    service_code=service.code,
                    service_version=service.version,
                    answers=dict(answers or {}),
                    channel=channel,
                    resume_code=access_code(),
                    visitor_id=visitor_id,
                    customer_id=customer_id,
                    conversation_id=conversation_id,
                    created_at=at,
                    updated_at=at,
                )
            return draft_view(row)
        except IntegrityError:  # the same visitor began it in another window
            known = find_open_draft(visitor_id=visitor_id, service_code=service_code)
            if known is None:
                raise
    with transaction.atomic():
        row = _lock(known.id)
        row.conversation_id = conversation_id or row.conversation_id
        row.customer_id = customer_id or row.customer_id
        row.answers = {**(answers or {}), **row.answers}
        row.save(update_fields=["conversation_id", "customer_id", "answers"])
    return draft_view(row)


def save_answers(
    *,
    draft_id: UUID,
    values: Mapping[str, Any],
    actor: Actor,
    at: datetime,
    page: str | None = None,
    proven_phone: str = "",
) -> DraftView:
    """Keep these values as typed, right or wrong; what is wrong is said when it is checked. None takes a value away.

    An account code of one's own brings along what is known of the account.
    Lock: the draft's row. Raises DraftClosed.
    """
    with transaction.atomic():
        row = _lock(draft_id)
        merged = {**row.answers, **values}
        merged = {name: value for name, value in merged.items() if value is not None}
        service = catalogue.get(row.service_code, row.service_version)
        if any(q.type is QuestionType.ACCOUNT_CODE and values.get(q.name) for q in service.questions):
            merged = _filled(service, merged, actor, row.customer_id, proven_phone)
        row.answers = merged
        row.page = row.page if page is None else page
        row.updated_at = at
        row.save(update_fields=["answers", "page", "updated_at"])
    return draft_view(row)


def resume_draft(*, resume_code: str, visitor_id: UUID, actor: Actor, at: datetime) -> DraftView:
    """Go on with a draft on another device: it moves to this visitor. Raises RequestUnknown for a wrong code."""
    with transaction.atomic():
        row = (
            Draft.objects.select_for_update()
            .filter(resume_code=clean_access_code(resume_code), status=DraftStatus.OPEN)
            .first()
        )
        if row is None:
            raise RequestUnknown(field="resume_code")
        own = Draft.objects.filter(
            visitor_id=visitor_id, service_code=row.service_code, status=DraftStatus.OPEN
        )
        own.exclude(id=row.id).update(status=DraftStatus.DISCARDED, updated_at=at)
        row.visitor_id = visitor_id
        row.updated_at = at
        row.save(update_fields=["visitor_id", "updated_at"])
    return draft_view(row)


def resume_in_conversation(
    *, resume_code: str, conversation_id: UUID, visitor_id: UUID | None, at: datetime
) -> DraftView:
    """Go on with a draft in a conversation, whichever door it was begun at. Raises RequestUnknown for a wrong code."""
    with transaction.atomic():
        row = (
            Draft.objects.select_for_update()
            .filter(resume_code=clean_access_code(resume_code), status=DraftStatus.OPEN)
            .first()
        )
        if row is None:
            raise RequestUnknown(field="resume_code")
        own = Q(conversation_id=conversation_id) | (Q(visitor_id=visitor_id) if visitor_id else Q(pk__in=[]))
        here = Draft.objects.filter(own, service_code=row.service_code, status=DraftStatus.OPEN)
        here.exclude(id=row.id).update(status=DraftStatus.DISCARDED, updated_at=at)
        row.conversation_id, row.visitor_id, row.updated_at = (
            conversation_id,
            visitor_id or row.visitor_id,
            at,
        )
        row.save(update_fields=["conversation_id", "visitor_id", "updated_at"])
    return draft_view(row)


def follow(kept_id: UUID, ended_id: UUID, at: datetime) -> None:
    """A conversation became part of another: what was begun in it goes on there."""
    Draft.objects.filter(conversation_id=ended_id, status=DraftStatus.OPEN).update(conversation_id=kept_id)


def discard_draft(*, draft_id: UUID, actor: Actor, at: datetime) -> None:
    """The customer does not want it any more (idempotent)."""
    Draft.objects.filter(id=draft_id, status=DraftStatus.OPEN).update(
        status=DraftStatus.DISCARDED, updated_at=at
    )


def _filled(
    service: Service, answers: Mapping[str, Any], actor: Actor, customer_id: UUID | None, proven_phone: str
) -> dict[str, Any]:
    """The answers with what is known of the actor put where nothing stands."""
    known = knowing.known_to(actor, customer_id=customer_id, proven_phone=proven_phone)
    return {**answers, **service_known.answers(service, answers, known)}


def _lock(draft_id: UUID) -> Draft:
    row = Draft.objects.select_for_update().filter(id=draft_id).first()
    if row is None or row.status != DraftStatus.OPEN:
        raise DraftClosed()
    return row
