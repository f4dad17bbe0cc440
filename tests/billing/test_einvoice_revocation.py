"""Certificates that their authority took back: before the signing it undoes it, after it does not; whose lists count."""

from __future__ import annotations

from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import load_pem_x509_crl

from motcua.billing.einvoice import revocation, verifying
from motcua.sandbox import tax_ca
from tests.billing.invoice_house import AT, authority, key, signed

ANCHORS = [authority().certificate]
SERIAL = key().certificate.serial_number


def a_list(serials, at=AT):
    return revocation.read(authority().revoke(serials, at=at), ANCHORS)


class TestVerifying:
    def test_taken_back_before_signing_is_told_with_its_day(self):
        told = a_list({SERIAL: AT - timedelta(days=2)})
        verdict = verifying.verify(signed(), ANCHORS, [told])

        assert not verdict.is_good
        assert [(one.code, one.detail) for one in verdict.problems] == [
            ("CERTIFICATE_REVOKED", "03/10/2025 10:00")
        ]

    def test_taken_back_in_the_second_of_signing_counts(self):
        assert not verifying.verify(signed(), ANCHORS, [a_list({SERIAL: AT})]).is_good

    def test_taken_back_after_signing_leaves_it_good_and_is_told(self):
        verdict = verifying.verify(signed(), ANCHORS, [a_list({SERIAL: AT + timedelta(days=1)})])
        assert verdict.is_good
        assert verdict.facts["revoked_at"] == "2025-10-06T03:00:00+00:00"

    def test_another_serial_and_no_list_leave_it_good(self):
        verdict = verifying.verify(signed(), ANCHORS, [a_list({SERIAL + 1: AT - timedelta(days=2)})])
        assert verdict.is_good
        assert verdict.facts["revocation_list"] == AT.isoformat()
        assert "revocation_list" not in verifying.verify(signed(), ANCHORS).facts


class TestLists:
    @pytest.mark.parametrize(
        ("content", "code"),
        [
            (b"x", "NOT_A_LIST"), (b"-----BEGIN X509 CRL-----\nAA==\n-----END X509 CRL-----", "NOT_A_LIST"),
            (b"", "NOT_A_LIST"), (b"0" * (revocation.LARGEST + 1), "TOO_LARGE"),
        ],
        ids=["no list", "broken", "empty", "too large"],
    )  # fmt: skip
    def test_what_is_none_says_why(self, content, code):
        with pytest.raises(revocation.ListUnusable) as refused:
            revocation.read(content, ANCHORS)
        assert refused.value.code == code

    def test_of_another_authority_counts_for_nothing(self):
        other = tax_ca.found(AT)  # of the same name, with another key
        with pytest.raises(revocation.ListUnusable) as refused:
            revocation.read(other.revoke({SERIAL: AT}, at=AT), ANCHORS)
        assert refused.value.code == "ISSUER_UNKNOWN"

    def test_der_says_the_same(self):
        der = load_pem_x509_crl(authority().revoke({SERIAL: AT}, at=AT)).public_bytes(Encoding.DER)
        assert revocation.read(der, ANCHORS).revoked_at(key().certificate) == AT

    def test_of_a_folder_the_newest_counts_and_rubbish_is_left_out(self, tmp_path):
        (tmp_path / "a.crl").write_bytes(authority().revoke({SERIAL: AT}, at=AT))
        (tmp_path / "b.crl").write_bytes(authority().revoke({}, at=AT + timedelta(days=1)))
        (tmp_path / "c.crl").write_bytes(b"rubbish")
        [one] = revocation.read_folder(tmp_path, ANCHORS)

        assert one.made_at == AT + timedelta(days=1)
        assert one.revoked_at(key().certificate) is None
        assert one.is_stale(AT + timedelta(days=9))
        assert not one.is_stale(AT + timedelta(days=7))
