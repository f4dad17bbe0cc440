"""Lines drawn by the server: a path in a box of 100 by 100 that the page stretches, words beside it in HTML.

No script, no inline style, the reader's own text size; colours come from the stylesheet, also at night and in print.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

TICKS = 4
LABELS = 12


@dataclass(frozen=True)
class Point:
    """One value of a line; `x` and `y` in percent of the box, `y` downwards. None: nothing to show there."""

    label: str
    text: str
    value: float | None
    x: str = ""
    y: str = ""
    is_named: bool = False


@dataclass(frozen=True)
class Trend:
    """A drawn line with its axis: paths, points, words of the axis from top to bottom, the target's height."""

    points: tuple[Point, ...]
    line: str
    area: str
    axis: tuple[str, ...]
    grid: tuple[str, ...]
    target: str = ""

    @property
    def dots(self) -> list[Point]:
        return [point for point in self.points if point.value is not None]


def trend(
    points: Sequence[Point],
    *,
    target: float | None = None,
    is_share: bool = False,
    words: Callable[[float], str] = str,
) -> Trend:
    """Lay the points out. A count's axis begins at nothing; a share's where it can be read, never above 100."""
    values = [point.value for point in points if point.value is not None]
    known = [*values, target] if target is not None else values
    low, high, step = _axis(known, is_share)
    span = high - low or 1.0

    def height(value: float) -> str:
        return f"{100 - 100 * (value - low) / span:.2f}"

    width = 100 / max(1, len(points))
    every = max(1, math.ceil(len(points) / LABELS))
    placed = tuple(
        Point(
            point.label, point.text, point.value, f"{width * (n + 0.5):.2f}", "" if point.value is None else height(point.value),
            n % every == 0,
        )
        for n, point in enumerate(points)
    )  # fmt: skip
    runs = _runs(placed)
    line = " ".join("M" + " L".join(f"{p.x} {p.y}" for p in run) for run in runs if len(run) > 1)
    area = " ".join(
        f"M{run[0].x} 100 L" + " L".join(f"{p.x} {p.y}" for p in run) + f" L{run[-1].x} 100 Z"
        for run in runs
        if len(run) > 1
    )
    levels = [high - step * n for n in range(round(span / step) + 1)]
    return Trend(
        placed, line, area, tuple(words(level) for level in levels), tuple(height(level) for level in levels),
        "" if target is None else height(target),
    )  # fmt: skip


def _runs(points: Sequence[Point]) -> list[list[Point]]:
    runs: list[list[Point]] = [[]]
    for point in points:
        if point.value is None:
            runs.append([])
        else:
            runs[-1].append(point)
    return [run for run in runs if run]


def _axis(values: Sequence[float], is_share: bool) -> tuple[float, float, float]:
    """Lowest and highest of the axis and the step between its lines, all round numbers."""
    if not values:
        return 0.0, 1.0, 1.0
    low, high = min(values), max(values)
    if not is_share or high - low > 40:
        low = min(0.0, low)
    step = _round_step(max(high - low, 1e-9 if not is_share else 4.0) / TICKS)
    low, high = math.floor(low / step) * step, math.ceil(high / step) * step
    if is_share:
        low, high = max(0.0, low), min(100.0, high)
    if high <= low:
        low, high = (low - step, high) if is_share and low >= step else (low, low + step)
    return low, high, step


def _round_step(rough: float) -> float:
    """The next of 1, 2, 2.5, 5 times a power of ten."""
    size = 10.0 ** math.floor(math.log10(rough))
    return next(size * part for part in (1, 2, 2.5, 5, 10) if size * part >= rough * 0.999999)
