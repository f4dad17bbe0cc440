"""Facebook Messenger of a Page: its webhook (`hook`), its events (`events`), what we send (`sending`, `templates`), the calls
(`api`) and their errors (`errors`), what the Page shows (`profile`), and the Page's health (`looking_after`). Light to
import: the edge uses `hook` alone.
"""

CODE = "MESSENGER"
PAGE_INBOX = "263902037430900"  # Meta's own inbox of a Page
FIELDS = (
    "messages", "messaging_postbacks", "messaging_referrals", "message_echoes", "message_deliveries", "message_reads",
    "message_reactions", "message_edits", "messaging_optins", "messaging_handovers", "standby", "messaging_policy_enforcement",
    "message_template_status_update",
)  # fmt: skip
