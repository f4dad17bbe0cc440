"""`motcua import customers FILE`: customers, points, contracts, meters, readings and balances of an older
system.

A thread reads and cleans chunk after chunk while the database works on the one before; each chunk is one
transaction, so that a crash leaves whole chunks, and the same file again goes on where it stopped: rows that
say nothing new are left alone.
"""

from __future__ import annotations

import argparse
import csv
import os
import queue
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from motcua.ops.home import Home
from motcua.ops.trouble import Exit, Trouble, of_os_error

if TYPE_CHECKING:
    from motcua.kernel.actors import Actor
    from motcua.ops.importing.faults import Fault
    from motcua.ops.importing.staging import Chunk

CHUNK_ROWS = 50_000
TRIES = 3
ERROR_HEADERS = ("dong", "cot", "muc", "ma_loi", "gia_tri", "cach_sua")

Progress = Callable[[str], None]


@dataclass
class ImportReport:
    """What an import did; in a dry run, what it would do."""

    rows: int = 0
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    refused: int = 0
    warnings: int = 0
    customers_created: int = 0
    customers_changed: int = 0
    seconds: float = 0.0
    errors_path: Path | None = None
    ignored_headers: list[str] = field(default_factory=list)

    @property
    def rows_per_second(self) -> int:
        return int(self.rows / self.seconds) if self.seconds else 0


def main(argv: Sequence[str] | None = None) -> int:
    """The command by itself: FILE --company CODE [--dry-run] [--errors FILE]."""
    parser = argparse.ArgumentParser(prog="motcua import customers")
    parser.add_argument("file")
    parser.add_argument("--company", required=True)
    parser.add_argument("--dry-run", action="store_true")
    parser.add_argument("--errors", default="")
    parser.add_argument("--home", default="")
    try:
        return run(parser.parse_args(argv))
    except Trouble as trouble:
        print(trouble.sentence, file=sys.stderr)
        return int(trouble.exit_code)


def run(told: argparse.Namespace) -> int:
    """Called by the `motcua` command. Exit code 1 when rows were refused; those that were good are in."""
    from motcua.ops import database

    path = Path(told.file)
    if not path.is_file():
        raise Trouble(f"There is no file {path}.", Exit.USAGE)
    home = Home(told.home or os.environ.get("MOTCUA_HOME") or "var")
    with database.entered(home):
        from motcua.config import clock
        from motcua.kernel.actors import Actor

        report = import_customers(
            rows_path=path,
            company=told.company.upper(),
            dry_run=told.dry_run,
            actor=Actor.system("import"),
            at=clock.now(),
            errors_path=Path(told.errors) if told.errors else None,
            progress=lambda line: print(line, flush=True),
        )
    for line in summary(report, dry_run=told.dry_run):
        print(line)
    return int(Exit.FAILED if report.refused else Exit.OK)


def summary(report: ImportReport, *, dry_run: bool) -> list[str]:
    """The end of the command's output."""
    lines = ["Dry run: nothing was written." if dry_run else "Done."]
    lines.append(
        f"{report.rows:,} rows in {report.seconds:.1f} s ({report.rows_per_second:,} rows/s): "
        f"{report.new:,} new, "
        f"{report.changed:,} changed, {report.unchanged:,} unchanged, {report.refused:,} refused, "
        f"{report.warnings:,} warnings."
    )
    if not dry_run:
        lines.append(f"Customers: {report.customers_created:,} made, {report.customers_changed:,} changed.")
    if report.ignored_headers:
        lines.append("Columns without a meaning here: " + ", ".join(report.ignored_headers))
    if report.errors_path:
        lines.append(f"What to correct, row by row: {report.errors_path}")
    return lines


def import_customers(
    *,
    rows_path: Path,
    company: str,
    dry_run: bool,
    actor: Actor,
    at: datetime,
    errors_path: Path | None = None,
    progress: Progress = lambda _: None,
    chunk_rows: int = CHUNK_ROWS,
) -> ImportReport:
    """Import a file into a company. Good rows go in, bad ones into the file of errors; again is no harm.

    Raises Trouble: an unknown company, a file that cannot be read, a required column that is missing.
    """
    from motcua.companies.context import using_company
    from motcua.companies.models import Company

    try:
        with using_company(company):
            return _import(rows_path, dry_run, actor, at, errors_path, progress, chunk_rows)
    except Company.DoesNotExist:
        raise Trouble(f"There is no company {company}.", Exit.USAGE) from None


def _import(
    rows_path: Path,
    dry_run: bool,
    actor: Actor,
    at: datetime,
    errors_path: Path | None,
    progress: Progress,
    size: int,
) -> ImportReport:
    from motcua.ops.importing import staging
    from motcua.ops.importing.columns import read_headers
    from motcua.ops.importing.files import read_rows
    from motcua.ops.importing.rows import RowReader

    started = time.monotonic()
    rows = read_rows(rows_path)
    headers = read_headers(next(rows)[1])
    if headers.missing or headers.doubled:
        wrong = [f"no column {', '.join(headers.missing)}"] if headers.missing else []
        wrong += [f"two columns for one thing: {both}" for both in headers.doubled]
        raise Trouble(f"{rows_path}: {'; '.join(wrong)}. See docs/reference/import-format.md.", Exit.USAGE)
    report = ImportReport(ignored_headers=headers.ignored)
    reader = RowReader(headers, _surroundings(at))
    target = errors_path or rows_path.with_name(rows_path.name + ".errors.csv")
    staging.open_session()
    try:
        with _error_file(target) as write_faults:
            for chunk in _ahead(_chunks(rows, reader, size)):
                faults = _bring_in(chunk, report, dry_run=dry_run, actor=actor, at=at)
                write_faults([*chunk.faults, *faults], headers.written)
                report.seconds = time.monotonic() - started
                progress(
                    f"  {report.rows:,} rows, {report.rows_per_second:,}/s: {report.new:,} new, "
                    f"{report.changed:,} changed, {report.unchanged:,} unchanged, {report.refused:,} refused"
                )
    finally:
        staging.close_session()
    report.errors_path = target if target.exists() else None
    report.seconds = time.monotonic() - started
    return report


def _bring_in(
    chunk: Chunk, report: ImportReport, *, dry_run: bool, actor: Actor, at: datetime
) -> list[Fault]:
    """One chunk, one transaction; tried again when a connection made meanwhile broke a constraint."""
    from django.db import IntegrityError, OperationalError

    for left in reversed(range(TRIES)):
        try:
            return _bring_in_once(chunk, report, dry_run=dry_run, actor=actor, at=at)
        except (IntegrityError, OperationalError):
            if not left:
                raise
    raise AssertionError


def _bring_in_once(
    chunk: Chunk, report: ImportReport, *, dry_run: bool, actor: Actor, at: datetime
) -> list[Fault]:
    from django.db import transaction

    from motcua.customers import operations as customer_ops
    from motcua.ops.importing import staging
    from motcua.supply import operations as supply_ops

    created = changed = 0
    with transaction.atomic():
        if not dry_run:
            staging.wait_for_other_imports()
        staging.stage(chunk.lines)
        supply_ops.note_staged_seen(dry_run=dry_run)
        unchanged = supply_ops.skip_staged_unchanged()
        supply_ops.check_staged()
        customer_ops.check_staged()
        faults = staging.take_faults()
        counted = supply_ops.count_staged()
        if not dry_run and counted.new + counted.changed:
            made = customer_ops.upsert_staged(actor=actor, at=at)
            supply_ops.upsert_staged(actor=actor, at=at)
            created, changed = made.created, made.changed
        staging.drop_chunk()
    report.rows += chunk.rows_read
    report.new += counted.new
    report.changed += counted.changed
    report.unchanged += unchanged
    report.customers_created += created
    report.customers_changed += changed
    wrong = [*chunk.faults, *faults]
    report.refused += len({fault.row_no for fault in wrong if not fault.is_warning})
    report.warnings += sum(fault.is_warning for fault in wrong)
    return faults


def _chunks(rows: Iterator[Any], reader: Any, size: int) -> Iterator[Chunk]:
    from motcua.ops.importing.staging import Chunk

    number = 0
    chunk = Chunk(number)
    for row_no, cells, broken in rows:
        chunk.rows_read += 1
        line = reader.line(row_no, cells, broken)
        if line is not None:
            chunk.lines.append(line)
        if chunk.rows_read == size:
            chunk.faults, reader.faults = reader.faults, []
            yield chunk
            number += 1
            chunk = Chunk(number)
    if chunk.rows_read:
        chunk.faults, reader.faults = reader.faults, []
        yield chunk


def _ahead(chunks: Iterator[Chunk]) -> Iterator[Chunk]:
    """The same chunks, the next one being made in a thread while the present one is worked on."""
    waiting: queue.Queue[Any] = queue.Queue(maxsize=1)
    stopped = threading.Event()

    def put(item: object) -> bool:
        while not stopped.is_set():
            try:
                waiting.put(item, timeout=0.2)
                return True
            except queue.Full:
                continue
        return False

    def work() -> None:
        try:
            for chunk in chunks:
                if not put(chunk):
                    return
            put(None)
        except BaseException as error:
            put(error)

    thread = threading.Thread(target=work, name="import-reader", daemon=True)
    thread.start()
    try:
        while (item := waiting.get()) is not None:
            if isinstance(item, BaseException):
                raise item
            yield item
    finally:
        stopped.set()
        thread.join()


@contextmanager
def _error_file(path: Path) -> Iterator[Callable[[list[Fault], dict[str, str]], None]]:
    """Writes faults for a spreadsheet, row by row. The file is the owner's alone, and absent when there are
    none.
    """
    path.unlink(missing_ok=True)
    file: Any = None
    writer: Any = None

    def write(faults: list[Fault], headers: dict[str, str]) -> None:
        nonlocal file, writer
        if not faults:
            return
        if file is None:
            try:
                file = os.fdopen(
                    os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600),
                    "w",
                    encoding="utf-8-sig",
                    newline="",
                )
            except OSError as error:
                raise of_os_error(error, "writing the file of errors", path) from None
            writer = csv.writer(file, delimiter=";")
            writer.writerow(ERROR_HEADERS)
        for fault in sorted(faults, key=lambda fault: fault.row_no):
            level = "canh bao" if fault.is_warning else "loi"
            writer.writerow(
                (
                    fault.row_no,
                    headers.get(fault.field, fault.field),
                    level,
                    fault.code,
                    _inert(fault.value),
                    fault.hint,
                )
            )
        file.flush()

    try:
        yield write
    finally:
        if file is not None:
            file.close()


def _inert(value: str) -> str:
    """A cell that a spreadsheet does not take for a formula."""
    return f"'{value}" if value.startswith(("=", "+", "-", "@")) else value


def _surroundings(at: datetime) -> Any:
    from motcua.companies.models import Province, Unit
    from motcua.kernel import local_time
    from motcua.ops.importing.rows import Surroundings, province_keys

    units: dict[str, str] = {}
    for code, prefix in Unit.objects.order_by("-code").values_list("code", "account_prefix"):
        units[code] = code
        if prefix:
            units.setdefault(prefix, code)
    provinces: dict[str, tuple[str, str]] = {}
    day = local_time.local_date(at)
    known = Province.objects.order_by("valid_from", "id")
    # the meaning that a name has on the day of the import wins
    for province in sorted(
        known, key=lambda p: p.valid_from <= day and (p.valid_to is None or p.valid_to > day)
    ):
        now = province.code if province.valid_to is None else province.merged_into_code or province.code
        provinces[province_keys(province.name)] = (province.code, now)
    return Surroundings(units, provinces, day)


if __name__ == "__main__":
    raise SystemExit(main())
