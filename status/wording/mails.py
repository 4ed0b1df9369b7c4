"""The words around the news in a mail, and the mail that asks whether an address wants them."""

from __future__ import annotations

from status.wording.languages import msg, say


def why(language: str, site: str) -> str:
    """Say why somebody is told."""
    return say(language, msg("You asked {site} for these news."), site=site)


def change(language: str) -> str:
    """Name the link to the page where everything can be changed."""
    return say(language, msg("Change what you are told, or stop"))


def stop(language: str) -> str:
    """Name the link that stops it all."""
    return say(language, msg("Stop all of it"))


def confirm_subject(language: str, site: str) -> str:
    """Give the subject of the mail that asks."""
    return say(language, msg("{site}: do you want these news?"), site=site)


def confirm_text(language: str, site: str) -> str:
    """Ask whether this address wants to be told; a link follows."""
    asked = msg(
        "Somebody asked {site} to send news of incidents and works to this address. If it was you, say yes here:"
    )
    return say(language, asked, site=site)


def confirm_short(language: str, site: str) -> str:
    """Ask in one short line, for an SMS; a link follows."""
    return say(language, msg("{site}: say yes to be told of incidents and works:"), site=site)


def test_subject(language: str, site: str) -> str:
    """Give the subject of a test."""
    return say(language, msg("{site}: a test"), site=site)


def test_text(language: str, site: str) -> str:
    """Say that a message is a test."""
    return say(language, msg("This is a test that you asked {site} for: nothing is announced."), site=site)


def more(language: str) -> str:
    """Name the link to the page of what is told."""
    return say(language, msg("Read more"))


def confirm_button(language: str) -> str:
    """Name the link that says yes."""
    return say(language, msg("Yes, send me these news"))


def confirm_else(language: str) -> str:
    """Say what happens without a yes."""
    return say(language, msg("If it was not you, do nothing: after 48 hours this address is forgotten."))


def as_contact(language: str, site: str, customer: str) -> str:
    """Say why a contact of a business customer is told."""
    return say(language, msg("{site} sends you these news as a contact of {customer}."), site=site, customer=customer)


def own_services(language: str) -> str:
    """Name the list of what a customer has with us that an event touches."""
    return say(language, msg("Your services touched:"))
