"""What a demonstration company needs to send invoices: a seller, a certificate of the test authority, an address."""

from __future__ import annotations

from datetime import date, datetime

from motcua.billing.einvoice import certificates, keys
from motcua.billing.einvoice import operations as invoice_ops
from motcua.billing.models import InvoiceSeller
from motcua.companies import context
from motcua.companies import queries as company_queries
from motcua.config.env import ENV
from motcua.connectors.einvoice import gateway
from motcua.kernel.actors import Actor
from motcua.sandbox import tax, tax_ca

ACTOR = Actor.system("sandbox")
SINCE = date(2018, 1, 1)
PATH = "/sandbox/tax"


def partner_code(company_code: str) -> str:
    return f"MOTCUA-{company_code}"[:20]


def ensure(*, host: str, at: datetime) -> None:
    """Set up the current company, as far as it is not. What an operator has entered stays."""
    company = context.current_company()
    if not company.tax_code:
        return
    authority = tax_ca.here(at)
    trusted = certificates.trust_folder() / "motcua-test-ca.pem"
    if not trusted.exists():
        keys.write_secret(trusted, authority.pem())
    if not InvoiceSeller.objects.exists():
        invoice_ops.set_seller(seller=_seller(), actor=ACTOR, at=at)
    seller = InvoiceSeller.objects.order_by("-valid_from")[0]
    if certificates.find_current(seller.tax_code, at) is None and seller.tax_code == company.tax_code:
        key = authority.issue(tax_code=seller.tax_code, name=company.name, at=at)
        certificates.add(key=key, tax_code=seller.tax_code, actor=ACTOR, at=at)
    address, known = f"{ENV.scheme}://{host}{PATH}", gateway.find()
    if known is None or (known.address.endswith(PATH) and known.address != address):
        gateway.set_gateway(
            address=address, partner_code=partner_code(company.code), secret=tax.secret_of(company.code), actor=ACTOR, at=at
        )  # fmt: skip


def _seller() -> InvoiceSeller:
    company = context.current_company()
    centre = company_queries.get_centre()
    return InvoiceSeller(
        name=company.name, tax_code=company.tax_code, address=centre.address or "Việt Nam", phone=company.hotline[:20],
        email=company.email[:50], bank_account=company.bank_account, place="Hà Nội", office_code="10000",
        office_name="Cục Thuế thử", report_minutes=0, valid_from=SINCE,
    )  # fmt: skip
