"""Customers by the hundred, with a contract each, written by one statement."""

from __future__ import annotations

from datetime import datetime

from django.db import connection

_CUSTOMERS = """
INSERT INTO customers_customer (id, kind, full_name, search_key, id_number, phone, email, contact_address, language, status,
                                created_at, created_by, changed_at)
SELECT uuidv7(make_interval(secs => n * 0.001)), 'HOUSEHOLD', 'Nguyễn Văn ' || n, 'nguyen van ' || n, '', '+8490' || lpad(n::text, 7, '0'),
       '', '', CASE WHEN n %% 10 = 0 THEN 'en' ELSE 'vi' END, 'ACTIVE', %(at)s, 'system:test', %(at)s
  FROM generate_series(%(first)s, %(last)s) n
"""
_PLACES = """
INSERT INTO supply_place (id, text, given_on, province_code, district, commune, old_province_code, old_district, old_commune,
                          new_province_code, new_commune, hamlet, street, house, pole_number, neighbour_account_code, created_at, created_by)
SELECT c.id, 'Số ' || substr(c.phone, 6) || ' phố Tây Sơn, phường Đống Đa', '2026-01-01', '01', '', 'Phường Đống Đa', '', '', '', '', '', '',
       'Tây Sơn', 'Số ' || substr(c.phone, 6), '', '', %(at)s, 'system:test'
  FROM customers_customer c WHERE c.created_by = 'system:test' AND c.phone BETWEEN %(from)s AND %(to)s
"""
_POINTS = """
INSERT INTO supply_servicepoint (code, place_id, account_code, unit_code, pole_number, station_code, phases, created_at)
SELECT 'PD01000' || substr(c.phone, 7) || '001', c.id, 'PD01000' || substr(c.phone, 7), %(unit)s, '', %(station)s, 1, %(at)s
  FROM customers_customer c WHERE c.created_by = 'system:test' AND c.phone BETWEEN %(from)s AND %(to)s
"""
_CONTRACTS = """
INSERT INTO supply_contract (account_code, customer_id, service_point_id, number, purpose, quota, status, created_at)
SELECT p.account_code, p.place_id, p.id, '', 'RESIDENTIAL', 1, 'ACTIVE', %(at)s
  FROM supply_servicepoint p WHERE p.account_code BETWEEN %(first_code)s AND %(last_code)s
"""


def phone(number: int) -> str:
    return f"+8490{number:07d}"


def account(number: int) -> str:
    return "PD01000" + f"{number:06d}"


def customers(count: int, at: datetime, *, first: int = 1, unit: str = "PD0100", station: str = "") -> None:
    """So many customers with a phone, a contract and a place in Tây Sơn each."""
    last = first + count - 1
    told = {
        "first": first, "last": last, "at": at, "from": phone(first), "to": phone(last), "unit": unit, "station": station,
        "first_code": account(first), "last_code": account(last),
    }  # fmt: skip
    with connection.cursor() as cursor:
        for statement in (_CUSTOMERS, _PLACES, _POINTS, _CONTRACTS):
            cursor.execute(statement, told)
