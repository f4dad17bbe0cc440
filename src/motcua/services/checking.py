"""Judging a declaration that could be read: does it make sense? Every error names file and line."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass

from motcua.companies.roles import Role
from motcua.kernel import codes
from motcua.kernel.expressions import Condition, tests_of
from motcua.services import declaration as d
from motcua.services import flow, loading, schema
from motcua.services.loading import Loaded
from motcua.services.marks import Sheet
from motcua.tariffs import reference as tariffs

MOST_QUESTIONS = 8
WAITS = frozenset({"CHARGE"})

_CODE = re.compile(r"^[A-Z][A-Z0-9]*([_-][A-Z0-9]+)*$")
_NAME = re.compile(r"^[a-z][a-z0-9_]*$")
_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
_CERTIFIED = re.compile(
    r"công chứng|chứng thực|sao y|notari[sz]|certified cop|certified true|legali[sz]ed", re.IGNORECASE
)
_NOT_CERTIFIED = re.compile(
    r"(không (cần|phải|yêu cầu)|no need (for|to be)|not?) (công chứng|chứng thực|notari[sz])\w*",
    re.IGNORECASE,
)
_CHOICES = (d.QuestionType.CHOICE, d.QuestionType.MULTI)
_NUMBERS = (d.QuestionType.INTEGER, d.QuestionType.DECIMAL)
_WORDS = (d.QuestionType.TEXT, d.QuestionType.LONG_TEXT, d.QuestionType.PERSON_NAME)
_ROLES = frozenset(role.value for role in Role) | {d.CUSTOMER, d.SYSTEM}


@dataclass(frozen=True)
class _Case:
    """One declaration under examination."""

    service: d.Service
    sheet: Sheet
    effects: Collection[str] | None
    services: Collection[str] | None

    def error(self, built: object, message: str, key: str = "") -> None:
        self.sheet.error(self.sheet.line_of(built, key), message)

    def once(self, things: Iterable[object], name_of: Callable[..., str], what: str) -> None:
        seen = set()
        for thing in things:
            name = name_of(thing)
            if name in seen:
                self.error(thing, f'{what} "{name}" is declared twice')
            seen.add(name)

    def facts(self) -> dict[str, d.Question]:
        known = {question.name: question for question in self.service.inputs()}
        return known | {question.name: question for question in self.service.questions}

    def condition(
        self, owner: object, condition: Condition, known: dict[str, d.Question], key: str = "when"
    ) -> None:
        for test in tests_of(condition):
            name = test.field.partition(".")[0]
            question = known.get(name)
            if question is None:
                self.error(owner, f'the condition asks for "{name}", which is not declared before it', key)
                continue
            values = test.value if isinstance(test.value, tuple) else (test.value,)
            if test.operator in ("equals", "not", "in"):
                for value in values:
                    problem = _wrong_value(question, value)
                    if problem:
                        self.error(owner, f'the condition on "{name}" can never hold: {problem}', key)


def check(
    loaded: Loaded, effects: Collection[str] | None = None, services: Collection[str] | None = None
) -> None:
    """Add to the sheet what is wrong. `effects` and `services` are the known names; None: not checked."""
    if loaded.service is None:
        return
    case = _Case(loaded.service, loaded.sheet, effects, services)
    for examine in (
        _head, _questions, _papers, _eligibility, _notices, _steps, _graph, _fee, _promise,
    ):  # fmt: skip
        examine(case)


def _wrong_value(question: d.Question, value: object) -> str:
    if question.type in _CHOICES and question.option(value) is None:
        return f'"{value}" is none of its options'
    if question.type is d.QuestionType.YES_NO and not isinstance(value, bool):
        return "compare it with true or false"
    if question.type in _NUMBERS and isinstance(value, bool | str):
        return "compare it with a number"
    return ""


def _head(case: _Case) -> None:
    service = case.service
    if not _CODE.match(service.code) or len(service.code) > 20:
        case.error(service, "a code has at most 20 capital letters, digits and dashes", "code")
    if service.version < 1:
        case.error(service, "versions are counted from 1", "version")
    if service.valid_to is not None and service.valid_to <= service.valid_from:
        case.error(service, "valid_to must come after valid_from", "valid_to")
    if not service.synonyms and not service.is_internal:
        case.error(service, "synonyms are missing: how do people ask for this service?")
    case.once(service.pages, lambda page: page.code, "the page")


def _questions(case: _Case) -> None:
    service = case.service
    if len(service.questions) > MOST_QUESTIONS:
        case.error(
            service.questions[MOST_QUESTIONS],
            f"{len(service.questions)} questions; at most {MOST_QUESTIONS} may come before a request is sent",
        )
    case.once(service.questions, lambda question: question.name, "the question")
    pages = {page.code for page in service.pages}
    known: dict[str, d.Question] = {}
    for question in service.questions:
        case.condition(question, question.when, known)
        if not schema.is_expressible(question.when):
            case.error(question, "an order of texts or days cannot be said in the JSON Schema", "when")
        known[question.name] = question
        _question(case, question)
        if question.page and question.page not in pages:
            case.error(question, f'the page "{question.page}" is not declared', "page")
    used = {question.page for question in service.questions}
    for page in service.pages:
        if page.code not in used:
            case.error(page, f'no question is on the page "{page.code}"')


def _question(case: _Case, question: d.Question) -> None:
    if not _NAME.match(question.name):
        case.error(question, "a name has small letters, digits and underscores", "name")
    case.once(question.options, lambda option: option.value, "the option")
    if question.type in _CHOICES and len(question.options) < 2:
        case.error(question, f'"{question.name}" needs at least two options')
    if question.type not in _CHOICES and question.options:
        case.error(question, f'"{question.name}" is no choice and has options', "options")
    if question.type not in _NUMBERS and (question.min is not None or question.max is not None):
        case.error(question, "min and max are for numbers", "min" if question.min is not None else "max")
    if question.min is not None and question.max is not None and question.min > question.max:
        case.error(question, "min is larger than max", "min")
    if question.type not in _WORDS and question.max_length is not None:
        case.error(question, "max_length is for texts", "max_length")
    if question.pattern:
        if question.type is not d.QuestionType.TEXT:
            case.error(question, "a pattern is for a text", "pattern")
        try:
            re.compile(question.pattern)
        except re.error as problem:
            case.error(question, f"the pattern cannot be used: {problem}", "pattern")


def _papers(case: _Case) -> None:
    service = case.service
    case.once(service.papers, lambda paper: paper.code, "the paper")
    known = case.facts()
    for paper in service.papers:
        case.condition(paper, paper.when, known)
        if not paper.give:
            case.error(paper, f'how is the paper "{paper.code}" given? UPLOAD, LOOKUP or AT_VISIT', "give")
        for key, text in (("name", paper.name), ("help", paper.help)):
            for words in (text.vi, text.en) if text else ():
                if _CERTIFIED.search(_NOT_CERTIFIED.sub("", words)):
                    case.error(paper, loading.PLAIN_COPIES, key)
                    break


def _eligibility(case: _Case) -> None:
    names = {question.name: question for question in case.service.questions}
    for rule in case.service.eligibility:
        if rule.question not in names:
            case.error(rule, f'the question "{rule.question}" is not declared', "question")
        case.condition(rule, rule.ok_when, names, "ok_when")
        if not schema.is_expressible(rule.ok_when):
            case.error(rule, "an order of texts or days cannot be said in the JSON Schema", "ok_when")
        if rule.instead_service and case.services is not None and rule.instead_service not in case.services:
            case.error(rule, f'there is no service "{rule.instead_service}"', "instead_service")


def _notices(case: _Case) -> None:
    service = case.service
    case.once(service.notices, lambda notice: notice.code, "the notice")
    for notice in service.notices:
        found = {lang: set(_PLACEHOLDER.findall(notice.text.get(lang))) for lang in ("vi", "en")}
        for name in sorted((found["vi"] | found["en"]) - d.PLACEHOLDERS):
            known = ", ".join(sorted(d.PLACEHOLDERS))
            case.error(notice, f'"{{{name}}}" is no placeholder; there are {known}', "text")
        for text in (notice.text.vi, notice.text.en):
            if re.search(r"[{}]", _PLACEHOLDER.sub("", text)):
                case.error(notice, "a brace stands alone", "text")
        if notice.audience is d.Audience.ROLE and notice.role not in _ROLES - {d.CUSTOMER, d.SYSTEM}:
            case.error(notice, f'"{notice.role}" is no role of staff to tell', "role")
        if notice.audience is d.Audience.CUSTOMER and notice.role:
            case.error(notice, "a notice to the customer has no role", "role")
    used = {code for step in service.steps for code in step.notices}
    used |= {code for step in service.steps for action in step.actions for code in action.notices}
    for notice in service.notices:
        if notice.code not in used:
            case.error(notice, f'the notice "{notice.code}" is sent by no step')


def _steps(case: _Case) -> None:
    service = case.service
    if not service.steps:
        case.error(service, "a service has at least one step", "steps")
    case.once(service.steps, lambda step: step.code, "the step")
    known = case.facts()
    for step in service.steps:
        if not _CODE.match(step.code):
            case.error(step, "the code of a step has capital letters, digits and underscores", "code")
        if step.role not in _ROLES:
            case.error(step, _no_role(step.role), "role")
        if not 1 <= step.portal_status <= 10:
            case.error(step, "portal_status is a number from 1 to 10", "portal_status")
        if step.waits_for and step.waits_for not in WAITS:
            case.error(
                step, f'a step can wait for {", ".join(sorted(WAITS))}, not "{step.waits_for}"', "waits_for"
            )
        if (step.waits_for or step.role == d.SYSTEM) and not step.final:
            _system_step(case, step)
        _named(case, step, step.on_enter, step.notices, "on_enter")
        case.once(step.actions, lambda action: action.code, "the action")
        for action in step.actions:
            _action(case, step, action, known)


def _system_step(case: _Case, step: d.Step) -> None:
    action = step.system_action()
    if action is None or not action.to:
        case.error(
            step,
            f'the step "{step.code}" is done by the system and needs an action of role SYSTEM that leads on',
        )
    elif any(question.required for question in action.inputs):
        case.error(action, "the system cannot answer the inputs of this action", "inputs")


def _action(case: _Case, step: d.Step, action: d.Action, known: dict[str, d.Question]) -> None:
    service = case.service
    if not _NAME.match(action.code):
        case.error(action, "the code of an action has small letters, digits and underscores", "code")
    if action.role and action.role not in _ROLES:
        case.error(action, _no_role(action.role), "role")
    case.condition(action, action.when, known)
    case.once(action.inputs, lambda question: question.name, "the input")
    elsewhere = {question.name: question for question in service.questions}
    before: dict[str, d.Question] = dict(known)
    for question in action.inputs:
        before.pop(question.name, None)
    for question in action.inputs:
        _question(case, question)
        case.condition(question, question.when, before)
        before[question.name] = question
        if question.page:
            case.error(question, "an input of staff has no page", "page")
        same = elsewhere.get(question.name)
        if same is not None and same.type is not question.type:
            case.error(question, f'"{question.name}" is asked of the customer as {same.type.value}', "type")
    codes_of_steps = {other.code for other in service.steps}
    for index, transition in enumerate(action.to):
        if transition.step not in codes_of_steps:
            case.error(
                transition,
                f'the action "{action.code}" leads to the unknown step "{transition.step}"',
                "step",
            )
        case.condition(transition, transition.when, known)
        last = index == len(action.to) - 1
        if last and transition.when.fields():
            case.error(
                transition, "the last transition must hold always, or a request could be stuck", "when"
            )
        if not last and not transition.when.fields():
            case.error(transition, "the transitions behind this one can never be taken")
    if step.final and any(transition.step != step.code for transition in action.to):
        case.error(action, "an action of a final step leads nowhere else", "to")
    _named(case, action, action.effects, action.notices, "effects")
    for name in action.requires:
        if name not in d.REQUIREMENTS:
            known_names = ", ".join(sorted(d.REQUIREMENTS))
            case.error(action, f'"{name}" is no requirement; there are {known_names}', "requires")
    extensions = {extension.code for extension in service.promise.extended}
    if action.extends_promise and action.extends_promise not in extensions:
        case.error(action, f'the promise has no extension "{action.extends_promise}"', "extends_promise")


def _named(case: _Case, owner: object, effects: tuple[str, ...], notices: tuple[str, ...], key: str) -> None:
    for name in effects:
        if case.effects is not None and name not in case.effects:
            case.error(owner, f'the effect "{name}" is not registered', key)
    known = {notice.code for notice in case.service.notices}
    for code in notices:
        if code not in known:
            case.error(owner, f'the notice "{code}" is not declared', "notices")


def _no_role(role: str) -> str:
    return f'"{role}" is no role; there are {", ".join(sorted(_ROLES))}'


def _graph(case: _Case) -> None:
    service = case.service
    counted = Counter(step.code for step in service.steps)
    unknown = {t.step for step in service.steps for a in step.actions for t in a.to} - counted.keys()
    if not service.steps or unknown or max(counted.values()) > 1:
        return
    reachable = flow.find_reachable(service, service.first_step.code)
    final = {step.code for step in service.steps if step.final}
    settling = {step.code for step in service.steps if step.settles}
    if not final:
        case.error(service, "no step is final", "steps")
    if not settling:
        case.error(service, "no step settles the request", "steps")
    for step in service.steps:
        if step.code not in reachable:
            case.error(step, f'the step "{step.code}" cannot be reached from "{service.first_step.code}"')
        elif final and not flow.find_reachable(service, step.code) & final:
            case.error(step, f'from the step "{step.code}" no final step can be reached')
    unsettled = flow.find_reachable(service, service.first_step.code, without=settling)
    for code in sorted(unsettled & final):
        case.error(service.step(code), f'the final step "{code}" can be reached without being settled')
    _system_circles(case)


def _system_circles(case: _Case) -> None:
    service = case.service
    alone = {step.code for step in service.steps if step.role == d.SYSTEM and not step.waits_for}
    for code in sorted(alone):
        others = {step.code for step in service.steps} - alone
        for successor in flow.list_successors(service.step(code)):
            if successor in alone and code in flow.find_reachable(service, successor, without=others):
                case.error(service.step(code), f'the step "{code}" of the system leads back to itself')


def _fee(case: _Case) -> None:
    service = case.service
    fee = service.fee
    waiting = [step for step in service.steps if step.waits_for == "CHARGE"]
    if fee is None or fee.rule is d.FeeRule.NONE:
        for step in waiting:
            case.error(step, "this step waits for a payment, but the service has no fee", "waits_for")
        return
    if fee.kind not in codes.CHARGE_KINDS:
        case.error(
            fee, f'"{fee.kind}" is no kind of charge; there are {", ".join(codes.CHARGE_KINDS)}', "kind"
        )
    if not fee.items:
        case.error(fee, "a fee has at least one item", "items")
    if not waiting:
        case.error(fee, "the service has a fee, but no step waits for its payment")
    if fee.pay_before not in {step.code for step in service.steps}:
        case.error(fee, f'the step "{fee.pay_before}" before which it is paid is not declared', "pay_before")
    known = case.facts()
    if fee.amount_from and known.get(fee.amount_from) is None:
        case.error(fee, f'the input "{fee.amount_from}" is not declared', "amount_from")
    elif fee.amount_from and known[fee.amount_from].type is not d.QuestionType.INTEGER:
        case.error(fee, f'the input "{fee.amount_from}" must be an integer: whole dong', "amount_from")
    case.once(fee.items, lambda item: item.code, "the fee item")
    open_items = [item for item in fee.items if item.amount_vnd is None and not item.tariff]
    for item in fee.items:
        case.condition(item, item.when, known)
        if item.amount_vnd is not None and item.amount_vnd <= 0:
            case.error(item, "an amount is more than nothing", "amount_vnd")
        if item.tariff and item.amount_vnd is not None:
            case.error(item, "a fee item has an amount or a tariff, not both", "tariff")
        if item.tariff and item.tariff not in tariffs.fee_codes():
            case.error(item, f'there is no dated price "{item.tariff}"', "tariff")
        for factor in item.factors:
            case.condition(factor, factor.when, known)
            if factor.times <= 0 or not item.tariff:
                case.error(factor, "a factor multiplies a tariff and is more than nothing", "times")
    for item in open_items[1:] if fee.amount_from else open_items:
        case.error(item, "this item has no amount, and no input sets it")


def _promise(case: _Case) -> None:
    service = case.service
    promise = service.promise
    if promise.within.amount <= 0:
        case.error(promise, "the promise must be longer than nothing", "within")
    case.once(promise.extended, lambda extension: extension.code, "the extension")
    case.once(promise.targets, lambda target: target.code, "the target")
    known = case.facts()
    named = {action.extends_promise for step in service.steps for action in step.actions}
    for extension in promise.extended:
        case.condition(extension, extension.when, known)
        if not extension.when.fields() and extension.code not in named:
            case.error(extension, f'nothing ever extends the promise by "{extension.code}"')
    steps = {step.code for step in service.steps}
    for target in promise.targets:
        for key, code in (("since", target.since), ("until", target.until)):
            if code not in steps:
                case.error(target, f'the step "{code}" is not declared', key)
