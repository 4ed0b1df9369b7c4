"""Three days of a provider: a quiet one, one with an incident, a very bad one."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy.orm import Session

from status.domain.states import EventState, EventType, Impact, Publication, Verdict
from tests.status.web.builder import NOW, Story, ago
from tests.status.web.written_once import written_once

PRODUCTS = (
    ("web-mutualise", "hosting", "Hébergement web mutualisé", "Shared web hosting"),
    ("databases", "hosting", "Bases de données", "Databases"),
    ("dns", "hosting", "Noms de domaine (DNS)", "Domain names (DNS)"),
    ("vps", "hosting", "Serveurs privés", "Private servers"),
    ("smtp-in", "email", "Réception (MX)", "Incoming mail (MX)"),
    ("smtp-out", "email", "Envoi (SMTP)", "Outgoing mail (SMTP)"),
    ("webmail", "email", "Webmail", "Webmail"),
    ("sip", "telephony", "Appels SIP", "SIP calls"),
    ("trunk", "telephony", "Trunks d'entreprise", "Business trunks"),
    ("fax", "telephony", "Fax par e-mail", "Fax by e-mail"),
    ("radius", "xdsl", "Ouverture de session (RADIUS)", "Log-in (RADIUS)"),
    ("collecte", "xdsl", "Collecte ADSL et VDSL", "ADSL and VDSL collection"),
)


@written_once
def quiet(session: Session) -> Story:
    story = Story(session).begin()
    for slug, area, french, english in PRODUCTS:
        story.component(slug, area, french, english)
    story.component("vieux-fax", "telephony", "Ancienne passerelle fax", "Old fax gateway", watched=False)
    story.component("fibre", "xdsl", "Fibre professionnelle", "Business fibre", since=ago(days=20))
    _past(story)
    return story


def _past(story: Story) -> None:
    story.verdict("webmail", Verdict.DOWN, ago(days=41, hours=3), ago(days=41, hours=1, minutes=48))
    story.verdict("webmail", Verdict.DEGRADED, ago(days=40), ago(days=38, hours=20))
    story.verdict("collecte", Verdict.MAINTENANCE, ago(days=12, hours=12), ago(days=12, hours=9))
    story.verdict("dns", Verdict.UNKNOWN, ago(days=63), ago(days=62, hours=14))
    story.verdict("smtp-in", Verdict.DEGRADED, ago(days=3, hours=5), ago(days=3, hours=3, minutes=40))
    story.event(
        ("Réception du courrier retardée", "Incoming mail delayed"),
        ["smtp-in"],
        state=EventState.RESOLVED,
        impact=Impact.DEGRADED,
        began=ago(days=3, hours=5),
        ended=ago(days=3, hours=3, minutes=40),
        posts=[
            (ago(days=3, hours=4.9), EventState.INVESTIGATING, {"fr": "Les messages arrivent avec du retard."}),
            (
                ago(days=3, hours=3.6),
                EventState.RESOLVED,
                {"fr": "La file d'attente est vide.", "en": "All caught up."},
            ),
        ],
    )
    story.event(
        ("Remplacement d'un commutateur à Roubaix", "Switch replacement in Roubaix"),
        ["vps"],
        kind=EventType.MAINTENANCE,
        state=EventState.CONFIRMED,
        impact=Impact.INTERRUPTION,
        planned=(NOW + timedelta(days=2, hours=12), NOW + timedelta(days=2, hours=14)),
        posts=[(ago(days=1), EventState.CONFIRMED, {"fr": "Coupure de 5 minutes.", "en": "A cut of 5 minutes."}, 2)],
        by=2,
    )


SIP_POSTS = (
    (ago(minutes=25), EventState.INVESTIGATING, {"fr": "Le service de téléphonie ne répond plus.", "en": ""}),
    (
        ago(minutes=4),
        EventState.IDENTIFIED,
        {
            "fr": "Un équipement d'interconnexion ne répond plus à Lille. Nos équipes basculent le trafic sur le site "
            "de secours ; les appels sortants fonctionnent.\nLes numéros d'urgence restent joignables d’un mobile.",
            "en": "An interconnection device in Lille no longer answers. We are moving traffic to the standby site; "
            "outgoing calls work.\nEmergency numbers can be reached from a mobile phone.",
        },
        2,
    ),
)


@written_once
def one_incident(session: Session) -> Story:
    story = quiet(session)
    story.verdict("sip", Verdict.DOWN, ago(minutes=27), reason="timeout")
    story.event(
        ("Appels entrants coupés à Lille", "Incoming calls cut off in Lille"),
        ["sip"],
        state=EventState.IDENTIFIED,
        began=ago(minutes=27),
        next_update=NOW + timedelta(minutes=28),
        posts=SIP_POSTS,
        departments=["59"],
        exchanges=["LIL59"],
        advice={
            "fr": "Merci de ne pas redémarrer vos téléphones. Pour les appels d'urgence, utilisez un mobile.",
            "en": "Please do not restart your phones. For emergency calls, use a mobile phone.",
        },
    )
    return story


@written_once
def very_bad_day(session: Session) -> Story:
    story = one_incident(session)
    for number in range(1, 381):
        parent = PRODUCTS[number % len(PRODUCTS)][0]
        story.component(f"{parent}-{number}", parent, f"Grappe {number}", f"Cluster {number}")
    _incidents(story)
    _works(story)
    story.verdict("radius", Verdict.UNKNOWN, ago(minutes=11))
    for number in range(24, 156, 12):
        story.verdict(f"web-mutualise-{number}", Verdict.DOWN, ago(minutes=number))
    story.event(
        ("Lenteurs", "Slow"), ["databases-1"], impact=Impact.DEGRADED, began=ago(minutes=2),
        publication=Publication.DRAFT,
    )  # fmt: skip
    return story


def _incidents(story: Story) -> None:
    touched = ("web-mutualise", "databases", "dns", "vps", "smtp-in", "smtp-out", "webmail", "trunk", "fax", "collecte")
    for index, slug in enumerate((*touched, "sip-7")):
        impact = (Impact.FULL, Impact.PARTIAL, Impact.DEGRADED)[index % 3]
        verdict = Verdict.DOWN if impact is Impact.FULL else Verdict.DEGRADED
        began = ago(minutes=17 + 13 * index)
        story.verdict(slug, verdict, began, reason="timeout")
        story.event(
            (
                f"Accès perturbé : panne électrique dans la salle {index + 1} du centre de données de Gravelines",
                f"Access disturbed: power failure in room {index + 1} of the Gravelines data centre",
            ),
            [slug],
            state=EventState.INVESTIGATING,
            impact=impact,
            began=began,
            next_update=NOW + timedelta(minutes=20),
            posts=[(began + timedelta(minutes=1), EventState.INVESTIGATING, {"fr": "Les sites ne répondent plus."})],
        )


def _works(story: Story) -> None:
    for index, slug in enumerate(("fibre", "vieux-fax")):
        story.event(
            (f"Mise à jour des routeurs, lot {index + 1}", f"Router upgrade, batch {index + 1}"),
            [slug],
            kind=EventType.UPGRADE,
            state=EventState.IN_PROGRESS,
            impact=Impact.INTERRUPTION,
            began=ago(hours=1),
            planned=(ago(hours=1), NOW + timedelta(hours=1)),
            progress=40 + 20 * index,
            posts=[(ago(hours=1), EventState.IN_PROGRESS, {"fr": "Les travaux ont commencé."}, 2)],
            by=2,
        )
    for index, slug in enumerate(("webmail", "dns")):
        story.event(
            (f"Renouvellement des certificats {index + 1}", f"Certificate renewal {index + 1}"),
            [slug],
            kind=EventType.MAINTENANCE,
            state=EventState.PLANNED,
            impact=Impact.NONE,
            planned=(NOW + timedelta(days=index + 1), NOW + timedelta(days=index + 1, hours=2)),
            by=2,
        )
