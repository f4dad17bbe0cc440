"""My page: what a person has with the company, who may act for them, what they want to be told."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from motcua.channels import webpush
from motcua.companies import queries as company_queries
from motcua.config import clock
from motcua.customers import operations as customer_ops
from motcua.customers import queries as customer_queries
from motcua.customers.models import Authority, DataRequestState, DataWish, Ground, Scope, Topic
from motcua.customers.purposes import PURPOSES, WORDINGS, WRITTEN
from motcua.customers.queries import CustomerView
from motcua.documents import queries as document_queries
from motcua.fieldwork import queries as fieldwork_queries
from motcua.kernel import phones
from motcua.kernel.actors import Actor
from motcua.kernel.ids import parse_id
from motcua.kernel.local_time import local_date
from motcua.kernel.results import Invalid, NotFound, Refused
from motcua.ledger import queries as ledger_queries
from motcua.messaging import operations as messaging_ops
from motcua.messaging import queries as messaging_queries
from motcua.requests import queries as request_queries
from motcua.supply import queries as supply_queries
from motcua.web import visitors
from motcua.web.customer import entering
from motcua.web.errors import refused_text
from motcua.web.visitors import Visitor

SHOWN = 30
GROUNDS = {
    Ground.HOUSEHOLD_MEMBER: _("Con, cháu, người nhà"),
    Ground.VILLAGE_HEAD: _("Trưởng thôn, tổ trưởng dân phố"),
    Ground.POWER_OF_ATTORNEY: _("Người được ủy quyền bằng giấy"),
    Ground.GUARDIAN: _("Người giám hộ"),
    Ground.LANDLORD: _("Chủ nhà cho thuê"),
    Ground.LEGAL_REPRESENTATIVE: _("Người đại diện theo pháp luật"),
}
SCOPES = {
    Scope.ALL: _("Làm mọi việc thay tôi: gửi yêu cầu, trả lời, xem hợp đồng và khoản phải trả"),
    Scope.REQUESTS: _("Gửi và theo dõi yêu cầu, đổi lịch hẹn"),
    Scope.VIEW: _("Chỉ xem yêu cầu của tôi đến đâu"),
}
PERIODS = {
    "90": (_("Ba tháng"), timedelta(days=90)),
    "365": (_("Một năm"), timedelta(days=365)),
    "": (_("Đến khi tôi thôi"), None),
}
TOPICS = {
    Topic.REQUEST: _("Yêu cầu của tôi đi đến đâu, giờ tổ công tác đến"),
    Topic.PAYMENT: _("Khoản phải trả, tiền đã nhận"),
    Topic.POWER_CUT: _("Cắt điện theo lịch và sự cố nơi tôi ở"),
}
CHANNELS = {
    "SMS": _("Tin nhắn SMS"),
    "WEBPUSH": _("Thông báo trên máy này"),
    "ZALO": "Zalo",
    "MESSENGER": "Messenger",
    "EMAIL": _("E-mail"),
}
ONLY_CHOSEN = frozenset({"EMAIL", "ZALO", "MESSENGER"})  # nobody is told by these who did not say so
WISHES = {
    DataWish.EXPORT: _("Bản sao mọi thông tin của tôi"),
    DataWish.ERASE: _("Xóa thông tin của tôi"),
}
WISH_STATES = {
    DataRequestState.OPEN: _("đang chờ trả lời"),
    DataRequestState.DONE: _("đã làm"),
    DataRequestState.REFUSED: _("không làm được"),
    DataRequestState.WITHDRAWN: _("đã rút lại"),
}
RESULTS = ("CONTRACT_SIGNED", "CONTRACT", "RECEIPT", "ANSWER")
TOLD_AGENT = {
    "vi": "{brand}: {name} đã cho anh/chị làm thay các việc về điện, đến {until}. Mở {link} và vào bằng số này.",
    "en": "{brand}: {name} lets you act for them in matters of electricity, until {until}. Open {link} and sign in with this number.",
}

View = Callable[..., HttpResponse]


def of_person(view: View) -> View:
    """A page of somebody who has proven who they are; else the way to prove it."""

    @never_cache
    @require_http_methods(["GET", "HEAD", "POST"])
    def wrapped(request: HttpRequest, **more: Any) -> HttpResponse:
        visitor = visitors.find_visitor(request, clock.now())
        if visitor is None or not (visitor.session.customer_id or visitor.session.proven_phone):
            return entering.enter(request)
        return view(request, visitor, **more)

    return wrapped


def _own(visitor: Visitor) -> UUID:
    """The person's own id, for what nobody does for another. Raises NotFound."""
    if visitor.session.customer_id is None or visitor.session.acting_for is not None:
        raise NotFound
    return visitor.session.customer_id


@require_safe
@of_person
def mine(request: HttpRequest, visitor: Visitor) -> HttpResponse:
    """Everything that is mine, or of the one I act for."""
    at = clock.now()
    page: dict[str, Any] = {"visitor": visitor, "company": company_queries.get_company()}
    page |= {"drafts": request_queries.list_open_drafts(visitor.id)}
    if visitor.customer_id is not None:
        page |= _of_customer(visitor, visitor.customer_id, local_date(at))
    return render(request, "customer/mine.html", page)


def _of_customer(visitor: Visitor, customer_id: UUID, today: date) -> dict[str, Any]:
    person = customer_queries.get_customer(customer_queries.survivor_id(customer_id))
    family = customer_queries.list_ids(customer_id)
    rows = request_queries.list_for_search(customer_ids=family, limit=SHOWN)
    requests = [request_queries.view_of(row) for row in rows]
    visits = fieldwork_queries.list_open_visits([view.id for view in requests if not view.is_closed])
    numbers = {view.id: view for view in requests}
    sees_all = visitor.session.acting_for is None or _holds_all(visitor, person, today)
    shown = document_queries.list_documents_of("request", list(numbers), kinds=RESULTS)
    charges = [c for id in family for c in ledger_queries.list_charges_of_customer(id, open_only=True)]
    return {
        "person": person,
        "is_acting": visitor.session.acting_for is not None,
        "open_requests": [view for view in requests if not view.is_closed],
        "closed_requests": [view for view in requests if view.is_closed],
        "visits": [(numbers[id], visit) for id, visit in visits.items() if visit.is_ahead],
        "documents": [(numbers[UUID(d.subject_id)], d) for d in shown],
        "contracts": supply_queries.list_contracts(family) if sees_all else [],
        "charges": charges if sees_all else [],
        **(_people(person, today) if visitor.session.acting_for is None else {}),
        **(_notices(person, visitor) if visitor.session.acting_for is None else {}),
    }


def _holds_all(visitor: Visitor, person: CustomerView, today: date) -> bool:
    own = visitor.session.customer_id
    return own is not None and customer_queries.may_act_for(
        agent_id=own, customer_id=person.id, on=today, scopes={Scope.ALL}
    )


def _people(person: CustomerView, today: date) -> dict[str, Any]:
    return {
        "agents": [_line(held, held.agent) for held in customer_queries.list_authorities(person.id, on=today)],
        "principals": [_line(held, held.customer) for held in customer_queries.list_agencies(person.id, on=today)],
    }  # fmt: skip


def _line(held: Authority, who: Any) -> dict[str, Any]:
    return {
        "id": held.id,
        "customer_id": who.id,
        "name": who.full_name,
        "phone": phones.mask(who.phone) if who.phone else "",
        "ground": GROUNDS[Ground(held.ground)],
        "scope": SCOPES[Scope(held.scope)],
        "may_act": held.scope in customer_queries.ACTING,
        "until": held.valid_to,
        "note": held.note,
    }


def _notices(person: CustomerView, visitor: Visitor) -> dict[str, Any]:
    rows, ways = [], _ways(person)
    for topic, label in TOPICS.items():
        chosen = customer_queries.find_reach(person.id, topic).channels
        rows.append({
            "topic": topic.value,
            "label": label,
            "channels": [
                (code, name, code not in ONLY_CHOSEN if chosen is None else code in chosen) for code, name in ways.items()
            ],
        })  # fmt: skip
    subscribed = messaging_queries.list_subscriptions(visitor_id=visitor.id)
    return {"notices": rows, "is_subscribed": bool(subscribed), "push_key": webpush.public_key()}


def _ways(person: CustomerView) -> dict[str, Any]:
    """On what somebody can be told: by e-mail where an address of theirs is on record, in a chat that is proven theirs."""
    proven = {handle.channel for handle in customer_queries.list_handles(person.id)}
    has = {"EMAIL": bool(person.email), "ZALO": "ZALO" in proven, "MESSENGER": "MESSENGER" in proven}
    return {code: name for code, name in CHANNELS.items() if has.get(code, True)}


@of_person
def choose_notices(request: HttpRequest, visitor: Visitor) -> HttpResponse:
    """Which channels for which topic."""
    own, at = _own(visitor), clock.now()
    if request.method == "POST":
        ways = _ways(customer_queries.get_customer(customer_queries.survivor_id(own)))
        try:
            for topic in TOPICS:
                customer_ops.choose_channels(
                    customer_id=own, topic=topic.value, actor=visitor.actor, at=at,
                    channels=[code for code in request.POST.getlist(topic.value) if code in ways],
                )  # fmt: skip
        except Refused as refusal:
            messages.error(request, refused_text(refusal))
        else:
            messages.success(request, gettext("Đã ghi cách báo tin anh/chị muốn."))
    return redirect("customer:mine")


@of_person
def add_person(request: HttpRequest, visitor: Visitor) -> HttpResponse:
    """Let somebody act for me: who, on what ground, for what, until when."""
    own, at = _own(visitor), clock.now()
    typed = {name: request.POST.get(name, "").strip() for name in ("name", "phone", "note")}
    typed |= {
        "ground": request.POST.get("ground", Ground.HOUSEHOLD_MEMBER),
        "scope": request.POST.get("scope", Scope.ALL),
        "period": request.POST.get("period", "365"),
    }
    errors = _problems(typed) if request.method == "POST" else {}
    if request.method == "POST" and not errors:
        try:
            _grant(own, typed, visitor.actor, at)
        except Invalid as refusal:
            errors = {name: str(found[0]) for name, found in refusal.errors.items()}
        except Refused as refusal:
            errors = {_FIELDS.get(refusal.field or "", "name"): refused_text(refusal)}
        else:
            messages.success(request, gettext("Đã ghi. Chúng tôi đã nhắn cho người đó."))
            return redirect("customer:mine")
    context = {
        "typed": typed, "errors": errors, "has_errors": bool(errors),
        "grounds": list(GROUNDS.items()), "scopes": list(SCOPES.items()),
        "periods": [(code, label) for code, (label, _span) in PERIODS.items()],
    }  # fmt: skip
    return render(request, "customer/person_add.html", context, status=422 if errors else 200)


@of_person
def own_data(request: HttpRequest, visitor: Visitor) -> HttpResponse:
    """Ask for a copy of what is held of me, or to be forgotten; see what was asked, take it back. What I agreed to."""
    own, at = _own(visitor), clock.now()
    if request.method == "POST" and request.POST.get("viec") == "dong-y":
        _agree(own, request.POST.getlist("dong-y"), visitor.actor, at)
        messages.success(request, gettext("Đã ghi điều anh/chị đồng ý và không đồng ý."))
        return redirect(f"{reverse('customer:own-data')}#h-agreed")
    if request.method == "POST":
        wish = request.POST.get("wish", "")
        taken_back = parse_id(request.POST.get("thoi", ""))
        try:
            if wish in DataWish.values:
                customer_ops.ask_for_data(customer_id=own, wish=wish, actor=visitor.actor, at=at)
                messages.success(request, gettext("Đã ghi. Chúng tôi trả lời trong thời hạn ghi dưới đây."))
            elif taken_back in {row.id for row in customer_queries.list_data_requests(own)}:
                customer_ops.withdraw_data_request(request_id=taken_back, actor=visitor.actor, at=at)
                messages.success(request, gettext("Đã rút lại."))
        except Refused as refusal:
            messages.error(request, refused_text(refusal))
        return redirect("customer:own-data")
    asked = list(customer_queries.list_data_requests(own))
    rows = [
        {"row": row, "wish": WISHES[DataWish(row.wish)], "state": WISH_STATES[DataRequestState(row.state)]}
        for row in asked
    ]
    waiting = {row.wish for row in asked if row.state == DataRequestState.OPEN}
    offered = [(code.value, label) for code, label in WISHES.items() if code not in waiting]
    context = {"lines": rows, "offered": offered, "agreed": _agreed(own)}
    return render(request, "customer/own_data.html", context)


def _agreeable(person: CustomerView) -> dict[str, dict[str, Any]]:
    """What somebody may agree to, and on which of their channels."""
    written = {"SMS": _("Tin nhắn SMS")} | ({"EMAIL": _("E-mail")} if person.email else {})
    return {purpose: dict(written) for purpose in WRITTEN} | {"CALL_BACK": {"CALL": _("Gọi điện")}}


def _agreed(own: UUID) -> list[dict[str, Any]]:
    """Each purpose with its words and, by channel, whether and since when the customer agrees."""
    person = customer_queries.get_customer(customer_queries.survivor_id(own))
    live = {
        (row.purpose, row.channel): row.at
        for row in customer_queries.list_consents(person.id)
        if row.withdrawn_at is None
    }
    return [
        {
            "label": gettext(PURPOSES[purpose]),
            "wording": gettext(WORDINGS[purpose]),
            "channels": [(f"{purpose}:{code}", label, live.get((purpose, code))) for code, label in channels.items()],
        }
        for purpose, channels in _agreeable(person).items()
    ]  # fmt: skip


def _agree(own: UUID, chosen: Collection[str], actor: Actor, at: datetime) -> None:
    """What is ticked is agreed to in the words beside it; what is not any more is withdrawn."""
    person = customer_queries.get_customer(customer_queries.survivor_id(own))
    for purpose, channels in _agreeable(person).items():
        for code in channels:
            has = customer_queries.has_consent(customer_id=person.id, purpose=purpose, channel=code)
            wants = f"{purpose}:{code}" in chosen
            if wants and not has:
                customer_ops.record_consent(
                    customer_id=person.id, purpose=purpose, channel=code, wording=gettext(WORDINGS[purpose]), actor=actor, at=at
                )  # fmt: skip
            elif has and not wants:
                customer_ops.withdraw_consent(
                    customer_id=person.id, purpose=purpose, channel=code, actor=actor, at=at
                )


_FIELDS = {"document_id": "note", "full_name": "name", "agent_id": "name"}


def _problems(typed: dict[str, str]) -> dict[str, str]:
    found = {}
    if not typed["name"]:
        found["name"] = gettext("Hãy ghi họ và tên người làm thay.")
    phone = phones.normalise(typed["phone"])
    if phone is None or not phones.is_mobile(phone):
        found["phone"] = gettext("Hãy ghi số di động của người đó, ví dụ 0901 234 567.")
    if typed["ground"] == Ground.POWER_OF_ATTORNEY and not typed["note"]:
        found["note"] = gettext("Hãy ghi số và ngày của giấy ủy quyền.")
    return found


def _grant(own: UUID, typed: dict[str, str], actor: Actor, at: Any) -> None:
    phone = phones.normalise(typed["phone"]) or ""
    agent = customer_ops.find_or_create_customer(full_name=typed["name"], phone=phone, actor=actor, at=at)
    _label, span = PERIODS.get(typed["period"], PERIODS["365"])
    today = local_date(at)
    until = today + span if span else None
    with transaction.atomic():  # nobody is entrusted without being told
        authority = customer_ops.grant_authority(
            customer_id=own, agent_id=agent.id, ground=typed["ground"], scope=typed["scope"], note=typed["note"],
            valid_from=today, valid_to=until, actor=actor, at=at,
        )  # fmt: skip
        messaging_ops.notify(
            key=f"authority:{authority}", at=at, customer_id=agent.id, phone=phone, important=True, texts=TOLD_AGENT,
            params={
                "brand": company_queries.get_company().brand,
                "name": customer_queries.get_customer(own).full_name,
                "until": until.strftime("%d/%m/%Y") if until else "-",
                "link": company_queries.public_address("/cua-toi/"),
            },
        )  # fmt: skip


@of_person
def revoke(request: HttpRequest, visitor: Visitor, authority_id: UUID) -> HttpResponse:
    """The person may no longer act for me; either of the two may end it."""
    own, at = _own(visitor), clock.now()
    today = local_date(at)
    held = [*customer_queries.list_authorities(own, on=today), *customer_queries.list_agencies(own, on=today)]
    found = next((row for row in held if row.id == authority_id), None)
    if found is None:
        raise NotFound
    if request.method == "POST":
        customer_ops.revoke_authority(authority_id=found.id, actor=visitor.actor, at=at)
        messages.success(request, gettext("Từ bây giờ người đó không làm thay nữa."))
        return redirect("customer:mine")
    return render(request, "customer/person_end.html", {"line": _line(found, found.agent)})


@of_person
def act_for(request: HttpRequest, visitor: Visitor) -> HttpResponse:
    """From now on for this person, or for myself again."""
    if request.method == "POST":
        customer_ops.act_for(
            session_id=visitor.id, customer_id=parse_id(request.POST.get("who", "")), at=clock.now()
        )
    return redirect("customer:mine")
