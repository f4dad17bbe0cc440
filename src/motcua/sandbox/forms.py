"""What the stand-ins' pages ask."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from motcua.kernel import money
from motcua.sandbox.bank import Fault, Way

FAULT_LABELS = {
    Fault.LATE: _("Báo muộn 20 giây"),
    Fault.LOST: _("Lần báo đầu bị mất"),
    Fault.DOUBLED: _("Báo nhiều lần"),
    Fault.REORDERED: _("Báo sai thứ tự"),
    Fault.SLOW: _("Đường truyền chậm"),
    Fault.OTHER_AMOUNT: _("Khách trả khác số tiền"),
    Fault.WRONG_SIGNATURE: _("Lần báo đầu sai chữ ký"),
    Fault.HOLD_TIMED_OUT: _("Xác nhận sau khi hết giờ giữ"),
    Fault.STATEMENT_LATE: _("Lên sao kê muộn một ngày"),
}
WAY_LABELS = {
    Way.NOTICE: _("Chuyển khoản, báo sau"),
    Way.PAY: _("Tra cứu rồi trả ngay"),
    Way.HOLD: _("Giữ tiền rồi xác nhận"),
}


class AmountField(forms.CharField):
    """An amount as people type it; whole dong."""

    def clean(self, value: Any) -> int | None:
        typed = super().clean(value)
        if not typed:
            return None
        amount = money.parse_vnd(typed)
        if not amount:
            raise forms.ValidationError(_("Số tiền phải là số đồng nguyên, lớn hơn 0. Ví dụ: 105.840"))
        return amount


class BankForm(forms.Form):
    told = forms.CharField(
        label=_("Nội dung mã QR, hoặc mã thanh toán"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 4, "autocomplete": "off", "spellcheck": "false"}),
        error_messages={"required": _("Vui lòng dán nội dung mã QR hoặc nhập mã thanh toán.")},
    )
    amount_vnd = AmountField(
        label=_("Số tiền"),
        help_text=_("Để trống nếu mã QR đã có số tiền."),
        required=False,
        max_length=20,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )
    way = forms.ChoiceField(
        label=_("Cách trả"),
        required=False,
        choices=[(way.value, label) for way, label in WAY_LABELS.items()],
    )
    faults = forms.MultipleChoiceField(
        label=_("Lỗi giả lập"),
        help_text=_("Ngân hàng thật đôi khi báo muộn, báo lặp hoặc sai thứ tự. Chọn để thử."),
        required=False,
        choices=[(fault.value, label) for fault, label in FAULT_LABELS.items()],
        widget=forms.CheckboxSelectMultiple,
    )


class AdvanceForm(forms.Form):
    advance = forms.CharField(
        label=_("Cho thời gian trôi thêm"),
        help_text=_("Ví dụ: 1d2h30m là 1 ngày 2 giờ 30 phút."),
        max_length=20,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
