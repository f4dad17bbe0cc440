"""What mails look like in Vietnam: encodings, broken headers, quoted text, HTML; and mails made to hurt."""

import base64
import time

import pytest

from motcua.channels.mail import bounces, parsing, words

HEAD = b"From: Hoa <hoa@example.com>\r\nTo: cskh@hanoi.example\r\nMessage-ID: <1@example.com>\r\n"
SENTENCE = "Nhà tôi mất điện từ sáng"


def made(body, *, headers="Content-Type: text/plain; charset=utf-8", subject="Mất điện"):
    told = f"Subject: {subject}\r\nMIME-Version: 1.0\r\n{headers}\r\n\r\n".encode()
    return HEAD + told + (body.encode() if isinstance(body, str) else body)


class TestEncodings:
    @pytest.mark.parametrize(
        ("charset", "content"),
        [
            ("utf-8", SENTENCE.encode()),
            ("windows-1258", words.unicodedata.normalize("NFD", "Nhà tôi đi").encode("cp1258", "ignore")),
            ("unknown-8bit", SENTENCE.encode()),
            ("us-ascii", SENTENCE.encode()),
            ("no-such-charset", SENTENCE.encode()),
        ],
    )
    def test_a_body_is_read_in_what_it_says_or_is(self, charset, content):
        mail = parsing.read(made(content, headers=f"Content-Type: text/plain; charset={charset}"))
        assert mail.text.startswith("Nhà ") or charset == "windows-1258"
        assert mail.text == words.unicodedata.normalize("NFC", mail.text)

    def test_windows_1258_with_its_loose_marks(self):
        content = "Mâ\u0301t \u0111iê\u0323n".encode("cp1258")
        mail = parsing.read(made(content, headers="Content-Type: text/plain; charset=windows-1258"))
        assert mail.text == "Mất điện"

    @pytest.mark.parametrize("how", ["base64", "quoted-printable"])
    def test_transfer_encodings(self, how):
        import quopri

        body = (
            base64.encodebytes(SENTENCE.encode())
            if how == "base64"
            else quopri.encodestring(SENTENCE.encode())
        )
        headers = f"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: {how}"
        assert parsing.read(made(body, headers=headers)).text == SENTENCE

    @pytest.mark.parametrize(
        ("given", "expected"),
        [
            ("Mất điện", "Mất điện"),
            ("=?UTF-8?B?TeG6pXQgxJFp4buHbg==?=", "Mất điện"),
            ("=?utf-8?Q?M=E1=BA=A5t_?= =?utf-8?Q?=C4=91i=E1=BB=87n?=", "Mất điện"),
            ("=?utf-8?Q?M=E1=BA?= =?utf-8?Q?=A5t?=", "Mất"),  # one letter cut in two
            ("=?utf-8?Q?M=E1=BA=A5t?=\r\n xong", "Mất xong"),
            ("=?no-such?Q?abc?=", "abc"),
            ("=?utf-8?B?!!!?=", None),
            ("", ""),
        ],
    )
    def test_subjects(self, given, expected):
        found = parsing.read(made("x", subject=given)).subject
        assert expected is None or found == expected

    def test_a_mail_nobody_wrote_is_none(self):
        for raw in (b"", b"\r\n\r\nx", b"From: nobody\r\n\r\nx", b"From: \r\n\r\n", b"\xff\xfe\x00" * 50):
            with pytest.raises(ValueError):
                parsing.read(raw)

    def test_copies_have_one_key_and_other_mails_another(self):
        raw = made("x")
        assert (
            parsing.event_id(raw)
            == parsing.event_id(b"Received: by b\r\n" + raw)
            == parsing.event_id(raw + b"\r\n")
        )
        assert parsing.event_id(raw) != parsing.event_id(made("y"))


class TestQuotes:
    @pytest.mark.parametrize(
        "quoted",
        [
            "Vào Th 2, 16 thg 11, 2026 vào lúc 09:00 EVNHANOI <cskh@hanoi.example>\nđã viết:\n> cũ\n> nữa",
            "Vào 09:00, 16/11/2026, EVNHANOI đã viết:\ncũ",
            "Lúc 9:00 SA, EVN <a@b.vn> đã viết:\n> cũ",
            "On Mon, Nov 16, 2026 at 9:00 AM EVN <a@b.vn> wrote:\n> cũ",
            "-----Original Message-----\nFrom: EVN\ncũ",
            "----- Thư gốc -----\ncũ",
            "________________________________\nTừ: EVN\ncũ",
            "Từ: EVN <a@b.vn>\nĐã gửi: thứ hai\nTới: Hoa\nChủ đề: Mất điện\n\ncũ",
            "From: EVN <a@b.vn>\nSent: Monday\nTo: Hoa\nSubject: Mất điện\n\ncũ",
            "> cũ\n> nữa",
            "-- \nHoa\nPhòng kế toán",
            "Gửi từ iPhone của tôi",
        ],
    )
    def test_are_cut_off(self, quoted):
        assert words.without_quotes(f"Cảm ơn em.\n\n{quoted}") == "Cảm ơn em."

    def test_own_words_are_kept(self):
        for text in (
            "Vào nhà tôi lúc 9 giờ nhé",
            "Từ: nhà máy, đến: trạm",
            "Tôi đã viết: hai lần rồi",
            "a > b",
        ):
            assert words.without_quotes(text) == text

    def test_a_mail_of_quotes_alone_is_given_whole(self):
        assert words.without_quotes("> một\n> hai") == "> một\n> hai"

    def test_html_becomes_words(self):
        html = (
            "<html><head><style>p{}</style><title>t</title></head><body><p>Chào&nbsp;em,</p><div>mất <b>điện</b><br>rồi</div>"
            "<script>alert(1)</script><div class='gmail_quote'>Vào đã viết<blockquote>cũ</blockquote></div>"
            "<p style='display: none'>ẩn</p></body></html>"
        )
        assert words.of_html(html) == "Chào em,\n\nmất điện\nrồi"

    def test_answers_lose_their_marks(self):
        assert words.plain_subject("Re: RE: Trả lời: Fwd: TL: Mất điện") == "Mất điện"
        assert words.plain_subject("Reo hò") == "Reo hò"


class TestHurtful:
    def test_parts_in_parts_are_refused(self):
        body = b"x"
        for number in range(400):
            body = (
                f'Content-Type: multipart/mixed; boundary="b{number}"\r\n\r\n--b{number}\r\n'.encode() + body
            )
        with pytest.raises(ValueError):
            parsing.read(HEAD + body)

    def test_thousands_of_parts_are_refused(self):
        parts = b"--b\r\nContent-Type: text/plain\r\n\r\nx\r\n" * 5000 + b"--b--\r\n"
        with pytest.raises(parsing.TooMuch):
            parsing.read(made(parts, headers='Content-Type: multipart/mixed; boundary="b"'))

    def test_what_is_too_large_is_refused(self):
        with pytest.raises(parsing.TooMuch):
            parsing.read(made(b"x" * (parsing.LARGEST + 1)))

    @pytest.mark.parametrize(
        "text",
        [
            "Vào " + "a " * 60_000,
            "> " * 60_000,
            "Từ: a\n" * 20_000,
            "-" * 100_000,
            "<" * 100_000,
            "a@" * 60_000,
            "\n" * 150_000,
        ],
    )
    def test_no_text_takes_long(self, text):
        began = time.process_time()
        words.without_quotes(text[: parsing.LONGEST_TEXT])
        words.of_html(text)
        assert time.process_time() - began < 3

    def test_names_of_files_lead_nowhere(self):
        headers = 'Content-Type: image/jpeg; name="../../etc/passwd"\r\nContent-Disposition: attachment'
        [file] = parsing.read(made("x", headers=headers)).files
        assert "/" not in file.name


class TestReports:
    def test_a_letter_of_an_old_server_is_read(self):
        raw = HEAD.replace(b"Hoa <hoa@", b"x <MAILER-DAEMON@") + (
            b"\r\nSorry. 550 5.1.1 unknown user\r\n\r\n--- Below\r\nMessage-ID: <our@hanoi.example>\r\nSubject: x\r\n"
        )
        found = bounces.find_report(raw)
        assert (found.action, found.code, found.about) == ("failed", "UNREACHABLE", ("<our@hanoi.example>",))

    def test_a_person_makes_no_report(self):
        assert bounces.find_report(made("550 5.1.1\nMessage-ID: <our@hanoi.example>")) is None
