"""Which company a portal's province code means on a day, in either scheme of provinces."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from motcua.companies import queries as company_queries
from motcua.companies.models import Province
from motcua.connectors.portals.formats import Scheme
from motcua.kernel.results import Refused, gettext_noop

# The day from which the 34 provinces stand; a row of the old scheme ended on it.
SCHEME_CHANGED = date(2025, 7, 1)


class ProvinceUnknown(Refused):
    code = "PROVINCE_UNKNOWN"
    message = gettext_noop("Mã tỉnh %(province)s không có trong danh mục %(count)s tỉnh, thành phố.")


class ServedElsewhere(Refused):
    """The dossier belongs to another company."""

    code = "SERVED_ELSEWHERE"
    message = gettext_noop(
        "%(province)s ngày %(day)s do %(company)s phục vụ. Cổng vui lòng chuyển hồ sơ đến %(company)s."
    )


class MovedElsewhere(Refused):
    """The dossier belongs to another company, because its province went into another one."""

    code = "SERVED_ELSEWHERE"
    message = gettext_noop(
        "%(old)s (mã cũ %(code)s) nay thuộc %(province)s, ngày %(day)s do %(company)s phục vụ. Cổng vui lòng chuyển hồ sơ đến %(company)s."
    )


@dataclass(frozen=True)
class Served:
    """A province as it stands on the day, and the company that serves it."""

    code: str
    name: str
    told_code: str
    told_name: str
    company_code: str

    @property
    def was_merged(self) -> bool:
        return self.told_name != self.name


def resolve(code: str, *, scheme: Scheme, on: date) -> Served:
    """The province of the day that a code of the scheme names; an old one is its successor. Raises ProvinceUnknown."""
    is_old = scheme is Scheme.OLD_63
    rows = Province.objects.filter(code=code, valid_to__isnull=not is_old)
    told = rows.order_by("-valid_from").first()
    if told is None:
        raise ProvinceUnknown(field="province_code", province=code, count=63 if is_old else 34)
    now_code, now_name = told.code, told.name
    if is_old and on >= SCHEME_CHANGED:
        now_code, now_name = told.merged_into_code, told.merged_into_name
    elif not is_old and on < SCHEME_CHANGED:
        raise ProvinceUnknown(field="province_code", province=code, count=63)
    company_code = company_queries.find_company_for_province(now_code, on)
    if company_code is None:
        raise ProvinceUnknown(field="province_code", province=code, count=63 if is_old else 34)
    return Served(now_code, now_name, told.code, told.name, company_code)


def require_ours(code: str, *, scheme: Scheme, on: date) -> Served:
    """The province, when the company worked for serves it that day. Raises ProvinceUnknown, ServedElsewhere,
    MovedElsewhere.
    """
    served = resolve(code, scheme=scheme, on=on)
    if served.company_code == company_queries.get_company().code:
        return served
    company = company_queries.list_companies().filter(code=served.company_code).first()
    facts = {
        "province": served.name,
        "day": f"{on:%d/%m/%Y}",
        "company": company.name if company else served.company_code,
        "company_code": served.company_code,
    }
    if served.was_merged:
        raise MovedElsewhere(field="province_code", old=served.told_name, code=served.told_code, **facts)
    raise ServedElsewhere(field="province_code", **facts)
