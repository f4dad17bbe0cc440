"""What administrators decide about the desk: its queues and their targets, labels, and when it closes and asks."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from django.db import IntegrityError, transaction
from django.utils.text import slugify

from motcua.companies import operations as company_ops
from motcua.companies.access import require_role
from motcua.companies.roles import Role
from motcua.kernel.actors import Actor
from motcua.kernel.results import Refused, gettext_noop
from motcua.kernel.vietnamese import fold
from motcua.messaging import writing
from motcua.messaging.desk import episodes
from motcua.messaging.desk.models import (
    DeskEpisode,
    DeskLabel,
    DeskQueue,
    DeskSettings,
    DeskTarget,
    EpisodeState,
    Tone,
)

MOST_MINUTES = 60 * 24 * 60


class QueueTaken(Refused):
    code = "QUEUE_TAKEN"
    message = gettext_noop("Đã có hàng chờ tên này.")


class QueueName(Refused):
    code = "QUEUE_NAME"
    message = gettext_noop("Hãy đặt tên cho hàng chờ.")


class QueueGeneral(Refused):
    code = "QUEUE_GENERAL"
    message = gettext_noop("Hàng chờ chung là của cả công ty và luôn được dùng.")


class TargetInvalid(Refused):
    code = "TARGET_INVALID"
    message = gettext_noop(
        "Thời gian phải lớn hơn 0; thời gian giải quyết không ngắn hơn thời gian trả lời đầu."
    )


class TargetDay(Refused):
    code = "TARGET_DAY"
    message = gettext_noop(
        "Mục tiêu mới bắt đầu từ hôm nay trở đi: những gì đã qua giữ mục tiêu của ngày đó."
    )


class TargetSource(Refused):
    code = "TARGET_SOURCE"
    message = gettext_noop("Hãy ghi ai đặt mục tiêu này, ở văn bản nào.")


class LabelInvalid(Refused):
    code = "LABEL_INVALID"
    message = gettext_noop("Nhãn cần một tên chưa dùng và một màu.")


class SettingsInvalid(Refused):
    code = "DESK_SETTINGS_INVALID"
    message = gettext_noop("Hãy nhập số trong khoảng cho phép.")


def save_queue(
    *, queue_id: int | None, name: str, name_en: str, unit_code: str, topics: Sequence[str], place: int, is_active: bool,
    actor: Actor, at: datetime,
) -> DeskQueue:  # fmt: skip
    """A new queue, or another name, unit, topics or place of one. What waits in one put out of use waits in the general one.

    Raises Forbidden, QueueName, QueueTaken, QueueGeneral.
    """
    require_role(actor, Role.ADMIN)
    if not name.strip():
        raise QueueName(field="name")
    with transaction.atomic():
        row = DeskQueue.objects.select_for_update().get(id=queue_id) if queue_id is not None else DeskQueue()
        if row.is_general and (unit_code or not is_active):
            raise QueueGeneral(field="unit_code" if unit_code else "is_active")
        row.code = row.code or slugify(fold(name))[:20] or "hang"
        row.name, row.name_en, row.unit_code = name.strip()[:60], name_en.strip()[:60], unit_code
        row.topics, row.place, row.is_active = sorted(set(topics)), place, is_active
        try:
            with transaction.atomic():
                row.save()
        except IntegrityError as error:
            raise QueueTaken(field="name") from error
        _audit(
            "desk.queue-saved", "desk_queue", row.code, actor, at, active=is_active, topics=len(row.topics)
        )
    if not is_active:
        _empty(row, at)
    return row


def _empty(queue: DeskQueue, at: datetime) -> None:
    general = DeskQueue.objects.get(is_general=True)
    waiting = DeskEpisode.objects.filter(queue=queue, state=EpisodeState.WAITING)
    for conversation_id in list(waiting.values_list("conversation_id", flat=True)):
        with transaction.atomic():
            row = writing.lock(conversation_id)
            episode = episodes.find_open(row)
            if episode is not None and episode.state == EpisodeState.WAITING:
                episodes.wanted(row, episode.waiting_since, queue_id=general.id, not_to=episode.not_to)


def set_target(
    *, queue_id: int, first_minutes: int, resolve_minutes: int, valid_from: date, source: str, today: date, actor: Actor,
    at: datetime,
) -> DeskTarget:  # fmt: skip
    """From a day on these targets count; the row before ends on that day, later ones go. Those begun before keep theirs.

    Raises Forbidden, TargetInvalid, TargetDay, TargetSource.
    """
    require_role(actor, Role.ADMIN)
    if not 0 < first_minutes <= resolve_minutes <= MOST_MINUTES:
        raise TargetInvalid(field="first_minutes")
    if not source.strip():
        raise TargetSource(field="source")
    if valid_from < today:
        raise TargetDay(field="valid_from")
    with transaction.atomic():
        queue = DeskQueue.objects.select_for_update().get(id=queue_id)
        DeskTarget.objects.filter(queue=queue, valid_from__gte=valid_from).delete()
        DeskTarget.objects.filter(queue=queue, valid_to__isnull=True).update(valid_to=valid_from)
        DeskTarget.objects.filter(queue=queue, valid_to__gt=valid_from).update(valid_to=valid_from)
        row = DeskTarget.objects.create(
            queue=queue, first_minutes=first_minutes, resolve_minutes=resolve_minutes, valid_from=valid_from,
            source=source.strip()[:200],
        )  # fmt: skip
        _audit(
            "desk.target-set", "desk_queue", queue.code, actor, at, first=first_minutes, resolve=resolve_minutes,
            from_day=valid_from.isoformat(),
        )  # fmt: skip
    return row


def save_label(
    *, label_id: int | None, name: str, tone: str, is_active: bool, actor: Actor, at: datetime
) -> DeskLabel:
    """A new label, or another name or colour of one; out of use it stays where it was set. Raises Forbidden, LabelInvalid."""
    require_role(actor, Role.ADMIN)
    if not name.strip() or tone not in Tone.values:
        raise LabelInvalid(field="name")
    row = DeskLabel.objects.get(id=label_id) if label_id is not None else DeskLabel()
    row.name, row.tone, row.is_active = name.strip()[:30], tone, is_active
    try:
        with transaction.atomic():
            row.save()
            _audit("desk.label-saved", "desk_label", str(row.pk), actor, at, active=is_active)
    except IntegrityError as error:
        raise LabelInvalid(field="name") from error
    return row


def save_settings(
    *, idle_days: int, away_minutes: int, asks_rating: bool, rating_days: int, actor: Actor, at: datetime
) -> DeskSettings:
    """When idle conversations close, who is unseen goes off duty, and whether and how often customers are asked.

    Raises Forbidden, SettingsInvalid.
    """
    require_role(actor, Role.ADMIN)
    for name, value, low, high in (
        ("idle_days", idle_days, 0, 365), ("away_minutes", away_minutes, 5, 600), ("rating_days", rating_days, 1, 365),
    ):  # fmt: skip
        if not low <= value <= high:
            raise SettingsInvalid(field=name)
    values = {
        "idle_days": idle_days, "away_minutes": away_minutes, "asks_rating": asks_rating, "rating_days": rating_days,
    }  # fmt: skip
    with transaction.atomic():
        row, _made = DeskSettings.objects.update_or_create(id=1, defaults=values)
        _audit("desk.settings-saved", "desk", "1", actor, at, **values)
    return row


def _audit(verb: str, kind: str, id: str, actor: Actor, at: datetime, **facts: object) -> None:
    company_ops.record_audit(actor=actor, verb=verb, subject_type=kind, subject_id=id, at=at, facts=facts)
