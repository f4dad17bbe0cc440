"""The demonstration: five companies and the group with people who can sign in, meters in stock, crews, a
bank.

Runs as the database's owner; every step finds what a cut run left and goes on.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache

from django.contrib.auth.hashers import make_password

from motcua.companies import context, seeds
from motcua.companies import operations as company_ops
from motcua.companies.models import Company, CompanyKind, Staff, Unit, UnitKind
from motcua.companies.roles import Role
from motcua.config.env import ENV
from motcua.fieldwork import operations as fieldwork_ops
from motcua.kernel.actors import Actor
from motcua.ops import embedded
from motcua.ops.sign_ins import DEMO_PASSWORD, SignIn
from motcua.sandbox import bank as sandbox_bank
from motcua.supply import operations as supply_ops

SEED = Actor.system("seed")
SIGN_IN_PATH = "/nhan-vien/dang-nhap/"
METERS_A_UNIT = {"HANOI": 400}  # enough for the story played two hundred times
METERS_ELSEWHERE = 40
VISITS_A_HALF = 400  # the demonstration crew is many: the story's customers are never told "full"


@dataclass(frozen=True)
class Person:
    username: str
    name: str
    role: Role
    who: str


PEOPLE = (
    Person("tiepnhan", "Trần Thị Lan", Role.INTAKE, "intake (tiếp nhận)"),
    Person("kinhdoanh", "Phạm Văn Minh", Role.BUSINESS, "business (kinh doanh)"),
    Person("thicong", "Lê Văn Hùng", Role.CREW, "crew leader (tổ trưởng)"),
    Person("thicong2", "Đỗ Quang Vinh", Role.CREW, "crew (thợ điện)"),
    Person("giamsat", "Vũ Thị Thảo", Role.SUPERVISOR, "supervisor (giám sát)"),
    Person("ketoan", "Đỗ Minh Châu", Role.ACCOUNTANT, "accountant (kế toán)"),
    Person("quantri", "Ngô Đức Anh", Role.ADMIN, "administrator (quản trị)"),
    Person("motcuahcc", "Bùi Thị Yến", Role.DESK_CLERK, "administration centre clerk"),
)
DIRECTOR = Person("lanhdao", "Hoàng Minh Quân", Role.DIRECTOR, "group director (lãnh đạo)")
GROUP_PEOPLE = (DIRECTOR, Person("quantri", "Lê Thu Hà", Role.ADMIN, "group administrator (quản trị)"))


def seed_demo(at: datetime, host: str = "localhost") -> list[SignIn]:
    """Make the companies and their people; who can sign in where."""
    news = [seeds.group_company(host), *seeds.power_companies(host)]
    seeds.open_companies(
        news=news, app_login=app_login(), at=at, progress=lambda line: print(f"  {line}", flush=True)
    )
    sign_ins = [SignIn(host, SIGN_IN_PATH, p.who, p.username, DEMO_PASSWORD) for p in GROUP_PEOPLE]
    for company in Company.objects.order_by("id"):
        with context.using_company(company.code):
            if company.kind == CompanyKind.GROUP:
                centre = Unit.objects.get(kind=UnitKind.CENTRE)
                for person in GROUP_PEOPLE:
                    add_person(person, centre, at)
                continue
            furnish(company, at, meters=METERS_A_UNIT.get(company.code, METERS_ELSEWHERE))
        domain = f"{company.schema_name}.{host}"
        sign_ins += [SignIn(domain, SIGN_IN_PATH, p.who, p.username, DEMO_PASSWORD) for p in PEOPLE]
    return sign_ins


def app_login() -> str:
    """The role that pages sign in as: of the embedded server, or named by the administrator's own address."""
    return (
        embedded.APP
        if not ENV.database_url or embedded.APP in ENV.database_url
        else _user_of(ENV.database_url)
    )


def _user_of(url: str) -> str:
    from urllib.parse import unquote, urlsplit

    return unquote(urlsplit(url).username or embedded.APP)


def furnish(company: Company, at: datetime, *, meters: int) -> None:
    """People, meters in every store, a crew and a bank for the current company."""
    centre = Unit.objects.get(kind=UnitKind.CENTRE)
    prefix = centre.code[:2]
    company_ops.unit_change(
        code=centre.code, name=centre.name, name_en=centre.name_en, address=centre.address, phone=centre.phone,
        valid_to=None, representative="Nguyễn Văn Mẫu", representative_title="Giám đốc", authorisation_number="01/GUQ-MẪU",
        authorisation_date=date(2026, 1, 2), actor=SEED, at=at,
    )  # fmt: skip
    desk = company_ops.unit_add(
        code=f"{prefix}DESK",
        name="Trung tâm Phục vụ hành chính công",
        name_en="Public administration centre",
        kind=UnitKind.DESK,
        parent=centre,
        valid_from=centre.valid_from,
    )
    staff = {p.username: add_person(p, desk if p.role is Role.DESK_CLERK else centre, at) for p in PEOPLE}
    _stock(meters, at)
    fieldwork_ops.add_crew(
        code=f"{company.number_prefix}-T1",
        name="Tổ 1",
        unit_code=centre.code,
        member_ids=[staff["thicong"].id, staff["thicong2"].id],
        visits_per_half=VISITS_A_HALF,
        actor=SEED,
        at=at,
    )
    sandbox_bank.ensure_partner(at=at)


def add_person(person: Person, unit: Unit, at: datetime) -> Staff:
    """Somebody who can sign in with `PASSWORD`; whoever is there already is found."""
    known = Staff.objects.filter(username=person.username).first()
    return known or company_ops.staff_add(
        username=person.username,
        name=person.name,
        unit_code=unit.code,
        # The clerk of an administration centre takes requests for any unit and sees only their own.
        roles={person.role: Unit.objects.get(kind=UnitKind.CENTRE).code},
        password="",
        password_hash=_password_hash(),
        phone="0900000000",
        actor=SEED,
        at=at,
    )


@lru_cache(maxsize=1)
def _password_hash() -> str:
    """Hashed once: everybody of the demonstration has the same, and a hash is slow on purpose."""
    return make_password(DEMO_PASSWORD)


def _stock(meters: int, at: datetime) -> None:
    """New single-phase and three-phase meters in every unit's store, serials that tell the unit."""
    for number, unit in enumerate(Unit.objects.exclude(kind=UnitKind.DESK).order_by("code")):
        for phases, count in ((1, meters), (3, meters // 10)):
            supply_ops.add_stock_meters(
                serials=[f"26{number:03d}{phases}{serial:05d}" for serial in range(1, count + 1)],
                unit_code=unit.code,
                phases=phases,
                actor=SEED,
                at=at,
            )
