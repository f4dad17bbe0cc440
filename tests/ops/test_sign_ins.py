"""The table of who can sign in where."""

from __future__ import annotations

from motcua.ops.sign_ins import SignIn, table


class TestTable:
    def test_hosts_with_the_same_people_share_one_list(self) -> None:
        shown = table(
            [
                SignIn("localhost", "/in/", "director", "dieu", "secret-1"),
                SignIn("npc.localhost", "/in/", "intake (tiếp nhận)", "lan", "secret-2"),
                SignIn("npc.localhost", "/in/", "crew", "hung", "secret-2"),
                SignIn("hanoi.localhost", "/in/", "intake (tiếp nhận)", "lan", "secret-2"),
                SignIn("hanoi.localhost", "/in/", "crew", "hung", "secret-2"),
            ],
            "http://{host}:8123",
        )

        assert shown.splitlines() == [
            "  http://localhost:8123/in/",
            "      who                 user  password",
            "      director            dieu  secret-1",
            "",
            "  http://npc.localhost:8123/in/",
            "  http://hanoi.localhost:8123/in/",
            "      who                 user  password",
            "      intake (tiếp nhận)  lan   secret-2",
            "      crew                hung  secret-2",
        ]

    def test_nobody_is_an_empty_table(self) -> None:
        assert table([], "http://{host}") == ""
