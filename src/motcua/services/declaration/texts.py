"""Texts in both languages, and what a notice may say about a request."""

from __future__ import annotations

from dataclasses import dataclass

# What a notice may say about a request: `{name}` in its text.
PLACEHOLDERS: frozenset[str] = frozenset(
    {
        "account_code",
        "amount",
        "answer",
        "code_word",
        "company",
        "crew",
        "customer_name",
        "due_date",
        "energised_at",
        "follow_link",
        "hotline",
        "papers",
        "payment_code",
        "reason",
        "request_number",
        "service_name",
        "step_status",
        "unit_name",
        "visit_date",
        "visit_window",
    }
)


@dataclass(frozen=True)
class Text:
    """A text in Vietnamese and English."""

    vi: str
    en: str

    def get(self, lang: str | None = "vi") -> str:
        return self.en if lang and lang.startswith("en") else self.vi

    def __str__(self) -> str:
        return self.vi
