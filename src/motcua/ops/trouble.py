"""What can go wrong for an operator: a sentence that says what to do, and an exit code to script against."""

from __future__ import annotations

import errno
from enum import IntEnum
from pathlib import Path


class Exit(IntEnum):
    """Exit codes of the `motcua` command; listed in docs/reference/commands.md."""

    OK = 0
    FAILED = 1
    USAGE = 2
    PORT_TAKEN = 10
    DATABASE_UNREACHABLE = 11
    DATABASE_UNFIT = 12
    DISK = 13
    ALREADY_RUNNING = 14
    MIGRATION = 15
    PART_FAILED = 16
    SETTINGS = 17
    NOT_EMPTY = 18
    ARCHIVE = 19


class Trouble(Exception):
    """An expected failure of a command: printed as one sentence, never as a traceback."""

    def __init__(self, sentence: str, exit_code: Exit = Exit.FAILED) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.exit_code = exit_code


def of_os_error(error: OSError, doing: str, where: Path | str) -> Trouble:
    """Turn an operating system's refusal into a sentence about the disk, the folder or the permission."""
    if error.errno == errno.ENOSPC or error.errno == errno.EDQUOT:
        return Trouble(
            f"The disk that holds {where} is full ({doing}). Free some space, then start again.", Exit.DISK
        )
    if error.errno == errno.EROFS:
        return Trouble(
            f"{where} is on a read-only disk ({doing}). Choose another folder with MOTCUA_HOME=DIR.",
            Exit.DISK,
        )
    if error.errno in (errno.EACCES, errno.EPERM):
        return Trouble(
            f"No permission to write in {where} ({doing}). Choose another folder with MOTCUA_HOME=DIR.",
            Exit.DISK,
        )
    return Trouble(f"{doing} failed at {where}: {error.strerror or error}.", Exit.DISK)
