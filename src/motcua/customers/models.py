"""Customers and what links them to the world. All of it is a company's own."""

from __future__ import annotations

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Reverse


class CustomerKind(models.TextChoices):
    PERSON = "PERSON"
    HOUSEHOLD = "HOUSEHOLD"
    ORGANISATION = "ORGANISATION"


class CustomerStatus(models.TextChoices):
    ACTIVE = "ACTIVE"
    MERGED = "MERGED"
    ERASED = "ERASED"


class Customer(models.Model):
    """Somebody the company serves. `phone` and `email` are what is on record; only a Handle is proven.

    A merged customer keeps its row and points to the one it went into; an erased one keeps its id alone.
    """

    id = models.UUIDField(primary_key=True)
    kind = models.CharField(max_length=12, choices=CustomerKind.choices)
    full_name = models.CharField(max_length=200, blank=True)
    search_key = models.CharField(max_length=200, blank=True)
    id_number = models.CharField(max_length=20, blank=True)
    phone = models.CharField(max_length=16, blank=True)
    email = models.CharField(max_length=254, blank=True)
    contact_address = models.CharField(max_length=300, blank=True)
    language = models.CharField(max_length=2, default="vi", db_default="vi")
    status = models.CharField(max_length=6, choices=CustomerStatus.choices, default=CustomerStatus.ACTIVE)
    merged_into = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="merged_from")
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=80)
    changed_at = models.DateTimeField()
    erased_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(status="MERGED", merged_into__isnull=False)
                | (~Q(status="MERGED") & Q(merged_into__isnull=True)),
                name="customer_merged_into",
            ),
            models.CheckConstraint(condition=~Q(merged_into=F("id")), name="customer_not_into_itself"),
            models.CheckConstraint(
                condition=(~Q(status="ERASED") & ~Q(full_name="") & Q(erased_at__isnull=True))
                | Q(
                    status="ERASED",
                    full_name="",
                    search_key="",
                    id_number="",
                    phone="",
                    email="",
                    contact_address="",
                    erased_at__isnull=False,
                ),
                name="customer_erased_is_empty",
            ),
            models.CheckConstraint(
                condition=Q(phone="") | Q(phone__startswith="+"), name="customer_phone_e164"
            ),
        ]
        indexes = [
            models.Index(fields=["phone"], condition=~Q(phone=""), name="customer_phone"),
            models.Index(fields=["id_number"], condition=~Q(id_number=""), name="customer_id_number"),
            GinIndex(OpClass("search_key", name="gin_trgm_ops"), name="customer_name"),
            models.Index(
                OpClass(Reverse("phone"), name="text_pattern_ops"),
                condition=~Q(phone=""),
                name="customer_phone_tail",
            ),
        ]


class CustomerChange(models.Model):
    """A corrected value: what it was, why it was changed. The old value is erased with the customer."""

    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="changes")
    field = models.CharField(max_length=20)
    old_value = models.CharField(max_length=300, blank=True)
    reason = models.CharField(max_length=300)
    actor = models.CharField(max_length=80)
    at = models.DateTimeField()


class HandleProof(models.TextChoices):
    CODE = "CODE"
    STAFF = "STAFF"


class Handle(models.Model):
    """An address on a channel that its holder has proven. Without `customer` it is somebody's, we do not know
    whose.
    """

    channel = models.CharField(max_length=16)
    address = models.CharField(max_length=254, blank=True)
    customer = models.ForeignKey(Customer, null=True, on_delete=models.PROTECT, related_name="handles")
    proof = models.CharField(max_length=5, choices=HandleProof.choices)
    proof_code_id = models.UUIDField(null=True)
    reason = models.CharField(max_length=300, blank=True)
    proven_by = models.CharField(max_length=80)
    proven_at = models.DateTimeField()
    linked_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["channel", "address"], condition=~Q(address=""), name="handle_once"
            ),
            models.CheckConstraint(
                condition=Q(proof="CODE", proof_code_id__isnull=False) | (Q(proof="STAFF") & ~Q(reason="")),
                name="handle_has_proof",
            ),
            models.CheckConstraint(
                condition=Q(customer__isnull=True, linked_at__isnull=True)
                | Q(customer__isnull=False, linked_at__isnull=False),
                name="handle_linked_at",
            ),
        ]


class ProofCode(models.Model):
    """A code sent to an address, to prove that it is in somebody's hands. Only a keyed hash of the code is
    kept.
    """

    id = models.UUIDField(primary_key=True)
    purpose = models.CharField(max_length=24)
    channel = models.CharField(max_length=16)
    address = models.CharField(max_length=254, blank=True)
    code_hash = models.CharField(max_length=64)
    asked_by = models.CharField(max_length=80)
    # Of the form it was asked with: a browser that has no cookie of ours yet is known by it.
    form_key = models.CharField(max_length=64, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)
    replaced_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(expires_at__gt=F("created_at")), name="proof_code_life"),
            models.CheckConstraint(
                condition=Q(used_at__isnull=True) | Q(replaced_at__isnull=True), name="proof_code_one_end"
            ),
        ]
        indexes = [
            models.Index(fields=["channel", "address", "created_at"], name="proof_code_address"),
            models.Index(fields=["asked_by", "created_at"], name="proof_code_asked_by"),
        ]


class AttemptCount(models.Model):
    """How often a secret was tried in the present window, for secrets that have no row of their own."""

    subject = models.CharField(max_length=64, primary_key=True)
    window_start = models.DateTimeField()
    attempts = models.PositiveIntegerField()


class VisitorSession(models.Model):
    """A browser. Anonymous first; a proven phone number and a customer may come to it. The token is stored
    hashed.
    """

    id = models.UUIDField(primary_key=True)
    token_hash = models.CharField(max_length=64, unique=True)
    customer = models.ForeignKey(
        Customer, null=True, on_delete=models.PROTECT, related_name="visitor_sessions"
    )
    proven_phone = models.CharField(max_length=16, blank=True)
    proven_at = models.DateTimeField(null=True)
    # the customer for whom its person is acting at present, by an authority that is looked at each time
    acting_for = models.ForeignKey(Customer, null=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    seen_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(customer__isnull=True) | Q(proven_at__isnull=False),
                name="visitor_customer_is_proven",
            ),
        ]
        indexes = [models.Index(fields=["seen_at"], name="visitor_seen_at")]


class ConsentWording(models.Model):
    """The words somebody agreed to, by their hash."""

    hash = models.CharField(max_length=64, primary_key=True)
    text = models.TextField()
    first_used_at = models.DateTimeField()


class ConsentEnd(models.TextChoices):
    WITHDRAWN = "WITHDRAWN"
    REPLACED = "REPLACED"
    ERASED = "ERASED"


class Consent(models.Model):
    """A customer agreed to a purpose on a channel, in these words, until withdrawn."""

    id = models.UUIDField(primary_key=True)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="consents")
    purpose = models.CharField(max_length=40)
    channel = models.CharField(max_length=16)
    wording = models.ForeignKey(ConsentWording, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    given_by = models.CharField(max_length=80)
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_why = models.CharField(max_length=10, choices=ConsentEnd.choices, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["customer", "purpose", "channel"],
                condition=Q(withdrawn_at__isnull=True),
                name="consent_live_once",
            ),
            models.CheckConstraint(
                condition=Q(withdrawn_at__isnull=True, withdrawn_why="")
                | (Q(withdrawn_at__isnull=False) & ~Q(withdrawn_why="")),
                name="consent_end_has_reason",
            ),
        ]


class Ground(models.TextChoices):
    LEGAL_REPRESENTATIVE = "LEGAL_REPRESENTATIVE"
    POWER_OF_ATTORNEY = "POWER_OF_ATTORNEY"
    HOUSEHOLD_MEMBER = "HOUSEHOLD_MEMBER"
    LANDLORD = "LANDLORD"
    GUARDIAN = "GUARDIAN"
    VILLAGE_HEAD = "VILLAGE_HEAD"


class Scope(models.TextChoices):
    """What somebody may do for another."""

    ALL = "ALL"
    REQUESTS = "REQUESTS"
    VIEW = "VIEW"


class Authority(models.Model):
    """`agent` may act for `customer` within the scope, on this ground, for this period."""

    id = models.UUIDField(primary_key=True)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="authorities")
    agent = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="agencies")
    ground = models.CharField(max_length=24, choices=Ground.choices)
    scope = models.CharField(max_length=8, choices=Scope.choices, default=Scope.ALL, db_default=Scope.ALL)
    note = models.CharField(max_length=300, blank=True)
    document_id = models.UUIDField(null=True)
    valid_from = models.DateField()
    valid_to = models.DateField(null=True)
    granted_at = models.DateTimeField()
    granted_by = models.CharField(max_length=80)
    revoked_at = models.DateTimeField(null=True)
    revoked_by = models.CharField(max_length=80, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(customer=F("agent")), name="authority_of_another"),
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True) | Q(valid_to__gt=F("valid_from")), name="authority_period"
            ),
        ]


class Topic(models.TextChoices):
    """What a customer may be told about."""

    REQUEST = "REQUEST"
    PAYMENT = "PAYMENT"
    POWER_CUT = "POWER_CUT"


class NoticeChoice(models.Model):
    """On which channels a customer wants to be told about a topic. No row: as the company does by itself."""

    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="notice_choices")
    topic = models.CharField(max_length=12, choices=Topic.choices)
    channels = models.JSONField(default=list)
    changed_at = models.DateTimeField()
    changed_by = models.CharField(max_length=80)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["customer", "topic"], name="notice_choice_once"),
        ]


class MergeRecord(models.Model):
    """`loser` went into `winner`; `moved` names the rows that followed, so that the merge can be undone."""

    id = models.UUIDField(primary_key=True)
    loser = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+")
    winner = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(max_length=300)
    moved = models.JSONField()
    actor = models.CharField(max_length=80)
    at = models.DateTimeField()
    undone_at = models.DateTimeField(null=True)
    undone_by = models.CharField(max_length=80, blank=True)
    undone_reason = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["loser"], condition=Q(undone_at__isnull=True), name="merge_live_once"
            ),
        ]


class DataWish(models.TextChoices):
    """What somebody may ask of the company about their own data."""

    EXPORT = "EXPORT"
    ERASE = "ERASE"


class DataRequestState(models.TextChoices):
    OPEN = "OPEN"
    DONE = "DONE"
    REFUSED = "REFUSED"
    WITHDRAWN = "WITHDRAWN"


class DataRequest(models.Model):
    """A customer asked for their data, or to be forgotten. The limit is counted from the asking, by the rule of that day.

    `due_at`, `within` and `source` are what the dated limit said then; empty when no limit held.
    """

    id = models.UUIDField(primary_key=True)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="data_requests")
    wish = models.CharField(max_length=6, choices=DataWish.choices)
    state = models.CharField(max_length=9, choices=DataRequestState.choices, default=DataRequestState.OPEN)
    asked_at = models.DateTimeField()
    asked_by = models.CharField(max_length=80)
    within = models.CharField(max_length=40, blank=True)
    due_at = models.DateTimeField(null=True)
    source = models.CharField(max_length=400, blank=True)
    is_verified = models.BooleanField(default=False)
    closed_at = models.DateTimeField(null=True)
    closed_by = models.CharField(max_length=80, blank=True)
    answer = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["customer", "wish"], condition=Q(state="OPEN"), name="data_request_open_once"
            ),
            models.CheckConstraint(
                condition=Q(state="OPEN", closed_at__isnull=True)
                | (~Q(state="OPEN") & Q(closed_at__isnull=False)),
                name="data_request_closed_at",
            ),
            models.CheckConstraint(
                condition=~Q(state="REFUSED") | ~Q(answer=""), name="data_request_refused_why"
            ),
        ]
        indexes = [models.Index(fields=["asked_at"], condition=Q(state="OPEN"), name="data_request_open")]
