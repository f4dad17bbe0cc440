"""Who may see an e-invoice: whoever may see its bill's unit. The answer to "not yours" and to "not there" is the same."""

from __future__ import annotations

from uuid import UUID

from motcua.billing.einvoice import queries
from motcua.billing.einvoice.queries import InvoiceView
from motcua.companies.roles import Role
from motcua.kernel.actors import Actor
from motcua.kernel.results import NotFound

READERS = (Role.ACCOUNTANT, Role.BUSINESS, Role.SUPERVISOR)
WORKERS = (Role.ACCOUNTANT, Role.SUPERVISOR)


def access_invoice(*, actor: Actor, invoice_id: UUID) -> InvoiceView:
    """The invoice, when the actor may see it. Refuses NotFound."""
    invoice = queries.find_invoice(invoice_id)
    if invoice is None or not actor.has_role(*READERS) or invoice.unit_code not in actor.unit_codes:
        raise NotFound(field="invoice_id")
    return invoice
