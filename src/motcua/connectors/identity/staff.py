"""Staff who sign in where their company keeps its people, and are asked for again while they work.

Accounts and roles are given here by an administrator; the directory says who somebody is and whether they still belong.
The first sign-in links the account of the same username to the directory's own id of the person; from then on that id
decides, and no password of ours opens the account. Whoever is gone there is out here at the next check.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F, Q

from motcua.companies import operations as company_ops
from motcua.companies.models import Staff
from motcua.connectors.identity import checking, oidc
from motcua.connectors.identity.ldap import NO_SUCH_OBJECT, Directory, DirectoryFailed, Person
from motcua.connectors.identity.oidc import Client
from motcua.connectors.models import DirectoryKind, StaffDirectory, StaffIdentity, StaffSignIn
from motcua.kernel.actors import Actor
from motcua.kernel.hashing import sha256_hex
from motcua.kernel.results import NotFound, Refused, gettext_noop
from motcua.payments import seals

log = structlog.get_logger(__name__)

LIFE = timedelta(minutes=10)
# Where an issuer gives nothing to ask again with, people sign in anew after this: the same hour.
LONGEST_UNASKED = timedelta(minutes=55)
ACTOR = Actor.system("directory")


class DirectoryUnavailable(Refused):
    code = "DIRECTORY_UNAVAILABLE"
    message = gettext_noop("Chưa kết nối được với nơi đăng nhập của công ty. Vui lòng thử lại sau ít phút.")


class StaffSignInLost(Refused):
    code = "SIGN_IN_LOST"
    message = gettext_noop("Lần đăng nhập này đã hết hạn hoặc bắt đầu ở nơi khác. Vui lòng đăng nhập lại.")


class StaffNotKnown(Refused):
    code = "STAFF_NOT_KNOWN"
    message = gettext_noop(
        "Tài khoản này chưa được mở ở đây, hoặc đã bị khóa. Hãy nhờ quản trị viên của đơn vị."
    )


@dataclass(frozen=True)
class DirectoryView:
    code: str
    name: str


def list_issuers() -> list[DirectoryView]:
    """Where staff go to sign in, besides the form here."""
    rows = StaffDirectory.objects.filter(is_active=True, kind=DirectoryKind.OIDC).order_by("code")
    return [DirectoryView(row.code, row.name) for row in rows]


def check_directory(*, code: str, username: str) -> bool:
    """Try the directory as it is set up: is it there, does it know us. LDAP: whether somebody of that name is found.

    Raises NotFound and what `checking` refuses; writes nothing.
    """
    row = StaffDirectory.objects.filter(code=code).first()
    if row is None:
        raise NotFound(field="code")
    if row.kind == DirectoryKind.OIDC:
        checking.check_issuer(_client(row, ""))
        return True
    try:
        with Directory(row.address) as directory:
            return _look_up(directory, row, username, is_test=True) is not None
    except DirectoryFailed as failed:
        if str(failed) == f"search-{NO_SUCH_OBJECT}":
            raise checking.BaseUnknown(field="base", base=row.options["base"]) from None
        raise checking.explain(row.address, failed) from None


# by name and password, asked of an LDAP directory


def check_password(*, username: str, password: str, at: datetime) -> Staff | None:
    """The member of staff whom the company's LDAP directory knows by this name and password; None: not this way.

    Raises DirectoryUnavailable.
    """
    row = StaffDirectory.objects.filter(is_active=True, kind=DirectoryKind.LDAP).order_by("code").first()
    person = Staff.objects.filter(username__iexact=username, is_active=True).first()
    if row is None or person is None or not password:
        return None
    try:
        with Directory(row.address) as directory:
            entry = _look_up(directory, row, person.username)
            is_right = (
                entry is not None and not _is_disabled(row, entry) and directory.bind(entry.dn, password)
            )
    except DirectoryFailed as failed:
        log.warning("staff-directory.failed", directory=row.code, reason=str(failed))
        raise DirectoryUnavailable from None
    if entry is None or not is_right:
        return None
    try:
        return _link(row, person, _subject(row, entry), "", at)
    except StaffNotKnown:
        return None


def _look_up(
    directory: Directory, row: StaffDirectory, username: str, *, is_test: bool = False
) -> Person | None:
    """The one entry with this name, found as the service we are there; in a test the base must be there too.

    Raises DirectoryFailed.
    """
    if not directory.bind(row.client_id, seals.unseal(row.secret_sealed, settings.SECRET_KEY)):
        raise DirectoryFailed("service-password")
    options = row.options
    name = options.get("username", "uid")
    wanted = {name, options.get("subject", "entryUUID"), options.get("disabled", "")} - {""}
    found = directory.find(options["base"], [(name, username)], sorted(wanted), must_exist=is_test)
    return found[0] if len(found) == 1 else None


def _subject(row: StaffDirectory, entry: Person) -> str:
    return entry.first(row.options.get("subject", "entryUUID")) or entry.dn.lower()


def _is_disabled(row: StaffDirectory, entry: Person) -> bool:
    told = entry.first(row.options.get("disabled", "")) if row.options.get("disabled") else ""
    if bit := row.options.get("disabled_bit"):
        return told.isdigit() and bool(int(told) & int(bit))
    return bool(told) and told.lower() == str(row.options.get("disabled_value", "TRUE")).lower()


# at an OpenID Connect issuer


def begin(*, code: str, browser: str, redirect_uri: str, goes_to: str, at: datetime) -> str:
    """The address at the issuer to send the browser to. Raises NotFound, DirectoryUnavailable."""
    row = StaffDirectory.objects.filter(code=code, is_active=True, kind=DirectoryKind.OIDC).first()
    if row is None:
        raise NotFound()
    state, nonce, verifier = secrets.token_urlsafe(32), secrets.token_urlsafe(32), oidc.new_verifier()
    StaffSignIn.objects.create(
        state_hash=sha256_hex(state), directory=row, browser_hash=sha256_hex(browser), nonce=nonce, created_at=at,
        verifier_sealed=seals.seal(verifier, settings.SECRET_KEY), goes_to=goes_to[:200],
    )  # fmt: skip
    try:
        return oidc.authorize_address(_client(row, redirect_uri), state=state, nonce=nonce, verifier=verifier)
    except oidc.ProviderFailed as failed:
        log.warning("staff-directory.failed", directory=row.code, reason=str(failed))
        raise DirectoryUnavailable from None


def finish(*, browser: str, state: str, code: str, redirect_uri: str, at: datetime) -> tuple[Staff, str]:
    """Who came back, and where they were going. A state is used up by the first try.

    Raises StaffSignInLost, DirectoryUnavailable, StaffNotKnown.
    """
    with transaction.atomic():
        rows = StaffSignIn.objects.select_for_update(of=("self",)).select_related("directory")
        attempt = rows.filter(state_hash=sha256_hex(state)).first()
        if attempt is not None:
            attempt.delete()
    if (
        attempt is None
        or attempt.browser_hash != sha256_hex(browser)
        or at - attempt.created_at > LIFE
        or not attempt.directory.is_active
    ):
        raise StaffSignInLost
    row = attempt.directory
    try:
        claims, again = oidc.exchange(
            _client(row, redirect_uri), code=code, nonce=attempt.nonce, at=at,
            verifier=seals.unseal(attempt.verifier_sealed, settings.SECRET_KEY),
        )  # fmt: skip
    except oidc.ProviderFailed as failed:
        log.warning("staff-directory.failed", directory=row.code, reason=str(failed))
        raise DirectoryUnavailable from None
    except oidc.TokenRefused as refused:
        log.warning("staff-directory.token-refused", directory=row.code, reason=refused.reason)
        raise StaffNotKnown from None
    username = str(claims.get(row.options.get("username", "preferred_username")) or "").split("@")[0]
    known = StaffIdentity.objects.filter(directory=row, subject=str(claims["sub"])).first()
    people = Staff.objects.filter(is_active=True)
    person = (people.filter(id=known.staff_id) if known else people.filter(username__iexact=username)).first()
    if person is None or not (known or username):
        raise StaffNotKnown
    return _link(row, person, str(claims["sub"]), again, at), attempt.goes_to


def _client(row: StaffDirectory, redirect_uri: str) -> Client:
    secret = seals.unseal(row.secret_sealed, settings.SECRET_KEY)
    scope = row.options.get("scope", "openid profile offline_access")
    return Client(row.address, row.client_id, secret, redirect_uri, scope)


# who is whom, and whether they still belong


def _link(row: StaffDirectory, person: Staff, subject: str, again: str, at: datetime) -> Staff:
    """The account is this person's of the directory, from now on. Raises StaffNotKnown when it is somebody else's."""
    sealed = seals.seal(again, settings.SECRET_KEY) if again else None
    fresh = {"refresh_sealed": sealed, "signed_in_at": at, "checked_at": at, "is_open": True}
    try:
        with transaction.atomic():
            identity, is_new = StaffIdentity.objects.select_for_update().get_or_create(
                staff_id=person.id, defaults={"directory": row, "subject": subject, **fresh}
            )
            if identity.directory_id != row.code or identity.subject != subject:
                log.warning("staff-directory.other-person", directory=row.code, staff=str(person.id))
                raise StaffNotKnown
            if is_new:
                company_ops.staff_end_sessions(staff_id=person.id, actor=ACTOR, at=at)
                company_ops.record_audit(
                    actor=ACTOR, verb="directory.linked", subject_type="staff", subject_id=str(person.id), at=at,
                    facts={"directory": row.code},
                )  # fmt: skip
            else:
                StaffIdentity.objects.filter(id=identity.id).update(**fresh)
    except IntegrityError:
        raise StaffNotKnown from None
    return Staff.objects.get(id=person.id)


def recheck_due(*, at: datetime, limit: int) -> int:
    """Ask the directories whether those who may be at work still belong; who does not is out. How many were asked."""
    due = Q(checked_at__lte=at - F("directory__recheck_minutes") * timedelta(minutes=1))
    rows = StaffIdentity.objects.filter(due, is_open=True).select_related("directory").order_by("checked_at")
    asked = list(rows[:limit])
    for identity in asked:
        if not identity.directory.is_active:
            _out(identity, at, is_leaver=False)
        elif identity.directory.kind == DirectoryKind.LDAP:
            _recheck_entry(identity, at)
        else:
            _recheck_issuer(identity, at)
    return len(asked) if len(asked) == limit else 0


def _recheck_entry(identity: StaffIdentity, at: datetime) -> None:
    row = identity.directory
    person = Staff.objects.filter(id=identity.staff_id).first()
    if person is None or not person.is_active:
        _kept(identity, at, is_open=False)
        return
    try:
        with Directory(row.address) as directory:
            entry = _look_up(directory, row, person.username)
    except DirectoryFailed as failed:
        log.warning("staff-directory.failed", directory=row.code, reason=str(failed))
        _kept(identity, at)  # a directory that is down locks nobody out; it is asked again in its turn
        return
    if entry is None or _is_disabled(row, entry) or _subject(row, entry) != identity.subject:
        _out(identity, at, is_leaver=True)
    else:
        _kept(identity, at)


def _recheck_issuer(identity: StaffIdentity, at: datetime) -> None:
    row = identity.directory
    if identity.refresh_sealed is None:
        if at - identity.signed_in_at >= LONGEST_UNASKED:
            _out(identity, at, is_leaver=False)
        else:
            _kept(identity, at)
        return
    token = seals.unseal(identity.refresh_sealed, settings.SECRET_KEY)
    try:
        is_known, again = oidc.is_still_known(_client(row, ""), token)
    except oidc.ProviderFailed as failed:
        log.warning("staff-directory.failed", directory=row.code, reason=str(failed))
        _kept(identity, at)
        return
    if not is_known:
        _out(identity, at, is_leaver=False)
        return
    StaffIdentity.objects.filter(id=identity.id).update(
        checked_at=at, refresh_sealed=seals.seal(again, settings.SECRET_KEY)
    )


def _kept(identity: StaffIdentity, at: datetime, *, is_open: bool = True) -> None:
    StaffIdentity.objects.filter(id=identity.id).update(checked_at=at, is_open=is_open)


def _out(identity: StaffIdentity, at: datetime, *, is_leaver: bool) -> None:
    """Sessions end with their next page. A leaver's account is locked too; others may sign in again where they did."""
    staff_id: UUID = identity.staff_id
    with transaction.atomic():
        StaffIdentity.objects.filter(id=identity.id).update(checked_at=at, is_open=False, refresh_sealed=None)
        company_ops.staff_end_sessions(staff_id=staff_id, actor=ACTOR, at=at)
        if is_leaver:
            company_ops.staff_deactivate(staff_id=staff_id, actor=ACTOR, at=at)


def forget_old(*, at: datetime) -> None:
    """Sign-ins that went nowhere are forgotten."""
    StaffSignIn.objects.filter(created_at__lt=at - LIFE).delete()
