"""A database Motcua cannot work with is refused in a sentence."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace

import psycopg
import pytest

from motcua.ops import database, embedded
from motcua.ops.home import Home
from motcua.ops.trouble import Exit, Trouble


def refusal(home: Home, url: str, **more: str) -> Trouble:
    with pytest.raises(Trouble) as refused:
        database.choose(home, {"DATABASE_URL": url, **more})
    assert "Traceback" not in refused.value.sentence
    return refused.value


class TestChoose:
    def test_a_server_that_is_not_there(self, home: Home) -> None:
        trouble = refusal(home, "postgresql://app:secret@127.0.0.1:1/motcua")

        assert trouble.exit_code == Exit.DATABASE_UNREACHABLE
        assert "127.0.0.1:1 cannot be reached" in trouble.sentence
        assert "secret" not in trouble.sentence

    def test_another_kind_of_database(self, home: Home) -> None:
        trouble = refusal(home, "mysql://app@127.0.0.1/motcua")

        assert trouble.exit_code == Exit.DATABASE_UNFIT
        assert "postgresql://" in trouble.sentence

    def test_a_wrong_password(self, home: Home, start_server: Callable[..., embedded.Server]) -> None:
        url = start_server().app_url
        password = home.secret("database_app_password")

        trouble = refusal(home, url.replace(password, "wrong"))

        assert trouble.exit_code == Exit.DATABASE_UNREACHABLE
        assert "refuses the user name or password" in trouble.sentence

    def test_a_database_that_does_not_exist(
        self, home: Home, start_server: Callable[..., embedded.Server]
    ) -> None:
        trouble = refusal(home, start_server().owner_url.replace("/motcua?", "/nothing?"))

        assert trouble.exit_code == Exit.DATABASE_UNREACHABLE
        assert "'nothing'" in trouble.sentence

    def test_a_login_that_may_not_make_roles(
        self, home: Home, start_server: Callable[..., embedded.Server]
    ) -> None:
        trouble = refusal(home, start_server().app_url)

        assert trouble.exit_code == Exit.DATABASE_UNFIT
        assert "CREATEROLE" in trouble.sentence

    def test_another_encoding(self, home: Home, start_server: Callable[..., embedded.Server]) -> None:
        server = start_server()
        with psycopg.connect(server.owner_url, autocommit=True) as connection:
            connection.execute(
                "CREATE DATABASE old ENCODING 'SQL_ASCII' LOCALE 'C' LOCALE_PROVIDER libc TEMPLATE template0"
            )

        trouble = refusal(home, server.owner_url.replace("/motcua?", "/old?"))

        assert trouble.exit_code == Exit.DATABASE_UNFIT
        assert "SQL_ASCII" in trouble.sentence

    def test_an_older_server(self) -> None:
        old = SimpleNamespace(info=SimpleNamespace(server_version=160004))

        with pytest.raises(Trouble) as refused:
            database._refuse_old_version(old)  # type: ignore[arg-type]

        assert refused.value.exit_code == Exit.DATABASE_UNFIT
        assert "PostgreSQL 16" in refused.value.sentence

    def test_a_fit_server_is_taken(self, home: Home, start_server: Callable[..., embedded.Server]) -> None:
        server = start_server()

        found = database.choose(
            home, {"DATABASE_URL": server.app_url, "DATABASE_OWNER_URL": server.owner_url}
        )

        assert found.app_login == "motcua_app"
        assert found.server is None


class TestNotes:
    def test_are_kept_in_the_database(self, home: Home, start_server: Callable[..., embedded.Server]) -> None:
        server = start_server()
        found = database.Database(server.app_url, server.owner_url, server)

        assert database.read_note(found, "prepared") is None
        database.write_note(found, "prepared", "abc")
        database.write_note(found, "prepared", "def")

        assert database.read_note(found, "prepared") == "def"
