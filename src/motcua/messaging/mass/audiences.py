"""Who a mass notice can be for. An audience is a query of (customer_id, account_code); rooms above register their own."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from motcua.companies.queries import AREA_WORDS
from motcua.kernel.results import gettext_noop as _

Query = tuple[str, dict[str, Any]]
# A text's words as `vietnamese.search_key` folds them.
_FOLDED = (
    "btrim(regexp_replace(lower(translate(regexp_replace(normalize({0}, NFKD), '[\\u0300-\\u036f]', '', 'g'), 'Đđ', 'Dd')),"
    " '[^a-z0-9]+', ' ', 'g'))"
)
_ACCOUNTS = """
SELECT c.customer_id, c.account_code
  FROM supply_contract c JOIN supply_servicepoint p ON p.id = c.service_point_id
 WHERE c.status = 'ACTIVE'"""
_WITHIN = " AND p.unit_code = ANY(%(a_within)s)"


@dataclass(frozen=True)
class Own:
    """What an audience's texts say of each recipient beside what is known of everybody: expressions by variable, and the join
    they read, for rows `who(customer_id, account_code)`; the names of `values` begin with `o_`, and `%(at)s` is the instant at
    which the message is made, by our clock. Whoever does not meet `still` then is not told any more.
    """

    join: str
    expressions: Mapping[str, str]
    still: str = "true"
    values: Callable[[Mapping[str, Any]], Mapping[str, Any]] = lambda _params: {}


@dataclass(frozen=True)
class Audience:
    """`query(params)` gives the statement and its values, their names beginning with `a_`. `names_accounts`: whether every
    row has an account code, so that one customer may be told about each of theirs. `facts(params)`: what a text may say
    about what the audience has in common, by variable. `own`: what it may say of each. A notice for an audience that
    `starts_itself` is planned by the house and goes when it has been gathered, without anybody.
    """

    code: str
    label: str
    query: Callable[[Mapping[str, Any]], Query]
    names_accounts: bool = True
    facts: Callable[[Mapping[str, Any]], Mapping[str, str]] = lambda _params: {}
    own: Own | None = None
    starts_itself: bool = False


def number(expression: str) -> str:
    """A whole number of a statement as `kernel.money.format_number` writes it."""
    return f"replace(to_char({expression}, 'FM999,999,999,999,990'), ',', '.')"


def vnd(expression: str) -> str:
    """An amount of a statement as `kernel.money.format_vnd` writes it."""
    return f"{number(expression)} || ' đ'"


@dataclass(frozen=True)
class Area:
    """A part of a unit; what is empty does not narrow it. `commune_key` and `words` are folded."""

    unit_code: str
    commune_key: str = ""
    station_code: str = ""
    words: str = ""


_audiences: dict[str, Audience] = {}


def register(audience: Audience) -> Audience:
    """Make an audience known. Raises ValueError when another has its code."""
    known = _audiences.get(audience.code)
    if known is not None and known != audience:
        raise ValueError(f"two audiences are called {audience.code!r}")
    _audiences[audience.code] = audience
    return audience


def get(code: str) -> Audience:
    """Raises KeyError."""
    return _audiences[code]


def list_all() -> list[Audience]:
    return list(_audiences.values())


def within(params: Mapping[str, Any]) -> Query:
    """The condition that holds an audience to the units its writer reaches; nothing, when that is the company."""
    units = params.get("within")
    return (_WITHIN, {"a_within": list(units)}) if units is not None else ("", {})


def of_units(units: Collection[str], params: Mapping[str, Any]) -> Query:
    """Everybody supplied in these units."""
    limit, values = within(params)
    return f"{_ACCOUNTS} AND p.unit_code = ANY(%(a_units)s){limit}", {"a_units": list(units), **values}


def of_areas(areas: Sequence[Area], params: Mapping[str, Any]) -> Query:
    """Everybody whose place lies in one of these areas for sure, as `outages.rules.covers` decides it for one."""
    limit, values = within(params)
    said = "' ' || " + _FOLDED.format("place.text") + " || ' '"
    conditions = []
    for number, area in enumerate(areas):
        parts = [f"p.unit_code = %(a_unit{number})s"]
        values[f"a_unit{number}"] = area.unit_code
        if area.station_code:
            parts.append(f"p.station_code = %(a_station{number})s")
            values[f"a_station{number}"] = area.station_code
        if area.commune_key:
            values[f"a_commune{number}"], values[f"a_named{number}"] = (
                area.commune_key,
                f"% {area.commune_key} %",
            )
            parts.append(
                f"({_commune('place.commune')} = %(a_commune{number})s OR {_commune('place.new_commune')} = %(a_commune{number})s"
                f" OR {said} LIKE %(a_named{number})s)"
            )
        if area.words:
            parts.append(f"{said} LIKE %(a_words{number})s")
            values[f"a_words{number}"] = f"% {area.words} %"
        conditions.append("(" + " AND ".join(parts) + ")")
    where = " OR ".join(conditions) or "false"
    accounts = _ACCOUNTS.replace(" WHERE", " JOIN supply_place place ON place.id = p.place_id\n WHERE")
    return f"{accounts} AND ({where}){limit}", values


def _commune(column: str) -> str:
    """A commune's name folded, without the word for what it is."""
    words = "|".join(dict.fromkeys(word.replace(".", "").strip() for word in AREA_WORDS))
    return f"regexp_replace({_FOLDED.format(column)}, '^({words}) ', '')"


def _units(params: Mapping[str, Any]) -> Query:
    return of_units(params["units"], params)


def _areas(params: Mapping[str, Any]) -> Query:
    return of_areas([Area(**area) for area in params["areas"]], params)


def _consenting(params: Mapping[str, Any]) -> Query:
    statement = (
        "SELECT k.customer_id, '' AS account_code FROM customers_consent k"
        " WHERE k.purpose = %(a_purpose)s AND k.withdrawn_at IS NULL"
    )
    return statement, {"a_purpose": params["purpose"]}


def _codes(params: Mapping[str, Any]) -> Query:
    limit, values = within(params)
    statement = f"""
SELECT c.customer_id, c.account_code
  FROM messaging_masscode k JOIN supply_contract c ON c.account_code = k.account_code
  JOIN supply_servicepoint p ON p.id = c.service_point_id
 WHERE k.notice_id = %(a_notice)s{limit}"""  # noqa: S608 - our own words
    return statement, {"a_notice": params["notice"], **values}


UNITS = register(Audience("UNITS", _("Khách hàng của đơn vị"), _units))
AREAS = register(Audience("AREAS", _("Khách hàng ở một nơi"), _areas))
CONSENT = register(Audience("CONSENT", _("Khách hàng đã đồng ý một việc"), _consenting, names_accounts=False))
CODES = register(Audience("CODES", _("Danh sách mã khách hàng"), _codes))
