"""What may be wrong with a cell, and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass

from motcua.kernel.results import gettext_noop

HINTS = {
    "REQUIRED": gettext_noop("Ô này bắt buộc phải có."),
    "ACCOUNT_CODE_INVALID": gettext_noop(
        "Mã khách hàng có 13 ký tự (mã cũ 11 hoặc 12), bắt đầu bằng P và một chữ cái."
    ),
    "POINT_CODE_INVALID": gettext_noop("Mã điểm đo có từ 3 đến 20 chữ cái và chữ số."),
    "NAME_INVALID": gettext_noop("Tên phải có chữ cái, từ 2 đến 200 ký tự."),
    "KIND_UNKNOWN": gettext_noop("Ghi: Cá nhân, Hộ gia đình hoặc Tổ chức; hoặc để trống."),
    "ID_NUMBER_INVALID": gettext_noop(
        "CCCD 12 chữ số, CMND 9 chữ số, mã số thuế 10 hoặc 13 chữ số. Ô này được bỏ qua."
    ),
    "PHONE_INVALID": gettext_noop("Số di động 10 chữ số hoặc số cố định 10-11 chữ số. Ô này được bỏ qua."),
    "EMAIL_INVALID": gettext_noop("Địa chỉ thư điện tử chưa đúng. Ô này được bỏ qua."),
    "TOO_LONG": gettext_noop("Nội dung dài quá %s ký tự."),
    "PIN_INVALID": gettext_noop(
        "Ghi cả vĩ độ và kinh độ, ví dụ 20.98112 và 105.78733, trong lãnh thổ Việt Nam."
    ),
    "PROVINCE_UNKNOWN": gettext_noop("Không có tỉnh, thành phố này. Ghi tên tỉnh, ví dụ Hà Nội."),
    "UNIT_UNKNOWN": gettext_noop("Không có đơn vị này. Ghi mã đơn vị có trong hệ thống vào cột MA_DVIQLY."),
    "METER_SERIAL_INVALID": gettext_noop("Số công tơ có từ 3 đến 24 chữ số hoặc chữ cái."),
    "METER_MISSING": gettext_noop("Có chỉ số nhưng không có số công tơ. Ghi số công tơ vào cột SERY_CTO."),
    "REGISTER_UNKNOWN": gettext_noop("Bộ chỉ số là KT, BT, CD, TD hoặc VC."),
    "READING_INVALID": gettext_noop(
        "Chỉ số là số không âm, tối đa 9 chữ số và 3 số lẻ, không có dấu ngăn hàng nghìn."
    ),
    "READING_DATE_MISSING": gettext_noop(
        "Có chỉ số thì phải có ngày. Ghi ngày/tháng/năm vào cột NGAY_CHI_SO."
    ),
    "NOT_A_NUMBER": gettext_noop("Ô này phải là số."),
    "AMBIGUOUS_NUMBER": gettext_noop("Không rõ dấu này ngăn hàng nghìn hay số lẻ. Ghi 1234 hoặc 1234,0."),
    "NOT_WHOLE_DONG": gettext_noop("Số tiền là số đồng nguyên, ví dụ 350000."),
    "DATE_INVALID": gettext_noop("Ghi ngày/tháng/năm, ví dụ 31/10/2026."),
    "DATE_IN_FUTURE": gettext_noop("Ngày này ở tương lai."),
    "QUOTA_INVALID": gettext_noop("Số hộ là số nguyên từ 1 đến 5000."),
    "PURPOSE_UNKNOWN": gettext_noop("Ghi: SH, SX, KD hoặc HCSN; hoặc để trống."),
    "PHASES_INVALID": gettext_noop("Số pha là 1 hoặc 3."),
    "CAPACITY_INVALID": gettext_noop("Công suất là số kW lớn hơn 0, ví dụ 5 hoặc 5,5."),
    "ROW_TOO_WIDE": gettext_noop(
        "Dòng có nhiều ô hơn dòng tiêu đề. Kiểm tra dấu phân cách và dấu ngoặc kép."
    ),
    "CSV_BROKEN": gettext_noop("Dòng không đúng dạng CSV. Kiểm tra dấu ngoặc kép."),
}
# A wrong value here is left out and told; the row goes in.
WARNINGS = frozenset({"ID_NUMBER_INVALID", "PHONE_INVALID", "EMAIL_INVALID"})


@dataclass(frozen=True)
class Fault:
    """What is wrong with a cell, for the file of errors."""

    row_no: int
    field: str
    code: str
    hint: str
    value: str = ""

    @property
    def is_warning(self) -> bool:
        return self.code in WARNINGS
