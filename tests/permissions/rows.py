"""The rows the matrix is tried on: one customer's things at one unit of one company."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from motcua.assistant import learning
from motcua.assistant.knowledge import operations as knowledge_ops
from motcua.assistant.models import Candidate
from motcua.assistant.state import Learn, Why
from motcua.billing import operations as billing_ops
from motcua.companies import absences
from motcua.companies import operations as company_ops
from motcua.companies import queries as company_queries
from motcua.companies.context import in_public
from motcua.companies.models import Staff, UnitArea
from motcua.companies.roles import Role
from motcua.customers import operations as customer_ops
from motcua.documents import operations as document_ops
from motcua.fieldwork import contracts
from motcua.fieldwork import operations as fieldwork_ops
from motcua.fieldwork import queries as fieldwork_queries
from motcua.kernel import phones
from motcua.kernel.actors import Actor
from motcua.kernel.ids import new_id
from motcua.ledger import operations as ledger_ops
from motcua.messaging import operations as messaging_ops
from motcua.messaging.desk.models import DeskAgent, DeskQueue
from motcua.messaging.mass import operations as mass_ops
from motcua.messaging.models import InboxEvent, InboxState, OutboxMessage
from motcua.messaging.talk import canned
from motcua.outages import operations as outage_ops
from motcua.outages.operations import Place
from motcua.payments import cash, partner_queries
from motcua.payments import operations as payment_ops
from motcua.payments.models import SuspenseCase
from motcua.reports import operations as report_ops
from motcua.requests import operations as request_ops
from motcua.requests import queries as request_queries
from motcua.supply import operations as supply_ops
from motcua.tariffs import proposing
from tests.documents import samples
from tests.permissions.addresses import BANK
from tests.permissions.names import (
    ANSWERS,
    BANK_SECRET,
    CENTRE,
    MARKS,
    METER,
    NOW,
    OTHER_BANK,
    OTHER_SECRET,
    OTHER_UNIT,
    OWN_AREA,
    OWNER,
    PARTNER,
    QUESTION,
    SEED,
    UNIT,
)
from tests.web import people

CREW_NAMES = ("Crew-O", "Ban-To")
CARD_ACTS = ("gui-ma", "noi-kenh", "dong-y", "xin-du-lieu", "tach", "tu-choi-du-lieu", "xoa")
DESK_ACTS = ("giao-viec", "bo-sung", "them-giay-to", "chuyen-don-vi", "luot-den", "khach-huy", "tu-choi")
BILLED = "PD04000000099"


def a_request(things: Mapping[str, Any], actors: Mapping[str, Actor]) -> dict[str, Any]:
    """A home supply: sent on the web by its owner, accepted, with a paper and a visit of a crew; two still forms."""
    owner = Actor.customer(things["owner_id"])
    face = document_ops.store(
        content=samples.jpeg(colour="green"), name="mat.jpg", kind="STAFF_PHOTO", subject_type="staff",
        subject_id=actors["CREW"].id, sensitive=False, actor=SEED, at=NOW,
    )  # fmt: skip
    Staff.objects.filter(id=actors["CREW"].id).update(photo_id=face.id)
    crew = [actors["CREW"].id, str(people.add_staff("ban-to", Role.CREW, unit=UNIT).id)]
    fieldwork_ops.add_crew(
        code="T1", name="Tổ 1", unit_code=UNIT, member_ids=[UUID(id) for id in crew], actor=SEED, at=NOW
    )
    sent = _home_supply(owner, "seed", things)
    paper = document_ops.store(
        content=samples.jpeg(), name="giay.jpg", kind="IDENTITY", subject_type="request", subject_id=sent.request_id,
        sensitive=True, actor=owner, at=NOW,
    )  # fmt: skip
    request_ops.advance(
        request_id=sent.request_id, action="accept", inputs={"needs_survey": "false", "cost_vnd": "0"},
        actor=actors["BUSINESS"], at=NOW, key="seed:accept",
    )  # fmt: skip
    visit = fieldwork_queries.find_open_visit(sent.request_id)
    assert visit is not None
    request_ops.assign(
        request_id=sent.request_id,
        assignee=f"staff:{crew[0]}",
        actor=actors["SUPERVISOR"],
        at=NOW,
        key="seed:give",
    )
    windows = fieldwork_queries.offer_windows(unit_code=UNIT, at=NOW, visit_id=visit.id)
    request_ops.add_note(
        request_id=sent.request_id,
        text="@intake-o xem giúp",
        actor=actors["BUSINESS"],
        at=NOW,
        key="seed:note",
    )
    drafts = [
        request_ops.start_draft(
            service_code=service, channel="WEB", actor=owner, at=NOW, visitor_id=things["session"],
            customer_id=things["owner_id"], answers=answers,
        )
        for service, answers in (("INFO", {**QUESTION, "full_name": MARKS[0]}), ("NEW-LV-RES", ANSWERS))
    ]  # fmt: skip
    return {
        "request_id": sent.request_id, "number": sent.number, "document_id": paper.id, "visit_id": visit.id,
        "crew_ids": crew, "visit_day": visit.date.isoformat(), "window": windows[-1].code,
        "draft_id": drafts[0].id, "resume_code": drafts[0].resume_code, "home_draft_id": drafts[1].id,
    }  # fmt: skip


def other_requests(things: Mapping[str, Any], actors: Mapping[str, Actor]) -> dict[str, Any]:
    """Requests that are further on: answered, signed, a clerk's two, one with a code word; codes that were sent."""
    owner = Actor.customer(things["owner_id"])
    asked = _ask(owner, "seed:asked", customer_id=things["owner_id"], full_name=MARKS[0], phone=OWNER)
    _answer(asked.request_id)
    handed = _ask(actors["DESK_CLERK"], "seed:handed", channel="DESK", unit_code=UNIT, reception="DIRECT")
    _answer(handed.request_id)
    worded = _ask(Actor.anonymous(new_id(NOW)), "seed:worded", full_name=MARKS[0])
    clerks = request_ops.submit(
        service_code="NEW-LV-RES", answers=ANSWERS, channel="COUNTER", actor=actors["DESK_CLERK"],
        at=NOW, key="seed:clerk", unit_code=UNIT, reception="DIRECT",
    )  # fmt: skip
    late = _ask(actors["INTAKE"], "seed:late", channel="CALL", unit_code=UNIT, at=NOW - timedelta(days=20))
    refused = _home_supply(owner, "seed:refused", things)
    request_ops.reject(
        request_id=refused.request_id,
        reason="Ngoài địa bàn",
        actor=actors["BUSINESS"],
        at=NOW,
        key="seed:reject",
    )
    afar = _ask(actors["INTAKE@elsewhere"], "seed:afar", channel="CALL", unit_code=OTHER_UNIT)
    others = document_ops.store(
        content=samples.jpeg(colour="yellow"), name="giay.jpg", kind="IDENTITY", subject_type="request",
        subject_id=afar.request_id, sensitive=False, actor=actors["INTAKE@elsewhere"], at=NOW,
    )  # fmt: skip
    waiting = _home_supply(owner, "seed:waiting", things)
    request_ops.ask_papers(
        request_id=waiting.request_id, papers=["IDENTITY"], reason="mờ", actor=actors["BUSINESS"], at=NOW, key="seed:ask"
    )  # fmt: skip
    codes = {
        purpose: customer_ops.start_proof(phone=OWNER, purpose=purpose, actor=SEED, at=NOW - timedelta(minutes=ago))
        for purpose, ago in (("FOLLOW", 4), ("SIGN_IN", 2))
    }  # fmt: skip
    return {
        "asked": asked.number, "handed": handed.number, "worded": worded.number, "code_word": worded.code_word,
        "clerks": clerks.number, "late": late.number, "late_id": late.request_id, "waiting": waiting.number,
        "waiting_id": waiting.request_id, "refused": refused.number, "codes": codes,
        "others_paper_id": others.id,
        "signed_visit_id": _signed(owner, things, actors),
    }  # fmt: skip


def _ask(actor: Actor, key: str, channel: str = "WEB", **more: Any) -> Any:
    answers = {**QUESTION, **{name: more.pop(name) for name in ("full_name", "phone") if name in more}}
    return request_ops.submit(
        service_code="INFO", answers=answers, channel=channel, actor=actor, key=key, **{"at": NOW, **more}
    )


def _home_supply(owner: Actor, key: str, things: Mapping[str, Any]) -> Any:
    return request_ops.submit(
        service_code="NEW-LV-RES", answers=ANSWERS, channel="WEB", actor=owner, at=NOW, key=key,
        customer_id=things["owner_id"],
    )  # fmt: skip


def _answer(request_id: UUID) -> None:
    unit = request_queries.get_request(request_id).unit_code
    request_ops.advance(
        request_id=request_id, action="answer", inputs={"answer": "Như một hộ."}, at=NOW, key=f"answer:{request_id}",
        actor=Actor.staff("lan", "Lan", ["INTAKE"], [unit]),
    )  # fmt: skip


def _signed(owner: Actor, things: Mapping[str, Any], actors: Mapping[str, Actor]) -> UUID:
    """The visit of a home supply whose contract everybody has signed."""
    sent = _home_supply(owner, "seed:signed", things)
    request_ops.advance(
        request_id=sent.request_id, action="accept", inputs={"needs_survey": "false", "cost_vnd": "0"},
        actor=actors["BUSINESS"], at=NOW, key="seed:signed:accept",
    )  # fmt: skip
    for kind, name in (("CUSTOMER", MARKS[0]), *(("STAFF", name) for name in CREW_NAMES)):
        contracts.sign_contract(
            request_id=sent.request_id, signer_kind=kind, signer_name=name, strokes=None, typed_name=name,
            actor=actors["CREW"], at=NOW,
        )  # fmt: skip
    visit = fieldwork_queries.find_open_visit(sent.request_id)
    assert visit is not None
    return visit.id


def money(things: Mapping[str, Any], actors: Mapping[str, Actor]) -> dict[str, Any]:
    """A charge that waits, one paid in cash, and money that nobody knows the reason of."""

    def raised(key: str) -> Any:
        return ledger_ops.raise_charge(
            kind="CM", amount_vnd=98_000, vat_rate=Decimal("0.08"), customer_id=things["owner_id"],
            request_id=things["request_id"], unit_code=UNIT, actor=SEED, at=NOW, key=key,
        )  # fmt: skip

    bill = billing_ops.issue_bill(
        account_code=BILLED, customer_id=things["owner_id"], unit_code=UNIT, billing_month=date(2026, 11, 1), readings=[], actor=SEED,
        case={"group": "HOME", "from": "2026-10-05", "to": "2026-11-05", "kwh": 300}, at=NOW,
    )  # fmt: skip
    charge, paid = raised("seed:owed"), raised("seed:paid")
    receipt = cash.take(
        charge_id=paid.id, amount_vnd=paid.total_vnd, payer_name=MARKS[0], unit_code=UNIT,
        actor=actors["INTAKE"], at=NOW, key="seed:cash",
    )  # fmt: skip
    payment_ops.record_bank_notification(
        bank=BANK,
        txn_id="FT0",
        amount_vnd=105_840,
        text="tien dien nha toi",
        paid_at=NOW,
        raw_sha256="0" * 64,
        at=NOW,
    )
    for code, bank, secret in ((PARTNER, BANK, BANK_SECRET), (*OTHER_BANK, OTHER_SECRET)):
        payment_ops.add_partner(code=code, name=code, bank=bank, secret=secret, actor=SEED, at=NOW)
    held = raised("seed:held")
    payment_ops.hold_bill(
        order=payment_ops.Order(BANK, "FT7", held.id, held.total_vnd, "seed", "0" * 64), at=NOW
    )
    supply_ops.add_stock_meters(serials=[METER], unit_code=UNIT, actor=SEED, at=NOW)
    wrong = billing_ops.issue_bill(
        account_code=BILLED, customer_id=things["owner_id"], unit_code=UNIT, billing_month=date(2026, 10, 1), readings=[], actor=SEED,
        case={"group": "HOME", "from": "2026-09-05", "to": "2026-10-05", "kwh": 300}, at=NOW,
    )  # fmt: skip
    waiting = billing_ops.propose_correction(
        bill_id=wrong.id, kind="ADJUST", case={"group": "HOME", "from": "2026-09-05", "to": "2026-10-05", "kwh": 200}, reason="x",
        actor=actors["BUSINESS"], at=NOW,
    )  # fmt: skip
    run = billing_ops.start_run(unit_code=UNIT, reading_date=date(2026, 11, 5), actor=SEED, at=NOW)
    return {
        "run_id": run.id, "correction_id": waiting.id, "bill_id": bill.id, "charge_id": charge.id, "payment_code": charge.payment_code, "receipt": receipt.number,
        "case_id": SuspenseCase.objects.get(payment__txn_id="FT0").id,
        "bank_key_id": partner_queries.list_keys(PARTNER)[0].id,
    }  # fmt: skip


def talk(things: Mapping[str, Any], actors: Mapping[str, Actor]) -> dict[str, Any]:
    """The owner's chat with a file in it, waiting for a person; another, of nobody known, that one of the intake has taken."""
    session = things["session"]
    talk = messaging_ops.open_conversation(
        channel="WEBCHAT", address=str(session), at=NOW, visitor_id=session, customer_id=things["owner_id"],
        unit_code=UNIT,
    )  # fmt: skip
    picture = document_ops.store(
        content=samples.jpeg(colour="red"), name="anh.jpg", kind="CHAT", subject_type="conversation", subject_id=talk.id,
        sensitive=True, actor=Actor.anonymous(session), at=NOW,
    )  # fmt: skip
    said = messaging_ops.append_in(
        conversation_id=talk.id, text=f"Tôi là {MARKS[0]}", client_msg_id="m1", at=NOW, kind="FILE",
        payload={"document_id": str(picture.id), "file_name": "anh.jpg", "mime": "image/jpeg"},
    )  # fmt: skip
    held = messaging_ops.open_conversation(
        channel="SMS",
        address=phones.normalise(OWNER) or "",
        at=NOW,
        unit_code=UNIT,
    )
    messaging_ops.take_over(conversation_id=held.id, actor=actors["INTAKE"], at=NOW)
    ready = canned.write(
        shortcode="chao",
        title="Chào khách",
        text="Dạ, em nghe ạ",
        is_shared=True,
        actor=actors["SUPERVISOR"],
        at=NOW,
    )
    return {"conversation_id": talk.id, "seq": said.seq, "held_id": held.id, "canned_id": ready.id}


def unit_things(things: Mapping[str, Any], actors: Mapping[str, Actor]) -> dict[str, Any]:
    """What supervisors and administrators keep: an absence, a list, an act on many, a target, what went wrong."""
    someone = people.add_staff("ai-do", Role.INTAKE, unit=UNIT)
    out = outage_ops.enter_incident(
        place="Phố Tây Sơn", areas=[Place(UNIT, street="Tây Sơn")], cause="LINE", began_at=NOW - timedelta(hours=1),
        expected_at=None, actor=actors["SUPERVISOR"], at=NOW, key="seed:out",
    )  # fmt: skip
    article = knowledge_ops.write_article(
        text=knowledge_ops.Text("Trả tiền ở đâu?", "Ở trang này."), state="PUBLISHED", services={},
        actor=actors["SUPERVISOR"], at=NOW,
    )  # fmt: skip
    notice = mass_ops.plan(
        plan=mass_ops.Plan(
            name="Lịch", topic="POWER_CUT", audience="UNITS", audience_params={"units": [UNIT]}, texts={"SHORT": {"vi": "Lịch mới."}},
            channels=["SMS"],
        ),
        actor=actors["BUSINESS"], at=NOW,
    )  # fmt: skip
    reaching = people.add_staff("vuon-xa", Role.INTAKE, unit=UNIT)
    company_ops.grant_role(
        staff_id=reaching.id, role=Role.BUSINESS, unit_code=CENTRE, actor=actors["ADMIN@centre"], at=NOW
    )
    absence = absences.record_absence(
        staff_id=someone.id, valid_from=date(2026, 11, 20), valid_to=date(2026, 11, 25), stand_in_id=None,
        reason="LEAVE", actor=actors["SUPERVISOR"], at=NOW,
    )  # fmt: skip
    kept = request_ops.save_list(
        name="Của tôi", query="?q=1", columns=[], unit_code="", actor=actors["SUPERVISOR"], at=NOW
    )
    bulk = request_ops.assign_many(
        request_ids=[things["late_id"]],
        assignee=f"staff:{actors['BUSINESS'].id}",
        actor=actors["SUPERVISOR"],
        at=NOW,
        key="seed:many",
    )
    target = report_ops.set_target(
        figure="ON_TIME", company_code="HANOI", unit_code="", starts=date(2026, 1, 1), ends=date(2027, 1, 1),
        value=Decimal("0.98"), reach_by=None, actor=actors["DIRECTOR@centre"], at=NOW,
    )  # fmt: skip
    company_ops.day_set(
        day=date(2026, 12, 1), is_working=False, name="Nghỉ", actor=actors["ADMIN@centre"], at=NOW
    )
    event = InboxEvent.objects.create(
        channel="SMS", event_id="e1", received_at=NOW, payload={}, state=InboxState.PARKED, reason="RuntimeError",
        next_at=NOW,
    )  # fmt: skip
    dead = OutboxMessage.objects.create(
        id=new_id(NOW), key="seed:dead", channel="SMS", address=OWNER, kind="TEXT", state="FAILED", next_at=NOW,
        created_at=NOW, reason="unknown number",
    )  # fmt: skip
    with in_public():
        proposal = proposing.begin(
            number="98/QĐ-BCT", issued_on=date(2026, 11, 10), average_vnd=Decimal("2300"), valid_from=date(2027, 1, 1),
            source="Quyết định 98", confidence="high", new_structure=False, actor=actors["ADMIN@centre"], at=NOW,
        )  # fmt: skip
    learning.keep(Learn("cau khong hieu", Why.MISSED), at=NOW)
    DeskAgent.objects.create(
        staff_id=str(someone.id),
        is_on_duty=True,
        duty_since=NOW,
        duty_until=NOW + timedelta(days=9),
        seen_at=NOW,
    )
    area = company_queries.list_areas(UNIT)[0]
    UnitArea.objects.filter(id=area.id).update(id=OWN_AREA)
    return {
        "staff_id": someone.id, "reaching_id": reaching.id, "outage_id": out, "article_id": article, "notice_id": notice,
        "absence_id": absence.id, "proposal_id": proposal, "list_id": kept.id, "bulk_id": bulk.id,
        "target_id": target, "day": "2026-12-01", "event_id": event.id, "outbox_id": dead.id,
        "candidate_id": Candidate.objects.get().id, "area_id": OWN_AREA, "queue_id": DeskQueue.objects.get(code="su-co").id,
    }  # fmt: skip


def of_address(things: Mapping[str, Any], actors: Mapping[str, Actor]) -> dict[str, dict[str, Any]]:
    """What an argument means where it is not what it means elsewhere."""
    of_clerk, of_receipt = {"number": things["clerks"]}, {"number": things["receipt"]}
    service, unit = {"code": "INFO"}, {"code": UNIT}
    return {
        "desk:advance": of_clerk,
        "staff:text": {"code": "request.received"},
        **dict.fromkeys(("counter:done", "counter:slip", "counter:case", "counter:case-papers", "counter:case-cancel"), of_clerk),
        "counter:case-hand": {"number": things["handed"]},
        **dict.fromkeys(("counter:receipt", "counter:receipt-pdf", "counter:receipt-void"), of_receipt),
        **dict.fromkeys(("counter:new", "desk:call-form"), service),
        **dict.fromkeys([f"customer:{name}" for name in ("service", "picture", "bpmn", "start")], service),
        "customer:owed-charge": {"code": things["payment_code"]},
        "customer:draft-papers": {"draft_id": things["home_draft_id"]},
        "customer:act": {"number": things["asked"], "action": "rate"},
        "customer:enter-word": {"number": things["worded"]},
        "customer:crew-photo": {"staff_id": actors["CREW"].id},
        **dict.fromkeys(("staff:bank", "staff:bank-act"), {"code": PARTNER}),
        "sandbox:bank-statement": {"day": NOW.date().isoformat(), "form": "xml"},
        "staff:bank-file": {"code": PARTNER, "day": NOW.date().isoformat()},
        "staff:crew": {"code": "T1"}, "staff:directory-add": {"kind": "oidc"},
        **dict.fromkeys(("staff:unit", "staff:areas"), unit),
        "field:act": {"action": "correct_name"}, "field:signed-contract": {"visit_id": things["signed_visit_id"]},
        "customer:object": {"number": things["refused"]},
        **{f"desk:act {slug}": {"slug": slug} for slug in DESK_ACTS},
        **{f"desk:customer-act {deed}": {"deed": deed} for deed in CARD_ACTS},
        "desk:act giai-trinh": {"slug": "giai-trinh", "number": things["late"]},
        "desk:act khach-phan-hoi": {"slug": "khach-phan-hoi", "number": things["refused"]},
        "desk:act mo-lai": {"slug": "mo-lai", "number": things["handed"]},
        "desk:advance answer": {"number": things["late"], "action": "answer"},
        **{
            f"desk:conversation-act {act}": {"conversation_id": things["held_id"]}
            for act in ("thay", "tro-ly", "hang-cho", "ket-thuc")
        },
        "desk:conversation-route hen": {"conversation_id": things["held_id"]},
        **{
            f"{name} other's": {"document_id": things["others_paper_id"]}
            for name in ("customer:document", "desk:document", "desk:thumbnail", "field:document", "field:thumbnail")
        },
        **{f"staff:{name} reaching": {"staff_id": things["reaching_id"]} for name in ("person", "person-act")},
        "field:act nobody_home": {"action": "nobody_home"},
    }  # fmt: skip
