"""A taken port is said before anything starts."""

from __future__ import annotations

import os
import socket

import pytest
from tests.free_ports import free_port

from motcua.ops import ports
from motcua.ops.trouble import Exit, Trouble


@pytest.fixture
def listener() -> socket.socket:
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        taken.bind(("127.0.0.1", free_port()))
        taken.listen()
        yield taken


class TestRefuseTaken:
    def test_names_the_port_its_purpose_and_the_way_out(self, listener: socket.socket) -> None:
        port = listener.getsockname()[1]

        with pytest.raises(Trouble) as refused:
            ports.refuse_taken("127.0.0.1", {port: "pages"})

        assert refused.value.exit_code == Exit.PORT_TAKEN
        assert f"Port {port} (for the pages) is taken by process {os.getpid()}" in refused.value.sentence
        assert "PORT=" in refused.value.sentence

    def test_sees_a_server_that_would_share_its_port(self, listener: socket.socket) -> None:
        with pytest.raises(Trouble):
            ports.refuse_taken("0.0.0.0", {listener.getsockname()[1]: "edge"})

    def test_passes_a_port_just_given_back(self, listener: socket.socket) -> None:
        port = listener.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port)) as client:
            server_side, _ = listener.accept()
            server_side.close()
            client.recv(1)
        listener.close()

        ports.refuse_taken("127.0.0.1", {port: "pages"})

    @pytest.mark.parametrize("port", [0, 65536, -1])
    def test_refuses_what_is_no_port(self, port: int) -> None:
        with pytest.raises(Trouble) as refused:
            ports.refuse_taken("127.0.0.1", {port: "pages"})

        assert refused.value.exit_code == Exit.USAGE
