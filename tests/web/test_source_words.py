"""Sources of prices and limits are read in Vietnamese on Vietnamese pages, whatever of the tables is shown."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.utils import translation

import motcua.tariffs
from motcua.tariffs.source_words import in_vietnamese
from motcua.web.templatetags.motcua_ui import source_words

DATA = Path(motcua.tariffs.__file__).parent / "data"
ENGLISH = re.compile(
    r"\b(?:a|above|an|and|are|art|article|as|by|Circular|copy|day|decision|decree|equals|first|from|is|law|month|months|no|not|"
    r"of|page|price|prices|public|quoted|seen|the|unverified|which|with|yet|years?)\b",
    re.IGNORECASE,
)


def sources(told: Any) -> Iterator[str]:
    if isinstance(told, list):
        for one in told:
            yield from sources(one)
    elif isinstance(told, dict):
        if isinstance(told.get("source"), str):
            yield told["source"]
        yield from sources([value for value in told.values() if isinstance(value, (dict, list))])


ALL = sorted({source for file in DATA.glob("*.json") for source in sources(json.loads(file.read_text()))})


@pytest.mark.parametrize("source", ALL)
def test_no_english_is_left_beside_addresses(source):
    words = [word for word in in_vietnamese(source).split() if not re.search(r"\w[./_-]\w*[a-z]", word)]
    assert ENGLISH.findall(" ".join(words)) == []


@pytest.mark.parametrize("source", ALL)
def test_names_of_documents_and_addresses_stay(source):
    kept = re.findall(r"\d+/(?:\d+/)?[A-ZĐ]{2,}[-\w]*|(?:https?://|github\.com/)[^\s;,)]+", source)
    told = in_vietnamese(source)
    assert [one for one in kept if one not in told] == []


def test_days_are_written_as_vietnamese_write_them():
    assert in_vietnamese("1279/QĐ-BCT of 2025-05-09") == "1279/QĐ-BCT ngày 09/05/2025"
    told = in_vietnamese("Decision 353/QĐ-EVN of 17 March 2021")
    assert told == "Quyết định 353/QĐ-EVN ngày 17/03/2021"


def test_what_a_person_typed_and_english_pages_stay_as_they_are():
    typed = "Quyết định 1279/QĐ-BCT ngày 09/05/2025"
    assert in_vietnamese(typed) == typed
    with translation.override("en"):
        assert source_words("from general knowledge, unverified") == "from general knowledge, unverified"
    with translation.override("vi"):
        assert source_words("from general knowledge, unverified") == "theo hiểu biết chung, chưa kiểm chứng"
