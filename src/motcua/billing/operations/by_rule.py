"""The few accounts of a chunk that the pure rule rates one by one: several purposes on a meter, terms that changed inside the
period, a reading on the day of a price change, an estimate that a person decided on.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from uuid import UUID

from django.db import connection
from psycopg.types.json import Jsonb

from motcua.billing import run_queries
from motcua.billing.models import AccountTerms, Bill, BillKind, BillRun, BillState, ExceptionState
from motcua.billing.operations.issuing import told_case, told_lines
from motcua.billing.rules import rating, terms
from motcua.billing.rules.case import Case, NormRounding, norm_days
from motcua.billing.rules.refusals import NothingToGoBy
from motcua.billing.rules.terms import Terms
from motcua.billing.rules.use import Purpose, kwh_of_stopped
from motcua.kernel import local_time
from motcua.kernel.results import Refused
from motcua.supply import queries as supply_queries
from motcua.tariffs.book import Part, PriceBook

PARTS = {"KT": Part.ONE, "BT": Part.NORMAL, "TD": Part.OFF_PEAK, "CD": Part.PEAK}

TAKEN = """
SELECT f.n, f.account_code, f.unit_code, f.customer_id, f.payer_id, f.period, f.price_group, f.voltage, f.area,
       f.quota_hundredths, f.is_undeclared, f.from_day, f.to_day, f.kwh, f.normal_kwh, f.off_peak_kwh, f.peak_kwh, f.vc,
       f.pays_reactive, f.readings, f.decision, f.bill_id, f.charge_id
FROM run_found f WHERE f.code = '' AND f.by_rule ORDER BY f.n
"""
BILL = """
INSERT INTO billing_bill (id, kind, state, account_code, customer_id, payer_id, unit_code, billing_month, period, from_day,
    to_day, readings, "case", lines, kwh, active_vnd, reactive_vnd, subtotal_vnd, vat_rate, vat_vnd, total_vnd, charge_id,
    run_id, reason, due_at, issued_at, issued_by)
VALUES (%s, 'USE', 'ISSUED', %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, '', %s, %s, %s)
"""
CHARGE = """
INSERT INTO ledger_to_raise (charge_id, net_vnd, vat_rate, vat_vnd, customer_id, account_code, unit_code, due_at, description)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)
"""


@dataclass(frozen=True)
class Taken:
    """An account as `run_found` has it."""

    n: int
    account_code: str
    unit_code: str
    customer_id: UUID | None
    payer_id: UUID | None
    period: int
    price_group: str
    voltage: str
    area: str
    quota_hundredths: int
    is_undeclared: bool
    from_day: date
    to_day: date | None
    kwh: int | None
    normal_kwh: int | None
    off_peak_kwh: int | None
    peak_kwh: int | None
    vc: int | None
    pays_reactive: bool
    readings: list[dict[str, Any]]
    decision: str
    bill_id: UUID
    charge_id: UUID

    @property
    def terms(self) -> Terms:
        return Terms(self.price_group, self.voltage, self.area, self.quota_hundredths, self.is_undeclared)


@dataclass(frozen=True)
class RatedOne:
    """What the rule made of an account."""

    taken: Taken
    cases: Sequence[Case]
    whole: Case
    bill: rating.Bill

    @property
    def told(self) -> Any:
        """As `motcua quote` takes it; of several, a list."""
        told = [told_case(case) for case in self.cases]
        return told if len(told) > 1 else told[0]


def rate_taken(run: BillRun, book: PriceBook) -> list[RatedOne]:
    """Rate them; what the rule refuses is put beside what the set-based twin refused."""
    with connection.cursor() as cursor:
        cursor.execute(TAKEN)
        found = [_taken(row) for row in cursor.fetchall()]
        if not found:
            return []
        held = _terms_of([one.account_code for one in found])
        rated: list[RatedOne] = []
        for one in found:
            try:
                rated.append(_rate(one, run, book, held.get(one.account_code, [])))
            except Refused as refusal:
                cursor.execute(
                    "INSERT INTO rating_refused (case_id, code) VALUES (%s, %s)", [one.n, refusal.code]
                )
    return rated


def issue(run: BillRun, rated: Sequence[RatedOne], told: Mapping[str, Any]) -> None:
    """Write their bills and put their charges with those of the chunk."""
    with connection.cursor() as cursor:
        for one in rated:
            taken, bill = one.taken, one.bill
            charge_id = taken.charge_id if bill.total_vnd else None
            owed: list[Any] = [
                bill.active_vnd,
                bill.reactive_vnd,
                bill.subtotal_vnd,
                bill.vat_rate,
                bill.vat_vnd,
                bill.total_vnd,
            ]
            values: list[Any] = [
                taken.bill_id, taken.account_code, taken.customer_id, taken.payer_id, taken.unit_code, run.billing_month,
                taken.period, one.whole.start, one.whole.end, Jsonb(taken.readings), Jsonb(one.told),
                Jsonb(told_lines(bill)), one.whole.total_kwh, *owed, charge_id, run.id, told["due_at"], told["at"], told["actor"],
            ]  # fmt: skip
            cursor.execute(BILL, values)
            if charge_id:
                cursor.execute(
                    CHARGE,
                    [
                        charge_id, bill.subtotal_vnd, bill.vat_rate, bill.vat_vnd, taken.payer_id or taken.customer_id,
                        taken.account_code, taken.unit_code, told["due_at"], f"{taken.account_code} {run.billing_month:%m/%Y}",
                    ],
                )  # fmt: skip


def _rate(one: Taken, run: BillRun, book: PriceBook, rows: list[AccountTerms]) -> RatedOne:
    if one.decision == ExceptionState.ESTIMATE:
        one = _estimated(one, run)
    assert one.to_day is not None and one.kwh is not None
    hours = one.normal_kwh is not None
    known = _read_between(one, hours, book)
    changes = _changes(one, rows, known)
    month = run.billing_month if len(changes) > 1 or one.to_day.replace(day=1) != run.billing_month else None
    policy = run_queries.policy_of(run.unit_code, run.reading_date)
    is_liable = one.vc is not None and one.pays_reactive and one.price_group != "HOME"
    whole = Case(
        group=one.price_group, voltage=one.voltage, area=one.area, start=one.from_day, end=one.to_day,
        use={Part.NORMAL: one.normal_kwh or 0, Part.OFF_PEAK: one.off_peak_kwh or 0, Part.PEAK: one.peak_kwh or 0}
        if hours else {Part.ONE: one.kwh},
        billing_month=run.billing_month, norm_days=norm_days(one.from_day, one.to_day, month),
        cosphi_hundredths=terms.cosphi_hundredths(one.kwh, one.vc or 0) if is_liable else None,
        norm_rounding=NormRounding(policy.norm_rounding), known=known,
    )  # fmt: skip
    one_terms = changes[0][1]
    cases = (
        terms.cases_of(whole, changes, book) if len(changes) > 1 else terms.by_terms(whole, one_terms, book)
    )
    return RatedOne(one, cases, whole, rating.rate_together(cases, book, whole))


def _changes(one: Taken, rows: Sequence[AccountTerms], known: Collection[date]) -> list[tuple[date, Terms]]:
    """(first day, terms) through the period: the dated rows, the contract's own words where there is none. Days with a
    reading cut it too, so that what is kept of the bill tells the reading.
    """
    assert one.to_day is not None
    days = {one.from_day} | {row.valid_from for row in rows} | {row.valid_to for row in rows if row.valid_to}
    by_contract = supply_queries.list_changes(one.account_code)
    days |= {local_time.local_date(change.effective_at) for change in by_contract} | set(known)
    changes: list[tuple[date, Terms]] = []
    for day in sorted(day for day in days if one.from_day <= day < one.to_day):
        row = next(
            (r for r in rows if r.valid_from <= day and (r.valid_to is None or day < r.valid_to)), None
        )
        held = _of_row(row) if row else _of_contract(one, by_contract, day)
        if not changes or changes[-1][1] != held or day in known:
            changes.append((day, held))
    return changes


def _of_row(row: AccountTerms) -> Terms:
    shares = tuple(Purpose(p["group"], p["voltage"], p["share"]) for p in row.purposes)
    return Terms(row.price_group, row.voltage, row.area, row.quota_hundredths, row.is_undeclared, shares)


def _of_contract(one: Taken, by_contract: Sequence[Any], day: date) -> Terms:
    """What the contract said on a day: what it says, less what changed later."""
    contract = supply_queries.find_contract(one.account_code)
    assert contract is not None
    said: dict[str, Any] = {"purpose": contract.purpose, "quota": contract.quota}
    for change in reversed(by_contract):
        if change.kind == "TERMS" and local_time.local_date(change.effective_at) > day:
            said |= {name: change.before[name] for name in said if name in change.before}
    group, voltage = terms.GROUP_OF_PURPOSE.get(said["purpose"], (one.price_group, one.voltage))
    return Terms(group, voltage, "", said["quota"] * 100)


def _estimated(one: Taken, run: BillRun) -> Taken:
    """As if its meter had counted what it counted on average before; the registers stay where the last bill left them."""
    policy = run_queries.policy_of(run.unit_code, run.reading_date)
    to_day = run.reading_date
    past = Bill.objects.filter(
        account_code=one.account_code, state=BillState.ISSUED, to_day__lte=one.from_day
    )
    bills = list(
        past.exclude(kind=BillKind.ADJUSTMENT).order_by("-to_day")[: policy.estimate_cycles].values_list("readings", "from_day", "to_day")
    )[::-1]  # fmt: skip
    if not bills or to_day <= one.from_day:
        raise NothingToGoBy(field="kwh")
    days = (to_day - one.from_day).days
    sums: dict[str, int] = {}
    for register in {reading["register"] for reading in one.readings}:
        before = [
            (sum(r["kwh"] for r in readings if r["register"] == register), (until - since).days)
            for readings, since, until in bills
        ]
        sums[register] = kwh_of_stopped(before, days, cycles=policy.estimate_cycles)
    told = _told_estimate(one.readings, sums)
    hours = "BT" in sums
    active = sum(kwh for register, kwh in sums.items() if register != "VC")
    return replace(
        one, to_day=to_day, kwh=active, normal_kwh=sums["BT"] + sums.get("KT", 0) if hours else None,
        off_peak_kwh=sums["TD"] if hours else None, peak_kwh=sums["CD"] if hours else None, vc=sums.get("VC"), readings=told,
    )  # fmt: skip


def _told_estimate(readings: Sequence[Mapping[str, Any]], sums: Mapping[str, int]) -> list[dict[str, Any]]:
    """A register's estimate stands with the last meter that has it; every register goes on from what it showed, if anything."""
    last = {reading["register"]: place for place, reading in enumerate(readings)}
    return [
        {
            **reading,
            "current": reading["previous"] if reading["current"] is None else reading["current"],
            "kwh": sums[reading["register"]] if last[reading["register"]] == place else 0,
            "estimated": True,
        }
        for place, reading in enumerate(readings)
    ]


def _read_between(one: Taken, hours: bool, book: PriceBook) -> Mapping[date, Mapping[Part, int]]:
    """What had been used by days between, where every register of one meter was read; only of a meter that hung throughout.

    Prices by tiers go by days even when somebody read the meter.
    """
    serials = {reading["serial"] for reading in one.readings if reading["register"] != "VC"}
    if len(serials) != 1 or one.decision == ExceptionState.ESTIMATE or one.to_day is None:
        return {}
    if terms.kind_of_prices(one.price_group, one.voltage, one.to_day, book)[1]:
        return {}
    by_register = {reading["register"]: reading for reading in one.readings if reading["register"] in PARTS}
    between = supply_queries.list_readings_between(serials.pop(), one.from_day, one.to_day)
    known: dict[date, dict[Part, int]] = {}
    for day, shown in between.items():
        if set(by_register) <= set(shown):
            used = {
                PARTS[name]: (shown[name] - r["previous"]) * r["factor"] for name, r in by_register.items()
            }
            final = {PARTS[name]: r["kwh"] for name, r in by_register.items()}
            if all(0 <= used[part] <= final[part] for part in used) and (Part.NORMAL in used) == hours:
                known[day] = used
    return known


def _terms_of(codes: Sequence[str]) -> dict[str, list[AccountTerms]]:
    rows: dict[str, list[AccountTerms]] = {}
    for row in AccountTerms.objects.filter(account_code__in=codes).order_by("valid_from"):
        rows.setdefault(row.account_code, []).append(row)
    return rows


def _taken(row: Sequence[Any]) -> Taken:
    values = list(row)
    place = list(Taken.__dataclass_fields__).index("readings")
    if isinstance(values[place], str):
        values[place] = json.loads(values[place])
    return Taken(*values)
