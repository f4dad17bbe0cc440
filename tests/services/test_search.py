"""Finding a service by what people really type."""

from __future__ import annotations

from datetime import date

import pytest

from motcua.services import catalogue, search

TODAY = date(2026, 11, 16)

FOUND_FIRST = {
    "mua dien": "NEW-LV-RES",
    "muadien": "NEW-LV-RES",
    "mua ddieenj": "NEW-LV-RES",
    "mua đien sihn hoạt": "NEW-LV-RES",
    "lắp đồng hồ điện": "NEW-LV-RES",
    "mâts điện": "FAULT",
    "cup dien": "FAULT",
    "nha toi khong co dien": "FAULT",
    "power cut": "FAULT",
    "sang ten hop dong": "CHG-HOLDER",
    "thay doi sdt": "CHG-INFO",
    "tách công tơ": "NEW-LV-SPLIT",
    "kiem dinh congto": "METER-CHECK",
    "huy hop dong": "TERMINATE",
    "gia han hop dong": "EXTEND",
    "hỏi giá điện": "INFO",
    "phan nan nhan vien": "COMPLAINT",
}
OFFERED = catalogue.list_services(TODAY)
CODES = {service.code for service in OFFERED}


@pytest.mark.parametrize(("typed", "code"), [pair for pair in FOUND_FIRST.items() if pair[1] in CODES])
def test_finds_what_is_meant(typed: str, code: str) -> None:
    assert search.search(OFFERED, typed)[0].service.code == code


@pytest.mark.parametrize("typed", ["bánh mì", "asdf qwer", "123456", "'; drop table", "x" * 2000])
def test_finds_nothing_in_what_is_no_wish_for_electricity(typed: str) -> None:
    assert search.search(OFFERED, typed[:200]) == []


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("muadien snih hoat", "mua điện sinh hoạt"),
        ("mâts điện", "mất điện"),
        ("mất điện", ""),
        ("mat dien", ""),
        ("bánh mì", ""),
    ],
)
def test_says_what_a_misspelt_wish_was_taken_for(typed: str, meant: str) -> None:
    assert search.understood(OFFERED, typed) == meant


def test_nobody_waits_for_an_answer_to_a_long_text() -> None:
    assert len(search.search(OFFERED, "mua dien " * 60, limit=3)) <= 3
