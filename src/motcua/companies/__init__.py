"""Companies (tenants), their units and areas, staff and roles, working calendars.

Nouns: company, domain, province, unit, area, staff, role, day, audit entry. National tables (companies,
domains, provinces, holidays) live in schema `public`; the rest in each company's schema. Public face:
`operations`, `queries`, `access`, `context`.
"""
