"""The reference page of the figures, written from the definitions by `python -m` this module."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from motcua.reports.definitions import FIGURES, MEASURES, Figure

PAGE = Path(__file__).resolve().parents[3] / "docs" / "reference" / "figures.md"

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


def page(figures: Iterable[Figure] = FIGURES) -> str:
    """The whole page: a table, then each figure, then the measures."""
    every = list(figures)
    rows = "".join(
        f"| [`{f.code}`](#{f.code.lower()}) | {f.name} | {f.unit} | `{f.numerator}` | {_code(f.denominator)} |\n" for f in every
    )  # fmt: skip
    measures = "".join(f"| `{name}` | {m.name} | {m.period} |\n" for name, m in MEASURES.items())
    return (
        _HEAD
        + rows
        + "".join(_figure(figure) for figure in every)
        + f"\n## Measures\n\n| name | what is summed | period |\n|---|---|---|\n{measures}"
        + _ARTICLE
    )


def _code(name: str) -> str:
    return f"`{name}`" if name else ""


def _figure(figure: Figure) -> str:
    lines = [f"\n## {figure.code}\n", f"{figure.name} ({figure.unit}). {figure.definition}\n"]
    lines.append(f"- numerator: {MEASURES[figure.numerator].name} (`{figure.numerator}`)")
    if figure.denominator:
        lines.append(f"- denominator: {MEASURES[figure.denominator].name} (`{figure.denominator}`)")
    lines.append(f"- period: {MEASURES[figure.denominator or figure.numerator].period}")
    if figure.opens:
        lines.append(f"- opens the cases of: {MEASURES[figure.opens].name} (`{figure.opens}`)")
    lines.append(f"- source events: {', '.join(f'`{name}`' for name in figure.events)}")
    lines += [f"- rule from {rule.valid_from:%Y-%m-%d}: {rule.text} ({rule.source})" for rule in figure.rules]
    return "\n".join(lines) + "\n"


def write() -> None:
    PAGE.parent.mkdir(parents=True, exist_ok=True)
    PAGE.write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    write()
