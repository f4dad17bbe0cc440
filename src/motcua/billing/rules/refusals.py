"""What a case may be refused for; each names the field as the case writes it."""

from motcua.kernel.results import Refused, gettext_noop


class UnknownField(Refused):
    """A name that no case has."""

    code = "UNKNOWN_FIELD"
    message = gettext_noop("Không có trường “%(name)s”.")


class FieldMissing(Refused):
    """Nothing is guessed in its place."""

    code = "FIELD_MISSING"
    message = gettext_noop("Thiếu trường “%(name)s”.")


class FieldWrong(Refused):
    """A value that the field does not take."""

    code = "FIELD_WRONG"
    message = gettext_noop("Trường “%(name)s” phải là: %(expected)s.")


class Contradiction(Refused):
    """Two things that do not go together."""

    code = "CONTRADICTION"
    message = gettext_noop("Trường “%(name)s” không đi cùng “%(other)s”.")


class NoPrice(Refused):
    """Nobody has said a price for these days; none is guessed."""

    code = "NO_PRICE"
    message = gettext_noop("Chưa có giá của nhóm %(group)s cho các ngày từ %(start)s đến %(end)s.")


class NothingToGoBy(Refused):
    """A stopped meter of a customer without any bill before."""

    code = "NOTHING_TO_GO_BY"
    message = gettext_noop("Chưa có kỳ nào trước đó để ước tính.")
