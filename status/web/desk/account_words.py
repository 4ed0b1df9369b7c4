"""Why something about accounts was refused, in the person's language; the services' own words are for operators."""

from __future__ import annotations

from status.domain.refused import Refused
from status.services.passwords import LONGEST, SHORTEST
from status.services.signing_in import TooFast
from status.web.language import gettext as _


def say(refused: Refused) -> str:
    """Say a refusal; one without words here in the service's own."""
    if isinstance(refused, TooFast):
        return _("Too many wrong tries. Try again in %(seconds)s seconds.", seconds=refused.wait_s)
    return _sentences().get(refused.reason, refused.message)


def _sentences() -> dict[str, str]:
    length = {"shortest": SHORTEST, "longest": LONGEST}
    return {
        "password": _("A password has %(shortest)s to %(longest)s characters.", **length),
        "password_common": _("This password is one of those tried first: choose another one."),
        "password_name": _("This password is little more than your name or the site's: choose another one."),
        "again": _("The two passwords differ: type the same one twice."),
        "wrong_password": _("This is not your present password."),
        "code": _("This code does not fit. Is the phone's clock right? Type the code it shows now."),
        "sealed": _("That took too long: scan the new code."),
        "link_unknown": _("This link is not known. Was it copied whole?"),
        "link_used": _("This link has done its work. Ask for another one."),
        "link_expired": _("This link has run out. Ask for another one."),
        "name": _("A name has 1 to 80 characters: small letters a to z, digits, and . _ - within."),
        "name_taken": _("This name is taken: choose another one."),
        "email": _("This is not a mail address."),
        "display_name": _("A person's name has at most 120 characters, on one line."),
        "areas": _("An admin is not limited to areas; for others choose areas of the list, or none for all."),
        "last_admin": _("This is the only admin: make another one first."),
        "scopes": _("Choose at least one scope."),
        "token_name": _("Say what the token is for, in 1 to 120 characters."),
        "expires_at": _("Choose an end that is still to come, within ten years."),
        "account_disabled": _("This account is disabled: enable it first."),
        "conflict": _("Somebody else changed this meanwhile. Look again, then repeat."),
        "no_such_account": _("There is no such account."),
        "channel": _("This way is not offered here."),
        "address": _("This way cannot go to such an address. Look at it once more."),
        "no_ways": _("You have no contact way yet: set one on your own page first."),
        "no_alerts": _("No [[alert]] is configured here: nothing sends alerts."),
        "slow_down": _("A test went out less than a minute ago: wait for it."),
        "rota": _("There is no such rota."),
        "until": _("Give an end that is still to come and after the beginning, within a year."),
        "no_such_duty": _("There is no such duty that can be taken back."),
        "disabled": _("This account is disabled: choose somebody who can be reached."),
    }
