"""The desk's lists and search as the table grows: `python -m bench.desk --sizes 100000 1000000 [10000000]`.

A durable embedded server of its own, one company. Requests are made by plain SQL in the proportions of a year (three in
a hundred open), then pages are opened through the whole stack as staff of one unit and of the whole company. Printed:
p50 and p95 for each size, and by what factor p95 grew from size to size.
"""

from __future__ import annotations

import sys
import time
from typing import Any

from bench import installation, pages

PLAN: tuple[tuple[str, str, str], ...] = (
    ("list, one unit", "unit", "/ban-viec/"),
    ("list, whole company", "whole", "/ban-viec/"),
    ("list, whole company, by promise", "whole", "/ban-viec/?xep=cam-ket"),
    ("list, whole company, a rare step", "whole", "/ban-viec/?buoc=SURVEY"),
    ("list, late ones of the company", "whole", "/ban-viec/?han=qua"),
    ("supervisor, whole company", "whole", "/ban-viec/giam-sat/"),
    ("search, a common name", "whole", "/ban-viec/tim/?q=nguyen+thi+hoa"),
    ("search, the commonest word", "whole", "/ban-viec/tim/?q=nguyen"),
    ("search, a rare name", "whole", "/ban-viec/tim/?q=trịnh+khắc+uyển"),
    ("search, a name in one unit", "unit", "/ban-viec/tim/?q=tran+van+dung"),
    ("search, an address", "whole", "/ban-viec/tim/?q=so+{n}+pho+kham+thien"),
    ("search, a name and an address", "unit", "/ban-viec/tim/?q=hoa+kham+thien"),
    ("search, end of a phone", "whole", "/ban-viec/tim/?q={tail}"),
    ("search, nothing like it", "whole", "/ban-viec/tim/?q=zzyzx+qwv"),
)
FILL = """
WITH made AS (
    SELECT n, uuidv7() AS id, random() AS a, random() AS b, random() AS c, random() AS d, random() AS e,
           now() - (random() * interval '365 days') AS sent
      FROM generate_series(%(first)s::int, %(last)s::int) n
), told AS (
    SELECT *, c < 0.03 AS is_open,
           (%(units)s::text[])[1 + floor(a * a * %(many)s::int)::int] AS unit,
           (%(family)s::text[])[1 + floor(b * b * b * 24)::int] AS family,
           (%(middle)s::text[])[1 + floor(d * d * 12)::int] AS middle,
           (%(given)s::text[])[1 + floor(e * e * 40)::int] AS given,
           (%(streets)s::text[])[1 + floor(random() * 24)::int] AS street,
           1 + floor(random() * 900)::int AS house, lpad(floor(random() * 100000000)::text, 8, '0') AS phone
      FROM made
), rows AS (
    INSERT INTO requests_request (id, number, seq, service_code, service_version, state, step, waiting_role, unit_code,
        province_code, account_code, channel, reception, submitted_by, submitted_at, due_at, step_since, step_due_at,
        extension, assignee, portal, external_number, portal_status, trips, papers_online, on_time, settled_at, closed_at, reopened)
    SELECT id, 'ZZ26-' || lpad(n::text, 8, '0') || '-0', 4, 'NEW-LV-RES', %(version)s::int,
           CASE WHEN is_open THEN 'OPEN' ELSE 'SETTLED' END, CASE WHEN is_open THEN (CASE WHEN d < .002 THEN 'SURVEY' ELSE 'CHECK' END) ELSE %(done)s END,
           CASE WHEN NOT is_open THEN '' WHEN e < .5 THEN 'BUSINESS' WHEN e < .7 THEN 'INTAKE' WHEN e < .85 THEN 'CREW' ELSE 'CUSTOMER' END,
           unit, '01', '', 'WEB', 'INDIRECT', 'anonymous:bench', sent, sent + interval '5 days', sent,
           CASE WHEN is_open THEN now() + (random() - .3) * interval '5 days' END, '', '', '', '', 4, 0, true,
           CASE WHEN is_open THEN NULL ELSE c > .08 END, CASE WHEN is_open THEN NULL ELSE sent + interval '3 days' END,
           CASE WHEN is_open THEN NULL ELSE sent + interval '3 days' END, 0
      FROM told
), answers AS (
    INSERT INTO requests_requestdata (request_id, answers, inputs, representative, due_lines, step_due_lines, code_word_hash, papers_asked)
    SELECT id, jsonb_build_object('full_name', initcap(family || ' ' || middle || ' ' || given), 'phone', '+849' || phone,
           'place', jsonb_build_object('text', 'Số ' || house || ' phố ' || street)), '{}', '{}', '[]', '[]', '', '[]' FROM told
)
INSERT INTO requests_finding (request_id, submitted_at, words, phone_backwards)
SELECT id, sent, array_to_tsvector(array_remove(string_to_array(family || ' ' || middle || ' ' || given || ' so ' || house || ' pho ' || street, ' ')
       || ARRAY['u_' || lower(unit), 'n_' || n, 'b_anonymousbench'], '')), reverse('+849' || phone) FROM told
"""
CUSTOMERS = """
INSERT INTO customers_customer (id, kind, full_name, search_key, id_number, phone, email, contact_address, language, status, created_at, created_by, changed_at)
SELECT uuidv7(), 'PERSON', initcap(name), name, '', '+849' || lpad(floor(random() * 100000000)::text, 8, '0'), '', '', 'vi', 'ACTIVE', now(), 'bench', now()
  FROM (SELECT (%(family)s::text[])[1 + floor(power(random(), 3) * 24)::int] || ' ' || (%(middle)s::text[])[1 + floor(power(random(), 2) * 12)::int]
        || ' ' || (%(given)s::text[])[1 + floor(power(random(), 2) * 40)::int] AS name FROM generate_series(%(first)s::int, %(last)s::int)) n
"""
FILLED = ("requests_request", "requests_requestdata", "requests_finding", "customers_customer")
FAMILY = [
    "nguyen",
    "tran",
    "le",
    "pham",
    "hoang",
    "vu",
    "vo",
    "dang",
    "bui",
    "do",
    "ho",
    "ngo",
    "duong",
    "ly",
    "dao",
    "doan",
    "vuong",
    "trinh",
    "dinh",
    "lam",
    "phung",
    "mai",
    "to",
    "ha",
]
MIDDLE = ["thi", "van", "minh", "duc", "thanh", "ngoc", "quoc", "thu", "kim", "huu", "hong", "khac"]
GIVEN = [
    "hoa",
    "dung",
    "lan",
    "hung",
    "tuan",
    "anh",
    "huong",
    "linh",
    "hai",
    "nam",
    "long",
    "ha",
    "thao",
    "trang",
    "son",
    "bao",
    "ngan",
    "chau",
    "nga",
    "phuong",
    "khanh",
    "hieu",
    "quan",
    "yen",
    "my",
    "dat",
    "loan",
    "tam",
    "vinh",
    "phuc",
    "quyen",
    "oanh",
    "lieu",
    "cuong",
    "thuy",
    "binh",
    "an",
    "giang",
    "nhung",
    "uyen",
]
STREETS = [
    "kham thien",
    "tay son",
    "ton duc thang",
    "hang bai",
    "kim lien",
    "de la thanh",
    "nguyen trai",
    "cau giay",
    "xuan thuy",
    "lang ha",
    "giang vo",
    "kim ma",
    "doi can",
    "lac long quan",
    "au co",
    "bach mai",
    "pho hue",
    "lo duc",
    "tran khat chan",
    "minh khai",
    "truong dinh",
    "giai phong",
    "le duan",
    "nguyen luong bang",
]


def fill(owner: Any, units: list[str], service: Any, first: int, last: int) -> None:
    """Requests, their answers and words, and as many customers by a tenth."""
    told = {
        "units": units,
        "many": len(units),
        "version": service.version,
        "done": next(step.code for step in service.steps if step.final),
        "family": FAMILY,
        "middle": MIDDLE,
        "given": GIVEN,
        "streets": STREETS,
    }
    begun = time.perf_counter()
    with pages.without_indexes(owner, FILLED):
        for start, end in pages.batches(first, last):
            owner.execute(FILL, {**told, "first": start, "last": end})
            owner.execute(CUSTOMERS, {**told, "first": start, "last": start + (end - start) // 10})
            owner.commit()
            print(f"\r  {end + 1:>12,} requests, {time.perf_counter() - begun:6.0f} s", end="", flush=True)
    print(f"\r  {last - 1:>12,} requests and their indexes, {time.perf_counter() - begun:6.0f} s")


def run(server: Any, sizes: list[int]) -> int:
    import psycopg
    from tests.web import people

    from motcua.companies import queries as company_queries
    from motcua.companies.context import using_company
    from motcua.companies.roles import Role
    from motcua.config import clock
    from motcua.kernel.local_time import local_date
    from motcua.services import catalogue

    with using_company("HANOI"):
        units = [unit.code for unit in company_queries.list_units()]
        service = catalogue.find("NEW-LV-RES", local_date(clock.now()))
        people_of = {
            "unit": people.add_staff("bench-unit", *Role, unit=units[3]),
            "whole": people.add_staff("bench-whole", *Role),
        }
        browsers = {name: pages.browser_of(person) for name, person in people_of.items()}
    owner = psycopg.connect(server.owner_url, options="-c search_path=hanoi,public -c synchronous_commit=off")
    before: dict[str, float] = {}
    made = 1
    for size in sizes:
        fill(owner, units, service, made, size + 1)
        made = size + 1
        print(f"{size:,} requests".ljust(44) + "p50 ms    p95 ms    growth of p95")
        now = {}
        for title, who, path in PLAN:

            def open_page(number: int, who: str = who, path: str = path) -> Any:
                return browsers[who].get(
                    path.format(n=1 + number * 29 % 900, tail=f"{number * 397 % 10000:04d}")
                )

            p50, p95 = pages.measure(open_page)
            now[title] = p95
            print(f"  {title:<40} {p50:8.0f} {p95:9.0f}    {pages.grown(title, p95, before)}", flush=True)
        before = now
    owner.close()
    return 0


def main() -> int:
    sizes = pages.sizes("desk")
    with installation.made() as server:
        return run(server, sizes)


if __name__ == "__main__":
    sys.exit(main())
