"""Where a price or a limit comes from, in Vietnamese.

The tables say it in English, with the names of documents and addresses of pages, for whoever checks them. What a person typed is
Vietnamese already and stays as it is.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache

from motcua.tariffs import reference

_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip
_DAY = re.compile(rf" of (\d{{1,2}}) ({'|'.join(_MONTHS)}) (\d{{4}})")
_ISO_DAY = re.compile(r" of (\d{4})-(\d\d)-(\d\d)")
_YEAR = re.compile(r" of (\d{4})\b")


@lru_cache(maxsize=512)
def in_vietnamese(source: str) -> str:
    """The same source with the tables' English phrases in Vietnamese; addresses and document numbers as they are."""
    for english, vietnamese in _phrases():
        source = source.replace(english, vietnamese)
    source = _DAY.sub(lambda m: f" ngày {int(m[1]):02}/{_MONTHS.index(m[2]) + 1:02}/{m[3]}", source)
    return _YEAR.sub(r" năm \1", _ISO_DAY.sub(r" ngày \3/\2/\1", source))


@cache
def _phrases() -> list[tuple[str, str]]:
    return [
        (english, vietnamese) for english, vietnamese in reference.read("source-words-vi.json")["phrases"]
    ]
