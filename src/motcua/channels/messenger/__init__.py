"""Facebook Messenger of a Page: its webhook (`hook`), its events (`events`), what we send (`sending`, `templates`), the calls
(`api`) and their errors (`errors`), what the Page shows (`profile`), and the Page's health (`looking_after`). Light to
import: the edge uses `hook` alone.
"""

CODE = "MESSENGER"
