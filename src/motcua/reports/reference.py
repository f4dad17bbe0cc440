"""The reference page of the figures, written from the definitions by `python -m` this module."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from motcua.reports.definitions import FIGURES, MEASURES, Figure, Measure
from motcua.reports.money import definitions as money

PAGE = Path(__file__).resolve().parents[3] / "docs" / "reference" / "figures.md"
MONEY_PAGE = PAGE.with_name("figures-of-money.md")

_HEAD = """# Figures

Written from `src/motcua/reports/definitions.py` by `python -m motcua.reports.reference`; a test keeps it up to date. The
Vietnamese texts are those of the board, where they stand beside each number. A figure without a denominator is a count.

Days are days in Vietnam. A request counts on the day of the event that is named as its period, in the unit, province, service
and channel it has today. A closed month keeps what was published; see
[the decision](../decisions/0007-a-month-is-published-once.md).

| code | chỉ tiêu | unit | numerator | denominator |
|---|---|---|---|---|
"""
_ARTICLE = """
## The figures of 2018

| told | here | window, scope |
|---|---|---|
| more than 9.6 million requests | `RECEIVED` | year 2018, the country |
| 82.3 % indirectly | `INDIRECT` = `received_indirect` / `received`, % | year 2018, the country |
| about 17 % at counters | `DIRECT` = `received_direct` / `received`, % | year 2018, the country |
| (0.7 % unsaid) | `RECEPTION_UNKNOWN` = `received_unknown` / `received`, % | year 2018, the country |
| nearly 98 % settled online at level 4 | `FULLY_ONLINE` = `fully_online` / `settled`, % | year 2018, company HCMC |

`motcua year-2018 --scale 0.001` makes a year in which they come out so.
"""


_MONEY_HEAD = """# Figures of money

Written from `src/motcua/reports/money/definitions.py` by `python -m motcua.reports.reference`; a test keeps it up to date. They
stand on the board `/bang/tien/`, each opens to its bills.

Days are days in Vietnam. Bills are charges of electricity (kind TD). Whole days are counted again from the ledger whenever a
booking touches them, so a payment that is taken back leaves the day it was on. Distinct payers are known of a month and of a
year up to a month, of a company and of its units; for other windows there are none, since distinct people do not add up.
Debt by age is as of its last count, hourly.

| code | chỉ tiêu | unit | numerator | denominator |
|---|---|---|---|---|
"""
_MONEY_ARTICLE = """
## The figures of 2015 to 2018

| told | here | window, scope |
|---|---|---|
| 90.51 % of bills without cash | `CASHLESS_BILLS` = `cashless` / `paid`, % | December 2018, company HCMC |
| 97.89 % of the money without cash | `CASHLESS_MONEY` = `cashless_vnd` / `paid_vnd`, % | December 2018, company HCMC |
| 14.9 % of customers pay online | `ONLINE_PAYERS` = `payers_online` / `with_bill`, % | 2015, the country |
| 60 % of customers pay online | `ONLINE_PAYERS` = `payers_online` / `with_bill`, % | 2018, the country |

`motcua year-2018 --money --scale 0.0001` makes bills and payments in which they come out so.
"""


def money_page() -> str:
    """The page of the figures of money."""
    return page(money.FIGURES, money.MEASURES, _MONEY_HEAD, _MONEY_ARTICLE)


def page(
    figures: Iterable[Figure] = FIGURES,
    of: Mapping[str, Measure] = MEASURES,
    head: str = _HEAD,
    end: str = _ARTICLE,
) -> str:
    """The whole page: a table, then each figure, then the measures."""
    every = list(figures)
    rows = "".join(
        f"| [`{f.code}`](#{f.code.lower()}) | {f.name} | {f.unit} | `{f.numerator}` | {_code(f.denominator)} |\n" for f in every
    )  # fmt: skip
    measures = "".join(f"| `{name}` | {m.name} | {m.period} |\n" for name, m in of.items())
    return (
        head
        + rows
        + "".join(_figure(figure, of) for figure in every)
        + f"\n## Measures\n\n| name | what is summed | period |\n|---|---|---|\n{measures}"
        + end
    )


def _code(name: str) -> str:
    return f"`{name}`" if name else ""


def _figure(figure: Figure, of: Mapping[str, Measure]) -> str:
    lines = [f"\n## {figure.code}\n", f"{figure.name} ({figure.unit}). {figure.definition}\n"]
    lines.append(f"- numerator: {of[figure.numerator].name} (`{figure.numerator}`)")
    if figure.denominator:
        lines.append(f"- denominator: {of[figure.denominator].name} (`{figure.denominator}`)")
    lines.append(f"- period: {of[figure.denominator or figure.numerator].period}")
    if figure.opens:
        lines.append(f"- opens the cases of: {of[figure.opens].name} (`{figure.opens}`)")
    lines.append(f"- source events: {', '.join(f'`{name}`' for name in figure.events)}")
    lines += [f"- rule from {rule.valid_from:%Y-%m-%d}: {rule.text} ({rule.source})" for rule in figure.rules]
    return "\n".join(lines) + "\n"


def write() -> None:
    PAGE.parent.mkdir(parents=True, exist_ok=True)
    PAGE.write_text(page(), encoding="utf-8")
    MONEY_PAGE.write_text(money_page(), encoding="utf-8")


if __name__ == "__main__":
    write()
