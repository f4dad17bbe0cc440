"""Looking things up for a turn: outages at a place, counters near one, what a proven customer owes, where requests stand."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date
from uuid import UUID

from django.utils import translation

from motcua.assistant import bill_looking
from motcua.assistant.here import Here
from motcua.assistant.own import OWED
from motcua.assistant.own_bills import WHY
from motcua.assistant.state import (
    AccountSeen,
    CounterSeen,
    CountersSeen,
    Line,
    LookAtOwn,
    LookAtPrices,
    LookAtRequests,
    LookForCounter,
    OutageSeen,
    OutagesSeen,
    OwnSeen,
    PricesSeen,
    RequestSeen,
    RequestsSeen,
    TierSeen,
)
from motcua.billing import queries as bill_queries
from motcua.billing import wording as bill_wording
from motcua.billing.rules import rating, reading
from motcua.companies import counters
from motcua.companies import queries as company_queries
from motcua.companies.models import Unit
from motcua.customers import queries as customer_queries
from motcua.customers.models import Scope
from motcua.kernel import codes, local_time, periods
from motcua.kernel.results import Refused
from motcua.ledger.queries import ChargeView
from motcua.outages import operations as outage_ops
from motcua.outages import queries as outage_queries
from motcua.outages.queries import OutageView
from motcua.outages.states import CAUSE_NAMES, Cause
from motcua.payments import owing
from motcua.payments.owing import Owed
from motcua.requests import queries as request_queries
from motcua.requests.queries import RequestView
from motcua.services.declaration import Text
from motcua.supply import queries as supply_queries
from motcua.supply.models import PartRole
from motcua.supply.queries import ContractView
from motcua.tariffs import queries as tariff_queries
from motcua.tariffs import retail
from motcua.tariffs.book import PriceBook

MOST_REQUESTS = 3
_PAYING = frozenset({PartRole.PAYER, PartRole.AUTHORISED})
_DAYS = {
    "vi": ("thứ Hai", "thứ Ba", "thứ Tư", "thứ Năm", "thứ Sáu", "thứ Bảy", "Chủ nhật"),
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
}
_OPEN_NOW = Text("Bây giờ đang mở.", "Open now.")
_OPENS_AT = Text("Mở lại lúc {at}.", "Opens again at {at}.")
_TO = Text("đến", "to")


# outages


def look_for_outage(here: Here, where: str) -> OutagesSeen:
    """What is known at the place. Whoever asks from within an outage becomes a report of it, and opens no request."""
    place = outage_queries.where_of_account(where) or outage_queries.where_of_text(
        where, here.today, company_queries.get_company().code
    )
    found = outage_queries.find_at(place, here.at)
    for view in found.now:
        outage_ops.attach_report(
            outage_id=view.id,
            key=f"conversation:{here.conversation.id}",
            conversation_id=here.conversation.id,
            at=here.at,
        )
    return OutagesSeen(_outages(found.now), _outages(found.restored), _outages(found.ahead))


def _outages(views: Sequence[OutageView]) -> tuple[OutageSeen, ...]:
    return tuple(
        OutageSeen(
            view.state.place,
            _in_both(CAUSE_NAMES[Cause(view.state.cause)]),
            view.state.begins_at,
            view.state.restored_at or view.state.expected_at,
        )
        for view in views
    )


def _in_both(name: str) -> Text:
    with translation.override("en"):
        return Text(name, translation.gettext(name))


# counters


def look_for_counter(here: Here, act: LookForCounter) -> CountersSeen:
    """The counters of the place in the words, or of the account they name; the week's hours and whether they are open now."""
    company = company_queries.get_company()
    found = (
        counters.find_counters(act.where, here.today, company.code) if act.where else counters.CountersFound()
    )
    calendar = company_queries.get_calendar()
    now = _OPEN_NOW.get(here.language)
    if not calendar.is_open(here.at):
        opening = local_time.to_local(calendar.next_opening(here.at))
        now = _OPENS_AT.get(here.language).format(at=f"{opening:%H:%M %d/%m}")
    return CountersSeen(
        tuple(_counter(unit, here.language) for unit in found.units),
        found.place,
        hours_in_words(here.language),
        now,
    )


def _counter(unit: Unit, language: str) -> CounterSeen:
    name = unit.name_en if language == "en" and unit.name_en else unit.name
    return CounterSeen(unit.code, name, unit.address, unit.phone)


def hours_in_words(language: str) -> str:
    """ "thứ Hai đến thứ Sáu: 08:00-12:00, 13:00-17:00"."""
    names, told = _DAYS[language], []
    for hours in counters.opening_hours():
        days = names[hours.first]
        if hours.last > hours.first:
            days = f"{days} {_TO.get(language)} {names[hours.last]}"
        told.append(f"{days}: {', '.join(hours.spans)}")
    return "; ".join(told)


# prices


def look_at_prices(here: Here, act: LookAtPrices) -> PricesSeen:
    """What a kilowatt-hour costs today, at home by tier or in a group by voltage and hours, and the decision that says so."""
    book = tariff_queries.price_book()
    decision = retail.find_decision(book, here.today)
    if decision is None:
        return PricesSeen()
    rate = tariff_queries.find_rate("VAT_ELECTRICITY", here.today)
    vat = f"{rate * 100:.0f}" if rate is not None else ""
    group = next((group for group in decision.groups if group.code == act.group), None)
    if group is not None:
        return PricesSeen((), vat, decision.number, group.code, group.lines)
    tiers = tuple(TierSeen(tier.first, tier.last, tier.price_vnd) for tier in decision.tiers)
    total = _month_vnd(act.kwh, here.today, book)
    return PricesSeen(tiers, vat, decision.number, kwh=act.kwh if total else 0, total_vnd=total)


def _month_vnd(kwh: int, today: date, book: PriceBook) -> int:
    """What the month that ends today comes to for one household, with VAT; 0 where the rule refuses."""
    told = {
        "group": "HOME",
        "from": periods.months_before(today, 1).isoformat(),
        "to": today.isoformat(),
        "kwh": kwh,
    }
    try:
        return rating.rate(reading.read_case(told, book), book).total_vnd if kwh else 0
    except Refused:
        return 0


# what is theirs


def look_at_own(here: Here, act: LookAtOwn) -> OwnSeen:
    """What the proven customer may see: their own contracts, those they pay or are authorised for, and those of whom they act
    for in everything. Raises ValueError when nobody is proven.
    """
    if here.customer_id is None:
        raise ValueError("what is somebody's own is for the proven alone")
    family = customer_queries.list_ids(here.customer_id)
    reach = _reach(here, family)
    named = codes.clean_account_code(act.account)
    if codes.is_account_code(named):
        if named not in reach:
            return OwnSeen(is_theirs=False)
        reach = {named: reach[named]}
    owed = {code: owing.owed_at(code) for code in reach}
    bills = (
        bill_looking.look_at_bills(here, list(reach), with_why=act.wish == WHY)
        if act.wish in (OWED, WHY)
        else {}
    )
    accounts = tuple(
        replace(
            _account(code, reach[code][0], owed[code], here.language, may_see=reach[code][1]),
            bill=bills.get(code),
        )
        for code in reach
    )
    beside = owing.owed_beside(family, [found for found in owed.values() if found])
    return OwnSeen(accounts, _account("", None, beside, here.language, may_see=True))


def _reach(here: Here, family: Sequence[UUID]) -> dict[str, tuple[ContractView | None, bool]]:
    """Account codes with their contracts, and whether amounts may be told: running contracts first, each code once."""
    found = {contract.account_code: (contract, True) for contract in supply_queries.list_contracts(family)}
    for agency in customer_queries.list_agencies(family[0], on=here.today):
        if agency.scope == Scope.ALL:
            for contract in supply_queries.list_contracts(customer_queries.list_ids(agency.customer_id)):
                found.setdefault(contract.account_code, (contract, True))
    parts = [part for part in supply_queries.list_parts(family) if part.holds_on(here.today)]
    contracts = supply_queries.find_contracts(part.account_code for part in parts)
    reach: dict[str, tuple[ContractView | None, bool]] = dict(found)
    for part in parts:
        before = reach.get(part.account_code)
        may_see = part.role in _PAYING or bool(before and before[1])
        reach[part.account_code] = (contracts.get(part.account_code), may_see)
    return reach


def _account(
    code: str, contract: ContractView | None, owed: Owed | None, language: str, *, may_see: bool
) -> AccountSeen:
    place = contract.place_text if contract else ""
    if owed is None or not may_see:
        return AccountSeen(code, place, may_see)
    balance = owed.balance if owed.balance and owed.balance.amount_vnd > 0 else None
    return AccountSeen(
        code,
        place,
        may_see,
        owed=tuple(_lines(owed.charges, language)),
        paid=tuple(_lines(owed.paid, language, is_paid=True)),
        told_vnd=balance.amount_vnd if balance else None,
        told_on=balance.as_of if balance else None,
    )


def _lines(charges: Iterable[ChargeView], language: str, *, is_paid: bool = False) -> Iterable[Line]:
    charges = list(charges)
    billed = bill_queries.list_bills_of_charges([charge.id for charge in charges])
    with translation.override(language):
        for charge in charges:
            what = owing.kind_name(charge.kind) or charge.description
            if charge.id in billed:
                what = f"{what} {bill_wording.month_name(billed[charge.id])}"
            amount = charge.total_vnd if is_paid else charge.remaining_vnd
            yield Line(what, amount, charge.paid_at if is_paid else charge.due_at, charge.payment_code)


# requests


def look_at_requests(here: Here, act: LookAtRequests) -> RequestsSeen:
    """Where requests stand that were sent from here or are the proven customer's: the one asked for, else the open ones."""
    if act.number:
        view = request_queries.find_by_number(act.number)
        if view is None or not _is_ours(here, view):
            return RequestsSeen(number=act.number)
        return RequestsSeen((_request(view),), act.number)
    family = customer_queries.list_ids(here.customer_id) if here.customer_id else []
    views = [request_queries.view_of(row) for row in request_queries.list_for_search(customer_ids=family)]
    of_talk = here.conversation.request_id
    last = request_queries.find_request(of_talk) if of_talk else None
    if last is not None and _is_ours(here, last) and all(view.id != last.id for view in views):
        views.append(last)
    views.sort(key=lambda view: view.is_closed)
    return RequestsSeen(tuple(_request(view) for view in views[:MOST_REQUESTS]))


def _is_ours(here: Here, view: RequestView) -> bool:
    """The proven customer's, or sent by this very visitor or from this address."""
    owner = customer_queries.survivor_id(view.customer_id) if view.customer_id else None
    if owner is not None and owner == here.customer_id:
        return True
    visitor_id = here.conversation.visitor_id
    if visitor_id is not None:
        return request_queries.was_sent_by_visitor(view.id, visitor_id)
    draft = request_queries.find_draft_of(view.id)
    return draft is not None and draft.conversation_id == here.conversation.id


def _request(view: RequestView) -> RequestSeen:
    step = view.current_step
    due = f"{local_time.to_local(view.state.due_at):%H:%M %d/%m/%Y}" if view.state.due_at else ""
    return RequestSeen(view.number, view.service.name, step.status or step.name, due, view.is_closed)
