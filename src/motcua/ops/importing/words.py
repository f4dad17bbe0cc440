"""The words that such files use, folded, for what Motcua has codes for."""

from __future__ import annotations

REGISTERS = {"": "kt", "KT": "kt", "BT": "bt", "CD": "cd", "TD": "td", "VC": "vc"}
KINDS = {
    "ca nhan": "PERSON",
    "cn": "PERSON",
    "person": "PERSON",
    "ho gia dinh": "HOUSEHOLD",
    "ho": "HOUSEHOLD",
    "hgd": "HOUSEHOLD",
    "household": "HOUSEHOLD",
    "to chuc": "ORGANISATION",
    "doanh nghiep": "ORGANISATION",
    "tc": "ORGANISATION",
    "dn": "ORGANISATION",
    "co quan": "ORGANISATION",
    "organisation": "ORGANISATION",
    "organization": "ORGANISATION",
}
PURPOSES = {
    "sh": "RESIDENTIAL",
    "shbt": "RESIDENTIAL",
    "sinh hoat": "RESIDENTIAL",
    "residential": "RESIDENTIAL",
    "sx": "PRODUCTION",
    "sxbt": "PRODUCTION",
    "san xuat": "PRODUCTION",
    "production": "PRODUCTION",
    "kd": "BUSINESS",
    "kddv": "BUSINESS",
    "kinh doanh": "BUSINESS",
    "kinh doanh dich vu": "BUSINESS",
    "business": "BUSINESS",
    "hcsn": "PUBLIC",
    "cqhc": "PUBLIC",
    "hanh chinh su nghiep": "PUBLIC",
    "hanh chinh": "PUBLIC",
    "public": "PUBLIC",
}
