"""Playing the plan by the operations: accounts first, then batch after batch."""

from __future__ import annotations

import csv
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import chain, islice
from pathlib import Path
from typing import Any
from uuid import UUID

from motcua.companies import queries as company_queries
from motcua.companies.context import using_company
from motcua.companies.models import Province, ProvinceService, Unit, UnitKind
from motcua.config import clock
from motcua.fieldwork import contracts_many
from motcua.kernel import codes
from motcua.kernel.actors import Actor
from motcua.ledger import chart
from motcua.ledger import operations as ledger_ops
from motcua.ledger import queries as ledger_queries
from motcua.ops.year import acts, mix, plan, said
from motcua.ops.year.acts import Act
from motcua.ops.year.names import name_of
from motcua.ops.year.plan import Planned
from motcua.reports import operations as report_ops
from motcua.requests import operations as request_ops
from motcua.supply import operations as supply_ops
from motcua.supply import queries as supply_queries
from motcua.supply.models import MeterKind

IN_2018 = date(2018, 6, 1)
BEFORE = datetime(2018, 1, 1, 1, tzinfo=UTC)
ACCOUNTS_A_UNIT = 8
HOMES_THAT_SHARE = 3  # the meter from which one of them splits off
STOPPED_BEFORE, AGREED_BEFORE = timedelta(days=3), timedelta(days=60)
OWN_ACCOUNTS = 1_000_000  # from here on, one for each request that changes something
ACCOUNTS_AT_ONCE = 10_000
ACCOUNT_COLUMNS = (
    "account_code", "full_name", "phone", "id_number", "address", "district", "province", "unit_code", "signed_date", "meter_serial",
    "reading", "reading_date", "phases", "capacity_kw", "quota",
)  # fmt: skip
DISTRICT = "Trung tâm"  # a place with a district is meant in the provinces of before July 2025
HUNG, NEW = "17", "18"  # what a meter's serial begins with: the year it was made
SENDER, STAFF = Actor.anonymous("year-2018"), Actor.system("year-2018")
BANK, CASHIER = Actor.partner("year-2018"), Actor.staff("year-2018", "Thu ngân", ["INTAKE"], [])
BANK_ACCOUNT = "112"
CREW = ("Lê Văn Hùng", "Đỗ Quang Vinh")
WHY_LATE = {
    "COMPANY": "Thiếu vật tư, phải chờ cấp thêm.",
    "CUSTOMER": "Khách hàng xin lùi lịch nhiều lần.",
    "THIRD_PARTY": "Chờ địa phương cho phép đào đường.",
    "": "",
}
METERS: Mapping[str, Mapping[str, Any]] = {
    mix.ONE_PHASE: {"kind": MeterKind.ACTIVE, "phases": 1},
    mix.THREE_PRICES: {"kind": MeterKind.TIME_OF_USE, "phases": 3},
}
SAYS_EVERY_SECONDS = 5.0


@dataclass(frozen=True)
class Place:
    """A unit of the company as it was in 2018, with its province and its weight."""

    unit_code: str
    province_code: str
    province_name: str
    weight: float


def places() -> list[Place]:
    """The units that served the company's provinces in 2018, weighted by the people of the province."""
    company = company_queries.get_company().code
    ids = ProvinceService.objects.filter(company_queries.is_within(IN_2018), company_code=company).values(
        "province_id"
    )
    provinces = Province.objects.filter(company_queries.is_within(IN_2018), id__in=ids).order_by("code")
    found: list[Place] = []
    for province in provinces:
        local = list(
            Unit.objects.filter(kind=UnitKind.LOCAL, province_code=province.code)
            .order_by("code")
            .values_list("code", flat=True)
        )
        unit = company_queries.find_unit(province_code=province.code, on=IN_2018)
        codes = local or ([unit.code] if unit else [company_queries.get_centre().code])
        weight = _people(province.name) / len(codes)
        found += [Place(code, province.code, province.name, weight) for code in codes]
    return found


def _people(name: str) -> int:
    plain = name.removeprefix("Thành phố ").removeprefix("Tỉnh ").removeprefix("TP ").strip()
    return plan.PEOPLE.get(plain, plan.FEWEST_PEOPLE)


def account_code(place: Place, item: Planned) -> str:
    """One of the unit's few accounts that are only asked about, or the request's own, when it changes something there."""
    serial = (
        OWN_ACCOUNTS + item.number if item.kind.is_on_own_account else int(item.account * ACCOUNTS_A_UNIT) + 1
    )
    return codes.make_account_code(place.unit_code, serial)


def play_company(
    code: str,
    *,
    scale: float,
    done: int,
    batch: int,
    folder: Path,
    note: Callable[[int], None],
    progress: Callable[[str], None],
    services: mix.Weights = mix.ALL,
) -> None:
    """Play the company's requests from `done` on; `note` keeps how many are played."""
    total = plan.size(code, scale)
    with using_company(code):
        where = places()
    weights = [(number, place.weight) for number, place in enumerate(where)]
    if done == 0:
        _bring_accounts(code, where, (plan.planned(code, n, weights, services) for n in range(total)), folder)
    begun, told, first, worked = time.monotonic(), 0.0, done, time.process_time()
    while done < total:
        until = min(done + batch, total)
        with using_company(code):
            _play([plan.planned(code, number, weights, services) for number in range(done, until)], where)
            while report_ops.roll_up(at=clock.now()):
                pass
        done = until
        note(done)
        spent = time.monotonic() - begun
        if spent - told >= SAYS_EVERY_SECONDS or done == total:
            told, rate = spent, (done - first) / max(spent, 0.001)
            left = timedelta(seconds=round((total - done) / max(rate, 0.001)))
            cost = (time.process_time() - worked) * 1000 / max(done - first, 1)
            progress(
                f"  {code:6} {done:>9,} of {total:,}   {rate:,.0f}/s   {cost:.1f} s of CPU a thousand   {left} to go"
            )


def _bring_accounts(code: str, where: Sequence[Place], items: Iterable[Planned], folder: Path) -> None:
    """The customers that requests speak of, by the import of an older system's data; those who are there stay as they are."""
    from motcua.ops.import_customers import import_customers

    company = list(plan.COMPANIES).index(code)
    path = folder / f"year-2018-{code.lower()}.csv"
    with path.open("w", newline="", encoding="utf-8") as file, using_company(code):
        writer = csv.writer(file)
        writer.writerow(ACCOUNT_COLUMNS)
        rows = chain(_shared_accounts(where), _own_accounts(where, items, company))
        while some := list(islice(rows, ACCOUNTS_AT_ONCE)):
            known = supply_queries.find_contracts(row[0] for row in some)
            writer.writerows(row for row in some if row[0] not in known)
    try:
        report = import_customers(
            rows_path=path,
            company=code,
            dry_run=False,
            actor=STAFF,
            at=BEFORE,
            errors_path=path.with_suffix(".errors.csv"),
        )
    finally:
        path.unlink()
    if report.refused:
        raise RuntimeError(f"{report.refused} accounts of the year were refused: {report.errors_path}")


def _shared_accounts(where: Sequence[Place]) -> Iterator[tuple[str, ...]]:
    for place in where:
        for number in range(1, ACCOUNTS_A_UNIT + 1):
            account = codes.make_account_code(place.unit_code, number)
            address = f"Số {number}, {place.province_name}"
            yield (
                account, name_of(number / 10), "", "", address, DISTRICT, place.province_name, place.unit_code, "01/01/2017",
                *[""] * 6,
            )  # fmt: skip


def _own_accounts(where: Sequence[Place], items: Iterable[Planned], company: int) -> Iterator[tuple[str, ...]]:  # fmt: skip
    for item in items:
        if item.kind.is_on_own_account:
            place = where[item.unit]
            yield (
                account_code(place, item), name_of(item.name), said.phone_of(item), said.identity_of(item.number, company),
                f"Số {item.number % 900 + 1}, {place.province_name}", DISTRICT, place.province_name, place.unit_code, "01/01/2017",
                serial_of(item, HUNG), "1000", "01/12/2017", "1", "5",
                str(HOMES_THAT_SHARE) if item.service == "NEW-LV-SPLIT" else "",
            )  # fmt: skip


def serial_of(item: Planned, year: str) -> str:
    """The meter of the request: one that hangs there already, or one to hang."""
    return f"{year}{list(plan.COMPANIES).index(item.company)}{item.number:08d}"


def _play(lot: Sequence[Planned], where: Sequence[Place]) -> None:
    """One batch: all are sent; some must come to an office, some call it off; staff act, round by round; customers rate."""
    _stock_meters(lot, where)
    _make_ready(lot, where)
    receipts = request_ops.submit_many([_order(item, where[item.unit]) for item in lot])
    ids = {item.number: receipt.request_id for item, receipt in zip(lot, receipts, strict=True)}
    for item in lot:
        if item.end == "TRIP":
            request_ops.record_trip(
                request_id=ids[item.number],
                actor=STAFF,
                at=item.sent_at + timedelta(minutes=2),
                key=_key(item, "trip"),
            )
        elif item.end == "CANCELLED":
            assert item.ended_at is not None
            request_ops.cancel(
                request_id=ids[item.number], actor=STAFF, at=item.ended_at, key=_key(item, "cancel")
            )
    ways = [(item, acts.acts_of(item, serial_of(item, NEW))) for item in lot]
    for turn in range(max((len(way) for _, way in ways), default=0)):
        request_ops.advance_many(
            list(_moves([(item, way[turn]) for item, way in ways if turn < len(way)], ids))
        )
    request_ops.advance_many(list(_ratings(lot, ids)))
    for item in lot:
        if item.explained_at is not None:
            request_ops.explain_late(
                request_id=ids[item.number], party=item.charged_to, reason=WHY_LATE[item.charged_to], actor=STAFF,
                at=item.explained_at, key=_key(item, "late"),
            )  # fmt: skip


def _stock_meters(lot: Sequence[Planned], where: Sequence[Place]) -> None:
    """The meters that this batch hangs come into the stores of their units."""
    wanted: dict[tuple[str, str], list[str]] = {}
    for item in lot:
        if item.is_new_supply:
            wanted.setdefault((where[item.unit].unit_code, item.kind.meter), []).append(serial_of(item, NEW))
    for (unit_code, meter), serials in sorted(wanted.items()):
        supply_ops.add_stock_meters(
            serials=serials, unit_code=unit_code, actor=STAFF, at=BEFORE, **METERS[meter]
        )


def _make_ready(lot: Sequence[Planned], where: Sequence[Place]) -> None:
    """What must be so before it is asked for: electricity that was stopped, a contract with a last day."""
    for item in lot:
        told: dict[str, Any] = {"account_code": account_code(where[item.unit], item), "actor": STAFF}
        if item.service == "RECONNECT":
            at = item.sent_at - STOPPED_BEFORE
            supply_ops.stop_supply(
                **told, reason=said.why_stopped(item), stopped_at=at, at=at, key=_key(item, "stop")
            )
        elif item.service == "EXTEND":
            at = item.sent_at - AGREED_BEFORE
            supply_ops.change_terms(
                **told, expires_on=said.ends_on(item), effective_at=at, at=at, key=_key(item, "term")
            )


def _order(item: Planned, place: Place) -> request_ops.Order:
    answers = said.answers_of(
        item, account_code=account_code(place, item), province_code=place.province_code, province_name=place.province_name,
        company=list(plan.COMPANIES).index(item.company),
    )  # fmt: skip
    return request_ops.Order(
        service_code=item.service, answers=answers, channel=item.channel, actor=SENDER, at=item.sent_at,
        key=_key(item, "send"), unit_code=place.unit_code, reception=item.reception,
    )  # fmt: skip


def _moves(turn: Sequence[tuple[Planned, Act]], ids: Mapping[int, UUID]) -> Iterator[request_ops.Move]:
    """What staff do in this round; money and signatures, which are the customers' own, come first."""
    contracts_many.sign_contracts(
        [_names_under(item, ids[item.number], act.at) for item, act in turn if act.is_signed]
    )
    for item, act in turn:
        request_id = ids[item.number]
        if act.action == acts.PAY:
            _pay(item, request_id, act.at)
            continue
        yield request_ops.Move(
            request_id, act.action, act.inputs, STAFF, act.at, _key(item, f"{act.action}:{act.at:%m%d%H%M}")
        )


def _names_under(item: Planned, request_id: UUID, at: datetime) -> contracts_many.Signing:
    """The customer and two of the crew put their names to the contract."""
    names = [("CUSTOMER", name_of(item.name)), ("STAFF", CREW[0]), ("STAFF", CREW[1])]
    return contracts_many.Signing(request_id, names, STAFF, at)


def _pay(item: Planned, request_id: UUID, at: datetime) -> None:
    by_bank = item.paid == plan.BANK
    for charge in ledger_queries.list_charges(request_id):
        ledger_ops.settle_charge(
            charge_id=charge.id, amount_vnd=charge.total_vnd, clearing_account=BANK_ACCOUNT if by_bank else chart.CASH,
            reference=_key(item, "pay"), actor=BANK if by_bank else CASHIER, at=at, key=_key(item, "pay"),
        )  # fmt: skip


def _ratings(lot: Sequence[Planned], ids: Mapping[int, UUID]) -> Iterator[request_ops.Move]:
    for item in lot:
        if item.rated_at is not None:
            yield request_ops.Move(
                ids[item.number], "rate", {"score": item.score}, STAFF, item.rated_at, _key(item, "rate")
            )


def _key(item: Planned, act: str) -> str:
    return f"year-2018:{item.company}:{item.number}:{act}"
