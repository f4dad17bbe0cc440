"""The frame around every page: whose site it is, who reads, where one can go, how it should look."""

from __future__ import annotations

import functools
import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import NoReverseMatch, path, reverse
from django.utils import translation
from django.utils.functional import Promise
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

from motcua.companies import access
from motcua.config.env import ENV

THEMES = ("auto", "light", "dark")
TEXT_SIZES = ("normal", "large", "huge")
THEME_COOKIE, TEXT_COOKIE, KEYS_COOKIE = "mc_theme", "mc_text", "mc_keys"
YEAR_SECONDS = 365 * 24 * 3600
STATIC_FOLDER = Path(__file__).parent / "static" / "motcua"
DEFAULT_COLOUR = "#1d4e89"


@dataclass(frozen=True)
class Link:
    label: str | Promise
    icon: str
    url: str
    is_here: bool = False


@dataclass(frozen=True)
class Place:
    """An entry of a navigation: the first of `names` that has a URL is where it leads."""

    label: str | Promise
    icon: str
    names: tuple[str, ...]
    roles: frozenset[str] = frozenset()
    at: str = ""  # "company" or "group" where it is on those hosts alone


CUSTOMER_PLACES = (
    Place(_("Trang chủ"), "home", ("customer:home",)),
    Place(_("Dịch vụ"), "services", ("customer:services", "customer:catalogue")),
    Place(_("Theo dõi"), "follow", ("customer:follow", "customer:find_request")),
    Place(_("Của tôi"), "user", ("customer:mine",)),
)
STAFF_PLACES = (
    Place(
        _("Việc cần làm"),
        "tasks",
        ("desk:worklist", "desk:home", "desk:work"),
        frozenset({"INTAKE", "BUSINESS", "SUPERVISOR", "ADMIN"}),
        at="company",
    ),
    Place(
        _("Hội thoại"),
        "chat",
        ("desk:conversations", "desk:chats"),
        frozenset({"INTAKE", "BUSINESS", "SUPERVISOR"}),
    ),
    Place(
        _("Quầy"),
        "counter",
        ("counter:home", "counter:new", "desk:call"),
        frozenset({"INTAKE", "DESK_CLERK", "SUPERVISOR"}),
    ),
    Place(
        _("Lịch hẹn"), "calendar", ("desk:visits", "field:planning"), frozenset({"BUSINESS", "SUPERVISOR"})
    ),
    Place(_("Giám sát"), "eye", ("desk:oversee",), frozenset({"SUPERVISOR"})),
    Place(_("Mất điện"), "outage", ("staff:outages",), frozenset({"INTAKE", "BUSINESS", "SUPERVISOR"})),
    Place(
        _("Tài chính"),
        "money",
        ("money:home", "desk:suspense"),
        frozenset({"ACCOUNTANT", "BUSINESS", "SUPERVISOR"}),
    ),
    Place(_("Hiện trường"), "crew", ("field:today", "field:home"), frozenset({"CREW"})),
    Place(
        _("Bảng số"), "chart", ("board:home", "board:company"), frozenset({"SUPERVISOR", "ADMIN", "DIRECTOR"})
    ),
    Place(_("Giá điện"), "money", ("staff:price-decisions",), frozenset({"ADMIN", "DIRECTOR"}), at="group"),
    Place(_("Quản trị"), "settings", ("staff:admin",), frozenset({"ADMIN"})),
)
CREW_PLACES = (
    Place(_("Hôm nay"), "tasks", ("field:today", "field:home")),
    Place(_("Ngày mai"), "calendar", ("field:tomorrow",)),
    Place(_("Chờ gửi"), "sync", ("field:pending",)),
)
GROUP_PLACES = (
    Place(_("Trang chủ"), "home", ("group:home", "customer:group", "customer:home")),
    Place(_("Bảng số"), "chart", ("board:group", "board:home")),
)


@dataclass(frozen=True)
class Shell:
    """What the base layouts show. Everything has a value, also on an error page without a company."""

    name: str
    brand: str
    hotline: str
    code: str
    site: str
    is_group: bool
    language: str
    theme: str
    text_size: str
    has_keys: bool
    path: str
    version: str
    is_demo: bool
    urls: dict[str, str]
    user: Any = None
    roles: frozenset[str] = frozenset()

    @property
    def hotline_parts(self) -> list[str]:
        return [part.strip() for part in self.hotline.replace(";", ",").split(",") if part.strip()]

    @property
    def customer_nav(self) -> list[Link]:
        return self._links(CUSTOMER_PLACES)

    @property
    def staff_nav(self) -> list[Link]:
        here = "group" if self.is_group else "company"
        return self._links(tuple(p for p in STAFF_PLACES if p.roles & self.roles and p.at in ("", here)))

    @property
    def crew_nav(self) -> list[Link]:
        return self._links(CREW_PLACES)

    @property
    def group_nav(self) -> list[Link]:
        return self._links(GROUP_PLACES)

    def _links(self, places: tuple[Place, ...]) -> list[Link]:
        pairs = [(place, first_url(*place.names)) for place in places]
        here = max((url for _place, url in pairs if url and self._is_under(url)), key=len, default="")
        return [Link(place.label, place.icon, url, url == here) for place, url in pairs if url]

    def _is_under(self, url: str) -> bool:
        return self.path == url or (url != "/" and self.path.startswith(url))


def first_url(*names: str) -> str:
    """Address of the first URL name that exists, else nothing."""
    for name in names:
        try:
            return reverse(name)
        except NoReverseMatch:
            continue
    return ""


def _text_of(source: Any, name: str, default: str = "") -> str:
    return str(getattr(source, name, "") or default)


def company_of(request: HttpRequest | None, given: Any = None) -> Any:
    return given or getattr(request, "company", None) or getattr(request, "tenant", None)


def shell_of(request: HttpRequest | None, given: Any = None) -> Shell:
    """The frame of this request; without one (a broken page) of nobody."""
    company = company_of(request, given)
    language = (translation.get_language() or "vi")[:2]
    cookies = request.COOKIES if request is not None else {}
    theme, text_size = cookies.get(THEME_COOKIE, "auto"), cookies.get(TEXT_COOKIE, "normal")
    name = _text_of(company, "name_en") if language == "en" else ""
    user = getattr(request, "user", None)
    is_group = (
        _text_of(company, "kind") == "GROUP"
        or company is None
        or _text_of(company, "schema_name") == "public"
    )
    return Shell(
        name=name or _text_of(company, "name", "EVN & Khách hàng"),
        brand=_text_of(company, "brand", "EVN & Khách hàng"),
        hotline=_text_of(company, "hotline", "1900 1909"),
        code=_text_of(company, "code"),
        site=_text_of(company, "site"),
        is_group=is_group,
        language=language,
        theme=theme if theme in THEMES else "auto",
        text_size=text_size if text_size in TEXT_SIZES else "normal",
        has_keys=cookies.get(KEYS_COOKIE, "on") != "off",
        path=request.path if request is not None else "/",
        version=assets_version(),
        is_demo=ENV.demo,
        urls={
            "home": first_url("customer:home", "group:home") or "/",
            "desk": first_url("desk:worklist", "desk:home") or "/",
            "field": first_url("field:today", "field:home") or "/",
            "chat": "" if is_group else first_url("customer:chat", "chat:home", "chat"),
            "chat_panel": first_url("customer:chat_panel", "chat:panel"),
            "chat_unread": first_url("chat:unread"),
            "search": first_url("desk:search"),
            "keys": first_url("desk:keys"),
            "look": first_url("look") or "/look",
            "company_css": first_url("company_css") or "/company.css",
            "manifest": first_url("manifest") or "/manifest.webmanifest",
            "account": first_url("mfa_index"),
            "sign_out": first_url("account_logout", "sign_out"),
            "contact": first_url("customer:contact"),
            "stay": first_url("customer:stay"),
            "privacy": first_url("customer:privacy"),
            "accessibility": first_url("customer:accessibility"),
        },
        user=user if getattr(user, "is_authenticated", False) else None,
        roles=_roles_of(request, user),
    )


def _roles_of(request: HttpRequest | None, user: Any) -> frozenset[str]:
    """Roles of the actor that a staff page put on the request, else asked for; nobody signed in has none."""
    if not getattr(user, "is_authenticated", False):
        return frozenset()
    actor = getattr(request, "actor", None) or access.actor_of(user)
    return frozenset(str(role) for role in actor.roles)


@functools.cache
def assets_version() -> str:
    """Changes when any static file of ours does."""
    digest = hashlib.sha256()
    for file in sorted(STATIC_FOLDER.rglob("*")):
        if file.is_file():
            digest.update(file.relative_to(STATIC_FOLDER).as_posix().encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()[:10]


@csrf_exempt  # it changes nothing but how this browser shows pages
@never_cache
@require_POST
def look(request: HttpRequest) -> HttpResponse:
    """Remember language, theme, text size and single keys in this browser and go back to the page."""
    back = request.POST.get("next", "/")
    if not url_has_allowed_host_and_scheme(back, {request.get_host()}, require_https=request.is_secure()):
        back = "/"
    response = HttpResponseRedirect(back)
    choices = (
        (settings.LANGUAGE_COOKIE_NAME, "language", [code for code, _name in settings.LANGUAGES]),
        (THEME_COOKIE, "theme", THEMES),
        (TEXT_COOKIE, "text", TEXT_SIZES),
        (KEYS_COOKIE, "keys", ("on", "off")),
    )
    for cookie, name, allowed in choices:
        if (value := request.POST.get(name, "")) in allowed:
            response.set_cookie(
                cookie, value, max_age=YEAR_SECONDS, samesite="Lax", secure=request.is_secure()
            )
    return response


def _mix(colour: tuple[int, int, int], other: tuple[int, int, int], share: float) -> tuple[int, int, int]:
    return tuple(round(a + (b - a) * share) for a, b in zip(colour, other, strict=True))  # type: ignore[return-value]


def _luminance(colour: tuple[int, int, int]) -> float:
    parts = [c / 255 for c in colour]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: tuple[int, int, int], two: tuple[int, int, int]) -> float:
    """WCAG contrast ratio of two colours."""
    high, low = sorted((_luminance(one), _luminance(two)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def readable(colour: str, on: str, towards: str, ratio: float = 5.0) -> str:
    """The colour, moved towards another only as far as it takes to be read on the ground."""
    start, ground, goal = _rgb(colour), _rgb(on), _rgb(towards)
    for step in range(21):
        mixed = _mix(start, goal, step / 20)
        if contrast(mixed, ground) >= ratio:
            return _hex(mixed)
    return towards


def _rgb(text: str) -> tuple[int, int, int]:
    return int(text[1:3], 16), int(text[3:5], 16), int(text[5:7], 16)


def _hex(colour: tuple[int, int, int]) -> str:
    return "#{:02x}{:02x}{:02x}".format(*colour)


@functools.lru_cache(maxsize=64)
def company_stylesheet(colour: str) -> str:
    """The company's accent as custom properties, made readable on paper and at night."""
    light = readable(colour, "#f1e9d8", "#101a30")
    dark = readable(colour, "#1b2644", "#fff3dc")
    light_soft, dark_soft = (
        _hex(_mix(_rgb(light), _rgb("#fdfaf3"), 0.88)),
        _hex(_mix(_rgb(light), _rgb("#131d36"), 0.72)),
    )
    day = f"--company:{light};--company-soft:{light_soft};--company-pure:{colour}"
    night = f"--company:{dark};--company-soft:{dark_soft};--company-pure:{colour}"
    return (
        f":root{{{day}}}\n:root[data-theme=dark]{{{night}}}\n"
        f"@media (prefers-color-scheme:dark){{:root:not([data-theme=light]){{{night}}}}}\n"
        f"@media print{{:root,:root[data-theme]{{{day}}}}}\n"
    )


@require_safe
def company_css(request: HttpRequest) -> HttpResponse:
    """`/company.css`: the same design in each company's own colour."""
    colour = _text_of(company_of(request), "colour", DEFAULT_COLOUR)
    response = HttpResponse(company_stylesheet(colour), content_type="text/css; charset=utf-8")
    response["Cache-Control"] = "public, max-age=3600"
    return response


urlpatterns = [
    path("look", look, name="look"),
    path("company.css", company_css, name="company_css"),
]
