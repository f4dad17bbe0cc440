"""What will stop e-invoices unless somebody does something, in words: on the accountants' page and the administrators'."""

from __future__ import annotations

from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

from motcua.billing.einvoice.queries import Alarm

ALARMS = {
    "NO_SELLER": _(
        "Có hóa đơn tiền điện chờ lập hóa đơn điện tử nhưng chưa khai thông tin người bán cho hôm nay."
    ),
    "NO_CERTIFICATE": _("Không có chứng thư nào ký được hôm nay."),
    "CERTIFICATE_ENDS": _("Chứng thư ký hết hạn ngày %(fact)s. Hãy gia hạn."),
    "CERTIFICATE_REVOKED": _("Chứng thư đang ký đã bị thu hồi ngày %(fact)s. Hãy thay ngay."),
    "CRL_STALE": _("Danh sách thu hồi chứng thư quá hạn từ %(fact)s: hãy xem nơi lấy danh sách."),
    "VERDICTS_LATE": _("%(fact)s thông điệp chờ kết quả của cơ quan thuế quá một ngày."),
    "SERIES_NEARLY_FULL": _("Ký hiệu %(fact)s sắp hết số."),
}


def alarm_words(alarm: Alarm) -> str:
    return gettext(ALARMS[alarm.code]) % {"fact": alarm.fact}
