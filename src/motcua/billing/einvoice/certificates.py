"""The company's certificates: added with their keys, chosen for the day, retired. Keys never come near the database."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import structlog
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from django.db import transaction

from motcua.billing.einvoice import keys, revocation, trust
from motcua.billing.einvoice.keys import FileKey, KeyUnusable, SigningKey
from motcua.billing.einvoice.revocation import RevocationList
from motcua.billing.einvoice.signing import Signer
from motcua.billing.models import InvoiceCertificate
from motcua.companies import context
from motcua.companies import operations as company_ops
from motcua.config.env import ENV
from motcua.kernel.actors import Actor
from motcua.kernel.results import NotFound, Refused, gettext_noop

log = structlog.get_logger(__name__)

WARN_BEFORE = timedelta(days=30)
_signers: dict[tuple[str, str], Signer] = {}
_lock = threading.Lock()


class TaxCodeOther(Refused):
    code = "CERTIFICATE_TAX_CODE"
    message = gettext_noop("Chứng thư thuộc mã số thuế %(found)s, người bán là %(wanted)s.")


class CertificateEnded(Refused):
    code = "CERTIFICATE_ENDED"
    message = gettext_noop("Chứng thư đã hết hiệu lực ngày %(day)s.")


@dataclass(frozen=True)
class Held:
    """A certificate that may sign now, with its key made ready."""

    serial: str
    signer: Signer


def folder() -> Path:
    """Where the current company's keys lie."""
    return ENV.home / "secrets" / "einvoice" / context.current_company_code()


def trust_folder() -> Path:
    """Where the certificates of trusted authorities lie; for all companies."""
    return ENV.home / "einvoice" / "trust"


def revocation_folder() -> Path:
    """Where the authorities' lists of certificates taken back lie; for all companies."""
    return ENV.home / "einvoice" / "crl"


def read_trust() -> tuple[list[x509.Certificate], list[RevocationList]]:
    """Whom this installation trusts, and what they took back. Raises ValueError with the name of a file that is none."""
    anchors = trust.read_folder(trust_folder())
    return anchors, revocation.read_folder(revocation_folder(), anchors)


def add(
    *,
    key: SigningKey,
    tax_code: str,
    actor: Actor,
    at: datetime,
    device: dict[str, str] | None = None,
    pin: str = "",
    signs_from: datetime | None = None,
) -> InvoiceCertificate:
    """Keep a certificate and its key (or, of a device, its PIN). Refuses TaxCodeOther and CertificateEnded.

    The same one again changes nothing. Of those valid the one whose turn (`signs_from`, else its first day) came last signs.
    """
    certificate = key.certificate
    if tax_code not in trust.tax_codes(certificate):
        found = ", ".join(sorted(trust.tax_codes(certificate))) or "?"
        raise TaxCodeOther(found=found, wanted=tax_code)
    if certificate.not_valid_after_utc <= at:
        raise CertificateEnded(day=f"{certificate.not_valid_after_utc:%d/%m/%Y}")
    serial = f"{certificate.serial_number:x}"
    if isinstance(key, FileKey):
        keys.keep(folder(), serial, key, ENV.secret_key)
    else:
        keys.keep_pin(folder(), serial, pin, ENV.secret_key)
    with transaction.atomic():
        row, is_new = InvoiceCertificate.objects.get_or_create(
            serial=serial,
            defaults={
                "tax_code": tax_code, "subject": certificate.subject.rfc4514_string()[:400],
                "pem": certificate.public_bytes(Encoding.PEM).decode(), "device": device or {},
                "valid_from": certificate.not_valid_before_utc, "valid_to": certificate.not_valid_after_utc,
                "added_at": at, "added_by": actor.ref, "signs_from": signs_from,
            },
        )  # fmt: skip
        if is_new:
            company_ops.record_audit(
                actor=actor, verb="invoice.certificate.added", subject_type="certificate", subject_id=serial, at=at,
                facts={},
            )  # fmt: skip
    return row


def retire(*, serial: str, actor: Actor, at: datetime) -> None:
    """Sign no more with a certificate. Raises NotFound."""
    with transaction.atomic():
        if not InvoiceCertificate.objects.filter(serial=serial, retired_at__isnull=True).update(
            retired_at=at
        ):
            raise NotFound(field="serial")
        company_ops.record_audit(
            actor=actor, verb="invoice.certificate.retired", subject_type="certificate", subject_id=serial, at=at,
            facts={},
        )  # fmt: skip


def find_current(tax_code: str, at: datetime) -> InvoiceCertificate | None:
    """The certificate that signs at an instant: of those valid, the one whose turn came last.

    One whose turn has not come yet signs all the same where there is no other: better early than not at all.
    """
    rows = InvoiceCertificate.objects.filter(
        tax_code=tax_code, retired_at__isnull=True, valid_from__lte=at, valid_to__gt=at
    )
    turns = sorted(((row.signs_from or row.valid_from, row) for row in rows), key=lambda turn: turn[0])
    begun = [row for turn, row in turns if turn <= at]
    return begun[-1] if begun else turns[0][1] if turns else None


def list_all() -> list[InvoiceCertificate]:
    """Every certificate of the company, those valid longest first."""
    return list(InvoiceCertificate.objects.order_by("-valid_to", "serial"))


def find_signer(tax_code: str, at: datetime) -> Held | None:
    """What signs at an instant; None without a certificate, or where its key cannot be used on this machine."""
    row = find_current(tax_code, at)
    if row is None:
        return None
    cache_key = (context.current_company_code(), row.serial)
    with _lock:
        if cache_key not in _signers:
            try:
                _signers[cache_key] = Signer(_open(row))
            except KeyUnusable as error:
                log.error("invoice.key-unusable", serial=row.serial, why=str(error))
                return None
        return Held(row.serial, _signers[cache_key])


def _open(row: InvoiceCertificate) -> SigningKey:
    certificate = x509.load_pem_x509_certificate(row.pem.encode())
    if not row.device:
        return keys.load(folder(), row.serial, certificate, ENV.secret_key)
    pin = keys.load_pin(folder(), row.serial, ENV.secret_key)
    return keys.DeviceKey(
        certificate=certificate, module=row.device["module"], token=row.device["token"], label=row.device["label"], pin=pin
    )  # fmt: skip
