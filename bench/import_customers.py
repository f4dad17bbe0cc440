"""How many rows of customers a second come in, beside a bare COPY of the same file's rows in the same run.

    python -m bench.import_customers [ROWS]

Works in a fresh database of its own on the embedded server of the tests (not durable) unless MOTCUA_BENCH_URL
names a database with the company HANOI, into which it then imports.
"""

from __future__ import annotations

import csv
import os
import random
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

STREETS = (
    "Trần Phú",
    "Lê Lợi",
    "Nguyễn Trãi",
    "Quang Trung",
    "Hai Bà Trưng",
    "Lý Thường Kiệt",
    "Đinh Tiên Hoàng",
)
WARDS = ("Mộ Lao", "Kim Liên", "Phú Diễn", "Dịch Vọng", "Hàng Bạc", "Đồng Xuân", "Yên Nghĩa", "La Khê")
DISTRICTS = ("Hà Đông", "Đống Đa", "Cầu Giấy", "Hoàn Kiếm", "Ba Đình", "Long Biên")
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "src"))

HEADERS = (
    "MA_DVIQLY",
    "MA_KHANG",
    "TEN_KHANG",
    "DIEN_THOAI",
    "DIA_CHI",
    "SO_CCCD",
    "MA_DDO",
    "MA_TRAM",
    "SO_COT",
    "SERY_CTO",
    "CHI_SO",
    "NGAY_CHI_SO",
    "DU_NO",
    "SO_HO",
    "MUC_DICH",
    "SO_PHA",
    "CONG_SUAT",
)


def write_file(path: Path, rows: int) -> None:
    """Made-up customers of the Hanoi company."""
    from motcua.ops.year.names import name_of

    source = random.Random(2018)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter=";")
        writer.writerow(HEADERS)
        for number in range(1, rows + 1):
            code = f"PD0100{number:07d}"
            writer.writerow(
                (
                    "PD0100",
                    code,
                    name_of(source.random()),
                    f"09{source.randrange(10**8):08d}",
                    f"Số {source.randrange(1, 400)} ngõ {source.randrange(1, 99)} {source.choice(STREETS)}, "
                    f"P. {source.choice(WARDS)}, Q. {source.choice(DISTRICTS)}, TP Hà Nội",
                    f"0010{source.randrange(10**8):08d}",
                    f"{code}001",
                    f"T{number // 150:05d}",
                    f"A{number // 12}/{number % 12}",
                    f"{18_000_000 + number}",
                    source.randrange(100_000),
                    "31/10/2026",
                    source.choice((0, 0, 350_000, 1_250_500)),
                    source.choice((1, 1, 1, 2)),
                    "SH",
                    source.choice((1, 1, 1, 3)),
                    "5",
                )
            )


@contextmanager
def a_database():
    if url := os.environ.get("MOTCUA_BENCH_URL"):
        os.environ["DATABASE_URL"] = url
        _set_up()
        yield
        return
    os.environ.setdefault("MOTCUA_DB_ROLE_PREFIX", "motcua_test")
    from tests import database

    server = database.join()
    name = server.clone()
    try:
        os.environ["DATABASE_URL"] = server.app_url(name)
        _set_up()
        yield
    finally:
        from django.db import connections

        connections["default"].close()
        connections["default"].close_pool()
        server.drop(name)
        server.leave()


def _set_up() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "motcua.config.settings")
    import django

    django.setup()


def bare_copy(path: Path) -> float:
    """Seconds for COPY of the file's rows as they are into a table of text columns, in one transaction."""
    from django.db import connection, transaction

    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.reader(file, delimiter=";")
        next(reader)
        lines = ["\t".join(row) + "\n" for row in reader]
    columns = ", ".join(f"{name.lower()} text" for name in HEADERS)
    started = time.monotonic()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"CREATE TEMPORARY TABLE bench_bare ({columns}) ON COMMIT DROP")
        with cursor.copy("COPY bench_bare FROM STDIN") as copy:
            for start in range(0, len(lines), 2000):
                copy.write("".join(lines[start : start + 2000]).encode())
    return time.monotonic() - started


def main(argv: list[str] | None = None) -> int:
    arguments = sys.argv[1:] if argv is None else argv
    rows = int(arguments[0]) if arguments else 200_000
    with tempfile.TemporaryDirectory() as folder, a_database():
        from datetime import UTC, datetime

        from motcua.companies.context import using_company
        from motcua.kernel.actors import Actor
        from motcua.ops.import_customers import import_customers

        path = Path(folder) / "customers.csv"
        write_file(path, rows)
        with using_company("HANOI"):
            bare = bare_copy(path)
        at = datetime(2026, 11, 16, 2, 0, tzinfo=UTC)
        told = {"rows_path": path, "company": "HANOI", "actor": Actor.system("bench"), "at": at}
        dry = import_customers(**told, dry_run=True)
        first = import_customers(**told, dry_run=False)
        again = import_customers(**told, dry_run=False)
    assert (first.new, first.refused, again.unchanged, again.new) == (rows, 0, rows, 0), (first, again)
    print(f"customer import, {rows:,} rows, {path.name} of 17 columns")
    print(f"  bare COPY        {rows / bare:>10,.0f} rows/s")
    for name, report in (("first import", first), ("dry run", dry), ("same file again", again)):
        ratio = (rows / bare) / (report.rows / report.seconds)
        print(
            f"  {name:<16} {report.rows / report.seconds:>10,.0f} rows/s   COPY is {ratio:,.1f} times as fast"
        )
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
