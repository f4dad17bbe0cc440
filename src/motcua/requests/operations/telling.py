"""Telling the customer: a declared notice, filled with what is known, into their own channel."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from motcua.companies import queries as company_queries
from motcua.companies.models import Unit
from motcua.customers import queries as customer_queries
from motcua.customers.models import Topic
from motcua.kernel.local_time import to_local
from motcua.kernel.money import format_vnd
from motcua.ledger import queries as ledger_queries
from motcua.ledger.queries import ChargeView
from motcua.messaging import operations as messaging_ops
from motcua.messaging import template_versions
from motcua.messaging.template_versions import InForce
from motcua.messaging.templates import Words
from motcua.requests import notice_texts, registry
from motcua.requests.queries import RequestView
from motcua.services.declaration import Audience

MARK = "{%s}"
# Looked up only when a text speaks of them.
_OF_CHARGE = frozenset({"amount", "payment_code"})
# What customers choose channels for: a notice that speaks of money is one of payment.
REQUEST, PAYMENT = Topic.REQUEST.value, Topic.PAYMENT.value


def tell(view: RequestView, code: str, *, key: str, at: datetime, more: Mapping[str, object]) -> None:
    """Plan the notice of this code for the customer, once per key. Notices for staff are their work lists."""
    said = _said(view, code, more, at)
    if said is None:
        return
    messaging_ops.notify(
        key=key,
        at=at,
        customer_id=view.customer_id,
        phone=phone_of(view),
        request_id=view.id,
        conversation_id=view.state.conversation_id,
        words=said.words,
        params=said.params,
        important=True,
        topic=said.topic,
    )


def text_for_phone(
    view: RequestView,
    code: str,
    *,
    key: str,
    at: datetime,
    more: Mapping[str, object],
    in_force: InForce | None = None,
) -> messaging_ops.PhoneText | None:
    """The same notice for somebody who is reached by phone alone; None when it is not the customer's or there is no phone.

    `in_force`: the edited templates, where somebody who tells many has asked for them once.
    """
    said, phone = _said(view, code, more, at, in_force), phone_of(view)
    if said is None or not phone:
        return None
    words = said.words
    return messaging_ops.PhoneText(
        key, phone, words.texts("SMS"), said.params, at, words.template, words.version("SMS")
    )


@dataclass(frozen=True)
class _Said:
    words: Words
    params: Mapping[str, object]
    topic: str


def _said(
    view: RequestView, code: str, more: Mapping[str, object], at: datetime, in_force: InForce | None = None
) -> _Said | None:
    """What the notice of this code says; nothing, when it is for staff."""
    notice = view.service.notice(code)
    if notice.audience is not Audience.CUSTOMER:
        return None
    texts = {lang: _localised(notice.text.get(lang), lang) for lang in ("vi", "en")}
    template = notice_texts.code_of(view.service, code)
    words = template_versions.words_for(template, at, declared=texts, in_force=in_force)
    asked = set(words.names)
    params = {**facts_of(view, asked - more.keys()), **more}
    return _Said(words, params, PAYMENT if asked & _OF_CHARGE else REQUEST)


def tell_taken_back(view: RequestView, charge: ChargeView, *, key: str, at: datetime) -> None:
    """A payment was taken back: what is owed again, and where to pay it. Once per key."""
    messaging_ops.notify(
        key=key,
        at=at,
        customer_id=view.customer_id,
        phone=phone_of(view),
        request_id=view.id,
        conversation_id=view.state.conversation_id,
        template=notice_texts.TAKEN_BACK.code,
        params={
            **facts_of(view),
            "reopened_amount": format_vnd(charge.remaining_vnd),
            "reopened_code": charge.payment_code,
            "pay_link": follow_link(view.number) + "thanh-toan/",
        },
        important=True,
        topic=PAYMENT,
    )


def phone_of(view: RequestView) -> str | None:
    """Where a text message reaches the customer: as answered, else as on record."""
    answered = view.answers.get("phone")
    if answered:
        return str(answered)
    customer = customer_queries.find_customer(view.customer_id) if view.customer_id else None
    return customer.phone or None if customer else None


def facts_of(view: RequestView, asked: Collection[str] | None = None) -> dict[str, object]:
    """What a notice may say, by placeholder; of what must be looked up only the facts `asked` for, when that is told."""
    state, company = view.state, company_queries.get_company()
    facts: dict[str, object] = {
        "request_number": state.number,
        "company": company.brand,
        "hotline": company.hotline,
        "customer_name": view.answers.get("full_name", ""),
        "due_date": format_instant(state.due_at) if state.due_at else "",
        "account_code": state.account_code,
        "energised_at": format_instant(state.energised_at) if state.energised_at else "",
        **{f"{name}_{lang}": text for lang in ("vi", "en") for name, text in _words(view, lang).items()},
    }
    left = None if asked is None else set(asked) - facts.keys()
    if left is None or left & _OF_CHARGE:
        charges = ledger_queries.list_charges(view.id)
        charge = charges[-1] if charges else None
        facts["amount"] = format_vnd(charge.total_vnd) if charge else ""
        facts["payment_code"] = charge.payment_code if charge else ""
    if left is None or "unit_name" in left:
        unit = Unit.objects.filter(code=state.unit_code).first()
        facts["unit_name"] = unit.name if unit else ""
    if left is None or "follow_link" in left:
        facts["follow_link"] = follow_link(state.number)
    if left is None or left - facts.keys():
        facts |= registry.facts_for_notice(view)
    return facts


def follow_link(number: str) -> str:
    """The address of the follow page of a request."""
    return company_queries.public_address(f"/theo-doi/{number}/")


def format_instant(at: datetime) -> str:
    """Hour and day as people write them here: 16:30 22/11/2026."""
    return to_local(at).strftime("%H:%M %d/%m/%Y")


def _words(view: RequestView, lang: str) -> dict[str, str]:
    return {"service_name": view.service.name.get(lang), "step_status": view.current_step.status.get(lang)}


def _localised(text: str, lang: str) -> str:
    for name in notice_texts.LOCALISED:
        text = text.replace(MARK % name, MARK % f"{name}_{lang}")
    return text
