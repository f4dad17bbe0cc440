"""Playing the plan by the operations: accounts first, then batch after batch."""

from __future__ import annotations

import csv
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from motcua.companies import queries as company_queries
from motcua.companies.context import using_company
from motcua.companies.models import Province, ProvinceService, Unit, UnitKind
from motcua.config import clock
from motcua.kernel.actors import Actor
from motcua.ops.year import plan
from motcua.ops.year.plan import Planned
from motcua.reports import operations as report_ops
from motcua.requests import operations as request_ops

IN_2018 = date(2018, 6, 1)
BEFORE = datetime(2018, 1, 1, 1, tzinfo=UTC)
ACCOUNTS_A_UNIT = 8
SENDER, STAFF = Actor.anonymous("year-2018"), Actor.system("year-2018")
ANSWERS = {"FAULT": "known", "COMPLAINT": "settled_at_once", "INFO": "answer"}
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


def account_code(place: Place, number: int) -> str:
    return f"{place.unit_code}{number:07d}"


def play_company(
    code: str,
    *,
    scale: float,
    done: int,
    batch: int,
    folder: Path,
    note: Callable[[int], None],
    progress: Callable[[str], None],
) -> None:
    """Play the company's requests from `done` on; `note` keeps how many are played."""
    total = plan.size(code, scale)
    with using_company(code):
        where = places()
    if done == 0:
        _bring_accounts(code, where, folder)
    begun, said, first = time.monotonic(), 0.0, done
    weights = [(number, place.weight) for number, place in enumerate(where)]
    while done < total:
        until = min(done + batch, total)
        with using_company(code):
            _play([plan.planned(code, number, weights) for number in range(done, until)], where)
            while report_ops.roll_up(at=clock.now()):
                pass
        done = until
        note(done)
        spent = time.monotonic() - begun
        if spent - said >= SAYS_EVERY_SECONDS or done == total:
            said, rate = spent, (done - first) / max(spent, 0.001)
            left = timedelta(seconds=round((total - done) / max(rate, 0.001)))
            progress(f"  {code:6} {done:>9,} of {total:,}   {rate:,.0f}/s   {left} to go")


def _bring_accounts(code: str, where: Sequence[Place], folder: Path) -> None:
    """A few customers in each unit, by the import of an older system's data: requests name their account codes."""
    from motcua.ops.import_customers import import_customers

    path = folder / f"year-2018-{code.lower()}.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(
            ["account_code", "full_name", "address", "district", "province", "unit_code", "signed_date"]
        )
        for place in where:
            for number in range(ACCOUNTS_A_UNIT):
                address = f"Số {number + 1}, {place.province_name}"
                writer.writerow(
                    [account_code(place, number), f"Khách hàng {number + 1:04d}", address, "Trung tâm", place.province_name, place.unit_code, "01/01/2017"]
                )  # fmt: skip
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


def _play(lot: Sequence[Planned], where: Sequence[Place]) -> None:
    """One batch: all are sent; some must come to an office, some call it off; staff answer; customers rate."""
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
    request_ops.advance_many(list(_answers(lot, ids)))
    request_ops.advance_many(list(_ratings(lot, ids)))


def _order(item: Planned, place: Place) -> request_ops.Order:
    return request_ops.Order(
        service_code=item.service, answers=_said(item, place), channel=item.channel, actor=SENDER, at=item.sent_at,
        key=_key(item, "send"), unit_code=place.unit_code, reception=item.reception,
    )  # fmt: skip


def _said(item: Planned, place: Place) -> dict[str, Any]:
    account = account_code(place, int(item.account * ACCOUNTS_A_UNIT))
    phone = f"09{(item.number * 7919 + len(item.company)) % 100_000_000:08d}"
    if item.service == "FAULT":
        where = {
            "text": f"Cột {item.number % 400}, {place.province_name}",
            "province_code": place.province_code,
        }
        return {"danger": False, "what": "NO_POWER_AREA", "place": where, "phone": phone}
    if item.service == "COMPLAINT":
        return {
            "about": "BILL",
            "story": "Tiền điện cao hơn tháng trước.",
            "full_name": "Khách hàng",
            "phone": phone,
            "account_code": account,
        }
    return {"topic": item.topic, "question": "Xin cho hỏi.", "account_code": account}


def _answers(lot: Sequence[Planned], ids: dict[int, Any]) -> Iterator[request_ops.Move]:
    for item in lot:
        if item.is_settled:
            assert item.ended_at is not None
            yield request_ops.Move(
                ids[item.number],
                ANSWERS[item.service],
                {"answer": "Xin trả lời."},
                STAFF,
                item.ended_at,
                _key(item, "answer"),
            )


def _ratings(lot: Sequence[Planned], ids: dict[int, Any]) -> Iterator[request_ops.Move]:
    for item in lot:
        if item.rated_at is not None:
            yield request_ops.Move(
                ids[item.number], "rate", {"score": item.score}, STAFF, item.rated_at, _key(item, "rate")
            )


def _key(item: Planned, act: str) -> str:
    return f"year-2018:{item.company}:{item.number}:{act}"
