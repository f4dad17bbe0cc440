"""Companies, places' owners, staff. National rows carry `national = True`."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import F, Q
from django_tenants.models import DomainMixin, TenantMixin

from motcua.companies.roles import Role
from motcua.config.dated import DateRange as DateRange  # older migrations find it here


class CompanyKind(models.TextChoices):
    POWER = "POWER"
    GROUP = "GROUP"


class Company(TenantMixin):
    """A power corporation, or the group itself (its directors' schema)."""

    national = True
    edge_may = ("SELECT (id, code, schema_name, is_active)",)
    auto_create_schema = False

    code = models.CharField(max_length=12, unique=True)
    kind = models.CharField(max_length=8, choices=CompanyKind.choices, default=CompanyKind.POWER)
    name = models.CharField(max_length=120)
    name_en = models.CharField(max_length=120)
    brand = models.CharField(max_length=40)
    hotline = models.CharField(max_length=40)
    site = models.URLField(blank=True)
    email = models.EmailField(blank=True)
    colour = models.CharField(max_length=7, default="#1d4e89")
    number_prefix = models.CharField(max_length=2, unique=True)
    tax_code = models.CharField(max_length=14, blank=True)
    bank_bin = models.CharField(max_length=6, blank=True)
    bank_account = models.CharField(max_length=19, blank=True)
    account_prefixes = models.JSONField(default=list)
    # who is master of customer, contract, meter, bill: MOTCUA or a connector's name
    masters = models.JSONField(default=dict)
    is_active = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(colour__regex=r"^#[0-9a-f]{6}$"), name="company_colour_hex"),
            models.CheckConstraint(condition=Q(number_prefix__regex=r"^[A-Z]{2}$"), name="company_prefix"),
        ]


class Domain(DomainMixin):
    national = True
    edge_may = ("SELECT (domain, tenant_id)",)


class Province(models.Model):
    """A province of one period; codes were reused in 2025, so a code alone names nothing."""

    national = True

    code = models.CharField(max_length=2)
    name = models.CharField(max_length=60)
    search_key = models.CharField(max_length=60)
    kind = models.CharField(max_length=20)
    valid_from = models.DateField()
    valid_to = models.DateField(null=True)
    merged_into_code = models.CharField(max_length=2, blank=True)
    merged_into_name = models.CharField(max_length=60, blank=True)
    cccd_code = models.CharField(max_length=3, blank=True)
    account_prefix = models.CharField(max_length=6, blank=True)
    source = models.CharField(max_length=200)

    class Meta:
        constraints = [
            ExclusionConstraint(
                name="province_code_period",
                expressions=[
                    (F("code"), RangeOperators.EQUAL),
                    (DateRange("valid_from", "valid_to"), RangeOperators.OVERLAPS),
                ],
            )
        ]


class ProvinceService(models.Model):
    """Which company serves a province, and since when."""

    national = True

    province = models.ForeignKey(Province, on_delete=models.PROTECT, related_name="services")
    company_code = models.CharField(max_length=12)
    valid_from = models.DateField()
    valid_to = models.DateField(null=True)
    source = models.CharField(max_length=200)

    class Meta:
        constraints = [
            ExclusionConstraint(
                name="province_service_period",
                expressions=[
                    (F("province"), RangeOperators.EQUAL),
                    (DateRange("valid_from", "valid_to"), RangeOperators.OVERLAPS),
                ],
            )
        ]


class NationalDay(models.Model):
    """A holiday, or a Saturday worked in exchange."""

    national = True

    date = models.DateField(primary_key=True)
    is_working = models.BooleanField()
    name = models.CharField(max_length=120)
    source = models.CharField(max_length=200)


class UnitKind(models.TextChoices):
    CENTRE = "CENTRE"
    PROVINCIAL = "PROVINCIAL"
    LOCAL = "LOCAL"
    DESK = "DESK"


class Unit(models.Model):
    """Customer service centre, provincial company, local unit, or a desk at an administration centre."""

    code = models.CharField(max_length=8, primary_key=True)
    name = models.CharField(max_length=120)
    name_en = models.CharField(max_length=120, blank=True)
    kind = models.CharField(max_length=12, choices=UnitKind.choices)
    parent = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="children")
    province_code = models.CharField(max_length=2, blank=True)
    address = models.CharField(max_length=200, blank=True)
    phone = models.CharField(max_length=20, blank=True)
    latitude = models.FloatField(null=True)
    longitude = models.FloatField(null=True)
    account_prefix = models.CharField(max_length=6, blank=True)
    # who signs its contracts, and by what power; empty: as the unit above
    representative = models.CharField(max_length=120, blank=True)
    representative_title = models.CharField(max_length=120, blank=True)
    authorisation_number = models.CharField(max_length=60, blank=True)
    authorisation_date = models.DateField(null=True)
    valid_from = models.DateField()
    valid_to = models.DateField(null=True)


class UnitArea(models.Model):
    """An area a unit serves for a period: a province, or a district or commune of it (keys are folded names)."""

    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="areas")
    province_code = models.CharField(max_length=2)
    district_key = models.CharField(max_length=60, blank=True)
    commune_key = models.CharField(max_length=60, blank=True)
    valid_from = models.DateField()
    valid_to = models.DateField(null=True)

    class Meta:
        constraints = [
            ExclusionConstraint(
                name="unit_area_period",
                expressions=[
                    (F("province_code"), RangeOperators.EQUAL),
                    (F("district_key"), RangeOperators.EQUAL),
                    (F("commune_key"), RangeOperators.EQUAL),
                    (DateRange("valid_from", "valid_to"), RangeOperators.OVERLAPS),
                ],
            )
        ]


class StaffManager(BaseUserManager["Staff"]):
    def get_by_natural_key(self, username: str | None) -> Staff:
        return self.get(username=username)


class Staff(AbstractBaseUser):
    """A person who works for the company. Customers are never users."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    username = models.CharField(max_length=60, unique=True)
    name = models.CharField(max_length=120)
    email = models.EmailField(blank=True)
    phone = models.CharField(max_length=20, blank=True)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="staff")
    photo_id = models.UUIDField(null=True)
    must_use_totp = models.BooleanField(default=False)
    must_change_password = models.BooleanField(default=False)  # an administrator set it
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField()

    objects = StaffManager()

    USERNAME_FIELD = "username"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []
    is_staff = False
    is_superuser = False


class StaffRole(models.Model):
    staff = models.ForeignKey(Staff, on_delete=models.CASCADE, related_name="staff_roles")
    role = models.CharField(max_length=12, choices=[(role.value, role.value) for role in Role])
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["staff", "role", "unit"], name="staff_role_once"),
        ]


class AbsenceReason(models.TextChoices):
    LEAVE = "LEAVE"
    SICK = "SICK"
    TRAINING = "TRAINING"
    OTHER = "OTHER"


class StaffAbsence(models.Model):
    """Somebody is away for some days, and who stands in for them."""

    staff = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="absences")
    stand_in = models.ForeignKey(Staff, null=True, on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(max_length=8, choices=AbsenceReason.choices)
    valid_from = models.DateField()
    valid_to = models.DateField()  # the first day back
    recorded_by = models.CharField(max_length=80)
    recorded_at = models.DateTimeField()

    class Meta:
        constraints = [
            ExclusionConstraint(
                name="staff_absence_period",
                expressions=[
                    (F("staff"), RangeOperators.EQUAL),
                    (DateRange("valid_from", "valid_to"), RangeOperators.OVERLAPS),
                ],
            ),
            models.CheckConstraint(condition=Q(valid_to__gt=F("valid_from")), name="staff_absence_order"),
            models.CheckConstraint(
                condition=Q(stand_in__isnull=True) | ~Q(stand_in=F("staff")), name="staff_absence_other"
            ),
        ]
        indexes = [models.Index(fields=["valid_to"], name="staff_absence_end")]


class WorkSpan(models.Model):
    """Opening hours of the company's own time, a weekday (0 = Monday) at a time."""

    weekday = models.PositiveSmallIntegerField()
    start = models.TimeField()
    end = models.TimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(weekday__lte=6), name="work_span_weekday"),
            models.CheckConstraint(condition=Q(start__lt=F("end")), name="work_span_order"),
            models.UniqueConstraint(fields=["weekday", "start"], name="work_span_once"),
        ]


class CompanyDay(models.Model):
    """A company's exception to the national calendar."""

    date = models.DateField(primary_key=True)
    is_working = models.BooleanField()
    name = models.CharField(max_length=120)


class AuditEntry(models.Model):
    """Who saw or did what. Ids and codes only; rows are never changed."""

    append_only = True

    at = models.DateTimeField(db_index=True)
    actor = models.CharField(max_length=80)
    verb = models.CharField(max_length=60)
    subject_type = models.CharField(max_length=40)
    subject_id = models.CharField(max_length=64)
    facts = models.JSONField(default=dict)

    class Meta:
        indexes = [
            models.Index(fields=["subject_type", "subject_id", "at"], name="audit_subject"),
            models.Index(fields=["actor", "at"], name="audit_actor"),
        ]


class NationalEdition(models.Model):
    """One row: which edition of the national rows stands. Triggers set a new mark when one of them changes."""

    national = True

    id = models.SmallIntegerField(primary_key=True, default=1)
    mark = models.UUIDField()

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(id=1), name="national_edition_single")]


class CompanyEdition(models.Model):
    """One row: which edition of the company's own rows that everybody asks for stands."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    mark = models.UUIDField()

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(id=1), name="company_edition_single")]
