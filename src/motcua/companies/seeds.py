"""The five power corporations and the group, as a first start knows them."""

from __future__ import annotations

from datetime import datetime

from motcua.companies import context, operations, reference, schemas
from motcua.companies.models import Company, CompanyKind
from motcua.companies.operations import NewCompany

# Colours, number prefixes, demo bank accounts and tax codes are ours; names and hotlines from regions-
# vn.json.
LOOKS = {
    "NPC": ("#0b6b3a", "NP", "970415", "0100100417"),
    "HANOI": ("#a4262c", "HN", "970418", "0101304000"),
    "CPC": ("#0f5d8c", "CP", "970436", "0400101394"),
    "SPC": ("#7a4a00", "SP", "970405", "0300942001"),
    "HCMC": ("#5b2a86", "HC", "970422", "0300951119"),
}


def power_companies(host: str = "localhost") -> list[NewCompany]:
    """The five, with hosts `npc.HOST` and so on."""
    return [_power_company(row, host) for row in reference.read("regions-vn.json")["corporations"]]


def _power_company(row: dict[str, str], host: str) -> NewCompany:
    code = row["id"]
    colour, prefix, bank_bin, tax_code = LOOKS[code]
    return NewCompany(
        code=code,
        name=row["name_vi"],
        name_en=row["name_en"],
        brand=row["brand"],
        hotline=row["hotline_old"].split(",")[0],
        site=row["site"],
        number_prefix=prefix,
        hosts=(f"{code.lower()}.{host}",),
        colour=colour,
        tax_code=tax_code,
        bank_bin=bank_bin,
        bank_account=f"9{tax_code[1:]}",
        account_prefixes=tuple(row["customer_code_prefixes"]),
    )


def group_company(host: str = "localhost") -> NewCompany:
    return NewCompany(
        code="GROUP",
        kind=CompanyKind.GROUP,
        name="EVN & Khách hàng",
        name_en="EVN & Customers",
        brand="EVN",
        hotline="19001006",
        number_prefix="EV",
        hosts=(host,),
        colour="#1d3f72",
    )


def open_companies(
    *, news: list[NewCompany], app_login: str, at: datetime, progress: schemas.Progress
) -> None:
    """Rows, schemas, grants and first units of these companies. Runs as the owner; may run again."""
    with context.in_public():
        reference.load_national()
        companies: list[Company] = [operations.company_add(new=new) for new in news]
    for number, company in enumerate(companies, 1):
        progress(f"{number}/{len(companies)} {company.code}")
        schemas.migrate_company(company.schema_name, app_login=app_login)
        with context.using_company(company.code):
            operations.open_company(company=company, at=at)
