"""Which case is rated by prices on trial beside the real ones, and how it is then told: pure.

The trial of the two-part price is a paper trial for customers of so many kilowatt-hours a month and more at so many kilovolts
and above; both stand in the trial's dated row. A period of another length than a month counts by its days, as norms do.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from motcua.billing.rules.case import Case
from motcua.tariffs.book import Part, PriceBook, Trial


@dataclass(frozen=True)
class OnTrial:
    """A trial, and the case under its prices."""

    trial: Trial
    case: Case


def on_trial(case: Case, kw_hundredths: int, book: PriceBook) -> list[OnTrial]:
    """Every trial that concerns the case on its reading day, in the order of the book; usually none."""
    kv = book.lowest_kv(case.voltage)
    return [
        OnTrial(trial, _told(case, trial, kw_hundredths, book))
        for trial in book.find_trials(case.group, case.end)
        if kv is not None and kv >= trial.from_kv and _a_month(case, trial.from_kwh)
    ]


def _a_month(case: Case, kwh: int) -> bool:
    """Whether so much and more was used in a month's days."""
    return case.total_kwh * case.norm_days >= kwh * (case.end - case.start).days


def _told(case: Case, trial: Trial, kw_hundredths: int, book: PriceBook) -> Case:
    """By the trial's group; registers together where its prices know no hours. Lodging and the like are none of it."""
    spans = [span for span in book.spans(trial.trial_group, case.voltage) if span.valid_from < case.end]
    has_hours = bool(spans) and spans[-1].has_hours
    use = case.use if has_hours or not case.has_registers else {Part.ONE: case.total_kwh}
    return replace(case, group=trial.trial_group, kw_hundredths=kw_hundredths, use=use, area="", known={})


def is_far_off(kw_hundredths: int, last_hundredths: int, *, above_percent: int, below_percent: int) -> bool:
    """Whether a highest demand differs from the one before by more than the bounds of readings allow; exact."""
    more = 100 * kw_hundredths > last_hundredths * (100 + above_percent)
    return more or 100 * kw_hundredths < last_hundredths * (100 - below_percent)
