"""The shape of a declared service: frozen, plain values, the same whatever face shows it.

Conditions (`when`, `ok_when`) are `kernel.expressions`: `question.when.holds(facts)`. The facts are the
customer's answers and the inputs of the steps done so far, by name.
"""

from motcua.services.declaration.asking import (
    OWN_TYPES,
    PLACE_PARTS,
    Eligibility,
    Give,
    KnownAs,
    Need,
    Option,
    Page,
    Paper,
    Question,
    QuestionType,
)
from motcua.services.declaration.fees import Factor, Fee, FeeItem, FeeRule
from motcua.services.declaration.process import (
    CUSTOMER,
    REQUIREMENTS,
    SYSTEM,
    Action,
    Audience,
    Extension,
    Notice,
    Promise,
    Step,
    Style,
    Target,
    Transition,
    WhoseTime,
)
from motcua.services.declaration.service import Category, Service, Source
from motcua.services.declaration.texts import PLACEHOLDERS, Text

__all__ = [
    "CUSTOMER",
    "OWN_TYPES",
    "PLACEHOLDERS",
    "PLACE_PARTS",
    "REQUIREMENTS",
    "SYSTEM",
    "Action",
    "Audience",
    "Category",
    "Eligibility",
    "Extension",
    "Factor",
    "Fee",
    "FeeItem",
    "FeeRule",
    "Give",
    "KnownAs",
    "Need",
    "Notice",
    "Option",
    "Page",
    "Paper",
    "Promise",
    "Question",
    "QuestionType",
    "Service",
    "Source",
    "Step",
    "Style",
    "Target",
    "Text",
    "Transition",
    "WhoseTime",
]
