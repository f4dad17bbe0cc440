"""VietQR against the samples of the specifications, of banks, of wallets and of a printed bill."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.kernel.vietqr_vectors import VECTORS

from motcua.kernel import vietqr
from motcua.kernel.vietqr import QrError, Reason

GOOD = [name for name in VECTORS if name != "1"]
CODES = st.text("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=1, max_size=19)
WORDS = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=25).filter(
    lambda t: t == t.strip()
)


def with_crc(body):
    return body + vietqr.crc(body)


def refused(text, **options):
    with pytest.raises(QrError) as found:
        vietqr.decode(text, **options)
    return found.value


class TestVectors:
    @pytest.mark.parametrize("name", GOOD)
    def test_reads_it_and_writes_the_same_again(self, name):
        text = VECTORS[name]

        assert vietqr.decode(text).encode() == text[:-4] + text[-4:].upper()

    @pytest.mark.parametrize(
        "name", ["1b", "2", "3", "4", "5", "6", "7", "10", "11", "14", "15", "16", "22", "23"]
    )
    def test_its_parts_give_the_same_transfer(self, name):
        text = VECTORS[name]
        read = vietqr.decode(text)

        again = vietqr.encode(
            bin=read.bin,
            account=read.account,
            amount_vnd=read.amount_vnd,
            purpose=read.purpose,
            bill_number=read.bill_number,
            customer_label=read.customer_label,
            reference=read.reference,
            service=read.service,
        )

        if name == "5":  # dynamic with an amount, like all with one
            assert read.is_dynamic
        assert again == text[:-4] + text[-4:].upper()
        assert read.is_transfer()
        assert read.warnings == ()

    @pytest.mark.parametrize("name", ["17", "18", "19", "20", "21"])
    def test_the_merchant_samples_are_no_transfers(self, name):
        read = vietqr.decode(VECTORS[name])

        assert not read.is_transfer()
        assert read.bin == "970403"
        assert read.service == {"17": "", "18": "QRPUSH", "19": "", "20": "QRPUSH", "21": "QRCASH"}[name]
        assert ([w.reason for w in read.warnings] == [Reason.SERVICE_MISSING]) is (name in ("17", "19"))

    def test_the_official_sample_with_a_wrong_inner_length_is_refused(self):
        problem = refused(VECTORS["1"])

        assert problem.reason is Reason.TEMPLATE_BROKEN
        assert problem.where.startswith("38")

    def test_and_lenient_reading_gives_no_account_out_of_it(self):
        read = vietqr.decode(VECTORS["1"], strict=False)

        assert (read.bin, read.account) == ("", "")
        assert Reason.TEMPLATE_BROKEN in [warning.reason for warning in read.warnings]
        assert not read.is_transfer()

    def test_number_3_says_who_what_and_why(self):
        read = vietqr.decode(VECTORS["3"])

        assert (read.bin, read.account, read.amount_vnd) == ("970403", "0011012345678", 180_000)
        assert (read.bill_number, read.purpose) == ("NPS6869", "thanh toan don hang")

    def test_the_printed_bill_names_company_and_customer(self):
        read = vietqr.decode(VECTORS["8"])

        assert (read.merchant_code, read.category) == ("0100101114-019", "4900")
        assert (read.customer_label, read.purpose) == ("PD00000000000", "TT tien dien")
        assert read.merchant_name == "EVN CONG TY DIEN LUC THANH XUAN"
        assert [(w.reason, w.where) for w in read.warnings] == [(Reason.TOO_LONG, "59")]
        assert read.amount_vnd is None
        assert read.is_dynamic is False
        assert not read.is_transfer()

    def test_lengths_by_characters_and_by_bytes_are_both_read(self):
        by_characters, by_bytes = vietqr.decode(VECTORS["12"]), vietqr.decode(VECTORS["13"])

        assert ("08", "Lê Anh Tú") in by_characters.objects
        assert not by_characters.counts_bytes
        assert by_bytes.purpose == "Thanh toán hóa đơn"
        assert by_bytes.counts_bytes

    def test_a_service_inside_the_beneficiary_is_told(self):
        read = vietqr.decode(VECTORS["13"])

        assert (read.bin, read.account, read.service) == ("970422", "0123456789020", "")
        assert [(w.reason, w.where) for w in read.warnings] == [
            (Reason.SERVICE_MISSING, "38.02"),
            (Reason.BENEFICIARY, "38.01.02"),
        ]

    def test_a_bill_of_our_own(self):
        assert VECTORS["22"] == vietqr.encode(
            bin="970436",
            account="0011001234567",
            amount_vnd=1_012_300,
            bill_number="TD202509000123",
            customer_label="PE06000012345",
            purpose="TT tien dien",
        )


class TestEncode:
    GOOD = {"bin": "970436", "account": "0011001234567"}

    def test_takes_the_marks_off_words(self):
        assert (
            vietqr.encode(bin="970415", account="0011001932418", amount_vnd=120_000, purpose="ủng hộ lũ lụt")
            == (VECTORS["16"])
        )
        assert "0812chuyen khoan" in vietqr.encode(**self.GOOD, purpose="chuyển khoản")

    @pytest.mark.parametrize("amount", [0, -5, "50 000", 12.5, 500_000_000, True, 10**13])
    def test_refuses_an_amount_that_no_transfer_carries(self, amount):
        with pytest.raises(QrError) as found:
            vietqr.encode(**self.GOOD, amount_vnd=amount)
        assert found.value.reason is Reason.AMOUNT

    def test_the_largest_amount(self):
        assert vietqr.decode(vietqr.encode(**self.GOOD, amount_vnd=499_999_999)).amount_vnd == 499_999_999

    @pytest.mark.parametrize(
        ("changed", "reason", "where"),
        [
            ({"purpose": "x" * 26}, Reason.TOO_LONG, "62.08"),
            ({"account": "1" * 20}, Reason.TOO_LONG, "38.01.01"),
            ({"account": ""}, Reason.EMPTY, "38.01.01"),
            ({"account": "001 100"}, Reason.NOT_ASCII, "38.01.01"),
            ({"bin": "97043"}, Reason.BENEFICIARY, "38.01.00"),
            ({"bin": "9704361"}, Reason.BENEFICIARY, "38.01.00"),
            ({"bill_number": "HÓA ĐƠN"}, Reason.NOT_ASCII, "62.01"),
            ({"customer_label": "P" * 26}, Reason.TOO_LONG, "62.06"),
            ({"purpose": "cảm ơn ❤"}, Reason.NOT_ASCII, "62.08"),
            ({"purpose": "tiền điện 电"}, Reason.NOT_ASCII, "62.08"),
            ({"merchant_name": "x" * 26}, Reason.TOO_LONG, "59"),
            ({"city": "x" * 16}, Reason.TOO_LONG, "60"),
            ({"category": "49"}, Reason.BAD_LENGTH, "52"),
            ({"service": "QRNONE"}, Reason.SERVICE_MISSING, "38.02"),
            (
                {
                    "purpose": "x" * 25,
                    "bill_number": "1" * 25,
                    "customer_label": "2" * 25,
                    "reference": "3" * 25,
                },
                Reason.TOO_LONG,
                "62",
            ),
        ],
    )
    def test_refuses_rather_than_cuts(self, changed, reason, where):
        with pytest.raises(QrError) as found:
            vietqr.encode(**(self.GOOD | changed))
        assert (found.value.reason, found.value.where) == (reason, where)

    @given(
        st.text("0123456789", min_size=6, max_size=6),
        CODES,
        st.none() | st.integers(1, 499_999_999),
        st.text("ABC123", max_size=20),
        WORDS,
    )
    def test_reads_what_it_writes(self, bin, account, amount, bill, purpose):
        text = vietqr.encode(bin=bin, account=account, amount_vnd=amount, bill_number=bill, purpose=purpose)

        read = vietqr.decode(text)

        assert (read.bin, read.account, read.amount_vnd) == (bin, account, amount)
        assert (read.bill_number, read.purpose) == (bill, purpose)
        assert read.is_dynamic is (amount is not None)
        assert read.encode() == text
        assert text.isascii()

    def test_a_bill_for_looking_up(self):
        text = vietqr.encode_bill(
            merchant_code="0100101114-019",
            customer_label="PD01000012345",
            merchant_name="EVN Điện lực Thanh Xuân",
            city="Hà Nội",
        )

        read = vietqr.decode(text)

        assert text.startswith("000201010211262400020001140100101114-01952044900530370458")
        assert (read.merchant_name, read.city) == ("EVN Dien luc Thanh Xuan", "Ha Noi")
        assert (read.aid, read.store, read.terminal) == ("00", "00", "00")
        assert read.customer_label == "PD01000012345"
        assert not read.is_transfer()
        with pytest.raises(QrError):
            vietqr.encode_bill(merchant_code="1", customer_label="", merchant_name="E", city="H")


class TestDecode:
    def test_crc_vectors(self):
        assert [vietqr.crc(text) for text in ("123456789", "00", "01")] == ["29B1", "2EC9", "3EE8"]

    @pytest.mark.parametrize(
        ("text", "reason"),
        [
            ("", Reason.NOT_TEXT),
            ("   ", Reason.NOT_TEXT),
            ("0002\n01", Reason.NOT_TEXT),
            ("https://example.vn/qr", Reason.BAD_NAME),
            ("000201", Reason.CRC_MISSING),
            ("0002016304", Reason.TRUNCATED),
            (VECTORS["3"][:-10], Reason.TRUNCATED),
            (VECTORS["3"][:-1], Reason.TRUNCATED),
            (VECTORS["3"] + "52044900", Reason.CRC_NOT_LAST),
            (with_crc("00020101021153037045303704" + "6304"), Reason.REPEATED),
            (with_crc("010211000201" + "6304"), Reason.NOT_FIRST),
            (with_crc("00020101005303704" + "6304"), Reason.BAD_LENGTH),
            (with_crc("000201010x115303704" + "6304"), Reason.BAD_LENGTH),
            (with_crc("0002010102125303704" + "54010" + "5802VN" + "6304"), Reason.AMOUNT),
            (with_crc("0002010102125303704" + "540650 000" + "5802VN" + "6304"), Reason.AMOUNT),
            (with_crc("0002010102125303704" + "540412.5" + "5802VN" + "6304"), Reason.AMOUNT),
            (with_crc("0002010102125303704" + "5406-50000"[:10] + "5802VN" + "6304"), Reason.AMOUNT),
            (with_crc("0002010102116205081TT" + "5802VN" + "6304"), Reason.TEMPLATE_BROKEN),
        ],
    )
    def test_says_precisely_what_is_wrong(self, text, reason):
        assert refused(text).reason is reason

    def test_names_the_right_crc(self):
        problem = refused(VECTORS["3"][:-4] + "FFFF")

        assert problem.reason is Reason.CRC_WRONG
        assert "2E2E" in problem.detail

    def test_lenient_reading_tells_a_wrong_crc_and_a_bad_amount(self):
        wrong = vietqr.decode(VECTORS["3"][:-4] + "FFFF", strict=False)
        free = vietqr.decode(with_crc("000201010212530370454010" + "5802VN" + "6304"), strict=False)

        assert [w.reason for w in wrong.warnings] == [Reason.CRC_WRONG]
        assert wrong.amount_vnd == 180_000
        assert free.amount_vnd is None
        assert Reason.AMOUNT in [w.reason for w in free.warnings]

    def test_an_amount_may_be_written_with_empty_decimals(self):
        read = vietqr.decode(
            with_crc("0002010102125303704" + "540950000.00"[:4] + "50000.000" + "5802VN" + "6304")
        )

        assert read.amount_vnd == 50_000

    def test_other_currencies_and_missing_parts_are_warned_of(self):
        read = vietqr.decode(with_crc("0002015303840" + "6304"))

        assert {w.reason for w in read.warnings} == {Reason.INITIATION, Reason.CURRENCY, Reason.COUNTRY}

    @given(st.sampled_from(GOOD), st.data())
    def test_no_single_wrong_character_passes(self, name, data):
        text = VECTORS[name]
        place = data.draw(st.integers(0, len(text) - 1))
        letter = data.draw(
            st.sampled_from("0123456789ABCDEFXYZ abc").filter(lambda c: c.upper() != text[place].upper())
        )

        refused(text[:place] + letter + text[place + 1 :])

    @given(st.text(max_size=80))
    def test_any_text_is_read_or_refused(self, text):
        for body in (text, with_crc("000201" + text + "6304")):
            for strict in (True, False):
                with contextlib.suppress(QrError):
                    vietqr.decode(body, strict=strict)
