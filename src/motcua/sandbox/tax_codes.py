"""How the stand-in of the tax authority gives codes: the invoice goes back with its code and the authority's signature."""

from __future__ import annotations

import threading
from datetime import datetime
from hashlib import sha256

from motcua.billing.einvoice import parsing, trust
from motcua.billing.einvoice.keys import FileKey
from motcua.billing.einvoice.signing import Signer
from motcua.sandbox import tax_ca

TAX_CODE, NAME = "0100109106", "Cơ quan thuế thử"
LENGTH = 34
_lock = threading.Lock()
_keys: dict[int, FileKey] = {}


def authority_key(at: datetime) -> FileKey:
    """What the authority signs codes with: a certificate of the test CA, made once a process and renewed when it ends."""
    authority = tax_ca.here(at)
    serial = authority.certificate.serial_number
    with _lock:
        known = _keys.get(serial)
        if known is None or not trust.is_valid(known.certificate, at):
            known = _keys[serial] = authority.issue(tax_code=TAX_CODE, name=NAME, at=at)
        return known


def give_code(document: bytes, *, at: datetime) -> bytes:
    """The invoice with its code, signed over both. The same invoice always has the same code."""
    root = parsing.parse(document)
    body = root.find("DLHDon")
    assert body is not None  # it was looked at before
    element_id = str(body.get("Id"))
    seller = parsing.text_of(body, "NDHDon/NBan/MST")
    code = sha256(f"{seller} {element_id}".encode()).hexdigest()[:LENGTH].upper()
    code_id = f"MCCQT-{element_id}"
    element = f'<MCCQT Id="{code_id}">{code}</MCCQT>'.encode()
    start, end = document.index(b"<DLHDon"), document.index(b"</DLHDon>") + len(b"</DLHDon>")
    signer = Signer(authority_key(at))
    signature = signer.sign(
        document[start:end], element_id=element_id, at=at, prefix="CQT-", more=[(code_id, element)]
    )
    signed = document[end:].replace(b"</NBan></DSCKS>", b"</NBan><CQT>" + signature + b"</CQT></DSCKS>")
    return document[:end] + element + signed


def forge(coded: bytes) -> bytes:
    """The same with another code than the one that was signed."""
    start = coded.index(b">", coded.index(b"<MCCQT ")) + 1
    return coded[:start] + coded[start : start + LENGTH][::-1] + coded[start + LENGTH :]
