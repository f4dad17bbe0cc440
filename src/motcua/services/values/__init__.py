"""One answer at a time: from what a person typed or tapped to the value that is stored, and back to words.

Stored values are plain JSON: text, number, true or false, a list of options, a mapping for a place.
"""

from motcua.services.values.limits import (
    ACCOUNT_CODE,
    EMAIL,
    EMAIL_LENGTH,
    ID_NUMBER,
    LATITUDES,
    LONGITUDES,
    MOMENT,
    PLACE_PART_LENGTH,
    PLACE_TEXT_LENGTH,
    limit_of,
)
from motcua.services.values.reading import is_empty, read
from motcua.services.values.showing import NO, YES, show

__all__ = [
    "ACCOUNT_CODE",
    "EMAIL",
    "EMAIL_LENGTH",
    "ID_NUMBER",
    "LATITUDES",
    "LONGITUDES",
    "MOMENT",
    "NO",
    "PLACE_PART_LENGTH",
    "PLACE_TEXT_LENGTH",
    "YES",
    "is_empty",
    "limit_of",
    "read",
    "show",
]
