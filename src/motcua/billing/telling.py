"""Telling customers of their bills: that there is a new one, and that one will soon be due; each once a bill.

A run tells all its customers by one notice to many, which the house starts itself: what a text says of each is read when
their message is made, and whoever has paid by then is not told. A bill issued by itself is told by a notice of its own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

from django.db import transaction
from django.db.models import Max

from motcua.billing import queries, registry
from motcua.billing.models import Bill, BillRun, BillState
from motcua.billing.queries import BillView
from motcua.companies import queries as company_queries
from motcua.config.env import ENV
from motcua.customers import queries as customer_queries
from motcua.customers.models import Topic
from motcua.kernel import codes
from motcua.kernel.actors import Actor
from motcua.kernel.local_time import day_bounds, to_local
from motcua.kernel.money import format_number, format_vnd
from motcua.kernel.results import gettext_noop as _
from motcua.ledger import queries as ledger_queries
from motcua.ledger.queries import ChargeView
from motcua.messaging import operations as messaging_ops
from motcua.messaging import templates
from motcua.messaging.mass import audiences
from motcua.messaging.mass import operations as mass_ops
from motcua.messaging.mass.audiences import Audience, Own, Query
from motcua.messaging.mass.models import MassNotice
from motcua.messaging.templates import Template

TELLER = Actor.system("bill-notices")
USEFUL = timedelta(days=5)  # a notice that waits longer says nothing new
NAMESPACE = UUID("6d0f2c1e-4d0c-4a1e-9d57-1b1b1f6d6f05")
LONG_AGO = datetime(1900, 1, 1, tzinfo=UTC)
OF_BILL = _("Hóa đơn tiền điện")
KNOWN = frozenset(
    {"account_code", "address", "amount", "company", "customer_name", "due", "hotline", "kwh", "link", "month", "pay_link",
     "payment_code", "unit_name"}
)  # fmt: skip


def facts_of(bill: BillView, charge: ChargeView) -> dict[str, str]:
    """What a text may say of one bill, as the statements below say it of many."""
    company = company_queries.get_company()
    return {
        "company": company.brand, "hotline": company.hotline, "account_code": bill.account_code,
        "month": f"{bill.billing_month.month}/{bill.billing_month.year}", "kwh": format_number(bill.kwh),
        "amount": format_vnd(charge.remaining_vnd), "due": f"{to_local(bill.due_at):%d/%m/%Y}" if bill.due_at else "–",
        "payment_code": charge.payment_code, "link": company_queries.public_address("/hoa-don/"),
        "pay_link": company_queries.public_address(f"/thanh-toan/{charge.payment_code}/"),
    }  # fmt: skip


def _facts(subject: str) -> Mapping[str, object] | None:
    """Real values for a preview: of the newest bill of an account that waits to be paid."""
    for bill in queries.list_bills(codes.clean_account_code(subject), limit=24):
        charge = ledger_queries.find_charge(bill.charge_id) if bill.charge_id else None
        if charge is not None and charge.is_open:
            return facts_of(bill, charge)
    return None


ISSUED = templates.declare(
    Template(
        code="bill.issued",
        vi="{company}: Tiền điện {month} của mã {account_code}: {kwh} kWh, {amount}, hạn trả {due}. Trả tại {pay_link} Xem từng dòng: {link}",
        en="{company}: Electricity {month} of customer {account_code}: {kwh} kWh, {amount}, due {due}. Pay at {pay_link} Line by line: {link}",
        topic=OF_BILL,
        label=_("Có hóa đơn mới"),
        known=KNOWN,
        facts=_facts,
    )
)
DUE_SOON = templates.declare(
    Template(
        code="bill.due-soon",
        vi="{company}: Nhắc anh/chị: tiền điện {month} của mã {account_code} còn {amount}, hạn trả {due}. Trả tại {pay_link} Nếu đã trả, xin bỏ qua tin này.",
        en="{company}: A reminder: electricity {month} of customer {account_code}, {amount} left, due {due}. Pay at {pay_link} If you have paid, please ignore this.",
        topic=OF_BILL,
        label=_("Nhắc sắp đến hạn trả tiền điện"),
        known=KNOWN,
        facts=_facts,
    )
)

# ---- what the statements say of each

_EXPRESSIONS = {
    "month": "to_char(owed.billing_month, 'FMMM/YYYY')",
    "kwh": audiences.number("owed.kwh"),
    "amount": audiences.vnd("owed.left_vnd"),
    "due": "coalesce(to_char(owed.due_at AT TIME ZONE interval '7 hours', 'DD/MM/YYYY'), '–')",
    "payment_code": "owed.payment_code",
    "pay_link": "%(o_site)s || '/thanh-toan/' || owed.payment_code || '/'",
    "link": "%(o_site)s || '/hoa-don/'",
}
_OWED = """
    SELECT b.billing_month, b.kwh, b.due_at, c.payment_code, c.total_vnd - c.paid_vnd AS left_vnd
      FROM billing_bill b JOIN ledger_charge c ON c.id = b.charge_id AND c.status = 'OPEN'
     WHERE b.account_code = {account} AND b.state = 'ISSUED' AND {which}
     ORDER BY b.billing_month DESC, b.period DESC LIMIT 1"""
_OF_RUN = "b.run_id = %(o_run)s AND b.issued_at > %(o_after)s AND b.issued_at <= %(o_until)s"
_DUE = "b.due_at >= %(o_from)s AND b.due_at < %(o_until)s"


def _own(which: str, values: Any) -> Own:
    owed = _OWED.format(account="who.account_code", which=which)
    return Own(
        join=f"LEFT JOIN LATERAL ({owed}) owed ON true",
        expressions=_EXPRESSIONS,
        still="owed.payment_code IS NOT NULL",
        values=lambda params: (
            {f"o_{name}": value for name, value in values(params).items()}
            | {"o_site": company_queries.public_address("")}
        ),
    )


def _run_values(params: Mapping[str, Any]) -> dict[str, Any]:
    return {name: params[name] for name in ("run", "after", "until")}


def _due_values(params: Mapping[str, Any]) -> dict[str, Any]:
    return {name: params[name] for name in ("from", "until")}


def _of_run(params: Mapping[str, Any]) -> Query:
    statement = """
SELECT coalesce(b.payer_id, b.customer_id) AS customer_id, b.account_code FROM billing_bill b
 WHERE b.run_id = %(a_run)s AND b.issued_at > %(a_after)s AND b.issued_at <= %(a_until)s AND b.state = 'ISSUED'
   AND b.charge_id IS NOT NULL"""
    return statement, {f"a_{name}": value for name, value in _run_values(params).items()}


def _due_soon(params: Mapping[str, Any]) -> Query:
    statement = """
SELECT coalesce(b.payer_id, b.customer_id) AS customer_id, b.account_code
  FROM billing_bill b JOIN ledger_charge c ON c.id = b.charge_id AND c.status = 'OPEN'
 WHERE b.due_at >= %(a_from)s AND b.due_at < %(a_until)s AND b.state = 'ISSUED'"""
    return statement, {f"a_{name}": value for name, value in _due_values(params).items()}


NEW_BILLS = Audience(
    "BILLS", _("Khách hàng có hóa đơn mới"), _of_run, own=_own(_OF_RUN, _run_values), starts_itself=True
)
BILLS_DUE = Audience(
    "BILLS_DUE", _("Khách hàng sắp đến hạn trả"), _due_soon, own=_own(_DUE, _due_values), starts_itself=True
)

# ---- telling


@registry.on_bills_issued
def tell(*, run_id: UUID | None, bill_ids: Sequence[UUID], at: datetime, actor: Actor) -> None:
    """Tell who pays of these bills, once for each; those of a run by the run's notice, when it is done."""
    if run_id is not None:
        tell_run(run_id, at=at)
    for bill_id in bill_ids:
        if (bill := queries.find_bill(bill_id)) is not None and bill.run_id is None:
            tell_one(bill, at=at)


@transaction.atomic
def tell_run(run_id: UUID, *, at: datetime) -> bool:
    """One notice for all bills of a run that no notice of it was for yet; whether there were any.

    A run is done again for what was missing: each notice is for the bills issued after those of the one before.
    """
    run = BillRun.objects.select_for_update().filter(id=run_id).first()
    issued = Bill.objects.filter(run_id=run_id, charge_id__isnull=False)
    until = issued.aggregate(newest=Max("issued_at"))["newest"]
    if until is None:
        return False
    after = _told_until(run_id)
    if after is not None and until <= after:
        return False
    return mass_ops.plan_declared(
        notice_id=uuid5(NAMESPACE, f"{run_id}:{until.isoformat()}"),
        name=_named(run),
        template=ISSUED.code,
        topic=Topic.PAYMENT,
        audience=NEW_BILLS.code,
        audience_params={
            "run": str(run_id),
            "after": (after or LONG_AGO).isoformat(),
            "until": until.isoformat(),
        },
        within=[run.unit_code] if run else None,
        expires_at=at + USEFUL,
        actor=TELLER,
        at=at,
    )


def _told_until(run_id: UUID) -> datetime | None:
    """Up to which instant bills of the run were told."""
    told = MassNotice.objects.filter(audience=NEW_BILLS.code, audience_params__run=str(run_id))
    return max(
        (
            datetime.fromisoformat(params["until"])
            for params in told.values_list("audience_params", flat=True)
        ),
        default=None,
    )


def _named(run: BillRun | None) -> str:
    """What staff find it by."""
    if run is None:
        return "Hóa đơn tiền điện mới"
    return (
        f"Hóa đơn tiền điện {run.billing_month:%m/%Y}, {run.unit_code}, đọc ngày {run.reading_date:%d/%m/%Y}"
    )


def tell_one(bill: BillView, *, at: datetime) -> bool:
    """A notice of one bill, to who pays it, on their own channel; whether there was something to tell and somebody."""
    charge = ledger_queries.find_charge(bill.charge_id) if bill.charge_id else None
    who = bill.payer_id or bill.customer_id
    if charge is None or who is None or bill.state != BillState.ISSUED or not charge.remaining_vnd:
        return False
    customer = customer_queries.find_customer(customer_queries.survivor_id(who))
    if customer is None:
        return False
    messaging_ops.notify(
        key=f"bill:{bill.id}", at=at, customer_id=customer.id, phone=customer.phone or None, important=True, template=ISSUED.code,
        params=facts_of(bill, charge), topic=Topic.PAYMENT, expires_at=at + USEFUL,
    )  # fmt: skip
    return True


def remind(*, today: date, at: datetime, days: int | None = None) -> bool:
    """One notice for all bills that fall due so many days from now and still wait; once a day. Whether it is new and for somebody.

    How many days comes from the settings; 0 reminds nobody.
    """
    ahead = ENV.bill_reminder_days if days is None else days
    if ahead < 1:
        return False
    day = today + timedelta(days=ahead)
    begins, ends = day_bounds(day)
    waiting = Bill.objects.filter(due_at__gte=begins, due_at__lt=ends, state=BillState.ISSUED)
    if not waiting.exists():
        return False
    return mass_ops.plan_declared(
        notice_id=uuid5(NAMESPACE, f"{company_queries.get_company().code}:due:{day.isoformat()}"),
        name=f"Nhắc tiền điện đến hạn ngày {day:%d/%m/%Y}",
        template=DUE_SOON.code,
        topic=Topic.PAYMENT,
        audience=BILLS_DUE.code,
        audience_params={"from": begins.isoformat(), "until": ends.isoformat()},
        expires_at=ends,
        actor=TELLER,
        at=at,
    )
