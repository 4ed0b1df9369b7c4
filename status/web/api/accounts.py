"""Who asks; accounts and tokens, for admins."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from status.domain.permissions import Deed, Scope
from status.models import Account, ApiToken
from status.services import accounts, one_time_links, tokens
from status.web.api import finding
from status.web.api.paging import page_of
from status.web.api.route import PREFIX, Call, Route, Told
from status.web.api.shapes.base import PageQuery
from status.web.api.shapes.people import (
    AccountAnswer,
    AccountPage,
    ChangingAccount,
    InvitedAnswer,
    Inviting,
    MadeTokenAnswer,
    MakingToken,
    MeAnswer,
    TokenAnswer,
    TokenPage,
    TokensQuery,
)


def _me(call: Call) -> Told:
    person = call.person
    scopes = [scope for scope in Scope if person.scopes is None or scope in person.scopes]
    return Told(MeAnswer(name=person.name, role=person.role, areas=sorted(person.areas), scopes=scopes))


def _account(row: Account) -> AccountAnswer:
    return AccountAnswer(
        uid=row.uid, name=row.name, display_name=row.display_name, email=row.email, language=row.language,
        role=row.role, areas=row.areas, has_password=bool(row.password_hash),
        has_second_factor=row.totp_confirmed_at is not None, created_at=row.created_at,
        signed_in_at=row.signed_in_at, disabled_at=row.disabled_at, version=row.version,
    )  # fmt: skip


def _named(call: Call) -> Account:
    return accounts.named(call.session, call.path["account"])


def _list(call: Call) -> Told:
    page, more = page_of(accounts.listed(call.session), lambda row: row.name, call.asked(PageQuery))
    return Told(AccountPage(items=[_account(row) for row in page], next=more))


def _one(call: Call) -> Told:
    return _told(_named(call))


def _told(row: Account) -> Told:
    return Told(_account(row), version=row.version)


def _version(call: Call) -> int:
    return _named(call).version


def _invite(call: Call) -> Told:
    body = call.given(Inviting)
    details = accounts.Details(body.role, body.language, body.display_name, body.email, tuple(body.areas))
    account = accounts.create(call.session, body.name, details, call.by, call.now)
    call.session.flush()
    told = _linked(call, account, one_time_links.INVITE)
    return replace(told, location=f"{PREFIX}/accounts/{account.name}", version=account.version)


def _reset(call: Call) -> Told:
    return _linked(call, _named(call), one_time_links.RESET)


def _linked(call: Call, account: Account, purpose: str) -> Told:
    """Answer with a link, which is not kept."""
    token = one_time_links.make(call.session, purpose, account, call.by, call.now)
    shape = _account(account)
    link = f"{call.runtime.settings.site.public_url}/desk/link/{token}"
    return Told(InvitedAnswer(account=shape, link=link), kept=InvitedAnswer(account=shape, link=None))


def _change(call: Call) -> Told:
    body, account = call.given(ChangingAccount), _named(call)
    given = {name: value for name, value in body.model_dump().items() if value is not None}
    accounts.change(call.session, account, replace(accounts.details_of(account), **given), call.by, call.now)
    return _told(account)


def _disable(call: Call) -> Told:
    account = _named(call)
    accounts.disable(call.session, account, call.by, call.now)
    return _told(account)


def _enable(call: Call) -> Told:
    account = _named(call)
    accounts.enable(call.session, account, call.by, call.now)
    return _told(account)


def _token(call: Call, row: ApiToken) -> TokenAnswer:
    return TokenAnswer(
        uid=row.uid, account=accounts.of_uid(call.session, row.account_uid).name, name=row.name, start=row.start,
        scopes=row.scopes, created_at=row.created_at, expires_at=row.expires_at, used_at=row.used_at,
        revoked_at=row.revoked_at,
    )  # fmt: skip


def _tokens(call: Call) -> Told:
    query = call.asked(TokensQuery)
    of = finding.named_account(call.session, query.account, "account").uid if query.account is not None else None
    page, more = page_of(tokens.listed(call.session, of), lambda row: row.uid, query)
    return Told(TokenPage(items=[_token(call, row) for row in page], next=more))


def _make_token(call: Call) -> Told:
    body = call.given(MakingToken)
    account = finding.named_account(call.session, body.account, "account")
    secret = tokens.make(
        call.session, account, body.name, set(body.scopes), body.expires_at, call.by, call.now
    )  # fmt: skip
    found = tokens.of_token(call.session, secret, call.now)
    assert found is not None, "the token just made is not known"
    shape = _token(call, found[0])
    made = MadeTokenAnswer(token=shape, secret=secret)
    return Told(made, location=f"{PREFIX}/tokens/{shape.uid}", kept=MadeTokenAnswer(token=shape, secret=None))


def _revoke(call: Call) -> Told:
    tokens.revoke(call.session, tokens.find(call.session, call.path["token"].lower()), call.by, call.now)
    return Told()


def _one_token(call: Call) -> Told:
    return Told(_token(call, tokens.find(call.session, call.path["token"].lower())))


ADMIN: Final = Deed.ADMINISTER
ROUTES: Final = (
    Route("GET", "/me", "get-me", Deed.READ, _me, "Who the token is of, and what it may do", MeAnswer),
    Route("GET", "/accounts", "list-accounts", ADMIN, _list, "Accounts by name", AccountPage, query=PageQuery),
    Route("POST", "/accounts", "invite-account", ADMIN, _invite, "Give a person an account; the link is shown once",
          InvitedAnswer, Inviting, status=201, versioned=True),
    Route("GET", "/accounts/{account}", "get-account", ADMIN, _one, "One account", AccountAnswer, versioned=True),
    Route("PATCH", "/accounts/{account}", "change-account", ADMIN, _change, "Change an account", AccountAnswer,
          ChangingAccount, edits=True, versioned=True, guard=_version),
    Route("POST", "/accounts/{account}/disable", "disable-account", ADMIN, _disable,
          "Let a person in no more: sessions and tokens end at once", AccountAnswer, versioned=True),
    Route("POST", "/accounts/{account}/enable", "enable-account", ADMIN, _enable, "Let a person in again",
          AccountAnswer, versioned=True),
    Route("POST", "/accounts/{account}/reset", "reset-account", ADMIN, _reset,
          "Make a link by which a person sets a new password; it is shown once", InvitedAnswer),
    Route("GET", "/tokens", "list-tokens", ADMIN, _tokens, "Tokens, the youngest first", TokenPage,
          query=TokensQuery),
    Route("POST", "/tokens", "make-token", ADMIN, _make_token, "Make a token; its secret is shown once",
          MadeTokenAnswer, MakingToken, status=201),
    Route("GET", "/tokens/{token}", "get-token", ADMIN, _one_token, "One token", TokenAnswer),
    Route("DELETE", "/tokens/{token}", "revoke-token", ADMIN, _revoke, "Revoke a token", status=204),
)  # fmt: skip
