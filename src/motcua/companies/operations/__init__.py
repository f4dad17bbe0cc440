"""The only ways to write companies, units, staff and the audit; each public name is one act."""

from motcua.companies.operations.areas import (
    AreaEndsTooEarly,
    AreaTaken,
    AreaUnknown,
    ProvinceNotServed,
    area_add,
    area_end,
)
from motcua.companies.operations.auditing import record_audit, record_audit_many
from motcua.companies.operations.days import day_forget, day_set
from motcua.companies.operations.founding import CompanyTaken, NewCompany, company_add, open_company
from motcua.companies.operations.people import (
    NotYourself,
    StaffTaken,
    StaffUnknown,
    grant_role,
    revoke_role,
    staff_add,
    staff_change,
    staff_choose_password,
    staff_deactivate,
    staff_end_sessions,
    staff_reactivate,
    staff_set_password,
)
from motcua.companies.operations.units import UnitTaken, UnitUnknown, unit_add, unit_change, unit_open

__all__ = [
    "AreaEndsTooEarly",
    "AreaTaken",
    "AreaUnknown",
    "CompanyTaken",
    "NewCompany",
    "NotYourself",
    "ProvinceNotServed",
    "StaffTaken",
    "StaffUnknown",
    "UnitTaken",
    "UnitUnknown",
    "area_add",
    "area_end",
    "company_add",
    "day_forget",
    "day_set",
    "grant_role",
    "open_company",
    "record_audit",
    "record_audit_many",
    "revoke_role",
    "staff_add",
    "staff_change",
    "staff_choose_password",
    "staff_deactivate",
    "staff_end_sessions",
    "staff_reactivate",
    "staff_set_password",
    "unit_add",
    "unit_change",
    "unit_open",
]
