"""Zalo Official Account: its webhook (`hook`), its events (`events`), what we send (`sending`, `templates`), the calls
(`api`) and their errors (`errors`), and consent (`consent`). Light to import: the edge uses `hook` alone.
"""

CODE = "ZALO"
BY_PHONE = "ZBS"
