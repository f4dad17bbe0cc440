"""What can be done with a customer: each act is a form on the card, posted to its own address."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from motcua.config import clock
from motcua.customers import operations as customer_ops
from motcua.kernel.actors import Actor
from motcua.kernel.results import Refused
from motcua.web import inputs
from motcua.web.act_form import Failed, Form, boxes, key_of, new_key
from motcua.web.desk import customer_deeds, customer_proving
from motcua.web.desk.customer_access import DECIDERS, SERVERS, Card, access_card
from motcua.web.desk.customer_doing import Doing
from motcua.web.staff_pages import StaffRequest, refuse, staff_page

ACT_OF = {act.slug: act for act in (*customer_proving.ACTS, *customer_deeds.ACTS)}


def may_export(actor: Actor) -> bool:
    """Who may hand out everything that is held of somebody."""
    return actor.has_role(*DECIDERS)


def act_forms(request: StaffRequest, card: Card, at: datetime, failed: Failed | None) -> list[Form]:
    """The acts this person may do with this customer now."""
    if not card.is_active:
        return []
    forms = []
    for spec in ACT_OF.values():
        if not request.actor.has_role(*spec.roles) or not spec.is_offered(request, card):
            continue
        mine = failed if failed and failed.code == spec.slug else None
        drawn = boxes(spec.fields(request, card, at), spec.slug, mine)
        hidden = {
            box["field"]["name"]: box["field"]["value"] for box in drawn if box["field"]["kind"] == "hidden"
        }
        forms.append(
            Form(
                code=spec.slug,
                label=gettext(spec.label),
                post_url=reverse("desk:customer-act", args=(card.view.id, spec.slug)),
                key=mine.key if mine else new_key(),
                style=spec.style,
                boxes=[box for box in drawn if box["field"]["kind"] != "hidden"],
                hidden=hidden,
                general=mine.general if mine else [],
                text=gettext(spec.text) if spec.text else "",
                is_open=mine is not None or spec.slug == "nhap-ma",
            )
        )
    return forms


@require_POST
@staff_page(*SERVERS)
def act(request: StaffRequest, customer_id: UUID, deed: str) -> HttpResponse:
    """Do one of the acts; refused, the card comes once more with what was typed."""
    from motcua.web.desk import customer as cards

    card, spec = access_card(actor=request.actor, customer_id=customer_id), ACT_OF.get(deed)
    if spec is None:
        raise Http404
    if not request.actor.has_role(*spec.roles):
        return refuse(request)
    doing = Doing(card, request.actor, clock.now(), request.POST)
    try:
        more = spec.do(doing)
    except Refused as refusal:
        typed = {drawn["name"]: doing.text(drawn["name"]) for drawn in spec.fields(request, card, doing.at)}
        beside, general = inputs.problems_of(refusal, typed)
        failed = Failed(deed, typed, beside, general, key_of(request))
        fresh = access_card(actor=request.actor, customer_id=customer_id)
        return cards.render_card(request, fresh, failed=failed, status=422 if beside else 409)
    messages.success(request, gettext(spec.done))
    return redirect(_address(card.view.id, more))


def _address(customer_id: UUID, more: Mapping[str, object] | None) -> str:
    address = reverse("desk:customer", args=(customer_id,))
    return f"{address}?ma={more['ma']}#act-nhap-ma" if more else address


@require_POST
@staff_page(*DECIDERS)
def export(request: StaffRequest, customer_id: UUID) -> HttpResponse:
    """Everything held of the customer as a file, to be given to them."""
    card = access_card(actor=request.actor, customer_id=customer_id)
    content = customer_ops.export_customer(customer_id=card.view.id, actor=request.actor, at=clock.now())
    response = HttpResponse(content, content_type="application/zip")
    response["Content-Disposition"] = f'attachment; filename="du-lieu-{str(card.view.id)[-12:]}.zip"'
    return response
