"""Metering systems on the page of administration: added, limited, switched off, given a new key."""

from __future__ import annotations

import re

import pytest

from motcua.companies.roles import Role
from motcua.connectors.meters import head_ends
from motcua.connectors.models import HeadEnd
from tests.web import people

pytestmark = pytest.mark.django_db
URL = "/quan-tri/he-thong-do/"
NEW = {"code": "DO-XA", "name": "Đo xa", "unit_code": "PD0100", "calls_per_minute": "60"}


@pytest.fixture
def admin(company):
    return people.browser(people.add_staff("quan-tri-vien", Role.ADMIN, unit="PD0000"))


def test_added_with_a_key_that_is_shown_once(admin):
    page = admin.post(URL, NEW).content.decode()

    key = re.search(r'data-copy="([^"]{43})"', page)
    assert key is not None
    assert head_ends.get_secret("DO-XA") == key.group(1)
    assert key.group(1) not in admin.get(f"{URL}DO-XA/").content.decode()
    assert "Đo xa" in admin.get(URL).content.decode()


def test_what_is_wrong_stands_beside_its_field(admin):
    answer = admin.post(URL, NEW | {"code": "do xa", "calls_per_minute": "0"})
    assert answer.status_code == 422
    assert "Mã gồm 2 đến 20 chữ in hoa" in answer.content.decode()
    assert not HeadEnd.objects.exists()
    admin.post(URL, NEW)
    assert admin.post(URL, NEW).status_code == 422
    assert HeadEnd.objects.count() == 1


def test_changed_switched_off_and_given_a_new_key(admin):
    admin.post(URL, NEW)
    before = head_ends.get_secret("DO-XA")

    admin.post(f"{URL}DO-XA/", {"unit_code": "PD0200", "calls_per_minute": "7"})
    admin.post(f"{URL}DO-XA/viec/", {"viec": "tat"})
    admin.post(f"{URL}DO-XA/viec/", {"viec": "khoa-moi", "dong-y": "1"})

    found = head_ends.find_head_end("DO-XA")
    assert (found.unit_code, found.calls_per_minute, found.is_active) == ("PD0200", 7, False)
    assert head_ends.get_secret("DO-XA") != before
    assert "Kết nối đã tắt" in admin.get(f"{URL}DO-XA/").content.decode()
