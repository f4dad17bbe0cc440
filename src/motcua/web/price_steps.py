"""The picture of what a price is made of: each line a block as wide as its kilowatt-hours and as high as its price, so that
its area is the money.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

WIDE, HIGH, LEGIBLE = 320, 100, 30  # in the picture's own units; below LEGIBLE a block carries no words


class Priced(Protocol):
    """A line of a bill or of an answer."""

    @property
    def kwh(self) -> int | float: ...
    @property
    def price_vnd(self) -> int: ...


def steps(lines: Sequence[Priced]) -> list[dict[str, Any]]:
    """The blocks, from the left."""
    drawn = [line for line in lines if line.kwh > 0]
    all_kwh = sum(line.kwh for line in drawn)
    dearest = max((line.price_vnd for line in drawn), default=0) or 1
    found, reached = [], 0.0
    for line in drawn:
        width, height = WIDE * line.kwh / all_kwh, HIGH * line.price_vnd / dearest
        x = WIDE * reached / all_kwh
        found.append(
            {
                "x": f"{x:.2f}",
                "y": f"{HIGH - height + 12:.2f}",
                "width": f"{max(width - 1, 0.5):.2f}",
                "height": f"{height:.2f}",
                "middle": f"{x + width / 2:.2f}",
                "above": f"{HIGH - height + 9:.2f}",
                "is_legible": width >= LEGIBLE,
                "line": line,
            }
        )
        reached += line.kwh
    return found
