"""What is known about files; the files themselves lie sealed in the storage. Opens and signatures are never changed."""

from __future__ import annotations

from django.db import models
from django.db.models import Q


class ScanState(models.TextChoices):
    NOT_SCANNED = "NOT_SCANNED"  # no scanner is configured
    WAITING = "WAITING"  # the scanner did not answer: closed until it does
    CLEAN = "CLEAN"
    INFECTED = "INFECTED"


class SignerKind(models.TextChoices):
    CUSTOMER = "CUSTOMER"
    STAFF = "STAFF"


class SignatureMethod(models.TextChoices):
    DRAWN = "DRAWN"
    TYPED = "TYPED"


class Document(models.Model):
    """One file. `sha256` is of the plain content; `file_id` names the sealed file and says nothing."""

    id = models.UUIDField(primary_key=True)
    kind = models.CharField(max_length=30)
    subject_type = models.CharField(max_length=20)
    subject_id = models.CharField(max_length=64)
    name = models.CharField(max_length=120)
    mime = models.CharField(max_length=40)
    size = models.PositiveIntegerField()
    pages = models.PositiveSmallIntegerField(default=1)
    sha256 = models.CharField(max_length=64)
    file_id = models.UUIDField(unique=True)
    thumbnail_id = models.UUIDField(null=True, unique=True)
    key_id = models.CharField(max_length=16)
    sensitive = models.BooleanField(default=False)
    delete_after = models.DateField(null=True)
    scan_state = models.CharField(max_length=12, choices=ScanState.choices)
    uploaded_by = models.CharField(max_length=80)
    uploaded_at = models.DateTimeField()
    replaced_by = models.UUIDField(null=True)
    made_from = models.UUIDField(null=True)  # a signed copy names the document that was signed
    purged_at = models.DateTimeField(null=True)
    copy_due = models.BooleanField(
        default=False
    )  # signed by all, and the copy that shows it is still to be made

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["subject_type", "subject_id", "kind", "sha256"],
                condition=Q(purged_at__isnull=True, replaced_by__isnull=True),
                name="document_content_once",
            ),
            models.CheckConstraint(
                condition=Q(sensitive=False) | Q(delete_after__isnull=False),
                name="document_sensitive_has_end",
            ),
        ]
        indexes = [
            models.Index(fields=["subject_type", "subject_id", "uploaded_at"], name="document_subject"),
            models.Index(
                fields=["delete_after"],
                condition=Q(purged_at__isnull=True, delete_after__isnull=False),
                name="document_to_purge",
            ),
            models.Index(fields=["uploaded_at"], condition=Q(scan_state="WAITING"), name="document_to_scan"),
            models.Index(fields=["uploaded_at"], condition=Q(copy_due=True), name="document_to_copy"),
        ]


class DocumentAccess(models.Model):
    """Somebody opened a document."""

    append_only = True

    document = models.ForeignKey(Document, on_delete=models.PROTECT, related_name="accesses")
    actor = models.CharField(max_length=80)
    purpose = models.CharField(max_length=40)
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["document", "at"], name="document_access_at")]


class Signature(models.Model):
    """Somebody signed exactly the bytes with this hash. A name may sign a document once."""

    append_only = True

    id = models.UUIDField(primary_key=True)
    document = models.ForeignKey(Document, on_delete=models.PROTECT, related_name="signatures")
    signer_kind = models.CharField(max_length=8, choices=SignerKind.choices)
    signer_name = models.CharField(max_length=120)
    method = models.CharField(max_length=6, choices=SignatureMethod.choices)
    strokes = models.ForeignKey(Document, null=True, on_delete=models.PROTECT, related_name="+")
    sha256 = models.CharField(max_length=64)
    actor = models.CharField(max_length=80)
    signed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["document", "signer_kind", "signer_name"], name="signature_once"),
            models.CheckConstraint(
                condition=Q(method="TYPED", strokes__isnull=True) | Q(method="DRAWN", strokes__isnull=False),
                name="signature_has_strokes",
            ),
        ]
