"""One row of the file becomes one line for COPY, or the reasons why not."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from motcua.customers import rules as customer_rules
from motcua.kernel import vietnamese
from motcua.kernel.codes import clean_account_code
from motcua.ops.importing import cells
from motcua.ops.importing.columns import BY_FIELD, Headers
from motcua.ops.importing.faults import HINTS, WARNINGS, Fault
from motcua.ops.importing.stage_lines import NULL, copy_line
from motcua.ops.importing.words import KINDS, PURPOSES, REGISTERS
from motcua.supply import rules as supply_rules

ACCOUNT = re.compile(r"^P[A-Z][0-9A-Z]{9,11}$")  # thirteen characters; older codes have eleven or twelve
POINT = re.compile(r"^[0-9A-Z][0-9A-Z\-_.]{2,19}$")
SERIAL = re.compile(r"^[0-9A-Z][0-9A-Z\-/.]{2,23}$")
READINGS = ("reading_kt", "reading_bt", "reading_cd", "reading_td", "reading_vc")
METER_DIGITS = 9
MAX_QUOTA = 5000


@dataclass
class Surroundings:
    """What the company knows: units by every code they go by, provinces by folded name (then, now)."""

    units: Mapping[str, str]
    provinces: Mapping[str, tuple[str, str]]
    today: date


@dataclass
class RowReader:
    """Reads rows of one file; `faults` collects what is wrong until it is taken."""

    headers: Headers
    around: Surroundings
    faults: list[Fault] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._places = self.headers.position
        self._width = self.headers.width
        self._row_no = 0
        self._row: Sequence[str] = ()
        self._refused = False

    def line(self, row_no: int, row: list[str], broken: str = "") -> str | None:
        """The row as a line for COPY, or None when it has an error; warnings leave out a cell."""
        self._row_no, self._refused = row_no, False
        if broken:
            self._wrong("", broken)
            return None
        if len(row) < self._width:
            row = row + [""] * (self._width - len(row))
        elif len(row) > self._width and any(cell.strip() for cell in row[self._width :]):
            self._wrong("", "ROW_TOO_WIDE")
            return None
        self._row = row
        values = self._values()
        return None if self._refused else copy_line(row_no, values)

    def _values(self) -> list[str]:
        account = self._account()
        name, key, kind = self._name()
        place = self._place()
        readings, serial, is_reactive, register, reading_at = self._meter()
        return [
            account,
            self._point(account),
            register,
            name,
            key,
            kind,
            self._id_number(kind),
            self._phone(),
            self._email(),
            self._text("contact_address", 300),
            *place,
            self._unit(account),
            self._text("station_code", 40),
            self._text("pole_number", 40).upper(),
            serial,
            is_reactive,
            *readings,
            reading_at,
            self._balance(),
            self._date("balance_on"),
            self._quota(),
            self._purpose(),
            self._phases(),
            self._capacity(),
            self._text("contract_number", 40),
            self._instant("signed_at"),
        ]

    def _cell(self, field: str) -> str:
        place = self._places.get(field)
        if place is None:
            return ""
        text = self._row[place]
        return cells.tidy(text) if text else ""

    def _wrong(self, field: str, code: str, value: str = "", more: object = "") -> str:
        hint = HINTS[code] % more if more else HINTS[code]
        column = BY_FIELD.get(field)
        shown = cells.masked(value) if column and column.is_personal else value[:40]
        self.faults.append(Fault(self._row_no, field, code, hint, shown))
        self._refused = self._refused or code not in WARNINGS
        return ""

    def _text(self, field: str, limit: int) -> str:
        text = self._cell(field)
        return text if len(text) <= limit else self._wrong(field, "TOO_LONG", text, limit)

    def _account(self) -> str:
        code = self._cell("account_code")
        if not code:
            return self._wrong("account_code", "REQUIRED")
        cleaned = code if code.isalnum() and code.isupper() else clean_account_code(code)
        return (
            cleaned if ACCOUNT.match(cleaned) else self._wrong("account_code", "ACCOUNT_CODE_INVALID", code)
        )

    def _point(self, account: str) -> str:
        code = "".join(self._cell("point_code").split()).upper()
        if not code:
            return f"{account}001"
        return code if POINT.match(code) else self._wrong("point_code", "POINT_CODE_INVALID", code)

    def _name(self) -> tuple[str, str, str]:
        name = self._cell("full_name")
        if not name:
            return self._wrong("full_name", "REQUIRED"), "", ""
        key = cells.search_key(name)
        if not 2 <= len(name) <= customer_rules.NAME_MAX or key.replace(" ", "").isdigit() or not key:
            return self._wrong("full_name", "NAME_INVALID", name), "", ""
        told = self._cell("kind")
        if not told:
            return name, key, customer_rules.guess_kind(key)
        kind = KINDS.get(vietnamese.search_key(told)) or self._wrong("kind", "KIND_UNKNOWN", told)
        return name, key, kind

    def _id_number(self, kind: str) -> str:
        text = self._cell("id_number") or self._cell("tax_code")
        if not text:
            return ""
        if text[0] != "0" and text.isdigit():  # a spreadsheet takes leading zeros away
            if kind != "ORGANISATION" and self._cell("id_number") and len(text) in (10, 11):
                text = text.zfill(12)
            elif kind == "ORGANISATION" and len(text) == 9:
                text = text.zfill(10)
        return customer_rules.clean_id_number(text) or self._wrong("id_number", "ID_NUMBER_INVALID", text)

    def _phone(self) -> str:
        text = self._cell("phone")
        return "" if not text else cells.phone(text) or self._wrong("phone", "PHONE_INVALID", text)

    def _email(self) -> str:
        text = self._cell("email")
        return (
            ""
            if not text
            else customer_rules.clean_email(text) or self._wrong("email", "EMAIL_INVALID", text)
        )

    def _place(self) -> list[str]:
        text = self._text("place_text", 400)
        if not text and not self._refused:
            self._wrong("place_text", "REQUIRED")
        told = {
            name: self._text(name, limit)
            for name, limit in (
                ("house", 60),
                ("street", 160),
                ("hamlet", 120),
                ("commune", 80),
                ("district", 80),
            )
        }
        province = self._cell("province")
        if text and not (told["commune"] or told["street"] or told["hamlet"]):
            parts = supply_rules.split_address(text)
            told = {name: told[name] or getattr(parts, name) for name in told}
            codes = self.around.provinces.get(_place_key(province or parts.province), ("", ""))
        else:
            codes = self.around.provinces.get(_place_key(province), ("", ""))
        if province and not codes[0]:
            self._wrong("province", "PROVINCE_UNKNOWN", province)
        lat, lon = self._pin()
        if text and not (
            told["house"] or told["street"] or told["hamlet"] or lat != NULL or self._cell("pole_number")
        ):
            told["street"] = text[:160]  # the text is the one way there is
        return [
            text,
            told["house"],
            told["street"],
            told["hamlet"],
            told["commune"],
            told["district"],
            *codes,
            lat,
            lon,
        ]

    def _pin(self) -> tuple[str, str]:
        north, east = self._cell("lat"), self._cell("lon")
        if not north and not east:
            return NULL, NULL
        try:
            lat, lon = float(north.replace(",", ".")), float(east.replace(",", "."))
        except ValueError:
            return self._wrong("lat", "PIN_INVALID", f"{north} {east}"), ""
        if not supply_rules.is_in_vietnam(lat, lon):
            return self._wrong("lat", "PIN_INVALID", f"{north} {east}"), ""
        return repr(lat), repr(lon)

    def _unit(self, account: str) -> str:
        told = self._cell("unit_code").upper()
        unit = self.around.units.get(told or account[:6]) or (
            "" if told else self.around.units.get(account[:4], "")
        )
        return unit or self._wrong("unit_code", "UNIT_UNKNOWN", told or account[:6])

    def _meter(self) -> tuple[list[str], str, str, str, str]:
        serial = "".join(self._cell("meter_serial").split()).upper()
        if serial and not SERIAL.match(serial):
            self._wrong("meter_serial", "METER_SERIAL_INVALID", serial)
        told = self._cell("register").upper()
        register = REGISTERS.get(told)
        if register is None:
            self._wrong("register", "REGISTER_UNKNOWN", told)
        readings = {name: self._reading(name) for name in READINGS[1:]}
        readings["reading_kt"] = NULL
        plain = self._reading("reading")
        if plain != NULL and register:
            readings[f"reading_{register}"] = plain
        has_reading = any(value != NULL for value in readings.values())
        reading_at = self._instant("reading_at")
        if has_reading and not serial:
            self._wrong("meter_serial", "METER_MISSING")
        if has_reading and reading_at == NULL and not self._cell("reading_at"):
            self._wrong("reading_at", "READING_DATE_MISSING")
        active = any(readings[name] != NULL for name in READINGS[:4])
        is_reactive = "t" if readings["reading_vc"] != NULL and not active else "f"
        return [readings[name] for name in READINGS], serial, is_reactive, told, reading_at

    def _reading(self, field: str) -> str:
        text = self._cell(field)
        if not text:
            return NULL
        if text.isascii() and text.isdigit() and len(text) <= METER_DIGITS:
            return text
        value = cells.number(text)
        if value == "AMBIGUOUS_NUMBER":
            return self._wrong(field, "AMBIGUOUS_NUMBER", text)
        if isinstance(value, str) or value < 0 or value >= 10**METER_DIGITS:
            return self._wrong(field, "READING_INVALID", text)
        if value != round(value, 3):
            return self._wrong(field, "READING_INVALID", text)
        return str(value)

    def _balance(self) -> str:
        text = self._cell("balance_vnd")
        if not text:
            return NULL
        value = cells.dong(text)
        return str(value) if isinstance(value, int) else self._wrong("balance_vnd", value, text)

    def _day(self, field: str) -> date | None:
        text = self._cell(field)
        if not text:
            return None
        day = cells.day(text)
        if day is None:
            self._wrong(field, "DATE_INVALID", text)
        elif day > self.around.today:
            self._wrong(field, "DATE_IN_FUTURE", text)
        return day

    def _date(self, field: str) -> str:
        day = self._day(field)
        return day.isoformat() if day else NULL

    def _instant(self, field: str) -> str:
        day = self._day(field)
        return _iso(cells.midnight(day)) if day else NULL

    def _whole(self, field: str, code: str, allowed: Callable[[int], bool]) -> str:
        text = self._cell(field)
        if not text:
            return NULL
        value = cells.number(text)
        whole = int(value) if isinstance(value, Decimal) and value == value.to_integral_value() else None
        return str(whole) if whole is not None and allowed(whole) else self._wrong(field, code, text)

    def _quota(self) -> str:
        return self._whole("quota", "QUOTA_INVALID", lambda value: 1 <= value <= MAX_QUOTA)

    def _phases(self) -> str:
        return self._whole("phases", "PHASES_INVALID", lambda value: value in (1, 3))

    def _purpose(self) -> str:
        text = self._cell("purpose")
        if not text:
            return ""
        return (
            PURPOSES.get(text.lower())
            or PURPOSES.get(cells.search_key(text))
            or self._wrong("purpose", "PURPOSE_UNKNOWN", text)
        )

    def _capacity(self) -> str:
        text = self._cell("capacity_kw")
        if not text:
            return NULL
        value = cells.number(text)
        if value == "AMBIGUOUS_NUMBER":
            return self._wrong("capacity_kw", "AMBIGUOUS_NUMBER", text)
        if isinstance(value, str) or not 0 < round(value, 2) < 10**7:
            return self._wrong("capacity_kw", "CAPACITY_INVALID", text)
        return str(round(value, 2))


def province_keys(name: str) -> str:
    """The key under which a province is looked up."""
    return _place_key(name)


def _place_key(name: str) -> str:
    key = cells.search_key(name)
    for word in ("thanh pho ", "tinh ", "tp ", "thu do "):
        key = key.removeprefix(word)
    return key


def _iso(at: datetime) -> str:
    return at.isoformat()
