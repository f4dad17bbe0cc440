"""Partners that are no banks: portals and their dossiers' traffic, head-ends and what they handed in, identity providers and
who came from them.

All of it is a company's own. Secrets are stored sealed; the key is outside the database.
"""

from __future__ import annotations

from django.db import models
from django.db.models import Q


class Portal(models.Model):
    """A public-service portal that may call this company, and is told what becomes of its dossiers."""

    code = models.CharField(max_length=20, primary_key=True)
    name = models.CharField(max_length=120)
    format = models.CharField(max_length=20)
    agency = models.CharField(max_length=12)
    # the portal's own codes of procedures, each with a service of ours
    procedures = models.JSONField(default=dict)
    callback_url = models.URLField(max_length=300, blank=True)
    secret_sealed = models.BinaryField()
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(code__regex=r"^[A-Z0-9-]{2,20}$"), name="portal_code"),
            models.CheckConstraint(condition=Q(agency__regex=r"^[A-Z][0-9.]{1,11}$"), name="portal_agency"),
        ]


class PortalFile(models.Model):
    """A paper that a portal sent, by its own id: the same id again is the same paper."""

    portal = models.ForeignKey(Portal, on_delete=models.PROTECT, related_name="files")
    dossier_number = models.CharField(max_length=60)
    file_id = models.CharField(max_length=64)
    request_id = models.UUIDField()
    paper = models.CharField(max_length=40)
    sha256 = models.CharField(max_length=64)
    document_id = models.UUIDField()
    received_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["portal", "dossier_number", "file_id"], name="portal_file_once")
        ]


class CallbackState(models.TextChoices):
    PENDING = "PENDING"
    SENDING = "SENDING"
    DELIVERED = "DELIVERED"
    DEAD = "DEAD"  # refused for good, or tried too often: only a person can go on


class PortalCallback(models.Model):
    """One change of a dossier on its way to its portal: the outbox row, written with the journal entry it tells of."""

    id = models.UUIDField(primary_key=True)
    portal = models.ForeignKey(Portal, on_delete=models.PROTECT, related_name="callbacks")
    request_id = models.UUIDField()
    dossier_number = models.CharField(max_length=60)
    seq = models.PositiveIntegerField()
    name = models.CharField(max_length=40)
    status = models.PositiveSmallIntegerField()
    state = models.CharField(max_length=9, choices=CallbackState.choices, default=CallbackState.PENDING)
    attempts = models.PositiveIntegerField(default=0)
    next_at = models.DateTimeField()
    claim = models.UUIDField(null=True)
    claimed_until = models.DateTimeField(null=True)
    answer_status = models.PositiveSmallIntegerField(null=True)
    reason = models.CharField(max_length=80, blank=True)
    created_at = models.DateTimeField()
    delivered_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["request_id", "seq"], name="portal_callback_once"),
            models.CheckConstraint(condition=Q(status__range=(1, 10)), name="portal_callback_status"),
            models.CheckConstraint(
                condition=Q(state="DELIVERED", delivered_at__isnull=False)
                | (~Q(state="DELIVERED") & Q(delivered_at__isnull=True)),
                name="portal_callback_delivered",
            ),
        ]
        indexes = [
            models.Index(
                fields=["next_at", "id"],
                name="portal_callback_due",
                condition=Q(state__in=["PENDING", "SENDING"]),
            ),
            models.Index(fields=["created_at"], name="portal_callback_dead", condition=Q(state="DEAD")),
        ]


class IdentityProvider(models.Model):
    """Where citizens may sign in for us: an OpenID Connect issuer and what we are called there."""

    code = models.CharField(max_length=20, primary_key=True)
    name = models.CharField(max_length=120)
    issuer = models.URLField(max_length=300)
    client_id = models.CharField(max_length=120)
    secret_sealed = models.BinaryField()
    scope = models.CharField(max_length=120, default="openid profile phone")
    # Whether its telephone numbers are proven even where it does not say so number by number.
    trusts_phone = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField()


class SignInAttempt(models.Model):
    """A citizen on the way to the provider and back: good once, for ten minutes, in the browser that began it."""

    state_hash = models.CharField(max_length=64, primary_key=True)
    provider = models.ForeignKey(IdentityProvider, on_delete=models.CASCADE, related_name="attempts")
    session_id = models.UUIDField()
    nonce = models.CharField(max_length=64)
    verifier_sealed = models.BinaryField()
    goes_to = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(db_index=True)
    used_at = models.DateTimeField(null=True)


class ProvenIdentity(models.Model):
    """What a provider said of the person behind a visitor's session. Personal: it goes with the session or the customer."""

    session_id = models.UUIDField(primary_key=True)
    provider = models.ForeignKey(IdentityProvider, on_delete=models.CASCADE, related_name="+")
    subject_hash = models.CharField(max_length=64)
    full_name = models.CharField(max_length=200)
    id_number = models.CharField(max_length=20, blank=True)
    phone = models.CharField(max_length=16, blank=True)
    customer_id = models.UUIDField(null=True, db_index=True)
    proven_at = models.DateTimeField(db_index=True)


class DirectoryKind(models.TextChoices):
    OIDC = "OIDC"
    LDAP = "LDAP"


class StaffDirectory(models.Model):
    """Where this company keeps its people: staff sign in there, and whoever leaves there leaves here."""

    code = models.CharField(max_length=20, primary_key=True)
    kind = models.CharField(max_length=4, choices=DirectoryKind.choices)
    name = models.CharField(max_length=120)
    address = models.CharField(max_length=300)  # the issuer, or ldaps://host
    client_id = models.CharField(max_length=200)  # or the entry we bind as
    secret_sealed = models.BinaryField()
    # OIDC: scope, username (claim). LDAP: base, username, subject, disabled (attribute), disabled_bit or disabled_value
    options = models.JSONField(default=dict)
    recheck_minutes = models.PositiveSmallIntegerField(default=10)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(recheck_minutes__range=(1, 55)), name="staff_directory_hour"),
        ]


class StaffIdentity(models.Model):
    """A member of staff as their directory knows them; asked for again and again."""

    directory = models.ForeignKey(StaffDirectory, on_delete=models.PROTECT, related_name="identities")
    staff_id = models.UUIDField(unique=True)
    subject = models.CharField(max_length=255)
    refresh_sealed = models.BinaryField(null=True)
    signed_in_at = models.DateTimeField()
    checked_at = models.DateTimeField()
    is_open = models.BooleanField(default=True)  # sessions may be open

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["directory", "subject"], name="staff_identity_subject"),
        ]
        indexes = [
            models.Index(fields=["checked_at"], condition=Q(is_open=True), name="staff_identity_due"),
        ]


class StaffSignIn(models.Model):
    """A member of staff on the way to the issuer and back: good once, for ten minutes, in the browser that began it."""

    state_hash = models.CharField(max_length=64, primary_key=True)
    directory = models.ForeignKey(StaffDirectory, on_delete=models.CASCADE, related_name="+")
    browser_hash = models.CharField(max_length=64)
    nonce = models.CharField(max_length=64)
    verifier_sealed = models.BinaryField()
    goes_to = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(db_index=True)


class TaxGateway(models.Model):
    """Where this company's messages to the tax authority go, and how far its answers were read. One row."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    address = models.URLField(max_length=300)
    partner_code = models.CharField(max_length=20)
    secret_sealed = models.BinaryField()
    cursor = models.BigIntegerField(default=0)
    is_active = models.BooleanField(default=True)
    heard_at = models.DateTimeField(null=True)
    problem = models.CharField(max_length=80, blank=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(id=1), name="tax_gateway_single")]


class HeadEnd(models.Model):
    """A metering system that hands in readings of the meters of a unit and of those below it."""

    code = models.CharField(max_length=20, primary_key=True)
    name = models.CharField(max_length=120)
    unit_code = models.CharField(max_length=8)
    secret_sealed = models.BinaryField()
    calls_per_minute = models.PositiveIntegerField(default=120)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(code__regex=r"^[A-Z0-9-]{2,20}$"), name="head_end_code"),
        ]


class HeadEndMinute(models.Model):
    """How many calls a head-end made in a minute: what its limit is held against."""

    head_end = models.ForeignKey(HeadEnd, on_delete=models.CASCADE, related_name="+")
    minute = models.DateTimeField()
    calls = models.PositiveIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["head_end", "minute"], name="head_end_minute_once")]


class ReadingBatch(models.Model):
    """What a head-end sent in one call, by its own id of it. `content_sha256` knows no order of the rows."""

    head_end = models.ForeignKey(HeadEnd, on_delete=models.PROTECT, related_name="batches", db_index=False)
    own_id = models.CharField(max_length=64)
    content_sha256 = models.CharField(max_length=64)
    rows = models.PositiveIntegerField()
    refused = models.PositiveIntegerField(default=0)  # as it was answered last
    times = models.PositiveIntegerField(default=0)  # how often it came
    received_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["head_end", "own_id"], name="reading_batch_once")]
        indexes = [models.Index(fields=["head_end", "-received_at"], name="reading_batch_newest")]


class HandedReading(models.Model):
    """A reading by the head-end's own id: the same id again is the same reading. `code` says why it was not taken, if it was not."""

    head_end = models.ForeignKey(HeadEnd, on_delete=models.PROTECT, related_name="+", db_index=False)
    own_id = models.CharField(max_length=64)
    serial = models.CharField(max_length=24)
    account_code = models.CharField(max_length=13)
    register = models.CharField(max_length=2)
    read_at = models.DateTimeField()
    value_kwh = models.DecimalField(max_digits=12, decimal_places=3)
    is_recheck = models.BooleanField()
    code = models.CharField(max_length=20, blank=True)
    received_at = models.DateTimeField()
    is_kept = models.BooleanField(default=False, db_default=False)  # it grew old, and a bill stands on it

    class Meta:
        constraints = [models.UniqueConstraint(fields=["head_end", "own_id"], name="handed_reading_once")]
        indexes = [
            models.Index(fields=["received_at", "id"], condition=Q(is_kept=False), name="handed_reading_old")
        ]
