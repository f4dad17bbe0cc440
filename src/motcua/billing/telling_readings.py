"""Telling a customer what became of the reading they sent."""

from __future__ import annotations

from datetime import datetime, timedelta

from motcua.billing.models import OwnReading, OwnReadingState
from motcua.billing.own_reading_queries import figures_of
from motcua.companies import queries as company_queries
from motcua.customers import queries as customer_queries
from motcua.customers.models import Topic
from motcua.kernel.results import gettext_noop as _
from motcua.messaging import operations as messaging_ops
from motcua.messaging import templates
from motcua.messaging.templates import Template

USEFUL = timedelta(days=5)
OF_READING = _("Chỉ số công tơ tự ghi")
_KNOWN = frozenset({"account_code", "address", "company", "customer_name", "figures", "hotline", "link", "reason", "unit_name"})  # fmt: skip

ACCEPTED = templates.declare(
    Template(
        code="own-reading.accepted",
        vi="{company}: Chỉ số {figures} anh/chị gửi cho mã {account_code} đã được nhận.",
        en="{company}: The reading {figures} that you sent for customer {account_code} has been accepted.",
        topic=OF_READING,
        label=_("Đã nhận chỉ số khách tự ghi"),
        known=_KNOWN,
    )
)
REFUSED = templates.declare(
    Template(
        code="own-reading.refused",
        vi="{company}: Chỉ số {figures} anh/chị gửi cho mã {account_code} chưa dùng được: {reason} Gửi lại tại {link} hoặc gọi {hotline}.",
        en="{company}: The reading {figures} that you sent for customer {account_code} cannot be used: {reason} Send it again at {link} or call {hotline}.",
        topic=OF_READING,
        label=_("Không nhận chỉ số khách tự ghi"),
        known=_KNOWN,
    )
)


def tell_decided(row: OwnReading, *, at: datetime) -> None:
    """On the customer's own channel, once: that it was accepted, or why not."""
    customer = customer_queries.find_customer(customer_queries.survivor_id(row.customer_id))
    if customer is None:
        return
    company = company_queries.get_company()
    template = ACCEPTED if row.state == OwnReadingState.ACCEPTED else REFUSED
    messaging_ops.notify(
        key=f"own-reading:{row.id}", at=at, customer_id=customer.id, phone=customer.phone or None, important=True,
        template=template.code, topic=Topic.PAYMENT, expires_at=at + USEFUL,
        params={
            "company": company.brand, "hotline": company.hotline, "account_code": row.account_code, "figures": figures_of(row),
            "reason": row.reason if row.reason.endswith((".", "!", "?")) else f"{row.reason}.",
            "link": company_queries.public_address("/cua-toi/chi-so/"),
        },
    )  # fmt: skip
