"""The reference page says what the code says."""

from motcua.reports import reference
from motcua.reports.definitions import FIGURES


def test_the_page_of_the_figures_is_current():
    assert reference.PAGE.read_text(encoding="utf-8") == reference.page(), (
        "run: python -m motcua.reports.reference"
    )
    assert reference.MONEY_PAGE.read_text(encoding="utf-8") == reference.money_page(), (
        "run: python -m motcua.reports.reference"
    )


def test_each_figure_has_its_section():
    text = reference.page()
    assert all(f"\n## {figure.code}\n" in text for figure in FIGURES)
