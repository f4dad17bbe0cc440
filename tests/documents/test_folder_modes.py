"""The folder of documents is its owner's alone, whatever the umask says."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from motcua.documents.storage import FolderStorage


class TestFolderStorage:
    def test_every_folder_and_file_is_private(self, tmp_path: Path) -> None:
        root = tmp_path / "documents"
        before = os.umask(0o022)
        try:
            FolderStorage(root).put("hanoi", "0123abcd", b"encrypted")
        finally:
            os.umask(before)

        modes = {
            p.relative_to(tmp_path).as_posix(): stat.S_IMODE(p.stat().st_mode)
            for p in [root, *root.rglob("*")]
        }
        assert modes == {
            "documents": 0o700,
            "documents/hanoi": 0o700,
            "documents/hanoi/cd": 0o700,
            "documents/hanoi/cd/0123abcd": 0o600,
        }
