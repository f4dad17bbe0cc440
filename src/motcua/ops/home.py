"""The home folder of one installation: secrets, state, documents; by default `./var`, else `MOTCUA_HOME`."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import secrets
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from motcua.ops.trouble import Exit, Trouble, of_os_error


class Home:
    """Paths and small state files of one installation. Making one creates the folder (mode 0711, so that as
    root the database's own user may pass through to its folder; everything inside is private)."""

    def __init__(self, path: Path | str) -> None:
        self.path = Path(path).expanduser().absolute()
        try:
            if not self.path.exists():
                self.path.mkdir(parents=True, mode=0o711, exist_ok=True)
                self.path.chmod(0o711)
            self.path = self.path.resolve()
            self._try_writing()
        except OSError as error:
            raise of_os_error(error, "preparing the home folder", self.path) from None

    def _try_writing(self) -> None:
        """Fail early on a full or read-only disk: write, flush and remove a small file."""
        handle, name = tempfile.mkstemp(prefix=".probe-", dir=self.path)
        try:
            os.write(handle, b"\0" * 65536)
            os.fsync(handle)
        finally:
            os.close(handle)
            os.unlink(name)

    @property
    def mark(self) -> str:
        """A short name of this home, stable as long as it is not moved."""
        return hashlib.sha256(str(self.path).encode()).hexdigest()[:10]

    @property
    def documents(self) -> Path:
        return self.path / "documents"

    @property
    def clock_file(self) -> Path:
        return self.path / "clock.json"

    @property
    def logs(self) -> Path:
        return self.path / "logs"

    @property
    def certificates(self) -> Path:
        return self.path / "certificates"

    @property
    def secrets(self) -> Path:
        return self.path / "secrets"

    def secret(self, name: str) -> str:
        """The secret of that name, made at first use and kept in a file of its own (mode 0600)."""
        with self.locked("secrets", wait=True):
            kept = self.secrets / name
            try:
                if kept.exists():
                    return kept.read_text().strip()
                self.secrets.mkdir(mode=0o700, exist_ok=True)
                write_private(kept, secrets.token_urlsafe(32).encode())
                return kept.read_text().strip()
            except PermissionError:
                raise Trouble(
                    f"{self.secrets} belongs to another user. Start as the user who made this home, "
                    "or choose another with MOTCUA_HOME=DIR.",
                    Exit.SETTINGS,
                ) from None
            except OSError as error:
                raise of_os_error(error, "keeping secrets", self.path) from None

    def list_secrets(self) -> dict[str, str]:
        """All secrets of this home by name (for the backup)."""
        return {p.name: p.read_text().strip() for p in sorted(self.secrets.glob("[!.]*")) if p.is_file()}

    def keep_secret(self, name: str, value: str) -> None:
        """Put a secret back (restore of a backup); an existing one of the same name is replaced."""
        self.secrets.mkdir(mode=0o700, exist_ok=True)
        write_private(self.secrets / name, value.encode())

    def read_state(self) -> dict[str, object]:
        """What the last start noted: process ids of the parts, ports, hash of the applied migrations."""
        return self._read_json("state.json")

    def write_state(self, **changes: object) -> None:
        self._write_json("state.json", self.read_state() | changes)

    def _read_json(self, name: str) -> dict[str, object]:
        try:
            loaded = json.loads((self.path / name).read_text())
        except FileNotFoundError:
            return {}
        except PermissionError:
            raise Trouble(
                f"{self.path / name} belongs to another user. Start as the user who made this home.",
                Exit.SETTINGS,
            ) from None
        except ValueError:
            raise Trouble(
                f"{self.path / name} is damaged (not JSON). Put it back from a backup.", Exit.SETTINGS
            ) from None
        return dict(loaded)

    def _write_json(self, name: str, value: dict[str, object]) -> None:
        try:
            write_private(self.path / name, json.dumps(value, indent=1).encode())
        except OSError as error:
            raise of_os_error(error, f"writing {name}", self.path) from None

    @contextmanager
    def locked(self, name: str, *, wait: bool) -> Iterator[None]:
        """Hold the lock file of that name. Raises Trouble at once when taken and `wait` is false.

        The lock is the kernel's (flock): it ends with the process, however that ends.
        """
        handle = os.open(self.path / f"{name}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise Trouble(
                    f"Motcua is already running on {self.path}. Stop it first, "
                    "or choose another folder with MOTCUA_HOME=DIR and another PORT.",
                    Exit.ALREADY_RUNNING,
                ) from None
            yield
        finally:
            os.close(handle)


def noted_port(path: Path | str) -> int | None:
    """The port of the last `motcua up` on this home; None when there was none. Makes nothing."""
    try:
        return int(json.loads((Path(path).expanduser() / "state.json").read_text())["port"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def write_private(path: Path, content: bytes) -> None:
    """Replace a file in one step, readable by its owner alone; a kill leaves the old or the new one."""
    handle, name = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
