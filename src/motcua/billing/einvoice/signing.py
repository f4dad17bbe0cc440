"""The seller's signature (XML-DSig): over the document by its Id, and over the time of signing.

What is signed is made in canonical form, and nothing is written a second time: the bytes that come out are the invoice.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from hashlib import sha256

from cryptography.hazmat.primitives.serialization import Encoding

from motcua.billing.einvoice.keys import SigningKey
from motcua.kernel import local_time

DSIG = "http://www.w3.org/2000/09/xmldsig#"
C14N = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"
RSA_SHA256 = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"
SHA256 = "http://www.w3.org/2001/04/xmlenc#sha256"
ENVELOPED = "http://www.w3.org/2000/09/xmldsig#enveloped-signature"
_TIME_ID = "SigningTime"


@dataclass(frozen=True)
class Signer:
    """A key made ready: what is the same in every signature is worked out once."""

    key: SigningKey

    @cached_property
    def key_info(self) -> str:
        certificate = self.key.certificate
        subject = _escaped(certificate.subject.rfc4514_string())
        encoded = base64.b64encode(certificate.public_bytes(Encoding.DER)).decode()
        return (
            f"<KeyInfo><X509Data><X509SubjectName>{subject}</X509SubjectName>"
            f"<X509Certificate>{encoded}</X509Certificate></X509Data></KeyInfo>"
        )

    def sign(
        self,
        canonical: bytes,
        *,
        element_id: str,
        at: datetime,
        prefix: str = "",
        more: Sequence[tuple[str, bytes]] = (),
    ) -> bytes:
        """The Signature element over an element in canonical form with this Id, signed at that instant.

        `more`: other elements (Id and canonical form) that are signed too. `prefix` keeps its Ids apart from another signer's.
        """
        name = f"{prefix}{element_id}"
        time_id = f"{_TIME_ID}-{name}"
        stamp = local_time.to_local(at).strftime("%Y-%m-%dT%H:%M:%S")
        inner = (
            f'<SignatureProperties><SignatureProperty Target="#S-{name}"><SigningTime>{stamp}</SigningTime>'
            "</SignatureProperty></SignatureProperties></Object>"
        )
        signed_time = f'<Object xmlns="{DSIG}" Id="{time_id}">{inner}'.encode()
        references = _reference(element_id, canonical, is_enveloped=True)
        references += "".join(_reference(id, other) for id, other in more) + _reference(time_id, signed_time)
        info = (
            f'<CanonicalizationMethod Algorithm="{C14N}"></CanonicalizationMethod>'
            f'<SignatureMethod Algorithm="{RSA_SHA256}"></SignatureMethod>{references}</SignedInfo>'
        )
        value = base64.b64encode(self.key.sign(f'<SignedInfo xmlns="{DSIG}">{info}'.encode())).decode()
        return (
            f'<Signature xmlns="{DSIG}" Id="S-{name}"><SignedInfo>{info}<SignatureValue>{value}</SignatureValue>'
            f'{self.key_info}<Object Id="{time_id}">{inner}</Signature>'
        ).encode()


def sign_invoice(signer: Signer, canonical: bytes, *, element_id: str, at: datetime) -> bytes:
    """The whole invoice: the document as it was given, and under it the seller's signature."""
    signature = signer.sign(canonical, element_id=element_id, at=at)
    return b"<HDon>" + canonical + b"<DSCKS><NBan>" + signature + b"</NBan></DSCKS></HDon>"


def _reference(element_id: str, canonical: bytes, *, is_enveloped: bool = False) -> str:
    digest = base64.b64encode(sha256(canonical).digest()).decode()
    transforms = (
        f'<Transforms><Transform Algorithm="{ENVELOPED}"></Transform></Transforms>' if is_enveloped else ""
    )
    return (
        f'<Reference URI="#{element_id}">{transforms}<DigestMethod Algorithm="{SHA256}"></DigestMethod>'
        f"<DigestValue>{digest}</DigestValue></Reference>"
    )


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
