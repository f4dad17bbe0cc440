"""Reading an address as people type it: which province, district and commune it names, as far as it does."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from motcua.companies import queries
from motcua.kernel.vietnamese import fold

SURE = 0.9
_COMMUNE = re.compile(r"^(phuong|p\.|xa|thi tran|tt\.|dac khu)\s*(?=\S)")
_DISTRICT = re.compile(r"^(quan|q\.|huyen|thi xa|tx\.)\s*(?=\S)")


@dataclass(frozen=True)
class AddressRead:
    """Names as they stand in the text, without the word before them; empty where the text names none."""

    province_code: str = ""
    district: str = ""
    commune: str = ""
    rest: str = ""  # house, lane, street, hamlet: what no merger of communes renames


def read_address(text: str, on: date, company_code: str = "") -> AddressRead:
    """What a line such as "Số 12 ngõ 34 phố Tây Sơn, phường Đống Đa, Hà Nội" names.

    A company that serves a single province need not be told which. A district is named by addresses of before
    July 2025 only.
    """
    district = commune = province = ""
    rest: list[str] = []
    parts = [part.strip(" .") for part in text.replace(" - ", ",").split(",") if part.strip(" .")]
    for part in parts:
        key = fold(part)
        if found := _COMMUNE.match(key):
            commune = part[found.end() :].strip()
        elif found := _DISTRICT.match(key):
            district = part[found.end() :].strip()
        else:
            rest.append(part)
    for part in reversed(parts[1:] if len(parts) > 1 else parts):
        matches = queries.find_provinces(part, on, limit=1)
        if matches and matches[0].likeness >= SURE:
            province = matches[0].now_code
            if len(parts) > 1 and part in rest:
                del rest[len(rest) - 1 - rest[::-1].index(part)]
            break
    if not province and company_code:
        province = queries.find_only_province(company_code, on)
    return AddressRead(province, district, commune, ", ".join(rest))
