"""The rows the matrix is tried on: one customer's things at one unit of one company, and everybody who may want them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from motcua.companies import absences
from motcua.companies import operations as company_ops
from motcua.companies import queries as company_queries
from motcua.companies.context import using_company
from motcua.companies.models import Staff, UnitArea
from motcua.companies.roles import Role
from motcua.connectors.identity import directories, providers
from motcua.connectors.portals import intake, partners
from motcua.customers import operations as customer_ops
from motcua.documents import operations as document_ops
from motcua.fieldwork import operations as fieldwork_ops
from motcua.fieldwork import queries as fieldwork_queries
from motcua.kernel.actors import Actor
from motcua.kernel.ids import new_id
from motcua.ledger import operations as ledger_ops
from motcua.messaging import operations as messaging_ops
from motcua.messaging.models import InboxEvent, InboxState, OutboxMessage
from motcua.payments import cash
from motcua.payments import operations as payment_ops
from motcua.payments.models import SuspenseCase
from motcua.reports import operations as report_ops
from motcua.requests import operations as request_ops
from motcua.web import visitors
from motcua.web.board import handovers
from tests.documents import samples
from tests.web import people

NOW = datetime(2026, 11, 16, 2, 0, tzinfo=UTC)  # Monday 09:00 in Vietnam
UNIT, OTHER_UNIT, CENTRE = "PD0400", "PD0200", "PD0000"
OWN_AREA = 900_001  # a number that no area of another company has
NOBODY = UUID("00000000-0000-7000-8000-000000000000")
SEED = Actor.system("seed")
HERE, NEIGHBOUR, GROUP = "hanoi.localhost", "npc.localhost", "localhost"
OWNER, OTHER, VIEWER = "0903777142", "0912345678", "0987654321"
# What of the customer must reach nobody else's eyes.
MARKS = ("Hoàng Thị Mơ", "001185777142", "0903777142", "0903 777 142", "903777142")
ANSWERS = {**people.HOME_ANSWERS, "full_name": MARKS[0], "id_number": MARKS[1], "phone": OWNER}
PORTAL, PORTAL_SECRET, DOSSIER = "DVC-HN", "p" * 40, "H26.17.15-261116-0001"
UNACCENTED = "hoang thi mo"  # what is looked for, so that the box of the search is no mark
FORM = {
    "ChuHoSo": MARKS[0], "SoDinhDanh": MARKS[1], "SoDienThoai": MARKS[3], "QuyenSuDung": "1", "SoPha": "1",
    "DiaChi": "Số 12 ngõ 34 phố Tây Sơn, phường Đống Đa",
}  # fmt: skip
BANK, PARTNER, BANK_SECRET = "VCB", "NHA", "s" * 40
OTHER_BANK, OTHER_PORTAL, OTHER_SECRET = ("NHB", "TCB"), "DVC-QG", "q" * 40


@dataclass
class House:
    """Clients by name, and what the addresses of the matrix name."""

    clients: dict[str, Client] = field(default_factory=dict)
    things: dict[str, Any] = field(default_factory=dict)
    of_address: dict[str, dict[str, Any]] = field(default_factory=dict)


# ---- addresses


def walk(patterns: Any, prefix: str = "", spaces: tuple[str, ...] = ()) -> Iterator[tuple[str, str]]:
    """Name (with its namespace) and route of every address Django serves."""
    for pattern in patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from walk(
                pattern.url_patterns, route, (*spaces, pattern.namespace) if pattern.namespace else spaces
            )
        elif isinstance(pattern, URLPattern):
            yield ":".join((*spaces, pattern.name or route)), route


def routes() -> dict[str, str]:
    return dict(walk(get_resolver().url_patterns))


# ---- people


def _staff() -> dict[str, Client]:
    found = {}
    for role in Role:
        for place, unit in (("", UNIT), ("@elsewhere", OTHER_UNIT), ("@centre", CENTRE)):
            suffix = {"": "o", "@elsewhere": "xa", "@centre": "tt"}[place]
            name = f"{role.value.lower().replace('_', '-')}-{suffix}"
            found[role.value + place] = people.browser(people.add_staff(name, role, unit=unit))
    return found


def _customer(phone: str, host: str, customer_id: UUID | None = None) -> tuple[Client, UUID]:
    """A browser whose person has proven the number, and its session."""
    opened = customer_ops.open_session(at=NOW)
    started = customer_ops.start_proof(
        phone=phone, purpose="FOLLOW", actor=Actor.anonymous(opened.id), at=NOW
    )
    finished = customer_ops.finish_proof(proof_id=started.id, code=started.code_to_send, at=NOW)
    linked = customer_ops.link_session(
        session_id=opened.id, proof_id=finished.id, at=NOW, customer_id=customer_id
    )
    client = Client(headers={"host": host})
    client.cookies[visitors.COOKIE] = linked.token
    return client, opened.id


# ---- things


def build() -> House:
    """Everything, in the transaction that is open. The company is chosen."""
    house = House()
    house.clients |= _staff()
    by_name = {
        name: company_queries.find_staff(UUID(client.session["_auth_user_id"]))
        for name, client in house.clients.items()
    }
    as_actor = {name: _actor(staff) for name, staff in by_name.items()}
    things = house.things
    things |= _a_request(house, as_actor)
    things |= _money(things, as_actor)
    things |= _talk(things)
    things |= _unit_things(by_name, as_actor)
    things |= _portal(as_actor)
    house.of_address |= _special(things, as_actor)
    for who in ("nobody", "production", "inside"):
        house.clients[who] = Client(headers={"host": HERE})
    house.clients["through the proxy"] = Client(headers={"host": HERE, "x-forwarded-for": "203.0.113.9"})
    house.clients["unknown host"] = Client(headers={"host": "nowhere.example"})
    everybody = people.add_staff("moi-viec", *Role)
    house.clients["staff"] = people.browser(everybody)
    house.clients["their cookie"] = people.browser(everybody, host=NEIGHBOUR)
    visiting = Client(headers={"host": HERE})
    visiting.cookies[handovers.COOKIE] = handovers.make_visit(director="director-1", company_code="HANOI")
    house.clients["visiting"] = visiting
    with using_company("NPC"):
        house.clients["neighbour"] = people.browser(people.add_staff("ben-kia", *Role), host=NEIGHBOUR)
        customer_ops.find_or_create_customer(full_name=MARKS[0], phone=OWNER, actor=SEED, at=NOW)
        house.clients["namesake"], _session = _customer(OWNER, NEIGHBOUR)
    with using_company("GROUP"):
        house.clients["group"] = people.browser(people.add_staff("lanh-dao", *Role), host=GROUP)
        house.clients["at group"] = Client(headers={"host": GROUP})
    for client in house.clients.values():
        client.raise_request_exception = False
    return house


def _actor(staff: Any) -> Actor:
    from motcua.companies import access

    return access.actor_of(staff)


def _a_request(house: House, actors: Mapping[str, Actor]) -> dict[str, Any]:
    """A home supply: sent on the web by its owner, accepted, with a paper and a visit of a crew; one still a form."""
    owner = customer_ops.find_or_create_customer(
        full_name=MARKS[0], phone=OWNER, id_number=MARKS[1], actor=SEED, at=NOW
    )
    customer_ops.find_or_create_customer(full_name="Trần Thị Lan", phone=OTHER, actor=SEED, at=NOW)
    viewer = customer_ops.find_or_create_customer(full_name="Lê Văn Con", phone=VIEWER, actor=SEED, at=NOW)
    authority = customer_ops.grant_authority(
        customer_id=owner.id, agent_id=viewer.id, ground="HOUSEHOLD_MEMBER", scope="VIEW",
        valid_from=date(2026, 11, 1), actor=SEED, at=NOW,
    )  # fmt: skip
    house.clients["owner"], session = _customer(OWNER, HERE)
    house.clients["other"], _session = _customer(OTHER, HERE)
    house.clients["viewer"], _session = _customer(VIEWER, HERE)
    face = document_ops.store(
        content=samples.jpeg(colour="green"), name="mat.jpg", kind="STAFF_PHOTO", subject_type="staff",
        subject_id=actors["CREW"].id, sensitive=False, actor=SEED, at=NOW,
    )  # fmt: skip
    Staff.objects.filter(id=actors["CREW"].id).update(photo_id=face.id)
    crew = [actors["CREW"].id, str(people.add_staff("ban-to", Role.CREW, unit=UNIT).id)]
    fieldwork_ops.add_crew(
        code="T1", name="Tổ 1", unit_code=UNIT, member_ids=[UUID(id) for id in crew], actor=SEED, at=NOW
    )
    sent = request_ops.submit(
        service_code="NEW-LV-RES", answers=ANSWERS, channel="WEB", actor=Actor.customer(owner.id),
        at=NOW, key="seed", customer_id=owner.id,
    )  # fmt: skip
    paper = document_ops.store(
        content=samples.jpeg(), name="giay.jpg", kind="IDENTITY", subject_type="request", subject_id=sent.request_id,
        sensitive=True, actor=Actor.customer(owner.id), at=NOW,
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
    draft = request_ops.start_draft(
        service_code="INFO", channel="WEB", actor=Actor.customer(owner.id), at=NOW, visitor_id=session,
        customer_id=owner.id, answers={"full_name": MARKS[0]},
    )  # fmt: skip
    return {
        "owner_id": owner.id, "session": session, "authority_id": authority, "request_id": sent.request_id,
        "number": sent.number, "document_id": paper.id, "visit_id": visit.id, "draft_id": draft.id,
        "crew_ids": crew, "visit_day": visit.date.isoformat(), "resume_code": draft.resume_code, "window": windows[-1].code,
    }  # fmt: skip


def _money(things: Mapping[str, Any], actors: Mapping[str, Actor]) -> dict[str, Any]:
    """A charge that waits, one paid in cash, and money that nobody knows the reason of."""

    def raised(key: str) -> Any:
        return ledger_ops.raise_charge(
            kind="CM", amount_vnd=98_000, vat_rate=Decimal("0.08"), customer_id=things["owner_id"],
            request_id=things["request_id"], unit_code=UNIT, actor=SEED, at=NOW, key=key,
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
    return {
        "charge_id": charge.id, "payment_code": charge.payment_code, "receipt": receipt.number,
        "case_id": SuspenseCase.objects.get(payment__txn_id="FT0").id,
    }  # fmt: skip


def _talk(things: Mapping[str, Any]) -> dict[str, Any]:
    """The owner's chat with a file in it, waiting for a person."""
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
    return {"conversation_id": talk.id, "seq": said.seq}


def _unit_things(staff: Mapping[str, Any], actors: Mapping[str, Actor]) -> dict[str, Any]:
    """What supervisors and administrators keep: an absence, a list, an act on many, a target, what went wrong."""
    someone = people.add_staff("ai-do", Role.INTAKE, unit=UNIT)
    absence = absences.record_absence(
        staff_id=someone.id, valid_from=date(2026, 11, 20), valid_to=date(2026, 11, 25), stand_in_id=None,
        reason="LEAVE", actor=actors["SUPERVISOR"], at=NOW,
    )  # fmt: skip
    kept = request_ops.save_list(
        name="Của tôi", query="?q=1", columns=[], unit_code="", actor=actors["SUPERVISOR"], at=NOW
    )
    bulk = request_ops.assign_many(
        request_ids=[],
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
    area = company_queries.list_areas(UNIT)[0]
    UnitArea.objects.filter(id=area.id).update(id=OWN_AREA)
    return {
        "staff_id": someone.id, "absence_id": absence.id, "list_id": kept.id, "bulk_id": bulk.id,
        "target_id": target, "day": "2026-12-01", "event_id": event.id, "outbox_id": dead.id,
        "area_id": OWN_AREA,
    }  # fmt: skip


def _portal(actors: Mapping[str, Actor]) -> dict[str, Any]:
    """A portal with a dossier, another one, and a change that the first could not be told of."""
    given = {
        "format": "PROVINCIAL", "agency": "H26", "callback_url": "", "procedures": {"1.008801": "NEW-LV-RES"},
        "actor": SEED, "at": NOW,
    }  # fmt: skip
    partners.add_portal(code=PORTAL, name="Cổng Hà Nội", secret=PORTAL_SECRET, **given)
    partners.add_portal(code=OTHER_PORTAL, name="Cổng quốc gia", secret=OTHER_SECRET, **given)
    portal = partners.find_portal(PORTAL)
    assert portal is not None
    done = intake.submit(
        portal, number=DOSSIER, procedure="1.008801", province_code="01", submitted_at=NOW,
        form=dict(FORM),
        at=NOW,
    )  # fmt: skip
    from motcua.connectors.models import Portal, PortalCallback

    callback = PortalCallback.objects.filter(request_id=done.view.id).first()
    if callback is None:
        callback = PortalCallback.objects.create(
            id=NOBODY, portal_id=Portal.objects.get(code=PORTAL).pk, request_id=done.view.id, dossier_number=DOSSIER,
            seq=99, name="test", status=2, next_at=NOW, created_at=NOW,
        )  # fmt: skip
    PortalCallback.objects.filter(id=callback.id).update(state="DEAD")
    door = {"name": "Cổng", "client_id": "motcua", "actor": SEED, "at": NOW}
    providers.add_provider(code="DVCQG", issuer="https://cong.example.vn", client_secret=OTHER_SECRET, **door)
    directories.set_directory(
        code="sso", kind="OIDC", address="https://sso.example.vn", secret=OTHER_SECRET, options={}, **door
    )
    return {"callback_id": callback.id}


def _special(things: Mapping[str, Any], actors: Mapping[str, Actor]) -> dict[str, dict[str, Any]]:
    """What an argument means where it is not what it means elsewhere."""
    clerk = request_ops.submit(
        service_code="NEW-LV-RES", answers=ANSWERS, channel="COUNTER", actor=actors["DESK_CLERK"],
        at=NOW, key="seed:clerk", unit_code=UNIT, reception="DIRECT",
    )  # fmt: skip
    of_clerk = {"number": clerk.number}
    of_receipt = {"number": things["receipt"]}
    service, unit = {"code": "INFO"}, {"code": UNIT}
    return {
        "desk:advance": of_clerk,
        "counter:done": of_clerk, "counter:slip": of_clerk, "counter:case": of_clerk,
        "counter:case-papers": of_clerk, "counter:case-hand": of_clerk, "counter:case-cancel": of_clerk,
        "counter:receipt": of_receipt, "counter:receipt-pdf": of_receipt, "counter:receipt-void": of_receipt,
        "counter:new": service, "desk:call-form": service, "customer:service": service, "customer:picture": service,
        "customer:bpmn": service, "customer:start": service, "customer:owed-charge": {"code": things["payment_code"]},
        **dict.fromkeys(("staff:portal", "staff:portal-act"), {"code": PORTAL}),
        **dict.fromkeys(("staff:provider", "staff:provider-act"), {"code": "DVCQG"}),
        **dict.fromkeys(("staff:directory", "staff:directory-act"), {"code": "sso"}),
        **dict.fromkeys(("staff:bank", "staff:bank-act"), {"code": PARTNER}),
        "staff:crew": {"code": "T1"}, "staff:directory-add": {"kind": "oidc"},
        "staff:unit": unit, "staff:areas": unit, "staff_directory_begin": {"code": "nowhere"},
        "customer:crew-photo": {"staff_id": actors["CREW"].id}, "field:act": {"action": "correct_name"},
        "sandbox:portal-dossier": {"number": DOSSIER},
    }  # fmt: skip


FIXED = {
    "action": "accept", "slug": "ghi-chu", "page": "topic", "provider": "NOWHERE", "device": "d1", "txn_id": "FT0",
    "face": "customer", "status": 404, "bank": BANK, "portal": PORTAL, "paper": "IDENTITY", "file_id": "f1",
}  # fmt: skip


def address_of(house: House, name: str, route: str) -> str:
    """The route with what its arguments name."""
    known = {**FIXED, **house.things, **house.of_address.get(name, {})}
    if name.startswith("api-portals:"):
        known |= {"number": DOSSIER}
    if name.startswith("api-public:"):
        known |= {"code": "INFO"}

    def put(found: re.Match[str]) -> str:
        return str(known[found.group(1)])

    return "/" + re.sub(r"<(?:\w+:)?(\w+)>", put, route)
