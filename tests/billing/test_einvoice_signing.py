"""Written by our own format, signed, and found out when anything was changed."""

from __future__ import annotations

import base64
import re
from datetime import date, timedelta
from decimal import Decimal
from hashlib import sha256
from xml.etree.ElementTree import canonicalize

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from lxml import etree

from motcua.billing.einvoice import document, formats, keys, parsing, schema, trust, verifying
from motcua.billing.einvoice.document import Line, Relation
from motcua.sandbox import tax_ca
from tests.billing.invoice_house import AT, TAX_CODE, authority, draft, key, signed

SIGNATURE = re.compile(rb"<Signature .*</Signature>", re.S)


def verdict(content: bytes, anchors=None):
    return verifying.verify(content, [authority().certificate] if anchors is None else anchors)


def codes(content: bytes, anchors=None) -> list[str]:
    return verdict(content, anchors).codes


class TestTheDocument:
    def test_it_follows_our_schema_and_is_canonical_as_written(self):
        root = parsing.parse(signed())
        schema.check(root, version="2.1.0")
        assert verifying.canonical(root.find("DLHDon")) == document.write(draft())
        assert (
            root.findtext("DLHDon/NDHDon/TToan/TgTTTBChu")
            == "Bảy trăm chín mươi tám nghìn sáu trăm sáu mươi đồng"
        )

    def test_the_versions_differ_and_belong_to_days(self):
        assert formats.format_on(date(2022, 9, 20)).invoice == "2.0.0"
        assert formats.format_on(date(2022, 9, 21)).invoice == "2.0.1"
        assert formats.format_on(date(2025, 6, 1)).invoice == "2.1.0"
        told = parsing.parse(signed().replace(b"<DVTTe>", b"<HDCTTChinh>1</HDCTTChinh><DVTTe>"))
        assert schema.list_problems(told, version="2.1.0") == []
        assert schema.list_problems(told, version="2.0.1")

    @pytest.mark.parametrize(
        ("old", "new"),
        [
            (b"<KHHDon>K25TTD", b"<KHHDon>X25TTD"),
            (b"<SHDon>123", b"<SHDon>123456789"),
            (b"<MST>0100101114-019", b"<MST>0100101114-19"),
            (b"<TSuat>8%", b"<TSuat>8"),
            (b"<NLap>2025-10-05", b"<NLap>05/10/2025"),
            (b"<PBan>2.1.0</PBan>", b""),
            (b"<MKHang>PD01000000001</MKHang>", b"<MKHang>" + b"P" * 51 + b"</MKHang>"),
            (b"<SLuong>50<", b"<SLuong>5.1234567<"),
        ],
    )
    def test_what_leaves_the_format_is_told(self, old, new):
        content = signed()
        assert old in content
        with pytest.raises(schema.Misshapen):
            schema.check(parsing.parse(content.replace(old, new)), version="2.1.0")

    def test_the_order_is_strict(self):
        content = signed().replace(b"<DVTTe>VND</DVTTe><TGia>1</TGia>", b"<TGia>1</TGia><DVTTe>VND</DVTTe>")
        assert schema.list_problems(parsing.parse(content), version="2.1.0")

    def test_sums_that_differ_are_not_written(self):
        with pytest.raises(document.SumsDiffer):
            document.write(draft(subtotal_vnd=739_501))
        with pytest.raises(document.SumsDiffer):
            document.write(draft(total_vnd=1))

    def test_an_adjustment_below_zero_names_what_it_adjusts(self):
        to = Relation(document.ADJUSTS, "1", "K25TTD", 122, date(2025, 9, 5), "Sai chỉ số")
        told = draft(
            lines=[Line("Điều chỉnh giảm", -1000)],
            subtotal_vnd=-1000,
            vat_vnd=-80,
            total_vnd=-1080,
            relation=to,
        )
        root = parsing.parse(signed(told))
        schema.check(root, version="2.1.0")
        assert root.findtext("DLHDon/TTChung/TTHDLQuan/SHDCLQuan") == "122"
        assert root.findtext(".//TgTTTBChu").startswith("Âm một nghìn")

    @pytest.mark.parametrize(
        ("rate", "word"), [("0.08", "8%"), ("0.1", "10%"), ("0", "0%"), ("0.075", "KHAC:7.50%")]
    )
    def test_vat_rates_have_names(self, rate, word):
        assert document.vat_word(Decimal(rate)) == word


class TestGoodSignatures:
    def test_what_was_signed_is_believed(self):
        found = verdict(signed())
        assert (found.is_good, found.problems) == (True, [])
        assert found.facts["seller_tax_code"] == TAX_CODE
        assert found.facts["signed_at"] == "2025-10-05T10:00:00+07:00"

    def test_another_reader_makes_the_same_canonical_form(self):
        """The standard library's (C14N 2.0 differs only where prefixes and white space do) gives our bytes."""
        content = signed()
        info = re.search(rb"<SignedInfo>.*</SignedInfo>", content, re.S)[0]
        alone = info.replace(b"<SignedInfo>", b'<SignedInfo xmlns="http://www.w3.org/2000/09/xmldsig#">', 1)
        again = canonicalize(alone.decode()).encode()
        value = base64.b64decode(re.search(rb"<SignatureValue>([^<]+)", content)[1])
        key().certificate.public_key().verify(value, again, padding.PKCS1v15(), hashes.SHA256())

    def test_a_declaration_and_space_around_the_document_change_nothing(self):
        content = signed().replace(b"<HDon>", b"\n<HDon>\n  ")
        assert codes(b'<?xml version="1.0" encoding="UTF-8"?>' + content) == []

    def test_inside_a_message_it_is_still_the_same(self):
        message = b"<TDiep><DLieu>" + signed() + b"</DLieu></TDiep>"
        inner = parsing.parse(message).find("DLieu/HDon")
        assert verifying.canonical(inner.find("DLHDon")) == document.write(draft())


class TestTampering:
    @pytest.mark.parametrize(
        ("old", "new"),
        [
            (b"<ThTien>99200</ThTien>", b"<ThTien>99201</ThTien>"),
            ("Nguyễn Văn A".encode(), "Nguyễn Văn B".encode()),
            (b'<DLHDon Id="DL1K25TTD123">', b'<DLHDon Id="DL1K25TTD123" x="1">'),
            (b"<SigningTime>2025-10-05T10:00:00", b"<SigningTime>2025-10-04T10:00:00"),
        ],
    )
    def test_one_digit_is_found_out(self, old, new):
        content = signed()
        assert old in content
        assert "INVALID_DIGEST" in codes(content.replace(old, new))

    def test_printing_it_prettily_breaks_it(self):
        """What was signed is never written again: other space, other bytes."""
        pretty = etree.tostring(parsing.parse(signed()), pretty_print=True)
        assert "INVALID_DIGEST" in codes(pretty)

    def test_another_digest_needs_another_signature(self):
        """The content changed, its digest put right: the value over both is not."""
        content = signed()
        changed = content.replace(b"<ThTien>99200", b"<ThTien>99199")
        inner = re.search(rb"<DLHDon .*</DLHDon>", changed, re.S)[0]
        own = re.search(rb"<DigestValue>([^<]+)", content)[1]
        mended = changed.replace(own, base64.b64encode(sha256(inner).digest()))
        assert codes(mended) == ["SUMS_DIFFER", "INVALID_SIGNATURE"]

    def test_a_duplicate_id_is_refused(self):
        content = signed().replace(b"<NDHDon>", b'<NDHDon Id="DL1K25TTD123">', 1)
        assert "DUPLICATE_ID" in codes(content)

    def test_wrapping_is_refused(self):
        """The signed document moved aside, another put in its place."""
        content = signed()
        inner = re.search(rb"<DLHDon .*</DLHDon>", content, re.S)[0]
        other = inner.replace(b"DL1K25TTD123", b"DLX").replace(b"PD01000000001", b"PD01000000002")
        aside = content.replace(inner, other).replace(
            b"</DSCKS>", b"<CCKSKhac>" + inner + b"</CCKSKhac></DSCKS>"
        )
        assert "REFERENCE_ELSEWHERE" in codes(aside)

    def test_a_moved_signature_is_refused(self):
        content = signed()
        signature = SIGNATURE.search(content)[0]
        moved = content.replace(signature, b"").replace(b"</NBan></DSCKS>", b"</NBan></DSCKS>" + signature)
        assert "SIGNATURE_MISPLACED" in codes(moved)

    def test_no_signature_is_said(self):
        assert "NOT_SIGNED" in codes(SIGNATURE.sub(b"", signed()))
        assert "MANY_SIGNATURES" in codes(
            SIGNATURE.sub(lambda found: found[0] + found[0].replace(b" Id=", b" x="), signed())
        )

    def test_a_comment_cannot_hide(self):
        assert codes(signed().replace(b"<SHDon>123", b"<SHDon>12<!-- -->3")) == ["COMMENT_INSIDE"]

    def test_weak_algorithms_are_refused(self):
        content = signed().replace(
            b"http://www.w3.org/2001/04/xmlenc#sha256", b"http://www.w3.org/2000/09/xmldsig#sha1"
        )
        assert "ALGORITHM_REFUSED" in codes(content)
        swapped = signed().replace(b"xmldsig-more#rsa-sha256", b"xmldsig-more#hmac-sha256")
        assert "ALGORITHM_REFUSED" in codes(swapped)

    def test_the_time_must_be_signed(self):
        content = re.sub(rb'<Reference URI="#SigningTime.*?</Reference>', b"", signed(), flags=re.S)
        assert "SIGNING_TIME_UNSIGNED" in codes(content)

    def test_every_byte_of_the_document_counts(self):
        content = bytearray(signed())
        start, end = content.index(b"<NDHDon>"), content.index(b"</NDHDon>")
        for place in range(start, end, 97):
            changed = bytearray(content)
            changed[place] = ord("7") if changed[place] != ord("7") else ord("8")
            assert not verdict(bytes(changed)).is_good, place


class TestWhoSigned:
    def test_another_seller_is_named(self):
        assert codes(signed(signer=key("0101304000"))) == ["TAX_CODE_DIFFERS"]

    def test_an_unknown_authority(self):
        assert codes(signed(), anchors=[]) == ["CHAIN_UNTRUSTED"]
        other = tax_ca.found(AT)  # of the same name, another key
        assert codes(signed(), anchors=[other.certificate]) == ["CHAIN_UNTRUSTED"]

    def test_a_certificate_that_signs_for_another_is_no_authority(self):
        leaf = key("0101304000")
        fake = tax_ca.Authority(leaf.certificate, leaf.private).issue(tax_code=TAX_CODE, name="X", at=AT)
        assert not trust.is_trusted(
            fake.certificate, [authority().certificate], at=AT, between=[leaf.certificate]
        )

    @pytest.mark.parametrize("days", [-30, 365 * 4])
    def test_the_time_of_signing_counts(self, days):
        assert "CERTIFICATE_OUT_OF_DATE" in codes(signed(at=AT + timedelta(days=days)))


class TestHostileFiles:
    @pytest.mark.parametrize(
        ("content", "code"),
        [
            (b"", "NOT_XML"),
            (b"<HDon>", "NOT_XML"),
            (b"%PDF-1.7", "NOT_XML"),
            (b"<HDon/>", "NOT_INVOICE"),
            (b"<HDon><DLHDon/><DLHDon/></HDon>", "NOT_INVOICE"),
            (b'<!DOCTYPE a [<!ENTITY x "y">]><HDon>&x;</HDon>', "HOSTILE"),
            (b'<!DOCTYPE a SYSTEM "file:///etc/passwd"><HDon/>', "HOSTILE"),
            (
                '<?xml version="1.0" encoding="UTF-16"?><!DOCTYPE a [<!ENTITY x "y">]><HDon/>'.encode(
                    "utf-16"
                ),
                "NOT_XML",
            ),
            (b"<HDon>" + b"<a>" * 5000 + b"</a>" * 5000 + b"</HDon>", "NOT_XML"),
            (b"<HDon>" + b" " * parsing.LARGEST_INVOICE + b"</HDon>", "TOO_LARGE"),
        ],
    )
    def test_they_fail_with_their_reason(self, content, code):
        assert codes(content) == [code]


class TestKeys:
    def test_a_key_is_kept_encrypted_and_readable_by_us_alone(self, tmp_path):
        path = keys.keep(tmp_path / "k", "1", key(), "m" * 40)
        assert b"ENCRYPTED" in path.read_bytes() and path.stat().st_mode & 0o077 == 0
        again = keys.load(tmp_path / "k", "1", key().certificate, "m" * 40)
        assert again.sign(b"x") == key().sign(b"x")
        with pytest.raises(keys.KeyUnusable):
            keys.load(tmp_path / "k", "1", key().certificate, "n" * 40)

    def test_a_bundle_with_a_wrong_password_is_refused(self):
        from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, pkcs12

        told = pkcs12.serialize_key_and_certificates(
            b"x", key().private, key().certificate, None, BestAvailableEncryption(b"secret")
        )
        assert keys.read_bundle(told, "secret").certificate == key().certificate
        with pytest.raises(keys.KeyUnusable):
            keys.read_bundle(told, "wrong")
        with pytest.raises(keys.KeyUnusable):
            keys.read_bundle(b"no file of keys", "")
