"""Setting wallets up: secrets go in and never come out, what is not sealed is refused, off is off."""

import pytest

from motcua.companies.models import AuditEntry
from motcua.connectors.wallets import paying
from motcua.payments.models import Gateway
from motcua.payments.operations import gateways as gateway_ops

WALLETS = "/quan-tri/vi/"
VNPAY = {
    "name": "VNPAY",
    "address": "https://sandbox.vnpayment.vn/",
    "tmn_code": "MOTCUA01",
    "hash_secret": "rat-bi-mat-1",
}


def test_set_up_offered_changed_and_switched_off(page):
    assert "chưa đặt" in page.get(WALLETS).content.decode()
    assert page.post(f"{WALLETS}VNPAY/", VNPAY).status_code == 302

    account = gateway_ops.find_account("VNPAY")
    assert (account.address, account.secrets["hash_secret"]) == (
        "https://sandbox.vnpayment.vn",
        "rat-bi-mat-1",
    )
    shown = page.get(f"{WALLETS}VNPAY/").content.decode()
    assert "rat-bi-mat-1" not in shown
    assert "/api/wallets/vnpay/ipn" in shown
    assert [offer.code for offer in paying.list_offers(100_000)] == ["VNPAY"]
    assert paying.list_offers(1_000) == []  # less than VNPAY takes

    page.post(f"{WALLETS}VNPAY/", VNPAY | {"hash_secret": "", "tmn_code": "MOTCUA02"})
    account = gateway_ops.find_account("VNPAY")
    assert (account.settings["tmn_code"], account.secrets["hash_secret"]) == ("MOTCUA02", "rat-bi-mat-1")

    page.post(f"{WALLETS}VNPAY/viec/", {"viec": "tat"})
    assert paying.list_offers(100_000) == []
    assert "đã tắt" in page.get(WALLETS).content.decode()
    told = " ".join(str(entry.facts) for entry in AuditEntry.objects.filter(subject_type="gateway"))
    assert "rat-bi-mat-1" not in told


@pytest.mark.parametrize("change", [{"address": "http://pay.example"}, {"hash_secret": ""}, {"tmn_code": ""}])
def test_what_is_missing_or_not_sealed_is_refused(page, change):
    assert page.post(f"{WALLETS}VNPAY/", VNPAY | change).status_code == 422
    assert Gateway.objects.count() == 0


def test_services_that_tell_of_credits_and_the_bank_that_collects(page):
    page.post(f"{WALLETS}SEPAY/", {"name": "SePay", "accounts": "001", "webhook_secret": "k", "api_key": ""})
    page.post(
        f"{WALLETS}UNTHU/",
        {"name": "Ngân hàng", "address": "https://bank.example", "partner_id": "EVN", "key": "k"},
    )

    assert gateway_ops.find_account("SEPAY").settings == {"accounts": "001"}
    assert gateway_ops.find_account("UNTHU").settings == {"partner_id": "EVN", "kind": "DEBIT"}
    assert page.get(f"{WALLETS}NOBODY/").status_code == 404
    assert page.post(f"{WALLETS}MOMO/viec/", {"viec": "tat"}).status_code == 404
