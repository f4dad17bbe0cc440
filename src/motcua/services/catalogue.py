"""The catalogue of declared services: every version of every service, found by code and day.

The files are `declared/<CODE>/<version>.yaml`. They are read once per process; a file that is wrong stops the
start, with every error named by file and line.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from itertools import pairwise
from pathlib import Path

from motcua.kernel.results import NotFound, gettext_noop
from motcua.services import checking, loading
from motcua.services import search as searching
from motcua.services.declaration import Service
from motcua.services.marks import DeclarationError

FOLDER = Path(__file__).parent / "declared"


class UnknownService(NotFound):
    code = "UNKNOWN_SERVICE"
    message = gettext_noop("Không có dịch vụ này, hoặc dịch vụ chưa được cung cấp vào ngày đó.")


class DeclarationsWrong(Exception):
    """The declarations cannot be used; the text lists every error."""

    def __init__(self, errors: list[DeclarationError]) -> None:
        super().__init__("\n".join(str(error) for error in errors))
        self.errors = errors


@dataclass(frozen=True)
class Catalogue:
    """All versions of all services, by code, oldest first."""

    versions: dict[str, tuple[Service, ...]]

    def get(self, code: str, at: date | int, *, internal: bool = False) -> Service:
        """The service in the version of that number, or as it is offered on that day.

        What the company orders of itself is offered to nobody; `internal` finds it too.
        """
        for service in self.versions.get(code, ()):
            if isinstance(at, int):
                if service.version == at:
                    return service
            elif service.is_valid_on(at) and (internal or not service.is_internal):
                return service
        raise UnknownService(service=code)

    def find(self, code: str, at: date | int, *, internal: bool = False) -> Service | None:
        try:
            return self.get(code, at, internal=internal)
        except UnknownService:
            return None

    def list_services(self, on: date, *, internal: bool = False) -> tuple[Service, ...]:
        """The services offered on a day: by category, then by code. `internal`: also what the company orders of itself."""
        offered = (service for versions in self.versions.values() for service in versions)
        order = list(type_order())
        return tuple(
            sorted(
                (
                    service
                    for service in offered
                    if service.is_valid_on(on) and (internal or not service.is_internal)
                ),
                key=lambda service: (order.index(service.category.value), service.code),
            )
        )

    def list_versions(self, code: str) -> tuple[Service, ...]:
        return self.versions.get(code, ())

    def list_all(self) -> tuple[Service, ...]:
        """Every version of every service."""
        return tuple(service for code in sorted(self.versions) for service in self.versions[code])


def type_order() -> tuple[str, ...]:
    """Categories in the order of the catalogue page."""
    return ("SUPPLY", "CHANGE", "FAULT", "HELP")


def read(folder: Path) -> list[loading.Loaded]:
    """Every declaration file of a folder, read but not yet judged."""
    return [
        loading.load(
            path.read_text(encoding="utf-8"), str(path.relative_to(folder.parent)), _finder(path.parent)
        )
        for path in sorted(folder.glob("*/*.yaml"))
    ]


def _finder(folder: Path) -> Callable[[int], str | None]:
    """The other versions of a service, by number."""

    def find(version: int) -> str | None:
        path = folder / f"{version}.yaml"
        return path.read_text(encoding="utf-8") if path.exists() else None

    return find


def check_folder(folder: Path, known_effects: Collection[str] | None = None) -> list[DeclarationError]:
    """Everything that is wrong with the declarations of a folder, by file and line."""
    return _errors_of(folder, read(folder), known_effects)


def _errors_of(
    folder: Path, files: list[loading.Loaded], known_effects: Collection[str] | None = None
) -> list[DeclarationError]:
    services = {loaded.service.code for loaded in files if loaded.service}
    for loaded in files:
        checking.check(loaded, known_effects, services)
        _check_file_name(loaded)
    _check_periods(files)
    strays = [
        path for path in folder.glob("**/*.y*ml") if path.suffix != ".yaml" or path.parent.parent != folder
    ]
    errors = [error for loaded in files for error in loaded.errors]
    errors += [
        DeclarationError(
            str(path.relative_to(folder.parent)), 1, "a declaration is a file <CODE>/<version>.yaml"
        )
        for path in strays
    ]
    return sorted(errors)


def check_all(known_effects: Collection[str] | None = None) -> list[DeclarationError]:
    """Everything that is wrong with our own declarations; `known_effects` are the effects registered."""
    return check_folder(FOLDER, known_effects)


def load_folder(folder: Path) -> Catalogue:
    """The catalogue of a folder; refuses with DeclarationsWrong when anything in it is wrong."""
    files = read(folder)
    errors = _errors_of(folder, files)
    if errors:
        raise DeclarationsWrong(errors)
    versions: dict[str, list[Service]] = {}
    for loaded in files:
        if loaded.service:
            versions.setdefault(loaded.service.code, []).append(loaded.service)
    return Catalogue(
        {
            code: tuple(sorted(found, key=lambda service: service.valid_from))
            for code, found in versions.items()
        }
    )


@lru_cache(maxsize=1)
def current() -> Catalogue:
    """Our own declarations, read once."""
    return load_folder(FOLDER)


def get(code: str, at: date | int, *, internal: bool = False) -> Service:
    """The service in the version of that number, or as offered on that day; refuses UnknownService.

    `internal`: also one that the company orders of itself.
    """
    return current().get(code, at, internal=internal)


def find(code: str, at: date | int) -> Service | None:
    return current().find(code, at)


def list_services(on: date) -> tuple[Service, ...]:
    """The services offered on a day, in the order of the catalogue page."""
    return current().list_services(on)


def search(text: str, on: date, *, limit: int = 10) -> list[searching.Hit]:
    """The services offered on a day that the text may mean, best first; see `search.search`."""
    return searching.search(list_services(on), text, limit=limit)


def list_versions(code: str) -> tuple[Service, ...]:
    return current().list_versions(code)


def _check_file_name(loaded: loading.Loaded) -> None:
    service = loaded.service
    if service is None:
        return
    path = Path(loaded.sheet.file)
    if path.parent.name != service.code:
        loaded.sheet.error(
            loaded.sheet.line_of(service, "code"),
            f'the folder is "{path.parent.name}", the code "{service.code}"',
        )
    if path.stem != str(service.version):
        loaded.sheet.error(
            loaded.sheet.line_of(service, "version"),
            f'the file is "{path.name}", the version {service.version}',
        )


def _check_periods(files: list[loading.Loaded]) -> None:
    """Two versions of a service must not be valid on the same day.

    Numbers say in which order versions were written, not when they hold: rules of the past may be added later.
    """
    by_code: dict[str, list[loading.Loaded]] = {}
    for loaded in files:
        if loaded.service:
            by_code.setdefault(loaded.service.code, []).append(loaded)
    for versions in by_code.values():
        ordered = sorted(
            versions, key=lambda loaded: loaded.service.valid_from if loaded.service else date.min
        )
        for earlier, later in pairwise(ordered):
            first, second = earlier.service, later.service
            if first is None or second is None:
                continue
            if first.valid_to is None or second.valid_from < first.valid_to:
                until = f"until {first.valid_to}" if first.valid_to else "with no end"
                later.sheet.error(
                    later.sheet.line_of(second, "valid_from"),
                    f"overlaps version {first.version} ({earlier.sheet.file}), which is valid {until}",
                )
