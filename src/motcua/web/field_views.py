"""One question as the field components draw it, whatever it comes from: a Django bound field or a mapping."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from django import forms
from django.forms.boundfield import BoundField
from django.utils.datastructures import MultiValueDict

INPUT_TYPES = {
    "text": {"type": "text"},
    "email": {"type": "email", "inputmode": "email", "autocomplete": "email", "spellcheck": "false"},
    "tel": {"type": "tel", "inputmode": "tel", "autocomplete": "tel"},
    "number": {"type": "text", "inputmode": "numeric"},
    "decimal": {"type": "text", "inputmode": "decimal"},
    "money": {"type": "text", "inputmode": "numeric"},
    "code": {"type": "text", "inputmode": "numeric", "autocomplete": "one-time-code", "spellcheck": "false"},
    "password": {"type": "password", "autocomplete": "current-password"},
    "search": {"type": "search"},
    "url": {"type": "url", "inputmode": "url"},
    "date": {"type": "date"},
    "time": {"type": "time"},
    "datetime": {"type": "datetime-local"},
}
PLAIN_CODES = frozenset({"required", "invalid", "invalid_choice"})
PLACE_PARTS = (
    "text", "province_code", "district", "commune", "hamlet", "street", "house",
    "pole_number", "neighbour_account_code", "lat", "lon",
)  # fmt: skip


@dataclass(frozen=True)
class Option:
    value: str
    label: str
    help: str = ""
    selected: bool = False
    id: str = ""
    group: str = ""
    exclusive: bool = False


@dataclass(frozen=True)
class FieldView:
    """What a field component needs to know; every id it writes starts with `id`."""

    kind: str
    name: str
    id: str
    label: str
    help: str = ""
    errors: tuple[str, ...] = ()
    value: Any = ""
    options: tuple[Option, ...] = ()
    required: bool = True
    attrs: Mapping[str, Any] = field(default_factory=dict)
    prefix: str = ""
    suffix: str = ""
    width: str = ""
    heading: bool = False
    inline: bool = False
    hide_label: bool = False
    control: str = ""
    multiple: bool = False
    parts: Mapping[str, Any] = field(default_factory=dict)
    suggestions: tuple[str, ...] = ()

    @property
    def template(self) -> str:
        if self.kind in INPUT_TYPES:
            return "text"
        if self.kind in {
            "textarea",
            "select",
            "radios",
            "checkboxes",
            "checkbox",
            "file",
            "date_parts",
            "place",
            "hidden",
            "static",
        }:
            return self.kind
        return "other"

    @property
    def described_by(self) -> str:
        ids = [f"{self.id}-help"] if self.help else []
        return " ".join([*ids, f"{self.id}-error"] if self.errors else ids)

    @property
    def input_attrs(self) -> dict[str, Any]:
        """Attributes of the control beside id, name, value and the aria ones; yours win over the kind's."""
        own = {k: v for k, v in self.attrs.items() if v not in (None, False)}
        return {**INPUT_TYPES.get(self.kind, {}), **own}

    @property
    def first_id(self) -> str:
        """Where a link of the error summary leads."""
        if self.kind in {"radios", "checkboxes"} and self.options:
            return self.options[0].id
        return (
            f"{self.id}_day"
            if self.kind == "date_parts"
            else f"{self.id}_text"
            if self.kind == "place"
            else self.id
        )


def view_of(source: Any, **overrides: Any) -> FieldView:
    view = source if isinstance(source, FieldView) else (
        _of_bound(source) if isinstance(source, BoundField) else _of_mapping(source)
    )  # fmt: skip
    attrs = {
        key.replace("_", "-"): overrides.pop(key)
        for key in list(overrides)
        if key.startswith(("data_", "aria_"))
    }
    attrs |= {
        k: overrides.pop(k)
        for k in ("inputmode", "autocomplete", "maxlength", "rows", "accept", "capture", "placeholder")
        if k in overrides
    }
    known = {k: v for k, v in overrides.items() if k in FieldView.__dataclass_fields__}
    return replace(view, **known, attrs={**view.attrs, **attrs})


def _errors_of(source: Mapping[str, Any]) -> tuple[str, ...]:
    found = source.get("errors") or source.get("error") or ()
    return (
        (str(found),)
        if isinstance(found, str) or not isinstance(found, Iterable)
        else tuple(str(e) for e in found)
    )


def _chosen(value: Any) -> set[str]:
    if value is None or value == "":
        return set()
    if isinstance(value, bool):
        return {"true" if value else "false", str(value)}
    return {str(v) for v in value} if isinstance(value, (list, tuple, set, frozenset)) else {str(value)}


def _options(field_id: str, source: Iterable[Any], value: Any) -> tuple[Option, ...]:
    chosen = _chosen(value)
    found: list[Option] = []
    for index, item in enumerate(source):
        if isinstance(item, Option):
            data: dict[str, Any] = {
                "value": item.value,
                "label": item.label,
                "help": item.help,
                "group": item.group,
            }
        elif isinstance(item, Mapping):
            data = {k: v for k, v in item.items() if k in Option.__dataclass_fields__}
        elif isinstance(item, (tuple, list)):
            data = dict(zip(("value", "label", "help"), item, strict=False))
        else:
            data = {"value": item, "label": item}
        data["value"] = str(data["value"])
        data.setdefault("selected", data["value"] in chosen)
        found.append(Option(**{**data, "id": field_id if index == 0 else f"{field_id}_{index}"}))
    return tuple(found)


def _of_mapping(source: Mapping[str, Any]) -> FieldView:
    kind, name = source.get("kind", "text"), source["name"]
    field_id, value = source.get("id") or f"id_{name}", source.get("value", "")
    parts: dict[str, Any] = {}
    if kind == "place":
        parts = {
            "values": {part: (value or {}).get(part) or "" for part in PLACE_PARTS},
            "errors": dict(source.get("part_errors") or {}),
            "provinces": _options(
                f"{field_id}_province_code", source.get("provinces") or (), (value or {}).get("province_code")
            ),
        }
    elif kind == "date_parts":
        parts = _date_parts(value)
    return FieldView(
        kind=kind,
        name=name,
        id=field_id,
        label=source.get("label", ""),
        help=source.get("help", "") or "",
        errors=_errors_of(source),
        value="" if value is None else value,
        options=_options(field_id, source.get("options") or source.get("choices") or (), value),
        required=bool(source.get("required", True)),
        attrs=source.get("attrs") or {},
        prefix=source.get("prefix", ""),
        suffix=source.get("suffix", "") or ("đ" if kind == "money" else ""),
        width=str(source.get("width", "")),
        heading=bool(source.get("heading")),
        inline=bool(source.get("inline")),
        hide_label=bool(source.get("hide_label")),
        multiple=bool(source.get("multiple")),
        parts=parts,
        suggestions=tuple(source.get("suggestions") or ()),
    )


def _date_parts(value: Any) -> dict[str, str]:
    if isinstance(value, Mapping):
        return {part: str(value.get(part) or "") for part in ("day", "month", "year")}
    found = re.match(r"(\d{4})-(\d\d?)-(\d\d?)$", str(value or ""))
    return dict(zip(("year", "month", "day"), found.groups(), strict=True)) if found else {}


_KINDS: tuple[tuple[type[forms.Widget], str], ...] = (
    (forms.HiddenInput, "hidden"),
    (forms.Textarea, "textarea"),
    (forms.CheckboxSelectMultiple, "checkboxes"),
    (forms.RadioSelect, "radios"),
    (forms.CheckboxInput, "checkbox"),
    (forms.Select, "select"),
    (forms.SelectDateWidget, "date_parts"),
    (forms.FileInput, "file"),
    (forms.PasswordInput, "password"),
    (forms.EmailInput, "email"),
    (forms.URLInput, "url"),
    (forms.NumberInput, "number"),
    (forms.DateInput, "date"),
    (forms.DateTimeInput, "datetime"),
    (forms.TimeInput, "time"),
    (forms.TextInput, "text"),
)


def _of_bound(bound: BoundField) -> FieldView:
    widget, form_field = bound.field.widget, bound.field
    kind = getattr(widget, "kind", "") or next((k for cls, k in _KINDS if isinstance(widget, cls)), "other")
    attrs = {**widget.attrs, **form_field.widget_attrs(widget)}
    if kind == "number" and isinstance(form_field, (forms.DecimalField, forms.FloatField)):
        kind = "decimal"
    value = bound.value()
    parts: dict[str, Any] = {}
    options: tuple[Option, ...] = ()
    if kind == "date_parts":
        data: Any = bound.form.data if bound.form.is_bound else {}
        typed = {part: data.get(f"{bound.html_name}_{part}", "") for part in ("day", "month", "year")}
        parts = typed if any(typed.values()) else _date_parts(value)
    elif kind == "place":
        parts = {
            "values": {part: (value or {}).get(part) or "" for part in PLACE_PARTS},
            "errors": {},
            "provinces": _options(
                f"{bound.auto_id}_province_code",
                getattr(widget, "provinces", ()),
                (value or {}).get("province_code"),
            ),
        }
    elif kind in {"select", "radios", "checkboxes"}:
        options = _options_of_widget(bound, widget, value)
    elif kind in {"date", "time", "datetime"} and value and not isinstance(value, str):
        value = value.isoformat()[:16]
    elif kind not in {"checkbox", "file"}:
        value = widget.format_value(value)
    described = [f"{bound.auto_id}-help"] if bound.help_text else []
    if bound.errors:
        described.append(f"{bound.auto_id}-error")
    return FieldView(
        kind=kind,
        name=bound.html_name,
        id=bound.auto_id,
        label=str(bound.label),
        help=str(bound.help_text or ""),
        errors=tuple(str(e) for e in bound.errors),
        value="" if value is None else value,
        options=options,
        required=form_field.required,
        attrs=attrs,
        suffix=getattr(widget, "suffix", ""),
        multiple=bool(getattr(widget, "allow_multiple_selected", False)) and kind in {"select", "file"},
        parts=parts,
        control=str(bound.as_widget(attrs={"aria-describedby": " ".join(described)}))
        if kind == "other"
        else "",
    )


def _options_of_widget(bound: BoundField, widget: Any, value: Any) -> tuple[Option, ...]:
    chosen = _chosen(value)
    found: list[Option] = []
    help_of: Mapping[str, str] = getattr(widget, "option_help", {})
    for group, choices, _index in widget.optgroups(bound.html_name, list(chosen)):
        for choice in choices:
            text = str(choice["value"] if choice["value"] is not None else "")
            place = len(found)
            found.append(
                Option(
                    value=text,
                    label=str(choice["label"]),
                    help=str(help_of.get(text, "")),
                    selected=text in chosen
                    or (not chosen and text == "" and isinstance(widget, forms.Select)),
                    id=bound.auto_id if place == 0 else f"{bound.auto_id}_{place}",
                    group=str(group or ""),
                )
            )
    return tuple(o for o in found if o.value or not isinstance(widget, forms.RadioSelect))


def problems_of_form(form: Any) -> list[dict[str, str]]:
    """Lines of the error summary for a Django form: where to go, what to do."""
    if form is None or not getattr(form, "errors", None):
        return []
    lines = [{"href": "", "text": str(e)} for e in form.non_field_errors()]
    for name, errors in form.errors.as_data().items():
        if name not in form.fields:
            continue
        target, label = view_of(form[name]).first_id, form[name].label
        for error in errors:
            said = " ".join(str(m) for m in error.messages)
            # what Django says of every field alike names no field
            lines.append(
                {"href": f"#{target}", "text": f"{label}: {said}" if error.code in PLAIN_CODES else said}
            )
    return lines


def problems_of(problems: Any) -> list[dict[str, str]]:
    """The same from a mapping field name -> message(s), or a list of (field id or "", message) or texts."""
    if not problems:
        return []
    if isinstance(problems, Mapping):
        lines = []
        for name, found in problems.items():
            texts = [found] if isinstance(found, str) or not isinstance(found, Iterable) else found
            lines += [
                {"href": f"#id_{name}" if name and name != "__all__" else "", "text": str(t)} for t in texts
            ]
        return lines
    pairs = [("", item) if isinstance(item, str) else tuple(item) for item in problems]
    return [
        {"href": f"#{target.removeprefix('#')}" if target else "", "text": str(text)}
        for target, text in pairs
    ]


class PlaceWidget(forms.Widget):
    """A place in Vietnam, with or without a house number. The field's value is a mapping with PLACE_PARTS."""

    kind = "place"

    def __init__(
        self, provinces: Iterable[tuple[str, str]] = (), attrs: dict[str, Any] | None = None
    ) -> None:
        super().__init__(attrs)
        self.provinces = tuple(provinces)

    def value_from_datadict(
        self, data: Any, files: MultiValueDict[str, Any] | None, name: str
    ) -> dict[str, str]:
        return read_place(data, name)

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        return not any(f"{name}_{part}" in data for part in PLACE_PARTS)


def read_place(data: Mapping[str, Any], name: str) -> dict[str, str]:
    """What was typed into the place component called `name`; parts left empty are left out."""
    typed = {part: str(data.get(f"{name}_{part}") or "").strip() for part in PLACE_PARTS}
    return {part: text for part, text in typed.items() if text}
