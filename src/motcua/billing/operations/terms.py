"""What an account is billed by is set from a day on; how bills are run, too."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.db import transaction
from django.db.models import Q

from motcua.billing.models import AccountTerms
from motcua.billing.operations.issuing import lock_account
from motcua.billing.rules.case import WHOLE_QUOTA
from motcua.billing.rules.refusals import FieldMissing, FieldWrong
from motcua.billing.rules.terms import kind_of_prices
from motcua.companies import operations as company_ops
from motcua.kernel.actors import Actor
from motcua.kernel.results import NotFound, Refused, gettext_noop
from motcua.supply import queries as supply_queries
from motcua.tariffs import queries as tariff_queries
from motcua.tariffs.book import PriceBook

ALL_SHARES = 10_000
MOST_READING_DAYS = 3


class TermsLater(Refused):
    """Terms that begin later are set already; they are ended or set anew first."""

    code = "TERMS_LATER"
    message = gettext_noop("Mã khách hàng này đã có điều kiện tính tiền từ ngày %(day)s.")


class NoTerms(Refused):
    """On that day the account is billed by its contract as it is."""

    code = "NO_OWN_TERMS"
    message = gettext_noop("Ngày này không có điều kiện riêng: đã tính theo hợp đồng.")


@dataclass(frozen=True)
class NewTerms:
    """See `AccountTerms`. Of `quota_hundredths` and `tenants` one is said: tenants count as parts of a household."""

    price_group: str
    voltage: str = ""
    area: str = ""
    quota_hundredths: int = WHOLE_QUOTA
    tenants: int | None = None
    reading_days: Sequence[int] = ()
    factor: int = 1
    transformer_kva: int = 0
    pays_reactive: bool = True
    purposes: Sequence[Mapping[str, Any]] = field(default_factory=tuple)


@transaction.atomic
def set_terms(
    *, account_code: str, terms: NewTerms, valid_from: date, actor: Actor, at: datetime, reason: str = ""
) -> AccountTerms:
    """These terms from a day on; what held until then ends there. Terms that begin on the same day are replaced.

    Bills that were issued stay; periods that begin before are billed by both, each its days. Refuses NotFound, TermsLater,
    FieldWrong by field, FieldMissing. Locks the account.
    """
    if supply_queries.find_contract(account_code) is None:
        raise NotFound(field="account_code")
    lock_account(account_code)
    quota, is_undeclared = require_fit(account_code, terms, valid_from)
    rows = AccountTerms.objects.filter(account_code=account_code)
    rows.filter(valid_from=valid_from).delete()
    rows.filter(valid_from__lt=valid_from, valid_to__isnull=True).update(valid_to=valid_from)
    rows.filter(valid_from__lt=valid_from, valid_to__gt=valid_from).update(valid_to=valid_from)
    row = AccountTerms.objects.create(
        account_code=account_code, valid_from=valid_from, price_group=terms.price_group, voltage=terms.voltage, area=terms.area,
        quota_hundredths=quota, is_undeclared=is_undeclared, reading_days=sorted(set(terms.reading_days)), factor=terms.factor,
        transformer_kva=terms.transformer_kva, pays_reactive=terms.pays_reactive, purposes=[dict(share) for share in terms.purposes], reason=reason[:300], set_at=at,
        set_by=actor.ref,
    )  # fmt: skip
    company_ops.record_audit(
        actor=actor, verb="billing.terms_set", subject_type="account", subject_id=account_code, at=at,
        facts={"from": valid_from.isoformat(), "group": terms.price_group, "quota": quota, "factor": terms.factor},
    )  # fmt: skip
    return row


@transaction.atomic
def end_terms(*, account_code: str, valid_from: date, actor: Actor, at: datetime, reason: str = "") -> None:
    """From a day on the account is billed by its contract again; terms that begin on that day go.

    Bills that were issued stay; periods that begin before are billed by both, each its days. Refuses NotFound, NoTerms,
    TermsLater. Locks the account.
    """
    if supply_queries.find_contract(account_code) is None:
        raise NotFound(field="account_code")
    lock_account(account_code)
    require_held(account_code, valid_from)
    rows = AccountTerms.objects.filter(account_code=account_code)
    rows.filter(valid_from=valid_from).delete()
    rows.filter(Q(valid_to__isnull=True) | Q(valid_to__gt=valid_from), valid_from__lt=valid_from).update(
        valid_to=valid_from
    )
    company_ops.record_audit(
        actor=actor, verb="billing.terms_ended", subject_type="account", subject_id=account_code, at=at,
        facts={"from": valid_from.isoformat(), "reason": reason[:300]},
    )  # fmt: skip


def require_held(account_code: str, on: date) -> None:
    """Whether terms of its own hold for the account on a day, the last ones. Refuses NoTerms, TermsLater."""
    _refuse_later(account_code, on)
    rows = AccountTerms.objects.filter(
        Q(valid_to__isnull=True) | Q(valid_to__gt=on), account_code=account_code
    )
    if not rows.filter(valid_from__lte=on).exists():
        raise NoTerms(field="valid_from")


def require_fit(account_code: str, terms: NewTerms, valid_from: date) -> tuple[int, bool]:
    """Whether these terms may begin on a day; the households in hundredths, and whether tenants live there undeclared.

    Refuses TermsLater, FieldWrong by field, FieldMissing.
    """
    book = tariff_queries.price_book()
    _require_prices(terms.price_group, terms.voltage, valid_from, book)
    for share in terms.purposes:
        _require_prices(str(share["group"]), str(share["voltage"]), valid_from, book)
    _require_numbers(terms, book)
    found = _quota(terms, valid_from, book)
    _refuse_later(account_code, valid_from)
    return found


def _refuse_later(account_code: str, day: date) -> None:
    later = AccountTerms.objects.filter(account_code=account_code, valid_from__gt=day)
    first = later.order_by("valid_from").first()
    if first is not None:
        raise TermsLater(field="valid_from", day=f"{first.valid_from:%d/%m/%Y}")


def _require_prices(group: str, voltage: str, on: date, book: PriceBook) -> None:
    owed_by = book.groups - book.trial_groups
    if group not in owed_by:
        raise FieldWrong(field="price_group", name="price_group", expected=", ".join(sorted(owed_by)))
    if not book.spans(group, voltage):
        known = sorted(
            {price.voltage for price in book.prices if price.customer_group == group and price.holds_on(on)}
        )
        raise FieldWrong(field="voltage", name="voltage", expected=", ".join(known))


def _require_numbers(terms: NewTerms, book: PriceBook) -> None:
    if terms.area and terms.area not in book.areas:
        raise FieldWrong(field="area", name="area", expected=", ".join(sorted(book.areas)))
    if terms.factor < 1:
        raise FieldWrong(field="factor", name="factor", expected="1, 2 ...")
    days = terms.reading_days
    if len(set(days)) > MOST_READING_DAYS or any(not 1 <= day <= 31 for day in days):
        raise FieldWrong(field="reading_days", name="reading_days", expected="1 ... 31")
    shares: list[Any] = [share.get("share") for share in terms.purposes]
    if shares and (
        not all(isinstance(share, int) and share > 0 for share in shares) or sum(shares) != ALL_SHARES
    ):
        raise FieldWrong(field="purposes", name="purposes", expected="100 %")


def _quota(terms: NewTerms, on: date, book: PriceBook) -> tuple[int, bool]:
    """Households in hundredths, and whether tenants live there whom nobody declared (`tenants` 0)."""
    if terms.tenants is None:
        if terms.quota_hundredths < 1:
            raise FieldWrong(field="quota_hundredths", name="quota_hundredths", expected="1 ...")
        return terms.quota_hundredths, False
    if not kind_of_prices(terms.price_group, terms.voltage, on, book)[1] or terms.tenants < 0:
        raise FieldWrong(field="tenants", name="tenants", expected="HOME")
    people = book.find_rate("TENANTS_PER_QUOTA", on)
    if people is None:
        raise FieldMissing(field="tenants", name="TENANTS_PER_QUOTA")
    quota = (Decimal(terms.tenants * WHOLE_QUOTA) / people.value).quantize(Decimal(1), ROUND_HALF_UP)
    return (int(quota), False) if terms.tenants else (WHOLE_QUOTA, True)
