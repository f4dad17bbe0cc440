"""Trying the way to the authority, and fetching its lists of revoked certificates."""

from __future__ import annotations

from datetime import timedelta

import httpx
from tests.billing.invoice_house import authority
from tests.sandbox import test_tax
from tests.sandbox.test_tax import TAX_CODE, TEST

from motcua.billing.einvoice import certificates, keys, queries
from motcua.billing.models import InvoiceCertificate, InvoiceSeller, TaxMessage
from motcua.connectors import outside
from motcua.connectors.einvoice import gateway, revocation_lists, transport
from motcua.sandbox import tax

shop = test_tax.shop


def test_well_set_up_it_is_taken_and_nothing_is_kept(shop):
    assert transport.try_out(at=shop.at) == transport.Tried()
    assert (TaxMessage.objects.count(), tax.list_messages(TAX_CODE), tax.count_invoices(TAX_CODE)) == (
        0,
        [],
        {},
    )


def test_a_wrong_secret_no_seller_and_no_certificate_are_told_apart(shop):
    way = gateway.find()
    gateway.set_gateway(
        address=way.address, partner_code=way.partner_code, secret="other", actor=TEST, at=shop.at
    )
    assert transport.try_out(at=shop.at).code == "HTTP_401"
    InvoiceCertificate.objects.update(retired_at=shop.at)
    assert transport.try_out(at=shop.at).code == "NO_CERTIFICATE"
    InvoiceSeller.objects.all().delete()
    assert transport.try_out(at=shop.at).code == "NO_SELLER"


def test_what_the_other_side_does_not_like_is_told_in_its_words(shop, monkeypatch):
    from motcua.sandbox import tax_ca

    monkeypatch.setattr(tax_ca, "here", lambda at: other)
    other = tax_ca.found(shop.at, "Another")
    tried = transport.try_out(at=shop.at)
    assert (tried.code, tried.faults) == ("REFUSED", ("3001: CHAIN_UNTRUSTED",))


def test_nobody_there_is_told(shop, monkeypatch):
    def call(*_told, **_more):
        raise httpx.ConnectError("no")

    monkeypatch.setattr(outside, "call", call)
    assert transport.try_out(at=shop.at).code == "ConnectError"


class TestLists:
    def put(self, folder, at, name="ca.crl"):
        serial = int(InvoiceCertificate.objects.get().serial, 16)
        (folder / name).write_bytes(authority().revoke({serial: at - timedelta(days=1)}, at=at))
        return str(folder / name)

    def test_a_file_is_taken_once_and_an_older_one_not(self, shop, tmp_path):
        new = self.put(tmp_path, shop.at)
        assert revocation_lists.refresh((new,)) == 1
        assert revocation_lists.refresh((new,)) == 0
        self.put(tmp_path, shop.at - timedelta(days=1))
        assert revocation_lists.refresh((new,)) == 0
        _anchors, [kept] = certificates.read_trust()
        assert kept.made_at == shop.at.replace(microsecond=0)

    def test_an_address_is_asked_and_what_fails_leaves_the_one_before(self, shop, tmp_path, monkeypatch):
        self.put(tmp_path, shop.at)
        content = (tmp_path / "ca.crl").read_bytes()
        answers = [
            httpx.Response(200, content=content),
            httpx.Response(503),
            httpx.Response(200, content=b"<html>"),
        ]
        monkeypatch.setattr(outside, "call", lambda *_a, **_m: answers.pop(0))
        renewed = [revocation_lists.refresh(("http://crl.example.vn/ca.crl",)) for _time in range(3)]
        assert renewed == [1, 0, 0]
        assert len(certificates.read_trust()[1]) == 1

    def test_health_tells_of_a_revoked_certificate_and_of_an_old_list(self, shop, tmp_path):
        revocation_lists.refresh((self.put(tmp_path, shop.at - timedelta(days=8)),))
        codes = [alarm.code for alarm in queries.list_alarms(shop.at)]
        assert codes == ["CRL_STALE", "CERTIFICATE_REVOKED"]
        keys.write_secret(certificates.revocation_folder() / "new.crl", authority().revoke({}, at=shop.at))
        assert queries.list_alarms(shop.at) == []
