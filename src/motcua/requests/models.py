"""Drafts, requests, their journal. Personal values stand in `RequestData` alone, so that they can be erased."""

from __future__ import annotations

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.contrib.postgres.search import SearchVectorField
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Left

from motcua.requests.states import Channel, Reception, State

IS_OPEN = Q(state__in=["OPEN", "WAITING_PAPERS"])


class DraftStatus(models.TextChoices):
    OPEN = "OPEN"
    SUBMITTED = "SUBMITTED"
    DISCARDED = "DISCARDED"


class Draft(models.Model):
    """A form begun: in the chat and on the pages it is the same one. It outlives sessions and devices."""

    id = models.UUIDField(primary_key=True)
    service_code = models.CharField(max_length=20)
    service_version = models.PositiveIntegerField()
    answers = models.JSONField(encoder=DjangoJSONEncoder, default=dict)
    page = models.CharField(max_length=60, blank=True)
    channel = models.CharField(max_length=12, choices=[(c.value, c.value) for c in Channel])
    resume_code = models.CharField(max_length=16, unique=True)
    visitor_id = models.UUIDField(null=True, db_index=True)
    customer_id = models.UUIDField(null=True)
    conversation_id = models.UUIDField(null=True, db_index=True)
    status = models.CharField(max_length=10, choices=DraftStatus.choices, default=DraftStatus.OPEN)
    request_id = models.UUIDField(null=True)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["visitor_id", "service_code"],
                condition=Q(status="OPEN"),
                name="draft_one_open_a_visitor",
            ),
            models.CheckConstraint(
                condition=Q(status="SUBMITTED", request_id__isnull=False) | ~Q(status="SUBMITTED"),
                name="draft_submitted_has_request",
            ),
        ]


class Request(models.Model):
    """The current state of one case: exactly what `rules.apply` makes of its journal, and nothing personal."""

    finder_may = ("SELECT (account_code)",)

    id = models.UUIDField(primary_key=True)
    number = models.CharField(max_length=20, unique=True)
    seq = models.PositiveIntegerField()
    service_code = models.CharField(max_length=20)
    service_version = models.PositiveIntegerField()
    state = models.CharField(max_length=16, choices=[(s.value, s.value) for s in State])
    step = models.CharField(max_length=20)
    waiting_role = models.CharField(max_length=12, blank=True)
    unit_code = models.CharField(max_length=8)
    province_code = models.CharField(max_length=2, blank=True)
    customer_id = models.UUIDField(null=True, db_index=True)
    place_id = models.UUIDField(null=True, db_index=True)
    account_code = models.CharField(max_length=13, blank=True, db_index=True)
    conversation_id = models.UUIDField(null=True)
    channel = models.CharField(max_length=12, choices=[(c.value, c.value) for c in Channel])
    reception = models.CharField(max_length=10, choices=[(r.value, r.value) for r in Reception])
    submitted_by = models.CharField(max_length=80)
    submitted_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True)
    step_since = models.DateTimeField()
    step_due_at = models.DateTimeField(null=True)
    paused_at = models.DateTimeField(null=True)
    extension = models.CharField(max_length=30, blank=True)
    assignee = models.CharField(max_length=80, blank=True)
    portal = models.CharField(max_length=30, blank=True)
    external_number = models.CharField(max_length=60, blank=True)
    portal_status = models.PositiveSmallIntegerField(default=1)
    trips = models.PositiveSmallIntegerField(default=0)
    paid_online = models.BooleanField(null=True)
    papers_online = models.BooleanField(default=True)
    fully_online = models.BooleanField(null=True)
    settled_at = models.DateTimeField(null=True)
    on_time = models.BooleanField(null=True)
    closed_at = models.DateTimeField(null=True)
    energised_at = models.DateTimeField(null=True)
    rating = models.PositiveSmallIntegerField(null=True)
    reopened = models.PositiveSmallIntegerField(default=0)
    taken_back_at = models.DateTimeField(null=True)  # a payment was taken back and is owed again
    late_party = models.CharField(
        max_length=11, blank=True, default="", db_default=""
    )  # who a broken promise is charged to

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["portal", "external_number"],
                condition=~Q(external_number=""),
                name="request_external_once",
            ),
            models.CheckConstraint(condition=Q(portal_status__range=(1, 10)), name="request_portal_status"),
            models.CheckConstraint(
                condition=Q(rating__isnull=True) | Q(rating__range=(1, 5)), name="request_rating"
            ),
            models.CheckConstraint(
                condition=Q(closed_at__isnull=True) | Q(closed_at__gte=F("submitted_at")),
                name="request_closed_after",
            ),
        ]
        indexes = [
            models.Index(
                fields=["unit_code", "waiting_role", "step_due_at", "id"],
                include=["service_code", "step", "assignee"],
                condition=IS_OPEN,
                name="request_work_due",
            ),
            models.Index(
                fields=["unit_code", "waiting_role", "due_at", "id"],
                include=["service_code", "step", "assignee"],
                condition=IS_OPEN,
                name="request_work_promise",
            ),
            models.Index(
                fields=["assignee", "step_due_at", "id"],
                condition=IS_OPEN & ~Q(assignee=""),
                name="request_work_holder",
            ),
            models.Index(
                fields=["unit_code", "step_due_at", "id"],
                condition=Q(taken_back_at__isnull=False),
                name="request_taken_back",
            ),
            models.Index(
                fields=["unit_code", "due_at"],
                include=["assignee"],
                condition=IS_OPEN & Q(paused_at__isnull=True),
                name="request_promises",
            ),
            models.Index(
                fields=["unit_code", "closed_at"],
                include=["on_time", "late_party"],
                condition=Q(state="SETTLED", on_time=False),
                name="request_late",
            ),
            models.Index(fields=["unit_code", "-submitted_at", "id"], name="request_unit_recent"),
            models.Index(fields=["-submitted_at", "id"], name="request_recent"),
            models.Index(fields=["submitted_by", "-submitted_at", "id"], name="request_submitted_by"),
            # cases behind a figure, by the instant it counts them
            models.Index(
                fields=["-closed_at", "id"], condition=Q(closed_at__isnull=False), name="request_closed"
            ),
            models.Index(
                fields=["-energised_at", "id"],
                condition=Q(energised_at__isnull=False),
                name="request_energised",
            ),
            models.Index(
                fields=["service_code", "service_version"],
                condition=Q(closed_at__isnull=True),
                name="request_open_version",
            ),
        ]


class RequestData(models.Model):
    """What was answered and put in: erasable. The journal keeps hashes of it."""

    request = models.OneToOneField(Request, primary_key=True, on_delete=models.PROTECT, related_name="data")
    answers = models.JSONField(encoder=DjangoJSONEncoder)
    inputs = models.JSONField(encoder=DjangoJSONEncoder, default=dict)
    representative = models.JSONField(encoder=DjangoJSONEncoder, default=dict)
    due_lines = models.JSONField(default=list)
    step_due_lines = models.JSONField(default=list)
    code_word_hash = models.CharField(max_length=200, blank=True)
    papers_asked = models.JSONField(default=list)
    erased_at = models.DateTimeField(null=True)


class Entry(models.Model):
    """The journal: ids, codes and hashes. Rows are never changed."""

    append_only = True

    request = models.ForeignKey(Request, on_delete=models.PROTECT, related_name="entries")
    seq = models.PositiveIntegerField()
    name = models.CharField(max_length=40)
    version = models.PositiveSmallIntegerField(default=1)
    at = models.DateTimeField()
    actor = models.CharField(max_length=80)
    payload = models.JSONField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["request", "seq"], name="entry_once")]
        indexes = [models.Index(fields=["at"], name="entry_at")]


class Note(models.Model):
    """Words a person wrote on a request: a reason, an answer, a remark. Erasable; the journal names it by id."""

    id = models.UUIDField(primary_key=True)
    request = models.ForeignKey(Request, on_delete=models.PROTECT, related_name="notes")
    text = models.TextField()
    for_customer = models.BooleanField(default=False)
    author = models.CharField(max_length=80)
    at = models.DateTimeField()


class DoneOnce(models.Model):
    """Idempotency keys: the first call's content and answer. Narrow, so that it may grow."""

    key = models.CharField(primary_key=True, max_length=120)
    act = models.CharField(max_length=20)
    content = models.CharField(max_length=64)
    request_id = models.UUIDField(null=True)
    answer = models.JSONField(null=True)
    at = models.DateTimeField()


class Changed(models.Model):
    """Requests whose row moved and whose roll-ups have not yet. Written with the journal, emptied by the board's job."""

    id = models.BigAutoField(primary_key=True)
    request_id = models.UUIDField()


class SavedList(models.Model):
    """A choice of the work list that somebody keeps: for themselves, or for everybody at their unit."""

    id = models.UUIDField(primary_key=True)
    staff_id = models.UUIDField()
    name = models.CharField(max_length=60)
    query = models.CharField(max_length=400)  # the part of the address behind the question mark
    columns = models.JSONField(default=list)
    unit_code = models.CharField(max_length=8, blank=True)  # shared there
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["staff_id", "name"], name="saved_list_name"),
            models.CheckConstraint(condition=~Q(name=""), name="saved_list_has_name"),
        ]
        indexes = [models.Index(fields=["unit_code"], condition=~Q(unit_code=""), name="saved_list_shared")]


class DeskChoice(models.Model):
    """How somebody wants the desk to be."""

    staff_id = models.UUIDField(primary_key=True)
    columns = models.JSONField(default=list)
    changed_at = models.DateTimeField()


class BulkKind(models.TextChoices):
    ASSIGN = "ASSIGN"
    REMIND = "REMIND"


class BulkAct(models.Model):
    """One press on many requests: what each was before, so that it can be undone; what was refused, and why."""

    id = models.UUIDField(primary_key=True)
    key = models.CharField(max_length=120, unique=True)
    kind = models.CharField(max_length=6, choices=BulkKind.choices)
    actor = models.CharField(max_length=80)
    at = models.DateTimeField()
    assignee = models.CharField(max_length=80, blank=True)
    done = models.JSONField(default=list)  # [request id, number, who held it]
    refused = models.JSONField(default=list)  # [number, code]
    undone_at = models.DateTimeField(null=True)
    kept = models.JSONField(default=list)  # numbers that could not be undone

    class Meta:
        indexes = [models.Index(fields=["actor", "-at"], name="bulk_act_actor")]


class ReminderState(models.TextChoices):
    PENDING = "PENDING"
    SENT = "SENT"
    WITHDRAWN = "WITHDRAWN"
    NEEDLESS = "NEEDLESS"  # the customer was quicker


class Reminder(models.Model):
    """A customer is to be reminded that it is their turn; until `send_at` it can be taken back."""

    id = models.UUIDField(primary_key=True)
    request = models.ForeignKey(Request, on_delete=models.PROTECT, related_name="reminders")
    bulk = models.ForeignKey(BulkAct, null=True, on_delete=models.PROTECT, related_name="reminders")
    state = models.CharField(max_length=9, choices=ReminderState.choices, default=ReminderState.PENDING)
    by = models.CharField(max_length=80)
    created_at = models.DateTimeField()
    send_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["request"], condition=Q(state="PENDING"), name="reminder_one_pending"
            ),
            models.CheckConstraint(
                condition=Q(state="PENDING", ended_at__isnull=True)
                | (~Q(state="PENDING") & Q(ended_at__isnull=False)),
                name="reminder_ended_at",
            ),
        ]
        indexes = [
            models.Index(fields=["send_at", "id"], condition=Q(state="PENDING"), name="reminder_due"),
        ]


class Mention(models.Model):
    """Somebody was named in a note: a notice for them alone, until read."""

    note = models.ForeignKey(Note, on_delete=models.PROTECT, related_name="mentions")
    request = models.ForeignKey(Request, on_delete=models.PROTECT, related_name="mentions")
    staff_id = models.UUIDField()
    at = models.DateTimeField()
    read_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["note", "staff_id"], name="mention_once")]
        indexes = [
            models.Index(fields=["staff_id", "-at", "id"], name="mention_of_staff"),
            models.Index(fields=["staff_id"], condition=Q(read_at__isnull=True), name="mention_unread"),
        ]


class Finding(models.Model):
    """What a request is found by: folded words of who and where, codes, the unit. Erased with the request's values."""

    request = models.OneToOneField(
        Request, primary_key=True, on_delete=models.PROTECT, related_name="finding"
    )
    submitted_at = models.DateTimeField()
    words = SearchVectorField()
    phone_backwards = models.CharField(max_length=16, blank=True)

    class Meta:
        indexes = [
            GinIndex(fields=["words"], name="finding_words"),
            models.Index(fields=["-submitted_at"], name="finding_recent"),
            models.Index(
                OpClass("phone_backwards", name="text_pattern_ops"),
                condition=~Q(phone_backwards=""),
                name="finding_phone_tail",
            ),
            models.Index(
                Left("phone_backwards", 4),
                F("submitted_at").desc(),
                condition=~Q(phone_backwards=""),
                name="finding_phone_end",
            ),
        ]


class ToFind(models.Model):
    """Requests whose words are not made yet: those from before there were any, and those written by other means."""

    request_id = models.UUIDField(primary_key=True)
