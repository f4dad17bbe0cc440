"""What is taken in, in what shape it is kept, who can read it, and when it goes."""

from __future__ import annotations

import socket
import stat
import struct
import threading
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from PIL import Image

from motcua.documents import access, contents, operations, pdfs, queries, scanning, sealing, storage
from motcua.documents.models import Document, DocumentAccess, ScanState
from motcua.kernel.results import NotFound
from tests.documents import samples


def read(document: Any, actor: Any, at: Any) -> bytes:
    return operations.open_document(document_id=document.id, actor=actor, at=at, purpose="test")


class TestTakenInByContent:
    @pytest.mark.parametrize(
        ("make", "mime"),
        [
            (samples.jpeg, "image/jpeg"),
            (samples.png, "image/png"),
            (samples.heic, "image/jpeg"),
            (samples.pdf, "application/pdf"),
        ],
    )
    def test_whatever_the_name_says(self, send: Any, make: Any, mime: str) -> None:
        stored = send(make(), name="virus.exe")

        assert stored.mime == mime
        assert (
            stored.name
            == "virus" + {"image/jpeg": ".jpg", "image/png": ".png", "application/pdf": ".pdf"}[mime]
        )
        assert stored.pages == 1

    @pytest.mark.parametrize(
        "content",
        [
            b"MZ\x90\x00 a program",
            b"<svg xmlns='http://www.w3.org/2000/svg'/>",
            b"GIF89a" + b"\0" * 50,
            b"PK\x03\x04",
            b"hello",
        ],
    )
    def test_refuses_other_kinds_under_a_good_name(self, send: Any, content: bytes) -> None:
        with pytest.raises(contents.FileKindUnknown) as refused:
            send(content, name="anh.jpg")

        assert refused.value.field == "file"
        assert Document.objects.count() == 0

    def test_refuses_nothing_and_too_much(self, send: Any) -> None:
        with pytest.raises(contents.FileEmpty):
            send(b"")
        with pytest.raises(contents.FileTooLarge) as refused:
            send(samples.jpeg() + b"\0" * contents.MAX_BYTES)
        assert "10 MB" in str(refused.value)

    @pytest.mark.parametrize("make", [samples.jpeg, samples.png, samples.heic, samples.pdf])
    def test_refuses_what_did_not_arrive_whole(self, send: Any, make: Any) -> None:
        whole = make()

        with pytest.raises(contents.FileDamaged):
            send(whole[: len(whole) // 3])

    def test_a_name_loses_folders_and_control_letters(self) -> None:
        assert contents.clean_name("..\\..\\etc/pass\x00wd\u202e.png", contents.JPEG) == "passwd.jpg"
        assert contents.clean_name("???", contents.PDF) == "tai-lieu.pdf"
        assert contents.clean_name("Sổ đỏ nhà tôi.HEIC", contents.JPEG) == "Sổ đỏ nhà tôi.jpg"

    def test_the_same_content_again_is_the_same_document(self, send: Any) -> None:
        first, again = send(samples.jpeg()), send(samples.jpeg())

        assert again == first
        assert Document.objects.count() == 1


class TestPictures:
    def test_lose_what_they_carry_and_stand_upright(self, send: Any, citizen: Any, at: Any) -> None:
        kept = Image.open(BytesIO(read(send(samples.jpeg(64, 40, orientation=6)), citizen, at)))

        assert not dict(kept.getexif())
        assert kept.size == (40, 64)
        assert kept.getpixel((38, 2))[2] > kept.getpixel((38, 2))[0]  # the dark corner turned to the right

    def test_become_no_larger_than_the_limit(self, send: Any, citizen: Any, at: Any) -> None:
        kept = Image.open(BytesIO(read(send(samples.jpeg(4000, 3000)), citizen, at)))

        assert kept.size == (2600, 1950)

    def test_bring_a_small_twin_that_is_logged_too(self, send: Any, citizen: Any, at: Any) -> None:
        stored = send(samples.jpeg(1000, 500))

        small = Image.open(BytesIO(operations.open_thumbnail(document_id=stored.id, actor=citizen, at=at)))

        assert small.size == (320, 160)
        assert queries.list_accesses(stored.id).get().purpose == "thumbnail"

    def test_hide_nothing_behind_the_picture(self, send: Any, citizen: Any, at: Any) -> None:
        stored = send(samples.jpeg() + b"<?php evil(); ?>" + samples.pdf())

        assert b"evil" not in read(stored, citizen, at)

    def test_refuses_a_bomb_before_it_is_unpacked(self, send: Any) -> None:
        out = BytesIO()
        Image.new("1", (12_000, 12_000)).save(out, "PNG")

        with pytest.raises(contents.PictureTooLarge):
            send(out.getvalue())


class TestPdfs:
    def test_counts_pages(self, send: Any) -> None:
        assert send(samples.pdf(3)).pages == 3

    def test_refuses_scripts(self, send: Any) -> None:
        with pytest.raises(pdfs.PdfActive):
            send(samples.pdf(script="app.alert('x')"))

    def test_refuses_scripts_under_an_escaped_name(self) -> None:
        hidden = (
            samples.pdf(script="app.alert('x')")
            .replace(b"/JavaScript", b"/J#61vaScript")
            .replace(b"/JS", b"/#4aS")
        )

        with pytest.raises(pdfs.PdfActive):
            pdfs.judge(hidden)

    def test_refuses_programs_to_start_inside_a_compressed_object(self) -> None:
        from pypdf import PdfWriter
        from pypdf.generic import DictionaryObject, NameObject, TextStringObject

        writer = PdfWriter()
        writer.add_blank_page(10, 10)
        writer.root_object[NameObject("/OpenAction")] = DictionaryObject(
            {NameObject("/S"): NameObject("/Launch"), NameObject("/F"): TextStringObject("cmd.exe")}
        )
        out = BytesIO()
        writer.write(out)
        # what stands in a stream is not in plain sight: the walk over objects must find it
        content = out.getvalue()

        assert any(pdfs._is_active(found) for found in pdfs._dictionaries(pdfs.PdfReader(BytesIO(content))))
        with pytest.raises(pdfs.PdfActive):
            pdfs.judge(content)

    def test_lets_our_own_tagged_papers_pass(self) -> None:
        from motcua.documents import packs

        assert pdfs.judge(packs.contract_pack({"number": "1"})) == 3

    def test_refuses_a_password_and_too_many_pages(self, send: Any) -> None:
        with pytest.raises(pdfs.PdfLocked):
            send(samples.pdf(password="secret"))
        with pytest.raises(pdfs.PdfTooLong):
            send(samples.pdf(pages=201))


class TestAtRest:
    def test_lies_sealed_and_private_under_a_name_that_says_nothing(
        self, send: Any, folder: storage.FolderStorage
    ) -> None:
        content = samples.pdf()
        stored = send(content, name="can cuoc Nguyen Thi Hoa.pdf")

        (file,) = [path for path in folder.root.rglob("*") if path.is_file()]
        assert b"%PDF" not in file.read_bytes()
        assert str(stored.id) not in file.name
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
        assert file.parent.parent.name == "HANOI"

    def test_a_changed_byte_does_not_open(
        self, send: Any, folder: storage.FolderStorage, citizen: Any, at: Any
    ) -> None:
        stored = send(samples.pdf())
        (file,) = [path for path in folder.root.rglob("*") if path.is_file()]
        changed = bytearray(file.read_bytes())
        changed[-20] ^= 1
        file.write_bytes(changed)

        with pytest.raises(sealing.SealBroken):
            read(stored, citizen, at)

    def test_a_file_put_in_anothers_place_does_not_open(self) -> None:
        sealed = sealing.seal(b"x", company="HANOI", file_id="a")

        for company, file_id in [("HANOI", "b"), ("NPC", "a")]:
            with pytest.raises(sealing.SealBroken):
                sealing.unseal(sealed, company=company, file_id=file_id)

    def test_an_old_key_opens_and_the_first_seals(self) -> None:
        old, new = sealing.Keys.of("old"), sealing.Keys.of("new, old")

        sealed = sealing.seal(b"x", company="C", file_id="f", with_keys=old)

        assert sealing.unseal(sealed, company="C", file_id="f", with_keys=new) == b"x"
        with pytest.raises(sealing.SealBroken, match="does not hold"):
            sealing.unseal(sealed, company="C", file_id="f", with_keys=sealing.Keys.of("new"))
        assert sealing.seal(b"x", company="C", file_id="f", with_keys=new)[4:12].decode() == new.current


class TestStorageContract:
    def test_gives_back_what_was_put_and_forgets_what_was_deleted(self, tmp_path: Path) -> None:
        kept = storage.FolderStorage(tmp_path)
        kept.put("HANOI", "a1b2", b"content")
        kept.put("HANOI", "a1b2", b"content")

        assert kept.get("HANOI", "a1b2") == b"content"
        assert [name for name, age in kept.names("HANOI") if age < timedelta(minutes=1)] == ["a1b2"]
        kept.delete("HANOI", "a1b2")
        kept.delete("HANOI", "a1b2")
        with pytest.raises(storage.FileMissing):
            kept.get("HANOI", "a1b2")
        with pytest.raises(storage.FileMissing):
            kept.get("NPC", "a1b2")

    @pytest.mark.parametrize("name", ["../secret", "a/b", "", ".", "a" * 65])
    def test_takes_no_path_for_a_name(self, tmp_path: Path, name: str) -> None:
        with pytest.raises(ValueError):
            storage.FolderStorage(tmp_path).get("HANOI", name)


class TestOpening:
    def test_is_written_down_and_never_changed(self, send: Any, business: Any, at: Any) -> None:
        stored = send(samples.pdf())

        operations.open_document(document_id=stored.id, actor=business, at=at, purpose="check papers")

        entry = queries.list_accesses(stored.id).get()
        assert (entry.actor, entry.purpose, entry.at) == ("staff:business-1", "check papers", at)
        with pytest.raises(DatabaseError), transaction.atomic():
            DocumentAccess.objects.filter(id=entry.id).update(actor="nobody")

    def test_goes_by_the_subject_it_belongs_to(self, send: Any) -> None:
        stored = send(samples.pdf())

        assert (
            access.access_document(document_id=stored.id, subject_type="request", subject_id="r-1") == stored
        )
        with pytest.raises(NotFound):
            access.access_document(document_id=stored.id, subject_type="request", subject_id="r-2")
        with pytest.raises(NotFound):
            access.access_document(document_id=stored.id, subject_type="crew", subject_id="r-1")


class TestSensitive:
    def test_always_has_a_last_day(self, send: Any, at: Any) -> None:
        stored = send(samples.jpeg(), sensitive=True)

        assert stored.delete_after is not None
        assert stored.delete_after - at.date() == timedelta(days=180)

    def test_goes_some_days_after_its_request_ended(
        self,
        send: Any,
        citizen: Any,
        at: Any,
        folder: storage.FolderStorage,
        django_capture_on_commit_callbacks: Any,
    ) -> None:
        card, paper = send(samples.jpeg(), sensitive=True), send(samples.pdf())
        operations.schedule_deletion(subject_type="request", subject_id="r-1", ended_on=at.date())

        assert operations.purge_due(at=at + timedelta(days=30)) == 0
        with django_capture_on_commit_callbacks(execute=True):
            assert operations.purge_due(at=at + timedelta(days=31)) == 1

        with pytest.raises(NotFound):
            read(card, citizen, at)
        assert read(paper, citizen, at)
        assert len([path for path in folder.root.rglob("*") if path.is_file()]) == 1
        assert Document.objects.get(id=card.id).sha256 == card.sha256
        assert [document.id for document in queries.list_documents("request", "r-1")] == [paper.id]

    def test_is_never_kept_longer_by_its_subjects_end(self, send: Any, at: Any) -> None:
        stored = send(samples.jpeg(), sensitive=True)

        operations.schedule_deletion(
            subject_type="request", subject_id="r-1", ended_on=at.date() + timedelta(days=400)
        )

        assert queries.get_document(stored.id).delete_after == stored.delete_after

    def test_files_nobody_names_are_swept_after_a_day(
        self, send: Any, folder: storage.FolderStorage, monkeypatch: pytest.MonkeyPatch, citizen: Any, at: Any
    ) -> None:
        stored = send(samples.jpeg())
        folder.put("HANOI", "0199aa00-0000-4000-8000-000000000001", b"left by a crash")

        assert operations.sweep_orphans() == 0
        monkeypatch.setattr(operations, "ORPHAN_AGE", timedelta(0))
        assert operations.sweep_orphans() == 1
        assert read(stored, citizen, at)


class TestTwice:
    def test_the_same_upload_at_the_same_instant_is_kept_once(
        self, committed_company: Any, race: Any, citizen: Any, at: Any, folder: storage.FolderStorage
    ) -> None:
        content = samples.pdf()

        def upload() -> Any:
            return operations.store(
                content=content, name="a.pdf", kind="K", subject_type="request", subject_id="r", sensitive=False,
                actor=citizen, at=at,
            )  # fmt: skip

        results = race(*[upload] * 4)

        assert len({result.id for result in results}) == 1
        assert len([path for path in folder.root.rglob("*") if path.is_file()]) == 1


class FakeClamd(threading.Thread):
    """Speaks INSTREAM, finds the word EICAR."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self.listener.getsockname()[1]}"
        self.start()

    def run(self) -> None:
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            with connection, connection.makefile("rb") as stream:
                assert stream.read(10) == b"zINSTREAM\0"
                content = b""
                while size := struct.unpack(">I", stream.read(4))[0]:
                    content += stream.read(size)
                connection.sendall(b"stream: Eicar-Test FOUND\0" if b"EICAR" in content else b"stream: OK\0")


class TestScanning:
    @pytest.fixture
    def clamd(self, monkeypatch: pytest.MonkeyPatch) -> Any:
        server = FakeClamd()
        self._use(monkeypatch, server.address)
        yield server
        server.listener.close()

    @staticmethod
    def _use(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
        plain = scanning.scan
        monkeypatch.setattr(scanning, "scan", lambda content: plain(content, address=address))

    def test_says_so_when_there_is_no_scanner(self, send: Any) -> None:
        assert send(samples.pdf()).scan_state == ScanState.NOT_SCANNED

    def test_refuses_what_the_scanner_finds(self, send: Any, clamd: FakeClamd) -> None:
        assert send(samples.jpeg()).scan_state == ScanState.CLEAN
        with pytest.raises(operations.FileInfected):
            send(samples.jpeg() + b"EICAR", kind="OTHER")
        assert Document.objects.filter(kind="OTHER").count() == 0

    def test_keeps_closed_what_a_silent_scanner_did_not_see(
        self, send: Any, citizen: Any, at: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with monkeypatch.context() as silent:
            self._use(silent, "127.0.0.1:9")
            stored = send(samples.pdf())
            with pytest.raises(operations.NotYetScanned):
                read(stored, citizen, at)
            assert operations.scan_waiting(at=at) == 0

        server = FakeClamd()
        self._use(monkeypatch, server.address)
        assert operations.scan_waiting(at=at) == 1
        assert read(stored, citizen, at)
        server.listener.close()

    @pytest.mark.parametrize(
        ("answer", "state"),
        [
            ("stream: OK", "CLEAN"),
            ("stream: X FOUND", "INFECTED"),
            ("INSTREAM size limit exceeded. ERROR", "WAITING"),
            ("", "WAITING"),
        ],
    )
    def test_reads_answers_strictly(self, answer: str, state: str) -> None:
        assert scanning.read_answer(answer).state == state
