"""A file of customers as an older system writes it, and how it is brought in."""

import csv

import pytest

from motcua.customers.models import Customer
from motcua.kernel.actors import Actor
from motcua.ops import import_customers as importer
from motcua.supply.models import (
    Balance,
    Contract,
    ImportedLine,
    Installation,
    Meter,
    Place,
    Reading,
    ServicePoint,
)

SYSTEM = Actor.system("import")
WRITTEN = (Balance, Contract, Customer, ImportedLine, Installation, Meter, Place, Reading, ServicePoint)
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
GOOD = {
    "MA_DVIQLY": "PD0100",
    "MA_KHANG": "PD01000012345",
    "TEN_KHANG": "Nguyễn Thị Hoa",
    "DIEN_THOAI": "0901 234 567",
    "DIA_CHI": "Số 12 ngõ 5 Trần Phú, P. Mộ Lao, Q. Hà Đông, TP Hà Nội",
    "SO_CCCD": "001190012345",
    "MA_DDO": "PD01000012345001",
    "MA_TRAM": "T0012",
    "SO_COT": "a12/3",
    "SERY_CTO": "18123456",
    "CHI_SO": "1234",
    "NGAY_CHI_SO": "31/10/2026",
    "DU_NO": "350.000",
    "SO_HO": "1",
    "MUC_DICH": "SH",
    "SO_PHA": "1",
    "CONG_SUAT": "5",
}


def row(number=12345, **values):
    """A good row of the customer with this number, with other values in some cells."""
    own = {
        "MA_KHANG": f"PD0100{number:07d}",
        "MA_DDO": f"PD0100{number:07d}001",
        "SERY_CTO": f"18{number:06d}",
        "SO_CCCD": f"0011{number:08d}",
        "TEN_KHANG": f"Nguyễn Thị Hoa {number}",
        "DIEN_THOAI": f"09{number:08d}",
    }
    return (GOOD if number == 12345 else GOOD | own) | values


@pytest.fixture
def write(tmp_path):
    def make(rows, *, name="kh.csv", encoding="utf-8", delimiter=";", headers=HEADERS, before=()):
        path = tmp_path / name
        with path.open("w", encoding=encoding, newline="") as file:
            writer = csv.writer(file, delimiter=delimiter)
            writer.writerows(before)
            writer.writerow(headers)
            writer.writerows([[cells.get(header, "") for header in headers] for cells in rows])
        return path

    return make


@pytest.fixture
def bring(at):
    def run(path, **values):
        told = {"rows_path": path, "company": "HANOI", "dry_run": False, "actor": SYSTEM, "at": at} | values
        return importer.import_customers(**told)

    return run


def errors_of(report):
    with report.errors_path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file, delimiter=";"))


def counts(report):
    return (report.new, report.changed, report.unchanged, report.refused)


def totals():
    return {model.__name__: model.objects.count() for model in WRITTEN}
