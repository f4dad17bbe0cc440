"""A backup of a real installation, put back into an empty one: every row, every document, the keys."""

from __future__ import annotations

import io
import json
import os
import shutil
import stat
import tarfile
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg import sql
from tests.ops.conftest import stop_database
from tests.ops.processes import motcua

from motcua.ops import backup, embedded
from motcua.ops.home import Home
from motcua.ops.trouble import Exit, Trouble

pytestmark = pytest.mark.slow

COMPANY = (
    "company", "add", "DANANG", "--name", "Công ty Điện lực Đà Nẵng", "--hotline", "1900190",
    "--prefix", "DN",
)  # fmt: skip


def temporary_home() -> Home:
    folder = Path(tempfile.mkdtemp(prefix="mc-"))
    folder.chmod(0o711)
    return Home(folder)


@pytest.fixture(scope="module")
def original() -> Iterator[Home]:
    """A migrated installation with one company, a document and both keys."""
    home = temporary_home()
    for arguments in (("migrate",), COMPANY):
        done = motcua(home, *arguments)
        assert done.returncode == 0, done.stderr
    (home.documents / "ab").mkdir(parents=True)
    (home.documents / "ab" / "abcdef").write_bytes(b"\x00encrypted\xff" * 1000)
    yield home
    stop_database(home)
    shutil.rmtree(home.path, ignore_errors=True)


@pytest.fixture(scope="module")
def archived(
    original: Home, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, dict[str, tuple[int, str]]]:
    """The archive, and what stood in the database when it was made: other tests add to that later."""
    target = tmp_path_factory.mktemp("backup") / "motcua.tar"
    done = motcua(original, "backup", str(target))
    assert done.returncode == 0, done.stderr
    return target, contents(original)


@pytest.fixture(scope="module")
def archive(archived: tuple[Path, dict[str, tuple[int, str]]]) -> Path:
    return archived[0]


@pytest.fixture
def empty() -> Iterator[Home]:
    home = temporary_home()
    yield home
    stop_database(home)
    shutil.rmtree(home.path, ignore_errors=True)


def contents(home: Home) -> dict[str, tuple[int, str]]:
    """Count and hash of every table's rows, and who may do what with it."""
    server = embedded.start(home)
    try:
        with psycopg.connect(server.owner_url) as connection:
            tables = connection.execute(
                "SELECT nspname, relname, coalesce(relacl::text, '') FROM pg_class JOIN pg_namespace "
                "n ON n.oid = relnamespace "
                "WHERE relkind IN ('r', 'p') AND nspname !~ '^pg_' AND nspname <> 'information_schema'"
            ).fetchall()
            found = {}
            for schema, table, rights in tables:
                row = connection.execute(
                    sql.SQL(
                        "SELECT count(*), md5(coalesce(string_agg(t::text, '|' ORDER BY t::text), "
                        "'')) FROM {} t"
                    ).format(sql.Identifier(schema, table))
                ).fetchone()
                assert row
                found[f"{schema}.{table}"] = (row[0], row[1] + rights)
            return found
    finally:
        server.stop()


class TestRestore:
    def test_brings_back_every_row_right_document_and_key(
        self, original: Home, archived: tuple[Path, dict[str, tuple[int, str]]], empty: Home
    ) -> None:
        archive, before = archived

        done = motcua(empty, "restore", str(archive))

        assert done.returncode == 0, done.stderr
        after = contents(empty)
        assert before["public.companies_company"][0] == 1
        assert before["danang.companies_unit"][0] >= 1
        assert after == before
        document = empty.documents / "ab" / "abcdef"
        assert document.read_bytes() == b"\x00encrypted\xff" * 1000
        assert {stat.S_IMODE(p.stat().st_mode) for p in (document, document.parent, empty.documents)} == {
            0o600,
            0o700,
        }
        for key in ("secret_key", "documents_key", "push_key"):
            assert (empty.secrets / key).read_text() == (original.secrets / key).read_text()

    def test_the_restored_installation_works_without_a_migration(self, archive: Path, empty: Home) -> None:
        motcua(empty, "restore", str(archive))

        findings = json.loads(motcua(empty, "check", "--json").stdout)

        about = {(f["about"], f["verdict"]) for f in findings}
        assert ("migrations", "ok") in about
        assert ("companies", "ok") in about
        assert [f for f in findings if f["verdict"] == "fail"] == []

    def test_into_a_database_of_another_name_is_made_whole_by_migrate(
        self, archive: Path, empty: Home
    ) -> None:
        server = embedded.start(empty)
        try:
            with psycopg.connect(server.owner_url, autocommit=True) as connection:
                connection.execute("CREATE DATABASE other ENCODING 'UTF8' TEMPLATE template0")
                connection.execute("GRANT CONNECT, TEMPORARY ON DATABASE other TO motcua_app")
            urls = {
                "DATABASE_URL": server.app_url.replace("/motcua?", "/other?"),
                "DATABASE_OWNER_URL": server.owner_url.replace("/motcua?", "/other?"),
            }

            restored = motcua(empty, "restore", str(archive), **urls)
            migrated = motcua(empty, "migrate", **urls)
            findings = json.loads(motcua(empty, "check", "--json", **urls).stdout)

            assert (restored.returncode, migrated.returncode) == (0, 0), restored.stderr + migrated.stderr
            assert [f for f in findings if f["verdict"] == "fail"] == []
            with psycopg.connect(urls["DATABASE_URL"]) as connection:
                connection.execute("SELECT set_config('role', 'other_danang', false)")
                assert connection.execute("SELECT count(*) FROM danang.companies_unit").fetchone() != (0,)
        finally:
            server.stop()

    def test_refuses_an_installation_that_is_not_empty(self, original: Home, archive: Path) -> None:
        before = contents(original)

        done = motcua(original, "restore", str(archive))

        assert done.returncode == Exit.NOT_EMPTY
        assert "--force" in done.stderr
        assert contents(original) == before

    def test_force_replaces_what_is_there(self, archive: Path, empty: Home) -> None:
        assert motcua(empty, "restore", str(archive)).returncode == 0
        server = embedded.start(empty)
        with psycopg.connect(server.owner_url) as connection:
            connection.execute("UPDATE public.companies_company SET name = 'spoilt'")
            connection.execute("CREATE SCHEMA stray CREATE TABLE left_over (n int)")
        server.stop()
        (empty.documents / "stray").write_text("stray")

        done = motcua(empty, "restore", str(archive), "--force")

        assert done.returncode == 0, done.stderr
        after = contents(empty)
        assert "stray.left_over" not in after
        assert not (empty.documents / "stray").exists()

    @pytest.mark.parametrize("damage", ["cut", "flipped", "no tar", "absent"])
    def test_a_damaged_file_changes_nothing(
        self, archive: Path, empty: Home, tmp_path: Path, damage: str
    ) -> None:
        broken = tmp_path / "broken.tar"
        content = bytearray(archive.read_bytes())
        if damage == "cut":
            broken.write_bytes(content[: len(content) // 2])
        elif damage == "flipped":
            content[len(content) // 2] ^= 0xFF
            broken.write_bytes(content)
        elif damage == "no tar":
            broken.write_text("hello")

        done = motcua(empty, "restore", str(broken))

        assert done.returncode == Exit.ARCHIVE
        assert "Traceback" not in done.stderr
        assert not empty.documents.exists()


class TestDocuments:
    @pytest.mark.parametrize("name", ["../outside", "/etc/outside"])
    def test_an_archive_that_reaches_out_of_its_folder_is_refused(self, tmp_path: Path, name: str) -> None:
        archive = tmp_path / "documents.tar"
        with tarfile.open(archive, "w") as tar:
            member = tarfile.TarInfo(name)
            member.size = 4
            tar.addfile(member, io.BytesIO(b"evil"))

        with pytest.raises(Trouble) as refused:
            backup._unpack_documents(archive, tmp_path / "documents")

        assert refused.value.exit_code == Exit.ARCHIVE
        assert not (tmp_path / "outside").exists()

    def test_a_link_is_no_document(self, tmp_path: Path) -> None:
        archive = tmp_path / "documents.tar"
        with tarfile.open(archive, "w") as tar:
            member = tarfile.TarInfo("link")
            member.type, member.linkname = tarfile.SYMTYPE, "/etc/passwd"
            tar.addfile(member)

        with pytest.raises(Trouble):
            backup._unpack_documents(archive, tmp_path / "documents")


class TestBackup:
    def test_is_private_and_says_what_it_holds(self, archive: Path) -> None:
        assert stat.S_IMODE(archive.stat().st_mode) == 0o600
        with tarfile.open(archive) as tar:
            assert tar.getnames() == ["manifest.json", "database.dump", "documents.tar", "secrets.json"]
            manifest = json.load(tar.extractfile("manifest.json"))  # type: ignore[arg-type]
        assert manifest["database"]["companies"] == {"DANANG": "danang"}
        assert set(manifest["sha256"]) == {"database.dump", "documents.tar", "secrets.json"}

    def test_holds_no_password_of_the_database(self, original: Home, archive: Path) -> None:
        password = (original.secrets / "database_owner_password").read_bytes()

        assert password not in archive.read_bytes()

    def test_never_writes_over_a_file(self, original: Home, archive: Path) -> None:
        before = archive.stat().st_mtime_ns

        done = motcua(original, "backup", str(archive))

        assert done.returncode == Exit.NOT_EMPTY
        assert archive.stat().st_mtime_ns == before

    def test_leaves_nothing_behind_when_it_fails(self, original: Home) -> None:
        done = motcua(original, "backup", "/proc/motcua.tar")

        assert done.returncode == Exit.DISK
        assert "Traceback" not in done.stderr

    def test_is_noted_for_check(self, original: Home, archive: Path) -> None:
        assert "last_backup_at" in original.read_state()
        assert os.path.exists(archive)


class TestCompanyAdd:
    def test_may_be_run_again(self, original: Home) -> None:
        done = motcua(original, *COMPANY)

        assert done.returncode == 0, done.stderr
        assert "is complete" in done.stdout

    def test_a_prefix_of_another_company_is_a_sentence(self, original: Home) -> None:
        done = motcua(
            original,
            "company",
            "add",
            "HUE",
            "--name",
            "Huế",
            "--hotline",
            "1",
            "--prefix",
            "DN",
            "--host",
            "hue.localhost",
        )

        assert done.returncode == Exit.SETTINGS
        assert "Traceback" not in done.stderr
