"""The home folder: locked, private, and clear about disks it cannot use."""

from __future__ import annotations

import errno
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from motcua.ops.home import Home, noted_port
from motcua.ops.trouble import Exit, Trouble, of_os_error


class TestHome:
    def test_a_second_start_on_the_same_home_is_refused(self, home: Home) -> None:
        with (
            home.locked("running", wait=False),
            pytest.raises(Trouble) as refused,
            home.locked("running", wait=False),
        ):
            pass

        assert refused.value.exit_code == Exit.ALREADY_RUNNING
        assert "MOTCUA_HOME" in refused.value.sentence

    def test_a_killed_start_leaves_no_lock(self, home: Home) -> None:
        code = (
            "import sys, time; from motcua.ops.home import Home\n"
            "with Home(sys.argv[1]).locked('running', wait=False):\n print('held', flush=True); "
            "time.sleep(60)"
        )
        holder = subprocess.Popen(
            [sys.executable, "-c", code, str(home.path)],
            stdout=subprocess.PIPE, env={**os.environ, "PYTHONPATH": ":".join(sys.path)},
        )  # fmt: skip
        assert holder.stdout
        holder.stdout.readline()

        holder.kill()
        holder.wait()

        with home.locked("running", wait=False):
            pass

    def test_a_secret_is_made_once(self, home: Home) -> None:
        assert home.secret("key") == home.secret("key")
        assert home.secret("key") != home.secret("other")
        assert stat.S_IMODE((home.secrets / "key").stat().st_mode) == 0o600

    def test_state_is_merged(self, home: Home) -> None:
        home.write_state(port=8000)
        home.write_state(scheme="http")

        assert home.read_state() == {"port": 8000, "scheme": "http"}

    @pytest.mark.skipif(not Path("/proc").is_dir(), reason="needs a folder nobody can write in")
    def test_a_folder_that_cannot_be_written_is_a_sentence(self) -> None:
        with pytest.raises(Trouble) as refused:
            Home("/proc/motcua")

        assert refused.value.exit_code == Exit.DISK

    @pytest.mark.parametrize(
        ("number", "said"),
        [
            (errno.ENOSPC, "is full"),
            (errno.EROFS, "read-only disk"),
            (errno.EACCES, "No permission to write"),
        ],
    )
    def test_each_failure_of_a_disk_has_its_sentence(self, number: int, said: str) -> None:
        trouble = of_os_error(OSError(number, os.strerror(number)), "preparing", "/data")

        assert trouble.exit_code == Exit.DISK
        assert said in trouble.sentence


class TestNotedPort:
    def test_is_that_of_the_last_start(self, home: Home) -> None:
        assert noted_port(home.path) is None

        home.write_state(port=8123)

        assert noted_port(home.path) == 8123

    def test_makes_no_folder(self, tmp_path: Path) -> None:
        assert noted_port(tmp_path / "nothing") is None
        assert not (tmp_path / "nothing").exists()
