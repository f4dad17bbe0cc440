"""The tables of this room, a file each idea."""

from motcua.billing.models.bills import (
    Bill,
    BillEvent,
    BillKind,
    BillState,
)
from motcua.billing.models.corrections import BillCorrection, CorrectionKind, CorrectionState, Rebilling
from motcua.billing.models.invoices import (
    Invoice,
    InvoiceCertificate,
    InvoiceCoded,
    InvoiceContent,
    InvoiceEvent,
    InvoiceNotice,
    InvoiceOrder,
    InvoiceSeller,
    InvoiceSeries,
    InvoiceState,
    MessageState,
    NoticeState,
    ReportWay,
    TaxAnswer,
    TaxMessage,
)
from motcua.billing.models.own_readings import OwnReading, OwnReadingState
from motcua.billing.models.runs import BillRun, ExceptionState, RunAccount, RunException, RunState
from motcua.billing.models.shadows import ShadowBill
from motcua.billing.models.terms import (
    AccountTerms,
    BillingPolicy,
    PolicyProposal,
    ProposalState,
    TermsProposal,
)
from motcua.billing.models.three_prices import ThreePriceCase, ThreePriceWhy

__all__ = [
    "AccountTerms",
    "Bill",
    "BillCorrection",
    "BillEvent",
    "BillKind",
    "BillRun",
    "BillState",
    "BillingPolicy",
    "CorrectionKind",
    "CorrectionState",
    "ExceptionState",
    "Invoice",
    "InvoiceCertificate",
    "InvoiceCoded",
    "InvoiceContent",
    "InvoiceEvent",
    "InvoiceNotice",
    "InvoiceOrder",
    "InvoiceSeller",
    "InvoiceSeries",
    "InvoiceState",
    "MessageState",
    "NoticeState",
    "OwnReading",
    "OwnReadingState",
    "PolicyProposal",
    "ProposalState",
    "Rebilling",
    "ReportWay",
    "RunAccount",
    "RunException",
    "RunState",
    "ShadowBill",
    "TaxAnswer",
    "TaxMessage",
    "TermsProposal",
    "ThreePriceCase",
    "ThreePriceWhy",
]
