"""What a customer may be asked to agree to, and in which words: nothing here is agreed to by silence."""

from __future__ import annotations

from motcua.kernel.results import gettext_noop as _

PURPOSES = {
    "SURVEY": _("Hỏi ý kiến về dịch vụ"),
    "NEWS": _("Tin về dịch vụ mới, tiết kiệm điện"),
    "CALL_BACK": _("Gọi điện tư vấn"),
}
WORDINGS = {
    "SURVEY": _("Tôi đồng ý để công ty điện lực hỏi ý kiến của tôi về dịch vụ đã làm. Tôi có thể rút lại bất cứ lúc nào."),
    "NEWS": _("Tôi đồng ý nhận tin của công ty điện lực về dịch vụ mới và cách tiết kiệm điện. Tôi có thể rút lại bất cứ lúc nào."),
    "CALL_BACK": _("Tôi đồng ý để công ty điện lực gọi điện tư vấn cho tôi. Tôi có thể rút lại bất cứ lúc nào."),
}  # fmt: skip
# What is written to somebody, as against said on the telephone.
WRITTEN = ("SURVEY", "NEWS")
