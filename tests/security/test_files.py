"""Files made to hurt: they are refused soon, whichever way they come, and what is kept is what it says it is."""

import io
import struct
import time
import zipfile
import zlib
from collections.abc import Callable
from email.message import EmailMessage
from functools import cache, partial

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from motcua.channels import media
from motcua.channels.mail import parsing
from motcua.channels.models import MediaFetch
from motcua.documents.models import Document
from motcua.kernel import sheets
from motcua.kernel.results import Refused
from motcua.messaging import operations
from motcua.messaging.models import Message
from tests.documents import samples

SOON = 3.0  # seconds of the processor


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


@cache
def zeros(count: int) -> bytes:
    """So many, packed: made once, and only where a test asks for them."""
    return zlib.compress(b"\0" * count, 9)


def png_of(width: int, height: int, *more: bytes) -> bytes:
    """A picture that says it is this large, and packs nothing but zeros."""
    rows = zeros(50_000_000)
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + b"".join(more)
        + chunk(b"IDAT", rows)
        + chunk(b"IEND", b"")
    )


def pdf_of_nothing() -> bytes:
    """A PDF whose list of objects unpacks into three hundred megabytes."""
    stream = zeros(300_000_000)
    head = b"%PDF-1.5\n1 0 obj\n<</Type/XRef/Size 40000000/W[1 2 1]/Root 1 0 R/Filter/FlateDecode/Length "
    return (
        head + str(len(stream)).encode() + b">>stream\n" + stream + b"\nendstream endobj\nstartxref\n9\n%%EOF"
    )


@cache
def zip_of_nothing() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("[Content_Types].xml", "<Types/>")
        with packed.open("xl/sharedStrings.xml", "w") as strings:
            for _ in range(120):
                strings.write(b" " * 1_000_000)
    return out.getvalue()


SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
HTML = b"<!doctype html><script>alert(1)</script>"
WRONG: dict[str, tuple[bytes | Callable[[], bytes], str, str]] = {
    "html as a picture": (HTML, "a.jpg", "image/jpeg"),
    "svg": (SVG, "a.svg", "image/svg+xml"),
    "svg as png": (SVG, "a.png", "image/png"),
    "zip": (zip_of_nothing, "a.zip", "application/zip"),
    "zip as pdf": (zip_of_nothing, "a.pdf", "application/pdf"),
    "a program": (b"MZ" + b"\0" * 300, "a.jpg", "image/jpeg"),
    "html before a pdf": (HTML + b"%PDF-1.4\n", "a.pdf", "application/pdf"),
    "html in a gif": (b"GIF89a" + HTML, "a.gif", "image/gif"),
    "a wide picture": (partial(png_of, 60_000, 60_000), "a.png", "image/png"),
    "a picture of a billion": (partial(png_of, 2**31 - 1, 2**31 - 1), "a.png", "image/png"),
    "a picture of nothing": (partial(png_of, 0, 0), "a.png", "image/png"),
    "a picture with a bomb beside it": (
        lambda: png_of(10, 10, chunk(b"zTXt", b"a\0\0" + zeros(200_000_000))), "a.png", "image/png",
    ),
    "a pdf of nothing": (pdf_of_nothing, "a.pdf", "application/pdf"),
    "half a picture": (samples.jpeg()[:200], "a.jpg", "image/jpeg"),
}  # fmt: skip


@pytest.fixture(params=sorted(WRONG))
def wrong(request):
    content, name, mime = WRONG[request.param]
    return content() if callable(content) else content, name, mime


class TestChat:
    def test_is_refused_soon_and_said_beside_the_field(self, hanoi, wrong):
        content, name, mime = wrong
        hanoi.get("/chat/")  # what is loaded once
        began = time.thread_time()
        answer = hanoi.post(
            "/chat/send", {"text": "", "client_msg_id": "1", "file": SimpleUploadedFile(name, content, mime)}
        )

        assert time.thread_time() - began < SOON
        assert answer.status_code < 500
        assert not Document.objects.exists()
        assert not Message.objects.filter(author="customer").exists()

    def test_a_picture_with_another_file_behind_it_is_a_picture_alone(self, hanoi):
        both = samples.jpeg() + HTML + samples.pdf()
        hanoi.post(
            "/chat/send", {"client_msg_id": "1", "file": SimpleUploadedFile("a.html", both, "text/html")}
        )

        seen = hanoi.get(f"/chat/file/{Message.objects.get(author='customer').seq}")
        assert seen["Content-Type"] == "image/jpeg"
        assert seen["X-Content-Type-Options"] == "nosniff"
        assert "sandbox" in seen["Content-Security-Policy"]
        assert b"<script>" not in seen.content
        assert Image.open(io.BytesIO(seen.content)).format == "JPEG"
        assert not Document.objects.get().name.endswith(".html")

    def test_more_than_we_take_is_refused_before_it_is_read(self, hanoi):
        large = SimpleUploadedFile("a.jpg", samples.jpeg() + b"\0" * 11_000_000, "image/jpeg")

        assert hanoi.post("/chat/send", {"client_msg_id": "1", "file": large}).status_code < 500
        assert not Document.objects.exists()


class TestChannels:
    """The same, where a channel tells us an address or a mail brings it."""

    @pytest.fixture
    def fetched(self, company, at, monkeypatch):
        def run(content: bytes) -> Message:
            talk = operations.open_conversation(channel="ZALO", address="1", at=at)
            said = operations.append_in(
                conversation_id=talk.id, text="[Ảnh]", client_msg_id="1", at=at, kind="FILE",
                payload={"channel": "ZALO", "media": {"url": "https://b.zdn.vn/a.jpg", "name": "../../a.html"}},
            )  # fmt: skip
            MediaFetch.objects.create(
                channel="ZALO",
                conversation_id=talk.id,
                seq=said.seq,
                url="https://b.zdn.vn/a.jpg",
                name="../../a.html",
                next_at=at,
            )
            monkeypatch.setattr(media, "fetch", lambda url, *, channel: content)
            assert media.fetch_due(at=at) == 1
            return Message.objects.get(conversation_id=talk.id, seq=said.seq)

        return run

    def test_is_refused_and_staff_are_told(self, fetched, wrong):
        began = time.thread_time()
        message = fetched(wrong[0])

        assert time.thread_time() - began < SOON
        assert message.payload["media_state"] == "REFUSED"
        assert not Document.objects.exists()
        assert not MediaFetch.objects.exists()

    def test_a_voice_is_kept_as_a_voice_whatever_it_is_called(self, fetched):
        message = fetched(b"ID3" + HTML)

        assert message.payload["mime"] == "audio/mpeg"
        assert "/" not in message.payload["file_name"]
        assert not message.payload["file_name"].endswith(".html")

    @pytest.mark.parametrize(
        "name", ["a\r\nBcc: x@example.com.jpg", "../../etc/passwd", "a\0.exe", "x" * 5000, "<script>.jpg"]
    )
    def test_names_of_files_in_mails_do_no_harm(self, name):
        mail = EmailMessage()
        mail["From"], mail["Message-ID"] = "a@example.com", "<1@example.com>"
        mail.set_content("xin chào")
        mail.add_attachment(samples.jpeg(), maintype="image", subtype="jpeg", filename="place.jpg")
        raw = mail.as_bytes().replace(b"place.jpg", name.encode())

        for file in parsing.read(raw).files:
            assert len(file.name) <= 100
            assert not set(file.name) & set("\r\n\0/\\")

    def test_mails_of_many_parts_and_of_parts_in_parts_are_refused(self):
        inner = b"Content-Type: multipart/mixed; boundary=%d\n\n--%d\n"
        deep = b"From: a@example.com\n" + b"".join(inner % (n, n) for n in range(400)) + b"\nx"
        wide = b"From: a@example.com\nContent-Type: multipart/mixed; boundary=x\n\n" + b"--x\n\nx\n" * 5000

        for raw in (deep, wide, b"From: a@example.com\n\n" + b"x" * 16_000_000):
            with pytest.raises(parsing.TooMuch):
                parsing.read(raw)


class TestSheets:
    def test_a_little_sheet_that_unpacks_into_much_is_none(self):
        with pytest.raises((sheets.SheetUnreadable, Refused)):
            list(sheets.read_rows(io.BytesIO(zip_of_nothing()), len))
