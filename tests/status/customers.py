"""Two business customers of the small provider: each with a line only customers may know, and what is public."""

from __future__ import annotations

from dataclasses import dataclass

from status.domain.states import Impact, Visibility
from status.models import EventLink
from status.models.engine import writing
from status.notifiers.email import canonical
from status.services import customer_tokens, customers, incidents, subscribing
from status.services.actors import cli_user
from status.services.customer_file import read_customers
from status.services.customers import House, Taken
from tests.status.publication.provider import Provider, make_component

OURS, THEIRS = "line-adele", "line-boris"
LIST = f"""A1;Adele SA;fr;{OURS};CIRCUIT-ADELE|CIRCUIT-DEUX;both:noc@adele.example
A1;;;imap;;
B1;Boris GmbH;en;{THEIRS};CIRCUIT-BORIS;maintnote:noc@boris.example
"""
CANARIES = ("boris", "Boris", "BORIS")
"""What belongs to the other customer, in slugs, names and circuits."""


@dataclass
class Customers:
    """Customers of a provider; `tokens` by external_ref."""

    provider: Provider
    tokens: dict[str, str]

    @classmethod
    def of(cls, provider: Provider) -> Customers:
        with writing(provider.sessions) as session:
            for slug in (OURS, THEIRS):
                row = make_component(slug, provider.ids["xdsl"])
                row.visibility, row.name = Visibility.CUSTOMERS, {"fr": f"Ligne {slug}", "en": f"Line {slug}"}
                session.add(row)
                session.flush()
                provider.ids[slug] = row.id
        made = cls(provider, {})
        made.take_in(LIST)
        with writing(provider.sessions) as session:
            author = cli_user(session, "anne")
            for ref in ("A1", "B1"):
                row = customers.find(session, ref)
                made.tokens[ref] = customer_tokens.make(session, row, author, provider.now)
        return made

    def take_in(self, text: str) -> Taken:
        taken, settings = Taken(), self.provider.runtime.settings
        house = House(subscribing.key_of(self.provider.runtime.places.data), "fr")
        with writing(self.provider.sessions) as session:
            found = read_customers(
                text.encode(), customers.components(session), lambda address: canonical(address, settings)
            )
            assert found.faults == ()
            author = cli_user(session, "anne")
            customers.take_in(session, found.customers, house, taken, author, now=self.provider.now)
        return taken

    def open(self, *slugs: str, title: str, linked: str = "") -> str:
        """Open an incident that touches these, linked to another one."""
        ids = self.provider.ids
        with writing(self.provider.sessions) as session:
            opening = incidents.Opening({ids[slug]: Impact.FULL for slug in slugs}, {"fr": title}, {"fr": title})
            author = cli_user(session, "anne")
            uid = incidents.open_incident(session, opening, author, self.provider.now).uid
            if linked:
                session.add(EventLink(event_uid=uid, other_uid=linked, at=self.provider.now, actor_id=author.id))
            return uid
