"""What is said to who owes: a notice, and the last announcement. By the mass lane, each on their own channel; whoever has
paid by the time the message is made is not told any more.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from motcua.companies import queries as company_queries
from motcua.customers import queries as customer_queries
from motcua.customers.models import Topic
from motcua.kernel.money import format_vnd
from motcua.kernel.results import gettext_noop as _
from motcua.messaging import operations as messaging_ops
from motcua.messaging import templates
from motcua.messaging.mass import audiences
from motcua.messaging.mass.audiences import Audience, Own, Query
from motcua.messaging.templates import Template
from motcua.payments.dunning import queries
from motcua.payments.models import DunningCase

OF_DEBT = _("Nợ tiền điện")
KNOWN = frozenset(
    {"account_code", "amount", "company", "customer_name", "hotline", "link", "since", "stop_at"}
)

NOTICE = templates.declare(
    Template(
        code="debt.notice",
        vi="{company}: Mã {account_code} còn nợ tiền điện {amount}, quá hạn từ {since}. Xem và trả tại {link} Đã trả thì xin bỏ qua. Muốn trả dần: gọi {hotline}.",
        en="{company}: Customer {account_code} owes {amount}, overdue since {since}. Pay at {link} If paid, please ignore this. To pay in parts call {hotline}.",
        topic=OF_DEBT,
        label=_("Nhắc nợ tiền điện quá hạn"),
        known=KNOWN,
    )
)
ANNOUNCE = templates.declare(
    Template(
        code="debt.announce",
        vi="{company}: Mã {account_code} còn nợ {amount}. Sớm nhất từ {stop_at} sẽ ngừng cấp điện. Trả tại {link} là hủy ngay. Khiếu nại, có người bệnh: gọi {hotline}.",
        en="{company}: Customer {account_code} owes {amount}. From {stop_at} on it will be cut off. Paying at {link} cancels that. Complaint, illness: call {hotline}.",
        topic=OF_DEBT,
        label=_("Báo trước khi ngừng cấp điện vì nợ"),
        known=KNOWN,
    )
)

STOPPED = templates.declare(
    Template(
        code="debt.stopped",
        vi="{company}: Mã {account_code} đã ngừng cấp điện lúc {stop_at} vì còn nợ {amount}. Trả tại {link}, trả đủ là đóng điện lại. Cần giúp: {hotline}.",
        en="{company}: Customer {account_code} was cut off at {stop_at}, for {amount} is owed. Pay at {link} and we come to reconnect. Help: call {hotline}.",
        topic=OF_DEBT,
        label=_("Báo đã ngừng cấp điện vì nợ"),
        known=KNOWN,
    )
)

TAKEN_BACK = templates.declare(
    Template(
        code="debt.taken-back",
        vi="{company}: Khoản trả cho mã {account_code} đã bị rút lại, nay còn nợ {amount}. Xem và trả lại tại {link} Thắc mắc: gọi {hotline}.",
        en="{company}: The payment for customer {account_code} was taken back; {amount} is owed again. See and pay at {link} Questions: {hotline}.",
        topic=OF_DEBT,
        label=_("Báo khoản trả bị rút lại, nợ lại có"),
        known=KNOWN,
    )
)
BACK_OFF = templates.declare(
    Template(
        code="debt.back-off",
        vi="{company}: Khoản trả cho mã {account_code} đã bị rút lại, còn nợ {amount}, nên chưa đóng điện lại được. Trả tại {link} Cần giúp: gọi {hotline}.",
        en="{company}: The payment for customer {account_code} was taken back, {amount} is owed, so we cannot reconnect yet. Pay at {link} Help: call {hotline}.",
        topic=OF_DEBT,
        label=_("Báo chưa đóng điện lại được vì khoản trả bị rút lại"),
        known=KNOWN,
    )
)

_OWED = """
LEFT JOIN LATERAL (
    SELECT d.overdue_since, d.next_at, (SELECT sum(c.total_vnd - c.paid_vnd) FROM ledger_charge c
        WHERE c.account_code = d.account_code AND c.status = 'OPEN' AND c.due_at < %(at)s) AS left_vnd
      FROM payments_dunningcase d
     WHERE d.account_code = who.account_code AND d.closed_at IS NULL) owed ON true"""


def _of_batch(params: Mapping[str, Any]) -> Query:
    statement = """
SELECT d.customer_id, d.account_code FROM payments_dunningstep s JOIN payments_dunningcase d ON d.id = s.case_id
 WHERE s.batch = %(a_batch)s AND d.customer_id IS NOT NULL"""
    return statement, {"a_batch": params["batch"]}


STEP = Audience(
    "DEBT_STEP",
    _("Khách hàng còn nợ quá hạn"),
    _of_batch,
    own=Own(
        join=_OWED,
        expressions={
            "amount": audiences.vnd("owed.left_vnd"),
            "since": "to_char(owed.overdue_since AT TIME ZONE interval '7 hours', 'DD/MM/YYYY')",
            "stop_at": "coalesce(to_char(owed.next_at AT TIME ZONE interval '7 hours', 'HH24:MI DD/MM/YYYY'), '–')",
            "link": "%(o_site)s || '/hoa-don/no/'",
        },
        still="owed.left_vnd IS NOT NULL",
        values=lambda _params: {"o_site": company_queries.public_address("")},
    ),
    starts_itself=True,
)


def tell_holder(case: DunningCase, template: Template, *, key: str, at: datetime, **more: str) -> None:
    """An important notice about one case to whoever it is about, planned once under the key."""
    company = company_queries.get_company()
    holder = customer_queries.find_customer(case.customer_id) if case.customer_id else None
    messaging_ops.notify(
        key=key, at=at, customer_id=case.customer_id, phone=(holder.phone or None) if holder else None,
        template=template.code, topic=Topic.PAYMENT, important=True,
        params={
            "company": company.brand, "hotline": company.hotline, "account_code": case.account_code,
            "amount": format_vnd(queries.owed_overdue(case.account_code, at)),
            "link": company_queries.public_address("/hoa-don/no/"), **more,
        },
    )  # fmt: skip
