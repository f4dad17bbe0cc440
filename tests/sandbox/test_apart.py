"""`motcua sandbox`: the outside world as a process of its own, which calls an installation and ends in time."""

from __future__ import annotations

import argparse
import http.client
import re
import signal
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

import pytest
from tests.free_ports import free_house
from tests.ops.processes import clean_environment, until

from motcua.channels import credentials
from motcua.channels.zalo import hook
from motcua.ops import ports
from motcua.ops.outside import command
from motcua.ops.trouble import Trouble


def told(tmp_path, **more):
    given = {
        "home": str(tmp_path),
        "port": 8800,
        "company": "HANOI",
        "installation": "",
        "host": "",
        "brand": "",
        "push_key": "",
    }
    return argparse.Namespace(**{**given, **more})


class TestPlan:
    @pytest.mark.parametrize(
        ("address", "hooks", "host"),
        [
            ("", "http://127.0.0.1:8001", "hanoi.localhost"),
            ("http://hanoi.localhost:8501", "http://127.0.0.1:8501", "hanoi.localhost"),
            ("http://localhost:8501", "http://127.0.0.1:8501", "hanoi.localhost"),
            ("https://cskh.example.vn/", "https://cskh.example.vn", "cskh.example.vn"),
        ],
    )  # fmt: skip
    def test_names_in_this_machine_are_reached_at_its_own_address(self, tmp_path, address, hooks, host):
        found = command.plan(told(tmp_path, installation=address))
        assert (found.hooks, found.host, found.brand) == (hooks, host, "HANOI")

    @pytest.mark.parametrize("address", ["ftp://x", "hanoi", "http://x:99999", "http://x/hooks/zalo"])
    def test_what_is_no_address_is_refused(self, tmp_path, address):
        with pytest.raises(Trouble):
            command.plan(told(tmp_path, installation=address))

    def test_never_runs_in_production(self, tmp_path, monkeypatch):
        monkeypatch.setenv("MOTCUA_PRODUCTION", "1")
        with pytest.raises(Trouble):
            command.plan(told(tmp_path))


class Edge:
    """What an installation's edge would be told: paths, hosts, marks and bodies."""

    def __init__(self):
        self.told = told = []

        class Take(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                told.append((self.path, self.headers["Host"], dict(self.headers), body))
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *args):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Take)
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()


def talk(port: int, path: str, body: str = "") -> tuple[int, str]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    headers = {"Content-Type": "application/json"} if body else {}
    connection.request("POST" if body else "GET", path, body=body.encode() or None, headers=headers)
    answer = connection.getresponse()
    return answer.status, answer.read().decode()


class TestCommand:
    def test_plays_a_customer_and_ends_when_told(self, tmp_path):
        edge, port = Edge(), free_house()
        process = subprocess.Popen(
            [
                sys.executable, "-m", "motcua.ops.main", "--home", str(tmp_path), "sandbox", "--port", str(port),
                "--installation", f"http://hanoi.localhost:{edge.server.server_port}", "--brand", "EVNHANOI",
            ],
            env=clean_environment(), stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        try:
            lines = []
            while not lines or "Ctrl-C" not in lines[-1]:
                lines.append(process.stdout.readline())
                assert lines[-1], "it ended"
            shown = "".join(lines)
            secret = re.search(r"Khóa bí mật của OA[^:]*: (\S+)", shown)[1]
            address = re.search(r"giao diện \(chỉ khi thử\): (\S+)", shown)[1]

            status, page = talk(port, "/sandbox/")
            assert status == 200 and secret in page and "EVNHANOI" in page
            for path in ("sms/", "zalo/?phone=0901234567", "messenger/", "mail/?mail=a@b.vn", "push/"):
                assert talk(port, f"/sandbox/{path}")[0] == 200, path
            assert talk(port, "/sandbox/bank/")[0] == 404, "it needs an installation's own books"

            talk(port, "/sandbox/zalo/say", '{"phone": "0901234567", "text": "Mất điện rồi"}')
            until(lambda: edge.told)
            path, host, headers, body = edge.told[0]
            event = hook.read_json(body)
            assert (path, host) == ("/hooks/zalo", "hanoi.localhost")
            assert event["message"]["text"] == "Mất điện rồi"
            expected = hook.mac(event["app_id"], body, str(event["timestamp"]), secret)
            assert headers["X-ZEvent-Signature"] == f"mac={expected}"

            talk(port, "/sandbox/messenger/say", '{"phone": "0901234567", "text": "alo"}')
            until(lambda: any(told[0] == "/hooks/messenger" for told in edge.told))
            told = next(told for told in edge.told if told[0] == "/hooks/messenger")
            other = re.findall(r"Khóa bí mật của ứng dụng: (\S+)", shown)[1]
            assert told[2]["X-Hub-Signature-256"] == f"sha256={credentials.sign(told[3], other)}"

            refused = talk(urlsplit(address).port, "/sandbox/zalo/v2.0/oa/getoa")
            assert refused[0] == 200 and "-216" in refused[1]
            assert ports.listens(int(re.search(r"nhận thư: (\d+)", shown)[1]))
        finally:
            process.send_signal(signal.SIGINT)
            rest = process.communicate(timeout=120)[0]
        assert process.returncode == 0
        assert float(re.search(r"Stopped in ([\d.]+) s", rest)[1]) < 30
        assert not ports.listens(port) and not ports.listens(port + 1)
