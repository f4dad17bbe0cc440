"""What acts begin with, brought there by operations; prints it as JSON (run as the owner by `Site.run`)."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "motcua.config.settings")

import django

django.setup()

from django.db import transaction  # noqa: E402

from motcua.assistant.knowledge import operations as knowledge_ops  # noqa: E402
from motcua.companies import access, context  # noqa: E402
from motcua.companies.models import Staff  # noqa: E402
from motcua.connectors.identity import directories, providers  # noqa: E402
from motcua.connectors.portals import partners  # noqa: E402
from motcua.customers import operations as customer_ops  # noqa: E402
from motcua.fieldwork import queries as fieldwork_queries  # noqa: E402
from motcua.kernel.actors import Actor  # noqa: E402
from motcua.kernel.ids import new_id  # noqa: E402
from motcua.ledger import operations as ledger_ops  # noqa: E402
from motcua.ledger import queries as ledger_queries  # noqa: E402
from motcua.messaging import operations as messaging_ops  # noqa: E402
from motcua.messaging.talk import canned  # noqa: E402
from motcua.outages import operations as outage_ops  # noqa: E402
from motcua.payments import cash  # noqa: E402
from motcua.payments import operations as payment_ops  # noqa: E402
from motcua.payments.models import SuspenseCase  # noqa: E402
from motcua.requests import operations as request_ops  # noqa: E402
from motcua.requests import queries as request_queries  # noqa: E402
from motcua.sandbox import bank as sandbox_bank  # noqa: E402
from motcua.supply import operations as supply_ops  # noqa: E402
from tests.billing import billed_house  # noqa: E402

READY = Actor.system("journeys")
UNIT = "PD0100"
PLACE = "Số 12 ngõ 34 phố Tây Sơn, phường Đống Đa, Hà Nội"
OLD_PLACE = "Số 5 phố Chùa Bộc, phường Trung Liệt, quận Đống Đa, Hà Nội"
MONTHS = (date(2026, 8, 1), date(2026, 9, 1), date(2026, 10, 1))
MARKED = "NGUYỄN THỊ ỂNH ẪM ĐỖ QUỐC NGHIỆP"
LOOKS = ("phone", "desktop", "keyboard", "plain")


def ask(at: datetime, name: str, service: str = "NEW-LV-RES", channel: str = "WEB", **more: Any) -> Any:
    """Somebody asks for a supply (or for something else with their `answers`)."""
    key = f"ready:{new_id(at)}"
    answers = more.pop("answers", None) or {
        "has_meter": "false", "place": {"text": PLACE}, "right_to_place": "OWN", "full_name": name, "phases": "ONE",
        "id_number": f"00118{abs(hash(key)) % 10**7:07d}", "phone": f"091{abs(hash(key)) % 10**7:07d}", "visit_time": "ANY",
    }  # fmt: skip
    return request_ops.submit(
        service_code=service,
        answers=answers,
        channel=channel,
        actor=Actor.anonymous(key),
        at=at,
        key=key,
        **more,
    )


def accept(receipt: Any, at: datetime, cost_vnd: int) -> None:
    """The desk's check: to be paid, or to be visited at once."""
    view = request_queries.get_request(receipt.request_id)
    inputs = {"needs_survey": "false", "cost_vnd": str(cost_vnd)}
    if cost_vnd:
        inputs["cost_note"] = "15 m cáp 2x10 và 2 kẹp"
    request_ops.advance(
        request_id=view.id, action="accept", inputs=inputs, actor=Actor.staff("ready", "Minh", ["BUSINESS"], [view.unit_code]),
        at=at, key=f"accept:{view.number}",
    )  # fmt: skip


def contract(at: datetime, name: str, text: str, **place: Any) -> str:
    """Somebody with electricity; their account code."""
    serial = f"27{abs(hash((name, at))) % 10**8:08d}"
    supply_ops.add_stock_meters(serials=[serial], unit_code=UNIT, actor=READY, at=at)
    customer = customer_ops.create_customer(full_name=name, phone="", actor=READY, at=at)
    with transaction.atomic():
        where = supply_ops.create_place(text=text, province_code="01", actor=READY, at=at, **place)
    connected = supply_ops.connect_supply(
        request_id=new_id(at), customer_id=customer.id, place_id=where.id, unit_code=UNIT, meter_serial=serial,
        first_reading="3", seals=["S-1"], phases=1, quota=1, contract_number=f"26/{serial}", energised_at=at,
        actor=Actor.system("crew"), at=at, key=f"energise:{serial}",
    )  # fmt: skip
    return connected.account_code


def told(receipt: Any) -> dict[str, str]:
    return {"number": receipt.number, "word": receipt.code_word}


def customers(at: datetime) -> dict[str, Any]:
    """A request to pay, one to be visited and a contract to take over for each look; one to follow."""
    made: dict[str, Any] = {"pay": {}, "visit": {}, "holder": {}, "follow": told(ask(at, "Lương Thị Theo"))}
    for look in LOOKS:
        to_pay, to_visit = ask(at, f"Lương Văn Trả {look}"), ask(at, f"Lương Thị Hẹn {look}")
        accept(to_pay, at, 450_000)
        accept(to_visit, at, 0)
        made["pay"][look], made["visit"][look] = told(to_pay), told(to_visit)
        made["holder"][look] = contract(at, f"Lương Văn Cũ {look}", PLACE, house="12", street="phố Tây Sơn")
    return made


def staff(at: datetime) -> dict[str, Any]:
    """Two houses side by side, a request to approve for each look, one question in each month to close."""
    code = contract(
        at,
        "Kiều Thị Xưa",
        OLD_PLACE,
        house="5",
        street="phố Chùa Bộc",
        commune="Trung Liệt",
        district="Đống Đa",
    )
    beside = contract(at, "Kiều Văn Cạnh", "Cạnh nhà bà Xưa", neighbour_account_code=code)
    for month in MONTHS:
        ask(
            datetime(month.year, month.month, 12, 3, tzinfo=at.tzinfo), "", "INFO",
            answers={"topic": "OTHER", "question": "Giờ làm việc?"},
        )  # fmt: skip
    approve = {look: ask(at, f"Kiều Minh Duyệt {look}").number for look in LOOKS[:3]}
    return {"account": code, "beside": beside, "approve": approve}


def pages(at: datetime) -> dict[str, str]:
    """What the pages of staff show: late (in no month that is closed) and to be paid, a visit, a talk, money nobody knows, a clerk's dossier."""
    late, to_pay, to_visit = (ask(when, name) for when, name in (
        (at - timedelta(days=12), "Mạc Thị Trễ"), (at, "Mạc Văn Trả"), (at, "Mạc Thị Hẹn"),
    ))  # fmt: skip
    accept(to_pay, at, 450_000)
    accept(to_visit, at, 0)
    visit = fieldwork_queries.find_open_visit(to_visit.request_id)
    payment_ops.record_bank_notification(
        bank=sandbox_bank.BANK, txn_id="FT-LOOK", amount_vnd=105_840, text="tien dien nha toi", paid_at=at,
        raw_sha256="0" * 64, at=at,
    )  # fmt: skip
    partners.add_portal(
        code="DVC-HN", name="Cổng Hà Nội", format="PROVINCIAL", agency="H26", secret="p" * 40, callback_url="",
        actor=READY, at=at,
    )  # fmt: skip
    clerk = Staff.objects.get(username="motcuahcc")
    dossier = request_ops.submit(
        service_code="INFO", answers={"topic": "OTHER", "question": "Giờ làm việc?", "full_name": "Mạc Thị Hồ"}, channel="DESK",
        actor=Actor.staff(clerk.id, clerk.name, ["DESK_CLERK"], [clerk.unit_id]), at=at, key="ready:dossier",
        portal="DVC-HN", external_number="H26.17.15-261118-0001",
    )  # fmt: skip
    paid = ask(at, "Mạc Thị Nộp")
    accept(paid, at, 98_000)
    taker, owed = Staff.objects.get(username="tiepnhan"), ledger_queries.list_charges(paid.request_id)[0]
    receipt = cash.take(
        charge_id=owed.id, amount_vnd=owed.total_vnd, payer_name="Mạc Thị Nộp", unit_code=taker.unit.code,
        actor=access.actor_of(taker), at=at, key="ready:cash",
    )  # fmt: skip
    door = {"name": "Cổng thử", "client_id": "motcua", "actor": READY, "at": at}
    providers.add_provider(code="CONG-THU", issuer="https://cong.example.vn", client_secret="q" * 40, **door)
    directories.set_directory(
        code="sso-thu", kind="OIDC", address="https://sso.example.vn", secret="q" * 40, options={}, **door
    )
    # as they are before they are opened to anybody: no other journey meets them
    providers.switch_provider(code="CONG-THU", is_active=False, actor=READY, at=at)
    directories.switch_directory(code="sso-thu", is_active=False, actor=READY, at=at)
    watching = access.actor_of(Staff.objects.get(username="giamsat"))
    outage = outage_ops.enter_incident(
        place="Phố Láng, từ số 1 đến số 99", areas=[outage_ops.Place("PD0400", street="Láng")], cause="LINE", began_at=at,
        expected_at=at + timedelta(hours=2), actor=watching, at=at, key="ready:outage",
    )  # fmt: skip
    bill = billed_house.house(at, phone="0902345672", series="77").year()[-1]
    article = knowledge_ops.write_article(
        text=knowledge_ops.Text("Mất thẻ căn cước thì làm sao?", "Gọi {hotline}."), state="PUBLISHED", services={},
        actor=watching, at=at,
    )  # fmt: skip
    talk = messaging_ops.open_conversation(channel="WEBCHAT", address="look", at=at, unit_code="PD0000")
    ready = canned.write(
        shortcode="chao", title="Chào khách", text="Chào {{tên khách}}, em là {{nhân viên}}.", is_shared=True, actor=watching, at=at
    )  # fmt: skip
    customer, double = (request_queries.get_request(sent.request_id).customer_id for sent in (late, to_pay))
    assert customer is not None
    for wish in ("EXPORT", "ERASE"):
        customer_ops.ask_for_data(customer_id=customer, wish=wish, actor=READY, at=at)
    return {
        "late": late.number,
        "customer": str(customer),
        "outage": str(outage),
        "article": str(article),
        "double": str(double),
        "case": str(SuspenseCase.objects.get(payment__txn_id="FT-LOOK").id),
        "account": contract(at, "Mạc Văn Cũ", OLD_PLACE, house="5", street="phố Chùa Bộc"),
        "charge": str(ledger_queries.list_charges(to_pay.request_id)[0].id),
        "visit": str(visit.id if visit else ""),
        "dossier": dossier.number,
        "talk": str(talk.id),
        "canned": str(ready.id),
        "person": str(clerk.id),
        "receipt": receipt.number,
        "bill": str(bill.id),
    }


def browser(at: datetime) -> dict[str, Any]:
    """What only a browser can do with: two requests to share a photo to, one turned down, one to pay, one to be visited;
    people whose names are all marks, one of them with a telephone that can be asked for.
    """
    answers = {
        "has_meter": "false", "place": {"text": PLACE}, "right_to_place": "OWN", "full_name": MARKED, "phases": "ONE",
        "id_number": "001185066554", "phone": "0906 554 433", "visit_time": "ANY",
    }  # fmt: skip
    shared, beside, refused = (ask(at, MARKED) for _each in range(3))
    to_pay, to_visit, own = ask(at, MARKED), ask(at, MARKED), ask(at, MARKED, answers=answers)
    accept(to_pay, at, 450_000)
    accept(to_visit, at, 0)
    view = request_queries.get_request(refused.request_id)
    request_ops.reject(
        request_id=view.id, reason="Chỗ ở ngoài vùng", actor=Actor.staff("ready", "Minh", ["BUSINESS"], [view.unit_code]),
        at=at, key=f"reject:{view.number}",
    )  # fmt: skip
    return {
        "shared": told(shared), "beside": told(beside), "refused": told(refused), "pay": told(to_pay),
        "visit": told(to_visit), "own": told(own), "phone": answers["phone"],
    }  # fmt: skip


def billed(at: datetime) -> dict[str, Any]:
    """A customer with thirteen months of bills, all but the last two paid, and the browser in which she has proven who she is."""
    home = billed_house.house(at, phone="0902345671")
    bills = home.year()
    for bill in bills[:-2]:
        ledger_ops.settle_charge(
            charge_id=bill.charge_id, amount_vnd=bill.total_vnd, clearing_account="111", reference="x", actor=READY, at=at, key=f"pay:{bill.id}"
        )  # fmt: skip
    tokens = []
    for number, _look in enumerate(LOOKS):
        then = at - timedelta(minutes=10 - 2 * number)  # a minute between two codes
        opened = customer_ops.open_session(at=then)
        started = customer_ops.start_proof(
            phone="0902345671", purpose="FOLLOW", actor=Actor.anonymous(opened.id), at=then
        )
        finished = customer_ops.finish_proof(proof_id=started.id, code=started.code_to_send, at=then)
        linked = customer_ops.link_session(
            session_id=opened.id, proof_id=finished.id, at=then, customer_id=home.hoa
        )
        tokens.append(linked.token)
    return {"account": home.account, "bill": str(bills[-1].id), "tokens": tokens}


MAKERS: dict[str, Callable[[datetime], Any]] = {
    "customers": customers,
    "billed": billed,
    "staff": staff,
    "pages": pages,
    "browser": browser,
}


def main(wanted: str, at: datetime) -> None:
    with context.using_company("HANOI"):
        print(json.dumps(MAKERS[wanted](at)))  # noqa: T201


if __name__ == "__main__":
    main(sys.argv[1], datetime.fromisoformat(sys.argv[2]))
