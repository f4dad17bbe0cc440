"""VietQR: the text inside the QR codes of NAPAS 247 transfers, and of printed electricity bills.

A code is a row of objects: two digits of name, two of length, the value; some values are rows of objects
again. The last object is a CRC. Lengths count characters by the specification and bytes in some generators:
we write ASCII, where both agree, and read both. Writing refuses what does not fit, and never cuts: a
shortened payment code is a payment that nobody can match.
"""

from motcua.kernel.vietqr.objects import (
    TRANSFER_LIMIT_VND,
    Oddity,
    QrError,
    Reason,
    crc,
)
from motcua.kernel.vietqr.reading import Decoded, decode
from motcua.kernel.vietqr.writing import encode, encode_bill

__all__ = [
    "TRANSFER_LIMIT_VND",
    "Decoded",
    "Oddity",
    "QrError",
    "Reason",
    "crc",
    "decode",
    "encode",
    "encode_bill",
]
