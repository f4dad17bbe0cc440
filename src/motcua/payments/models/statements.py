"""Our accounts at banks, the files and statements we got of them, and every line. What a bank wrote is never changed."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q


class OwnAccount(models.Model):
    """An account of the company at a bank. `opening_vnd` is what it held when its statements began to be kept here."""

    number = models.CharField(max_length=34, primary_key=True)
    bank = models.CharField(max_length=16)
    name = models.CharField(max_length=120)
    ledger_account = models.CharField(max_length=24, unique=True)
    opening_vnd = models.BigIntegerField(null=True)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(bank__regex=r"^[A-Z0-9]{2,16}$"), name="payments_own_account_bank"
            ),
        ]


class SettlementMode(models.TextChoices):
    EACH = "EACH"  # every payment is a line of the statement
    LUMP = "LUMP"  # a channel hands over the payments of a day in one line, perhaps less its fee


class SettlementRule(models.Model):
    """How the money of a channel reaches an account, from a day on. A lump line is told by its text."""

    channel = models.CharField(max_length=16)
    account = models.ForeignKey(OwnAccount, on_delete=models.PROTECT, related_name="rules")
    mode = models.CharField(max_length=4, choices=SettlementMode.choices)
    text_pattern = models.CharField(max_length=80, blank=True)
    lag_days = models.PositiveSmallIntegerField(default=1)
    most_fee_vnd = models.BigIntegerField(default=0)
    valid_from = models.DateField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["channel", "valid_from"], name="payments_settlement_rule_once"),
            models.CheckConstraint(
                condition=Q(mode="EACH") | Q(text_pattern__gt=""), name="payments_settlement_rule_text"
            ),
            models.CheckConstraint(condition=Q(most_fee_vnd__gte=0), name="payments_settlement_rule_fee"),
        ]


class SheetFormat(models.Model):
    """How a bank's own sheet is read: see `statements.mapping`."""

    code = models.CharField(max_length=20, primary_key=True)
    bank = models.CharField(max_length=16)
    mapping = models.JSONField()
    changed_at = models.DateTimeField()
    changed_by = models.CharField(max_length=80)


class FileState(models.TextChoices):
    STORED = "STORED"  # kept, not read yet
    READ = "READ"
    REFUSED = "REFUSED"  # cannot be read at all


class StatementFile(models.Model):
    """A file as it came, kept under its fingerprint before anything was read out of it."""

    id = models.UUIDField(primary_key=True)
    sha256 = models.CharField(max_length=64, unique=True)
    name = models.CharField(max_length=120)
    size = models.BigIntegerField()
    document_id = models.UUIDField()
    state = models.CharField(max_length=8, choices=FileState.choices, default=FileState.STORED)
    faults = models.JSONField(default=list)
    came_at = models.DateTimeField()
    came_by = models.CharField(max_length=80)
    times_seen = models.PositiveIntegerField(default=1)

    class Meta:
        indexes = [models.Index(fields=["-came_at", "-id"], name="payments_statement_file_new")]


class StatementState(models.TextChoices):
    ACCEPTED = "ACCEPTED"
    QUARANTINED = "QUARANTINED"
    DROPPED = "DROPPED"  # a person decided that it is not to be used


class BankStatement(models.Model):
    """What a bank says of an account over a day. Only an accepted one is matched and closes a day."""

    id = models.UUIDField(primary_key=True)
    file = models.ForeignKey(StatementFile, on_delete=models.PROTECT, related_name="statements")
    kind = models.CharField(max_length=9)
    format = models.CharField(max_length=40)
    bank_id = models.CharField(max_length=60, blank=True)
    sequence = models.BigIntegerField(null=True)
    account = models.CharField(max_length=40, blank=True)
    currency = models.CharField(max_length=3, blank=True)
    opening_vnd = models.BigIntegerField(null=True)
    closing_vnd = models.BigIntegerField(null=True)
    from_date = models.DateField(null=True)
    to_date = models.DateField(null=True)
    lines_count = models.PositiveIntegerField(default=0)
    content_sha256 = models.CharField(max_length=64)
    state = models.CharField(max_length=11, choices=StatementState.choices)
    faults = models.JSONField(default=list)
    decided_at = models.DateTimeField(null=True)
    decided_by = models.CharField(max_length=80, blank=True)
    reason = models.CharField(max_length=200, blank=True)
    came_at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["account", "-to_date", "-sequence"], name="payments_statement_last"),
            models.Index(fields=["-came_at", "-id"], name="payments_statement_newest"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["account", "bank_id"],
                condition=Q(state="ACCEPTED") & ~Q(bank_id=""),
                name="payments_statement_once",
            ),
            models.CheckConstraint(
                condition=Q(state="QUARANTINED", decided_at__isnull=True)
                | Q(state="ACCEPTED")
                | Q(state="DROPPED", decided_at__isnull=False, reason__gt=""),
                name="payments_statement_decided",
            ),
        ]


class StatementLine(models.Model):
    """One movement on one of our accounts, known by the bank's id of it. First perhaps told at noon, then closed in the evening."""

    account = models.ForeignKey(OwnAccount, on_delete=models.PROTECT, related_name="lines")
    key = models.CharField(max_length=64)
    txn_id = models.CharField(max_length=64, blank=True)
    statement = models.ForeignKey(BankStatement, on_delete=models.PROTECT, related_name="lines")
    closed_in = models.ForeignKey(
        BankStatement, null=True, on_delete=models.PROTECT, related_name="closed_lines"
    )
    place = models.PositiveIntegerField()
    amount_vnd = models.BigIntegerField()
    is_credit = models.BooleanField()
    is_reversal = models.BooleanField(default=False)
    is_fee = models.BooleanField(default=False)
    batch_of = models.PositiveIntegerField(default=0)
    booked_on = models.DateField()
    value_on = models.DateField(null=True)
    text = models.CharField(max_length=500, blank=True)
    payer_name = models.CharField(max_length=140, blank=True)
    payer_account = models.CharField(max_length=40, blank=True)
    end_to_end = models.CharField(max_length=40, blank=True)
    bank_code = models.CharField(max_length=40, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["booked_on", "account"], name="payments_line_day"),
            models.Index(fields=["statement", "place"], name="payments_line_place"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["account", "key"], name="payments_line_once"),
            models.CheckConstraint(condition=Q(amount_vnd__gt=0), name="payments_line_amount"),
        ]


class UseKind(models.TextChoices):
    EACH = "EACH"  # it is one payment (or its reversal) that a channel told us of
    LUMP = "LUMP"  # it hands over many
    FEE = "FEE"
    REFUND = "REFUND"  # ours, sent back to a payer
    OTHER = "OTHER"  # a person said what it is: booked outside, not ours


class LineUse(models.Model):
    """What a line was for. A line has one use, for ever; a line without one has an open difference."""

    append_only = True

    # lines and notices are never deleted (see the walls); a million rows of one run need not each prove that they are there
    line = models.OneToOneField(
        StatementLine, on_delete=models.PROTECT, primary_key=True, related_name="use", db_constraint=False
    )
    kind = models.CharField(max_length=6, choices=UseKind.choices)
    channel = models.CharField(max_length=16, blank=True)
    notification = models.OneToOneField(
        "payments.BankNotification",
        null=True,
        on_delete=models.PROTECT,
        related_name="line_use",
        db_constraint=False,
    )
    fee_vnd = models.BigIntegerField(default=0)
    run = models.ForeignKey(
        "payments.MatchRun", on_delete=models.PROTECT, related_name="uses", db_constraint=False
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="EACH", notification__isnull=False)
                | (~Q(kind="EACH") & Q(notification__isnull=True)),
                name="payments_use_notification",
            ),
            models.CheckConstraint(condition=Q(fee_vnd__gte=0), name="payments_use_fee"),
        ]


class LumpPart(models.Model):
    """A payment that a lump line handed over. A payment is handed over once."""

    append_only = True

    notification = models.OneToOneField(
        "payments.BankNotification", on_delete=models.PROTECT, primary_key=True, related_name="lump_part"
    )
    line = models.ForeignKey(StatementLine, on_delete=models.PROTECT, related_name="parts")


class MatchRun(models.Model):
    """One comparison: up to which day, what it found, what it booked."""

    id = models.UUIDField(primary_key=True)
    day = models.DateField()
    at = models.DateTimeField()
    actor = models.CharField(max_length=80)
    seconds = models.FloatField(default=0)
    told = models.JSONField(default=dict)

    class Meta:
        indexes = [models.Index(fields=["-day", "-at"], name="payments_match_run_newest")]


class DifferenceKind(models.TextChoices):
    MISSING_HERE = "MISSING_HERE"  # the statement has it, nobody told us
    PERHAPS_SAME = "PERHAPS_SAME"  # told under another id, perhaps: a person must say
    MISSING_THERE = "MISSING_THERE"  # we were told, the statement does not have it
    AMOUNT_DIFFERS = "AMOUNT_DIFFERS"
    DOUBLED = "DOUBLED"  # told twice, one line
    OTHER_DAY = "OTHER_DAY"  # matched, on another day than told
    FEE = "FEE"  # a hand-over lacks more than the fee may be
    UNKNOWN_DEBIT = "UNKNOWN_DEBIT"
    NOT_BOOKED = "NOT_BOOKED"  # told, and no receipt of ours yet
    LUMP_OPEN = "LUMP_OPEN"  # payments of a day that no line has handed over
    NO_STATEMENT = "NO_STATEMENT"
    STATEMENT_GONE = "STATEMENT_GONE"  # told at noon, not in the statement of the evening
    FILE_UNKNOWN = "FILE_UNKNOWN"  # in the provider's settlement, and nobody told us
    FILE_MISSING = "FILE_MISSING"  # told us, and the provider's settlement of that day does not have it
    FILE_AMOUNT = "FILE_AMOUNT"  # the provider settles another amount than it told
    FILE_OPEN = "FILE_OPEN"  # a settlement that no line of the bank has brought


class DifferenceState(models.TextChoices):
    OPEN = "OPEN"
    CLOSED = "CLOSED"


class Difference(models.Model):
    """Something that does not agree, by name: since when, who looks after it, how it ended and why."""

    id = models.BigAutoField(primary_key=True)
    kind = models.CharField(max_length=14, choices=DifferenceKind.choices)
    day = models.DateField()
    channel = models.CharField(max_length=16, blank=True)
    account = models.CharField(max_length=40, blank=True)
    subject = models.CharField(max_length=120)  # what it is about, so that it is opened once
    line = models.ForeignKey(StatementLine, null=True, on_delete=models.PROTECT, related_name="differences")
    notification = models.ForeignKey(
        "payments.BankNotification", null=True, on_delete=models.PROTECT, related_name="differences"
    )
    here_vnd = models.BigIntegerField(default=0)
    there_vnd = models.BigIntegerField(default=0)
    state = models.CharField(max_length=6, choices=DifferenceState.choices, default=DifferenceState.OPEN)
    owner = models.CharField(max_length=80, blank=True)
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    closed_by = models.CharField(max_length=80, blank=True)
    reason = models.CharField(max_length=200, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["day", "id"], name="payments_difference_open", condition=Q(state="OPEN")),
            models.Index(fields=["-day", "-id"], name="payments_difference_newest"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "subject"], condition=Q(state="OPEN"), name="payments_difference_once"
            ),
            models.CheckConstraint(
                condition=Q(state="OPEN", closed_at__isnull=True)
                | Q(state="CLOSED", closed_at__gte=F("opened_at"), reason__gt=""),
                name="payments_difference_closed",
            ),
        ]
