"""The protocol as bytes, against strings written by hand from the standard; and the alphabets of phones."""

import contextlib
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from motcua.channels.smpp import alphabet, pdu
from motcua.channels.smpp.pdu import Malformed, Pdu

# Worked out by hand from SMPP 3.4: sections 4.1.5, 4.4.1, 4.6.1, 4.11.
BIND = (
    "0000002f 00000009 00000000 00000001 48414e4f4900 7365637265743800 564d4100 34 00 00 00".replace(" ", ""),
    Pdu(pdu.BIND_TRANSCEIVER, 1, 0, {
        "system_id": "HANOI", "password": "secret8", "system_type": "VMA", "interface_version": 0x34, "addr_ton": 0, "addr_npi": 0,
        "address_range": "",
    }),
)  # fmt: skip
SUBMIT = (
    (
        "00000043 00000004 00000000 00000005 00 05 00 45564e00 01 01 383439303132333435363700 00 00 00 00 00 01 00 00 00 0c"
        "58696e206368616f20717565 0204 0002 abcd"
    ).replace(" ", ""),
    Pdu(pdu.SUBMIT_SM, 5, 0, {
        "service_type": "", "source_addr_ton": 5, "source_addr_npi": 0, "source_addr": "EVN", "dest_addr_ton": 1,
        "dest_addr_npi": 1, "destination_addr": "84901234567", "esm_class": 0, "protocol_id": 0, "priority_flag": 0,
        "schedule_delivery_time": "", "validity_period": "", "registered_delivery": 1, "replace_if_present_flag": 0,
        "data_coding": 0, "sm_default_msg_id": 0, "short_message": b"Xin chao que",
    }, {pdu.USER_MESSAGE_REFERENCE: b"\xab\xcd"}),
)  # fmt: skip
ENQUIRE = "00000010000000150000000000000009"


def fixed(hexes: str) -> bytes:
    """The length is the sum of what is there; the rest is as written."""
    raw = bytes.fromhex(hexes)
    return len(raw).to_bytes(4, "big") + raw[4:]


@pytest.mark.parametrize(("hexes", "message"), [BIND, SUBMIT], ids=["bind", "submit"])
class TestBytes:
    def test_are_written_as_the_standard_says(self, hexes, message):
        assert pdu.encode(message) == fixed(hexes)

    def test_are_read_as_the_standard_says(self, hexes, message):
        assert pdu.decode(fixed(hexes)) == message

    def test_cut_anywhere_are_malformed_and_never_an_error_of_ours(self, hexes, message):
        whole = fixed(hexes)
        for end in range(17, len(whole)):
            cut = end.to_bytes(4, "big") + whole[4:end]
            try:
                assert pdu.decode(cut) != message
            except Malformed:
                continue


class TestPdu:
    def test_bare_ones_have_a_header_alone(self):
        assert pdu.encode(Pdu(pdu.ENQUIRE_LINK, 9)).hex() == ENQUIRE
        assert pdu.decode(bytes.fromhex(ENQUIRE)) == Pdu(pdu.ENQUIRE_LINK, 9)

    def test_refusal_has_no_body(self):
        assert (
            pdu.encode(Pdu(pdu.SUBMIT_SM).answer(0x58, message_id="x")).hex()
            == "00000010800000040000005800000000"
        )

    def test_answer_with_a_name_is_read(self):
        raw = pdu.encode(Pdu(pdu.SUBMIT_SM, 5).answer(0, message_id="7A01"))
        assert raw.hex() == "000000158000000400000000000000053741303100"
        assert pdu.decode(raw).text("message_id") == "7A01"

    def test_payload_stands_for_the_text(self):
        message = Pdu(pdu.SUBMIT_SM, fields={"short_message": b""}, tlvs={pdu.MESSAGE_PAYLOAD: b"x" * 900})
        assert pdu.decode(pdu.encode(message)).content() == b"x" * 900

    @pytest.mark.parametrize(
        "fields",
        [
            {"source_addr": "x" * 21},
            {"source_addr": "a\0b"},
            {"esm_class": 256},
            {"short_message": b"x" * 255},
        ],
    )
    def test_what_does_not_fit_is_refused(self, fields):
        with pytest.raises(Malformed):
            pdu.encode(Pdu(pdu.SUBMIT_SM, fields=fields))

    def test_stream_is_cut_into_the_same_messages_however_it_comes(self):
        messages = [Pdu(pdu.ENQUIRE_LINK, number) for number in range(1, 9)] + [SUBMIT[1]]
        raw = b"".join(pdu.encode(message) for message in messages)
        chance = random.Random(5)
        for _ in range(50):
            stream, found, at = pdu.Stream(), [], 0
            while at < len(raw):
                step = chance.randint(1, 40)
                found += stream.feed(raw[at : at + step])
                at += step
            assert [pdu.decode(one) for one in found] == messages

    @pytest.mark.parametrize("length", [0, 15, 70_001, 0xFFFFFFFF])
    def test_stream_that_cannot_be_followed_ends(self, length):
        with pytest.raises(Malformed):
            pdu.Stream().feed(length.to_bytes(4, "big") + b"\0" * 20)

    @given(
        st.binary(min_size=0, max_size=120),
        st.sampled_from([1, 2, 4, 5, 6, 9, 0x15, 0x80000004, 0x80000009, 77]),
    )
    def test_any_bytes_are_read_or_malformed(self, body, command):
        raw = pdu.HEADER.pack(16 + len(body), command, 0, 1) + body
        with contextlib.suppress(Malformed):
            assert pdu.decode(raw).sequence == 1


class TestAlphabet:
    @pytest.mark.parametrize(
        ("text", "coding", "lengths"),
        [
            ("a" * 160, 0, [160]),
            ("a" * 161, 0, [153, 8]),
            ("a" * 306, 0, [153, 153]),
            ("a" * 307, 0, [153, 153, 1]),
            ("€" * 80, 0, [160]),
            ("a" + "€" * 80, 0, [153, 8]),  # a letter of two septets is not cut: 1 + 76 * 2
            ("ế" * 70, 8, [140]),
            ("ế" * 71, 8, [134, 8]),
            ("ế" * 134, 8, [134, 134]),
            ("ế" * 66 + "😀" * 3, 8, [132, 12]),  # nor is a pair of surrogates
        ],
    )
    def test_segments_are_counted_as_carriers_do(self, text, coding, lengths):
        coded = alphabet.code(text)
        assert (coded.coding, [len(segment) for segment in coded.segments]) == (coding, lengths)
        assert alphabet.count(text) == len(lengths)

    def test_gsm_letters_have_their_own_codes(self):
        assert alphabet.code("@$_{~à€").whole.hex() == "000211" + "1b28" + "1b3d" + "7f" + "1b65"
        assert not alphabet.is_gsm("đ") and not alphabet.is_gsm("`") and alphabet.is_gsm("ÄÖñü¿§")

    @given(st.text(max_size=500))
    def test_what_is_cut_is_read_whole_again(self, text):
        coded = alphabet.code(text)
        kind = coded.coding
        assert "".join(alphabet.read(segment, kind) for segment in coded.segments) == text
        most = alphabet.JOINED if len(coded.segments) > 1 else alphabet.ALONE
        assert all(len(segment) <= most[kind] for segment in coded.segments)

    @given(st.binary(max_size=300), st.sampled_from([0, 1, 3, 8, 245]))
    def test_any_octets_can_be_read(self, raw, coding):
        assert isinstance(alphabet.read(raw, coding), str)

    def test_headers_say_which_segment_it_is(self):
        piece = alphabet.Piece(7, 3, 2)
        assert alphabet.header(piece).hex() == "050003070302"
        assert alphabet.split_header(alphabet.header(piece) + b"text") == (piece, b"text")
        assert alphabet.split_header(bytes.fromhex("0608040107" + "0302") + b"x") == (
            alphabet.Piece(0x0107, 3, 2),
            b"x",
        )
        assert alphabet.split_header(bytes.fromhex("0401020000") + b"x") == (None, b"x")

    @given(st.binary(max_size=40))
    def test_any_header_is_read(self, raw):
        piece, rest = alphabet.split_header(raw)
        assert raw.endswith(rest) and (piece is None or 1 <= piece.number <= piece.total)
