"""E-invoices: who sells, the numbers of a year, the invoices with their signed bytes, what the tax authority was told
and what it answered. A number that was given is never taken back, and signed bytes are never written again.
"""

from __future__ import annotations

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import F, Q

from motcua.billing.models.bills import Bill
from motcua.config.dated import DateRange

LARGEST_NUMBER = 99_999_999


class ReportWay(models.TextChoices):
    SUMMARY = "SUMMARY"  # a table of many invoices (400), as of those who sell to all houses
    DATA = "DATA"  # each invoice's own document (203)


class InvoiceSeller(models.Model):
    """What invoices say of the company for a period, and how the authority hears of them."""

    name = models.CharField(max_length=400)
    tax_code = models.CharField(max_length=14)
    address = models.CharField(max_length=400)
    phone = models.CharField(max_length=20, blank=True)
    email = models.CharField(max_length=50, blank=True)
    bank_account = models.CharField(max_length=30, blank=True)
    bank_name = models.CharField(max_length=400, blank=True)
    place = models.CharField(max_length=50)
    office_code = models.CharField(max_length=5)  # the tax office's
    office_name = models.CharField(max_length=100)
    form = models.CharField(max_length=1, default="1")
    letters = models.CharField(max_length=2, default="TD")  # the last two of the series
    # its invoices wait for the authority's code: a series that begins with C
    coded = models.BooleanField(default=False, db_default=False)
    way = models.CharField(max_length=7, choices=ReportWay.choices, default=ReportWay.SUMMARY)
    period_kind = models.CharField(max_length=1, default="N")  # of summary tables: N day, T month
    report_minutes = models.PositiveSmallIntegerField(default=2)  # between two tables that are not full
    valid_from = models.DateField()
    valid_to = models.DateField(null=True)

    class Meta:
        constraints = [
            ExclusionConstraint(
                name="invoice_seller_period",
                expressions=[(DateRange("valid_from", "valid_to"), RangeOperators.OVERLAPS)],
            ),
            models.CheckConstraint(
                condition=Q(tax_code__regex=r"^([0-9]{10}(-[0-9]{3})?|[0-9]{12})$"), name="invoice_seller_tax"
            ),
            models.CheckConstraint(condition=Q(letters__regex=r"^[A-Z]{2}$"), name="invoice_seller_letters"),
            models.CheckConstraint(condition=Q(period_kind__in=("N", "T")), name="invoice_seller_kind"),
        ]


class InvoiceCertificate(models.Model):
    """A certificate to sign with. Its key is no row: it lies in the home, or in a device."""

    serial = models.CharField(max_length=40, primary_key=True)
    tax_code = models.CharField(max_length=14)
    subject = models.CharField(max_length=400)
    pem = models.TextField()
    device = models.JSONField(default=dict)  # of a device: module, token, label; empty: a file in the home
    valid_from = models.DateTimeField()
    valid_to = models.DateTimeField(db_index=True)
    added_at = models.DateTimeField()
    added_by = models.CharField(max_length=80)
    signs_from = models.DateTimeField(null=True)  # from when it signs, where that is later than its validity
    retired_at = models.DateTimeField(null=True)


class InvoiceSeries(models.Model):
    """The numbers of a year. Whoever gives numbers holds this row until its invoices are committed."""

    form = models.CharField(max_length=1)
    symbol = models.CharField(max_length=6)
    year = models.PositiveSmallIntegerField()
    next_number = models.PositiveIntegerField(default=1)
    last_dated = models.DateField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["form", "symbol"], name="invoice_series_once"),
            models.CheckConstraint(
                condition=Q(next_number__range=(1, LARGEST_NUMBER + 1)), name="invoice_series_number"
            ),
            models.CheckConstraint(
                condition=Q(symbol__regex=r"^[CK][0-9]{2}[A-Z]{3}$"), name="invoice_series_symbol"
            ),
        ]


class InvoiceOrder(models.Model):
    """That the bills of a run, or these bills, are to be invoiced: written with them, worked off by the worker."""

    id = models.UUIDField(primary_key=True)
    run_id = models.UUIDField(null=True)
    bill_ids = models.JSONField(default=list)
    asked_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)
    invoices = models.PositiveIntegerField(default=0)

    class Meta:
        indexes = [
            models.Index(fields=["asked_at", "id"], name="invoice_order_open", condition=Q(done_at=None)),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["run_id"],
                condition=Q(run_id__isnull=False, done_at__isnull=True),
                name="invoice_order_once",
            )
        ]


class InvoiceState(models.TextChoices):
    NUMBERED = "NUMBERED"
    BLOCKED = "BLOCKED"  # cannot be drafted: a person mends what is wrong with the customer or the bill
    SIGNED = "SIGNED"
    REPORTED = "REPORTED"  # in a message to the authority, its word is awaited
    ACCEPTED = "ACCEPTED"
    REFUSED = "REFUSED"
    CANCELLED = "CANCELLED"


class MessageState(models.TextChoices):
    READY = "READY"
    SENDING = "SENDING"
    SENT = "SENT"  # taken by the wire; the technical receipt is awaited
    RECEIVED = "RECEIVED"  # received; the authority's word is awaited
    ACCEPTED = "ACCEPTED"
    PARTLY = "PARTLY"
    REFUSED = "REFUSED"
    DEAD = "DEAD"  # given up: only a person can go on


class TaxMessage(models.Model):
    """A message to the authority with its exact bytes, keyed on its MTDiep. `table` numbers summary tables."""

    id = models.UUIDField(primary_key=True)
    mtdiep = models.CharField(max_length=46, unique=True)
    kind = models.CharField(max_length=3)
    documents = models.PositiveIntegerField()
    packed = models.BinaryField()
    table = models.PositiveIntegerField(null=True)
    period = models.CharField(max_length=12, blank=True)
    supplement = models.PositiveSmallIntegerField(null=True)
    state = models.CharField(max_length=8, choices=MessageState.choices, default=MessageState.READY)
    attempts = models.PositiveIntegerField(default=0)
    next_at = models.DateTimeField(null=True)
    claim = models.UUIDField(null=True)
    claimed_until = models.DateTimeField(null=True)
    reason = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    received_at = models.DateTimeField(null=True)
    answered_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["table"], condition=Q(table__isnull=False), name="tax_message_table"
            ),
            models.UniqueConstraint(
                fields=["period", "supplement"],
                condition=Q(supplement__isnull=False),
                name="tax_message_supplement",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=("200", "203", "300", "400")), name="tax_message_kind"
            ),
        ]
        indexes = [
            models.Index(
                fields=["next_at", "id"],
                name="tax_message_due",
                condition=Q(state__in=("READY", "SENDING", "SENT")),
            ),
            models.Index(fields=["state", "-created_at"], name="tax_message_state"),
        ]


class Invoice(models.Model):
    """A bill's place in a series and how far it has come. Only its state and what belongs to it ever change."""

    id = models.UUIDField(primary_key=True)
    bill = models.OneToOneField(Bill, on_delete=models.PROTECT, related_name="invoice")
    series = models.ForeignKey(InvoiceSeries, on_delete=models.PROTECT, related_name="invoices")
    number = models.PositiveIntegerField()
    dated = models.DateField()
    unit_code = models.CharField(max_length=8)
    account_code = models.CharField(max_length=13, db_index=True)
    total_vnd = models.BigIntegerField()
    relation = models.PositiveSmallIntegerField(null=True)  # 1 replaces, 2 adjusts
    relates_to = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="related")
    state = models.CharField(max_length=9, choices=InvoiceState.choices, default=InvoiceState.NUMBERED)
    reason = models.CharField(max_length=300, blank=True)
    message = models.ForeignKey(TaxMessage, null=True, on_delete=models.PROTECT, related_name="invoices")
    certificate = models.ForeignKey(InvoiceCertificate, null=True, on_delete=models.PROTECT, related_name="+")
    # of a coded series, once the authority gave it
    authority_code = models.CharField(max_length=34, blank=True, default="", db_default="")
    numbered_at = models.DateTimeField()
    signed_at = models.DateTimeField(null=True)
    decided_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["series", "number"], name="invoice_number_once"),
            models.CheckConstraint(condition=Q(number__range=(1, LARGEST_NUMBER)), name="invoice_number"),
            models.CheckConstraint(
                condition=Q(relation__isnull=True, relates_to__isnull=True)
                | Q(relation__in=(1, 2), relates_to__isnull=False),
                name="invoice_relation",
            ),
            models.CheckConstraint(
                condition=Q(state__in=("NUMBERED", "BLOCKED", "CANCELLED")) | Q(signed_at__isnull=False),
                name="invoice_signed",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=("REPORTED", "ACCEPTED", "REFUSED")) | Q(message__isnull=False),
                name="invoice_reported",
            ),
            models.CheckConstraint(
                condition=Q(relates_to__isnull=True) | ~Q(relates_to=F("id")), name="invoice_other"
            ),
            models.UniqueConstraint(
                fields=["authority_code"], condition=~Q(authority_code=""), name="invoice_authority_code"
            ),
            models.CheckConstraint(
                condition=Q(authority_code="") | Q(state__in=("ACCEPTED", "CANCELLED")), name="invoice_coded"
            ),
        ]
        indexes = [
            models.Index(
                fields=["series", "number"],
                name="invoice_to_sign",
                condition=Q(state="NUMBERED"),
            ),
            models.Index(
                fields=["dated", "series", "number"], name="invoice_to_report", condition=Q(state="SIGNED")
            ),
            models.Index(fields=["state", "-dated", "-number"], name="invoice_state"),
            models.Index(fields=["unit_code", "-dated"], name="invoice_unit"),
        ]


class InvoiceContent(models.Model):
    """The signed bytes of an invoice, packed (zlib): what the buyer holds is this, to the byte."""

    append_only = True

    invoice = models.OneToOneField(
        Invoice, primary_key=True, on_delete=models.PROTECT, related_name="content"
    )
    packed = models.BinaryField()
    sha256 = models.CharField(max_length=64)


class InvoiceCoded(models.Model):
    """The bytes that came back from the authority with its code and signature, packed (zlib): of a coded invoice the buyer
    holds this.
    """

    append_only = True

    invoice = models.OneToOneField(Invoice, primary_key=True, on_delete=models.PROTECT, related_name="coded")
    packed = models.BinaryField()
    sha256 = models.CharField(max_length=64)
    coded_at = models.DateTimeField()


class InvoiceEvent(models.Model):
    """What happened to an invoice beside its way: BLOCKED, REFUSED, AGAIN, NOTICE, CANCELLED ..."""

    append_only = True

    id = models.UUIDField(primary_key=True)
    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="events")
    kind = models.CharField(max_length=12)
    at = models.DateTimeField()
    actor = models.CharField(max_length=80)
    data = models.JSONField(default=dict)


class NoticeState(models.TextChoices):
    OPEN = "OPEN"
    ACCEPTED = "ACCEPTED"
    REFUSED = "REFUSED"


class InvoiceNotice(models.Model):
    """An error that the authority is told of (04/SS-HDDT): cancel 1, adjust 2, replace 3, explain 4."""

    id = models.UUIDField(primary_key=True)
    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="notices")
    act = models.PositiveSmallIntegerField()
    reason = models.CharField(max_length=255)
    message = models.ForeignKey(TaxMessage, on_delete=models.PROTECT, related_name="notices")
    state = models.CharField(max_length=8, choices=NoticeState.choices, default=NoticeState.OPEN)
    answer = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=80)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(act__range=(1, 4)), name="invoice_notice_act"),
            models.UniqueConstraint(
                fields=["invoice"], condition=Q(state="OPEN"), name="invoice_notice_one_open"
            ),
        ]


class TaxAnswer(models.Model):
    """What came back, stored under its own MTDiep (or hash) before it is worked off."""

    id = models.UUIDField(primary_key=True)
    key = models.CharField(max_length=64, unique=True)
    kind = models.CharField(max_length=3, blank=True)
    answers = models.CharField(max_length=46, blank=True, db_index=True)
    packed = models.BinaryField()
    came_at = models.DateTimeField()
    times = models.PositiveIntegerField(default=1)
    applied_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=12, blank=True)  # APPLIED, STALE, UNKNOWN, UNREADABLE, UNVERIFIED

    class Meta:
        indexes = [
            models.Index(fields=["came_at", "id"], name="tax_answer_open", condition=Q(applied_at=None)),
        ]
