"""A sheet of readings on the page."""

from __future__ import annotations

from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from motcua.companies.roles import Role
from motcua.supply.models import Reading
from tests.billing.accounts import make, meter_of
from tests.web import people

pytestmark = pytest.mark.django_db
OCT = date(2025, 10, 5)


def send(client, text, act="nhap"):
    return client.post(
        "/tien/ghi-chi-so/",
        {"tep": SimpleUploadedFile("a.csv", text.encode()), "viec": act, "nguon": "SHEET"},
    )


def test_a_sheet_is_looked_at_then_taken_and_seen_at_its_account(company):
    account = make(OCT, {})
    client = people.browser(people.add_staff("ghi", Role.BUSINESS, unit="PD0100"))
    text = f"Số công tơ;Ngày ghi;KT\n{meter_of(account)};05/11/2025;120\nKHONG;05/11/2025;7\n"

    page = send(client, text, "xem").content.decode()
    assert "Xem thử, chưa ghi gì" in page
    assert not Reading.objects.filter(source="SHEET").exists()

    page = send(client, text).content.decode()
    assert "Không có công tơ này" in page
    assert Reading.objects.get(source="SHEET").value_kwh == 120
    assert send(client, "\n".join(text.split("\n")[:2])).status_code == 302

    assert "SHEET" in client.get(f"/tien/ghi-chi-so/?ma={account}").content.decode()


def test_what_is_no_sheet_is_told(company):
    client = people.browser(people.add_staff("ghi", Role.BUSINESS, unit="PD0100"))
    assert send(client, "").status_code == 422
    assert client.get("/tien/ghi-chi-so/mau/").content.decode("utf-8-sig").startswith("Số công tơ,")
