"""Who sells, what signs, where messages go: set by an administrator, tried, and secrets never shown again."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    pkcs12,
)
from django.core.files.uploadedfile import SimpleUploadedFile

from motcua.billing.einvoice import certificates
from motcua.billing.models import InvoiceCertificate, InvoiceSeller
from motcua.companies.models import AuditEntry
from motcua.companies.roles import Role
from motcua.config import clock
from motcua.connectors.einvoice import gateway
from motcua.kernel.actors import Actor
from motcua.kernel.local_time import local_date
from tests.billing.invoice_house import TAX_CODE, authority
from tests.web import people

PAGE = "/quan-tri/hoa-don-dien-tu/"
PASSWORD = "mat-khau-tep-2026"


@pytest.fixture
def admin(company, tmp_path, monkeypatch):
    monkeypatch.setattr(certificates, "ENV", replace(certificates.ENV, home=tmp_path))
    certificates._signers.clear()
    return people.browser(people.add_staff("quantri-1", Role.ADMIN))


@pytest.fixture
def sells(admin):
    InvoiceSeller.objects.create(
        name="CÔNG TY ĐIỆN LỰC", tax_code=TAX_CODE, address="Hà Nội", place="Hà Nội", office_code="10100", office_name="Cục Thuế",
        valid_from=date(2020, 1, 1),
    )  # fmt: skip


def told(**changes):
    return {
        "valid_from": local_date(clock.now()).isoformat(), "name": "ĐIỆN LỰC MỚI", "tax_code": TAX_CODE, "address": "Hà Nội",
        "place": "Hà Nội", "office_code": "10100", "office_name": "Cục Thuế", "letters": "TD", "way": "DATA", "period_kind": "N",
        "report_minutes": "2",
    } | changes  # fmt: skip


def bundle(years=3, tax_code=TAX_CODE):
    key = authority().issue(tax_code=tax_code, name="ĐIỆN LỰC", at=clock.now(), years=years)
    secret = BestAvailableEncryption(PASSWORD.encode())
    return key, pkcs12.serialize_key_and_certificates(b"k", key.private, key.certificate, None, secret)


def add(admin, content, **more):
    file = SimpleUploadedFile("ky.p12", content)
    return admin.post(f"{PAGE}chung-thu/", {"file": file, "secret": PASSWORD} | more)


def text(answer):
    return " ".join(answer.content.decode().split())


class TestSeller:
    def test_a_new_row_ends_the_one_before_and_is_audited(self, admin, sells):
        assert admin.post(f"{PAGE}nguoi-ban/", told()).status_code == 302
        today = local_date(clock.now())
        assert list(InvoiceSeller.objects.order_by("valid_from").values_list("valid_from", "valid_to", "name")) == [
            (date(2020, 1, 1), today, "CÔNG TY ĐIỆN LỰC"), (today, None, "ĐIỆN LỰC MỚI")
        ]  # fmt: skip
        assert AuditEntry.objects.get(verb="invoice.seller.set").facts["tax_code"] == TAX_CODE
        assert "ĐIỆN LỰC MỚI" in text(admin.get(PAGE))

    def test_a_coded_series_is_chosen_with_its_day(self, admin, sells):
        admin.post(f"{PAGE}nguoi-ban/", told(coded="on", letters="TC"))
        assert list(InvoiceSeller.objects.order_by("valid_from").values_list("coded", flat=True)) == [
            False,
            True,
        ]
        assert "C…TTC" in text(admin.get(PAGE))

    @pytest.mark.parametrize(
        ("changes", "field"),
        [
            ({"tax_code": "123"}, "tax_code"), ({"letters": "td"}, "letters"), ({"valid_from": "2020-05-01"}, "valid_from"),
            ({"way": "FAX"}, "way"), ({"name": ""}, "name"),
        ],
    )  # fmt: skip
    def test_what_is_wrong_stands_beside_its_field_and_changes_nothing(self, admin, sells, changes, field):
        answer = admin.post(f"{PAGE}nguoi-ban/", told(**changes))
        assert answer.status_code == 422
        assert f'href="#id_{field}"' in answer.content.decode()
        assert InvoiceSeller.objects.count() == 1


class TestCertificates:
    def test_is_added_with_its_key_outside_the_database_and_never_shown(self, admin, sells):
        key, content = bundle()
        assert add(admin, content).status_code == 302
        row = InvoiceCertificate.objects.get()
        assert (certificates.folder() / f"{row.serial}.key").stat().st_mode & 0o777 == 0o600
        page = text(admin.get(PAGE))
        assert "đang ký" in page
        assert "còn 1094 ngày" in page
        assert PASSWORD not in page
        assert "PRIVATE KEY" not in row.pem
        assert AuditEntry.objects.filter(verb="invoice.certificate.added", subject_id=row.serial).count() == 1

    def test_a_second_takes_its_turn_on_its_day_and_the_first_signs_until_then(self, admin, sells):
        at = clock.now()
        add(admin, bundle()[1])
        first = InvoiceCertificate.objects.get()
        turn = local_date(at) + timedelta(days=10)
        assert add(admin, bundle()[1], signs_from=turn.isoformat()).status_code == 302
        second = InvoiceCertificate.objects.exclude(serial=first.serial).get()

        assert certificates.find_current(TAX_CODE, at).serial == first.serial
        assert certificates.find_current(TAX_CODE, at + timedelta(days=9)).serial == first.serial
        assert certificates.find_current(TAX_CODE, at + timedelta(days=11)).serial == second.serial
        assert "chờ đến ngày" in text(admin.get(PAGE))
        assert admin.post(f"{PAGE}chung-thu/", {"viec": "thoi", "so": first.serial}).status_code == 302
        assert certificates.find_current(TAX_CODE, at).serial == second.serial  # better early than not at all

    def test_a_wrong_password_another_sellers_and_no_certificate_are_refused(self, admin, sells):
        content = bundle()[1]
        wrong = add(admin, content, secret="khac")
        other = add(admin, bundle(tax_code="0109999999")[1])
        none = add(admin, b"xyz")
        for answer, said in ((wrong, "sai mật khẩu"), (other, "0109999999"), (none, "Không mở được khóa")):
            assert answer.status_code == 422
            assert said in text(answer)
        assert InvoiceCertificate.objects.count() == 0

    def test_a_device_is_named_only_from_the_machines_list(self, admin, sells):
        key, _content = bundle()
        pem = key.certificate.public_bytes(Encoding.PEM)
        answer = add(admin, pem, module="/tmp/evil.so", token="T", label="L")
        assert answer.status_code == 422
        assert InvoiceCertificate.objects.count() == 0

    def test_one_that_was_taken_back_and_an_old_list_are_told(self, admin, sells):
        key, content = bundle()
        add(admin, content)
        at = clock.now()
        for folder in (certificates.trust_folder(), certificates.revocation_folder()):
            folder.mkdir(parents=True)
        (certificates.trust_folder() / "ca.pem").write_bytes(authority().pem())
        taken = authority().revoke(
            {key.certificate.serial_number: at - timedelta(days=9)}, at=at - timedelta(days=8)
        )
        (certificates.revocation_folder() / "ca.crl").write_bytes(taken)
        page = text(admin.get(PAGE))
        assert f"đã bị thu hồi ngày {local_date(at - timedelta(days=9)):%d/%m/%Y}" in page
        assert "192 giờ trước, quá hạn" in page


class TestWay:
    def test_the_secret_goes_in_once_and_stays_without_being_said_again(self, admin):
        first = {
            "address": "https://thue.example.vn/",
            "partner_code": "X",
            "secret": "bi-mat-1",
            "is_active": "on",
        }
        assert admin.post(f"{PAGE}noi-gui/", first).status_code == 302
        assert admin.post(f"{PAGE}noi-gui/", first | {"secret": "", "partner_code": "Y"}).status_code == 302
        assert gateway.get_secret() == "bi-mat-1"
        assert gateway.find().partner_code == "Y"
        assert "bi-mat-1" not in text(admin.get(PAGE))
        assert "bi-mat-1" not in str(list(AuditEntry.objects.values_list("facts", flat=True)))
        assert AuditEntry.objects.filter(verb="tax-gateway.set").count() == 2

    def test_an_open_address_and_a_first_time_without_a_secret_are_refused(self, admin):
        given = {"address": "http://thue.example.vn", "partner_code": "X", "secret": "s"}
        assert admin.post(f"{PAGE}noi-gui/", given).status_code == 422
        assert (
            admin.post(f"{PAGE}noi-gui/", given | {"address": "https://a.vn", "secret": ""}).status_code
            == 422
        )
        assert gateway.find() is None

    def test_trying_without_a_seller_says_so(self, admin):
        gateway.set_gateway(
            address="https://a.vn", partner_code="X", secret="s", actor=Actor.system("test"), at=clock.now()
        )
        answer = admin.post(f"{PAGE}noi-gui/", {"viec": "thu"})
        assert answer.status_code == 409
        assert "Chưa khai người bán cho hôm nay" in text(answer)


def test_administrators_alone_and_of_the_whole_company(admin):
    for staff in (
        people.add_staff("ketoan-1", Role.ACCOUNTANT),
        people.add_staff("qt-2", Role.ADMIN, unit="PD0200"),
    ):
        assert people.browser(staff).get(PAGE).status_code == 403
