"""Which columns an import knows, under which headers, in Vietnamese, as CMIS names them, or in English."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from motcua.kernel import vietnamese


@dataclass(frozen=True)
class Column:
    """A field of the import: the headers it goes by (the first is shown), and what it means, for the
    reference.
    """

    field: str
    headers: tuple[str, ...]
    meaning: str
    example: str = ""
    is_required: bool = False
    is_personal: bool = False


COLUMNS: tuple[Column, ...] = (
    Column(
        "account_code",
        ("MA_KHANG", "MA_KH", "Mã khách hàng", "account_code"),
        "account code, 13 characters",
        "PD01000012345",
        is_required=True,
    ),
    Column(
        "full_name",
        ("TEN_KHANG", "TEN_KH", "Tên khách hàng", "Họ và tên", "full_name"),
        "name of the customer",
        "Nguyễn Thị Hoa",
        is_required=True,
        is_personal=True,
    ),
    Column(
        "kind",
        ("LOAI_KHANG", "LOAI_KH", "Loại khách hàng", "customer_kind"),
        "person, household or organisation; guessed from the name when empty",
        "Cá nhân",
    ),
    Column(
        "id_number",
        ("SO_CCCD", "CCCD", "SO_CMT", "SO_CMND", "Số định danh", "id_number"),
        "personal number (12 digits), old card (9), passport or tax code",
        "001190012345",
        is_personal=True,
    ),
    Column(
        "tax_code",
        ("MA_SO_THUE", "MST", "Mã số thuế", "tax_code"),
        "tax code, used when there is no id number",
        "0100101114",
        is_personal=True,
    ),
    Column(
        "phone",
        ("DIEN_THOAI", "DTHOAI", "SDT", "SO_DIEN_THOAI", "Số điện thoại", "Điện thoại", "phone"),
        "phone on record; of several in one cell the first valid one",
        "0901 234 567",
        is_personal=True,
    ),
    Column(
        "email", ("EMAIL", "E-mail", "Thư điện tử"), "e-mail on record", "hoa@example.com", is_personal=True
    ),
    Column(
        "contact_address",
        ("DIA_CHI_LIEN_HE", "DCHI_LHE", "Địa chỉ liên hệ", "contact_address"),
        "where to write to",
        "Số 5 Lê Lợi, Hà Nội",
        is_personal=True,
    ),
    Column(
        "place_text",
        ("DIA_CHI", "DCHI", "DIA_CHI_SDD", "Địa chỉ sử dụng điện", "address"),
        "where the electricity is used, as written",
        "Số 12 ngõ 5 Trần Phú, P. Mộ Lao, Q. Hà Đông, TP Hà Nội",
        is_required=True,
        is_personal=True,
    ),
    Column("house", ("SO_NHA", "Số nhà", "house"), "house number", "12", is_personal=True),
    Column(
        "street",
        ("DUONG_PHO", "DUONG", "Đường phố", "street"),
        "street or alley",
        "ngõ 5 Trần Phú",
        is_personal=True,
    ),
    Column(
        "hamlet", ("THON_XOM", "THON", "TO_DAN_PHO", "Thôn xóm", "hamlet"), "hamlet or group", "Thôn Đông"
    ),
    Column(
        "commune",
        ("XA_PHUONG", "PHUONG_XA", "XA", "PHUONG", "Xã phường", "commune"),
        "commune or ward",
        "Mộ Lao",
    ),
    Column(
        "district",
        ("QUAN_HUYEN", "QUAN", "HUYEN", "Quận huyện", "district"),
        "district, only in names of before 1 July 2025",
        "Hà Đông",
    ),
    Column(
        "province", ("TINH_TP", "TINH", "Tỉnh thành phố", "Tỉnh", "province"), "province by name", "Hà Nội"
    ),
    Column("lat", ("VI_DO", "Vĩ độ", "lat", "latitude"), "latitude of the point", "20.98112"),
    Column("lon", ("KINH_DO", "Kinh độ", "lon", "longitude"), "longitude of the point", "105.78733"),
    Column(
        "unit_code",
        ("MA_DVIQLY", "MA_DON_VI", "Mã đơn vị", "unit_code"),
        "unit in charge; the first six characters of the account code when empty",
        "PD0100",
    ),
    Column(
        "point_code",
        ("MA_DDO", "MA_DIEM_DO", "Mã điểm đo", "service_point_code"),
        "metering point; account code and 001 when empty",
        "PD01000012345001",
    ),
    Column("station_code", ("MA_TRAM", "Mã trạm", "station_code"), "transformer station", "T0012"),
    Column("pole_number", ("SO_COT", "COT", "Số cột", "pole_number"), "pole", "A12/3"),
    Column(
        "meter_serial",
        ("SERY_CTO", "SO_CTO", "SO_CONG_TO", "Số công tơ", "meter_serial"),
        "meter that hangs there",
        "18123456",
    ),
    Column(
        "register",
        ("BO_CHI_SO", "BCS", "BO_GHI", "Bộ chỉ số", "register"),
        "register that CHI_SO is of: KT, BT, CD, TD, VC; KT when empty",
        "KT",
    ),
    Column("reading", ("CHI_SO", "CHI_SO_MOI", "CSO", "Chỉ số", "reading"), "last reading", "1234"),
    Column("reading_bt", ("CHI_SO_BT", "reading_bt"), "last reading at normal hours", "800"),
    Column("reading_cd", ("CHI_SO_CD", "reading_cd"), "last reading at peak hours", "210"),
    Column("reading_td", ("CHI_SO_TD", "reading_td"), "last reading at off-peak hours", "95"),
    Column("reading_vc", ("CHI_SO_VC", "reading_vc"), "last reading of reactive energy", "12"),
    Column(
        "reading_at",
        ("NGAY_CHI_SO", "NGAY_DOC", "Ngày chỉ số", "reading_date"),
        "day of the readings",
        "31/10/2026",
    ),
    Column(
        "balance_vnd",
        ("DU_NO", "TIEN_NO", "Dư nợ", "balance_vnd"),
        "what is owed in dong; negative when the customer has credit",
        "350000",
    ),
    Column(
        "balance_on",
        ("NGAY_DU_NO", "Ngày dư nợ", "balance_date"),
        "day of the balance; today when empty",
        "31/10/2026",
    ),
    Column("quota", ("SO_HO", "DINH_MUC", "Số hộ", "quota"), "households that share the tiers", "1"),
    Column(
        "purpose",
        ("MUC_DICH", "MUC_DICH_SD", "Mục đích sử dụng", "purpose"),
        "SH, SX, KD, HCSN or the words; residential for a new contract when empty",
        "SH",
    ),
    Column("phases", ("SO_PHA", "Số pha", "phases"), "1 or 3", "1"),
    Column("capacity_kw", ("CONG_SUAT", "Công suất", "capacity_kw"), "capacity in kW", "5"),
    Column(
        "contract_number",
        ("SO_HDONG", "SO_HOP_DONG", "Số hợp đồng", "contract_number"),
        "number of the contract",
        "18/000123",
    ),
    Column(
        "signed_at",
        ("NGAY_KY", "NGAY_HDONG", "Ngày ký", "signed_date"),
        "day the contract was signed",
        "05/11/2018",
    ),
)

BY_FIELD = {column.field: column for column in COLUMNS}
_BY_HEADER = {vietnamese.search_key(header): column for column in COLUMNS for header in column.headers}


@dataclass(frozen=True)
class Headers:
    """Where each field stands in the file and what its header is there; headers that mean nothing to us."""

    position: dict[str, int]
    written: dict[str, str]
    ignored: list[str]
    missing: list[str]
    doubled: list[str]
    width: int


def read_headers(cells: Sequence[str]) -> Headers:
    """Match a header line, whatever case, marks, spaces or underscores it is written with."""
    position: dict[str, int] = {}
    written: dict[str, str] = {}
    ignored: list[str] = []
    doubled: list[str] = []
    for place, cell in enumerate(cells):
        column = _BY_HEADER.get(vietnamese.search_key(cell))
        if column is None:
            if cell.strip():
                ignored.append(cell.strip())
        elif column.field in position:
            doubled.append(f"{written[column.field]} / {cell.strip()}")
        else:
            position[column.field], written[column.field] = place, cell.strip()
    missing = [column.headers[0] for column in COLUMNS if column.is_required and column.field not in position]
    return Headers(position, written, ignored, missing, doubled, len(cells))
