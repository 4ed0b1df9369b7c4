"""The demonstration's own chronicle: fourteen events of the past and two works to come, in French and English."""

from __future__ import annotations

from typing import Final

from status.demo.past import Story, outage, trouble, work
from status.domain.states import EventState, EventType, Impact

SITE: Final = "hebergement-web"
NAMES: Final = "dns"
MAIL: Final = "messagerie"
VOICE: Final = "voix"
ACCESS: Final = "adsl-authentification"

_INVESTIGATING = EventState.INVESTIGATING
_IDENTIFIED = EventState.IDENTIFIED
_MONITORING = EventState.MONITORING
_RESOLVED = EventState.RESOLVED

STORIES: Final[tuple[Story, ...]] = (
    outage(
        SITE,
        -86,
        "14:12",
        lasted_min=23,
        reason="http_status",
        cause={
            "fr": "Une mise à jour de PHP a été déployée avec une mauvaise configuration. Nous revenons en arrière.",
            "en": "A PHP update was rolled out with a wrong configuration. We are rolling it back.",
        },
    ),
    work(
        NAMES,
        EventType.MAINTENANCE,
        -79,
        at="02:00",
        lasted_min=55,
        impact=Impact.NONE,
        title={"fr": "Renouvellement des clés DNSSEC", "en": "DNSSEC key roll-over"},
        announced=(
            9,
            {
                "fr": "Nous renouvelons les clés de signature de nos zones. Aucune coupure n’est attendue ; "
                "vous n’avez rien à faire.",
                "en": "We are renewing the keys that sign our zones. No interruption is expected; "
                "there is nothing for you to do.",
            },
        ),
        done={
            "fr": "Les nouvelles clés sont en service. Merci de votre patience.",
            "en": "The new keys are in use. Thank you for your patience.",
        },
    ),
    outage(
        MAIL,
        -73,
        "09:41",
        lasted_min=47,
        reason="smtp_refused",
        cause={
            "fr": "Le disque de la file d’attente d’un serveur est plein. Nous libérons de la place ; aucun message "
            "n’est perdu, les serveurs qui vous écrivent réessaient d’eux-mêmes.",
            "en": "The queue disk of one server is full. We are making room; no message is lost, the servers that "
            "write to you try again by themselves.",
        },
    ),
    outage(
        ACCESS,
        -66,
        "19:05",
        lasted_min=31,
        reason="radius_silent",
        cause={
            "fr": "Le serveur d’authentification principal ne répond plus et la bascule automatique a échoué. "
            "Nous basculons à la main. N’éteignez pas votre box : une connexion établie continue de fonctionner.",
            "en": "The main authentication server no longer answers and the automatic switch-over failed. "
            "We are switching over by hand. Leave your modem on: a connection that stands goes on working.",
        },
    ),
    work(
        VOICE,
        EventType.UPGRADE,
        -60,
        at="01:00",
        lasted_min=140,
        impact=Impact.INTERRUPTION,
        title={"fr": "Nouvelle version de la plateforme téléphonique", "en": "New release of the telephone platform"},
        announced=(
            10,
            {
                "fr": "Nous installons une nouvelle version de la plateforme. Deux coupures de cinq minutes sont "
                "prévues, y compris pour les numéros d’urgence : gardez un téléphone mobile à portée de main.",
                "en": "We are installing a new release of the platform. Two interruptions of five minutes are "
                "planned, emergency numbers included: keep a mobile phone at hand.",
            },
        ),
        done={
            "fr": "La nouvelle version est en service. Une seule coupure de quatre minutes a été nécessaire.",
            "en": "The new release is in use. A single interruption of four minutes was needed.",
        },
    ),
    trouble(
        VOICE,
        -54,
        "11:20",
        impact=Impact.PARTIAL,
        title={"fr": "Appels vers les mobiles parfois refusés", "en": "Calls to mobile phones sometimes refused"},
        said=(
            (
                8,
                _INVESTIGATING,
                {
                    "fr": "Environ un appel sur dix vers les mobiles est refusé. Recomposez le numéro : "
                    "l’appel suivant passe en général.",
                    "en": "About one call in ten to mobile phones is refused. Dial again: the next call usually "
                    "goes through.",
                },
            ),
            (
                36,
                _IDENTIFIED,
                {
                    "fr": "L’interconnexion avec un opérateur est saturée. Nous dévions une partie des appels.",
                    "en": "The interconnection with one operator is full. We are sending some calls another way.",
                },
            ),
            (
                71,
                _MONITORING,
                {
                    "fr": "Les appels passent de nouveau normalement. Nous restons attentifs.",
                    "en": "Calls go through normally again. We keep watching.",
                },
            ),
            (
                112,
                _RESOLVED,
                {
                    "fr": "L’opérateur a doublé la capacité de l’interconnexion. Veuillez nous excuser pour la gêne.",
                    "en": "The operator has doubled the capacity of the interconnection. We apologise for the trouble.",
                },
            ),
        ),
    ),
    outage(SITE, -48, "03:33", lasted_min=12, reason="timeout"),
    work(
        MAIL,
        EventType.MAINTENANCE,
        -42,
        at="23:00",
        lasted_min=95,
        impact=Impact.DEGRADED,
        title={"fr": "Déplacement des boîtes vers un nouveau stockage", "en": "Mailboxes move to new storage"},
        announced=(
            12,
            {
                "fr": "Nous déplaçons les boîtes vers un stockage plus rapide. La messagerie reste accessible, "
                "plus lentement que d’habitude.",
                "en": "We are moving mailboxes to faster storage. Mail stays within reach, more slowly than usual.",
            },
        ),
        done={
            "fr": "Toutes les boîtes sont sur le nouveau stockage.",
            "en": "All mailboxes are on the new storage.",
        },
    ),
    trouble(
        NAMES,
        -36,
        "16:02",
        impact=Impact.DEGRADED,
        title={"fr": "Modifications de zones prises en compte en retard", "en": "Zone changes take effect late"},
        said=(
            (
                5,
                _INVESTIGATING,
                {
                    "fr": "Les modifications faites dans l’espace client sont publiées avec plus d’une heure de "
                    "retard. Les noms existants répondent normalement.",
                    "en": "Changes made in the customer area are published more than an hour late. "
                    "Existing names answer normally.",
                },
            ),
            (
                33,
                _MONITORING,
                {
                    "fr": "La file des modifications est de nouveau traitée ; le retard sera rattrapé sous peu.",
                    "en": "The queue of changes is being worked off again; the delay will soon be caught up.",
                },
            ),
            (
                52,
                _RESOLVED,
                {
                    "fr": "Toutes les modifications en attente sont publiées. Vous n’avez rien à refaire.",
                    "en": "All waiting changes are published. There is nothing for you to do again.",
                },
            ),
        ),
    ),
    trouble(
        ACCESS,
        -31,
        "07:48",
        impact=Impact.PARTIAL,
        title={"fr": "Câble sectionné dans le secteur de Lille", "en": "Cable cut in the Lille area"},
        said=(
            (
                14,
                _INVESTIGATING,
                {
                    "fr": "Environ 400 lignes du secteur de Lille sont coupées. Un technicien est en route.",
                    "en": "About 400 lines in the Lille area are cut off. A technician is on his way.",
                },
            ),
            (
                62,
                _IDENTIFIED,
                {
                    "fr": "Un câble a été sectionné par des travaux de voirie. La réparation est prévue pour midi. "
                    "Vos appels peuvent être renvoyés vers un mobile depuis l’espace client.",
                    "en": "A cable was cut by road works. The repair is expected by noon. You can forward your calls "
                    "to a mobile phone from the customer area.",
                },
            ),
            (
                271,
                _MONITORING,
                {
                    "fr": "Le câble est réparé et les lignes reviennent. Si la vôtre reste coupée, "
                    "redémarrez votre box.",
                    "en": "The cable is repaired and lines are coming back. If yours stays down, restart your modem.",
                },
            ),
            (
                318,
                _RESOLVED,
                {
                    "fr": "Toutes les lignes sont rétablies. Veuillez nous excuser pour cette matinée sans connexion.",
                    "en": "All lines are back. We apologise for this morning without a connection.",
                },
            ),
        ),
    ),
    outage(VOICE, -24, "08:17", lasted_min=19, reason="timeout"),
    work(
        SITE,
        EventType.UPGRADE,
        -19,
        at="22:00",
        lasted_min=80,
        impact=Impact.DEGRADED,
        title={"fr": "Nouveaux serveurs web", "en": "New web servers"},
        announced=(
            7,
            {
                "fr": "Les sites passent un à un sur de nouveaux serveurs. Chacun peut être plus lent pendant "
                "quelques minutes.",
                "en": "Sites move one by one to new servers. Each may be slower for a few minutes.",
            },
        ),
        done={
            "fr": "Tous les sites sont sur les nouveaux serveurs.",
            "en": "All sites are on the new servers.",
        },
    ),
    trouble(
        MAIL,
        -9,
        "10:26",
        impact=Impact.DEGRADED,
        title={"fr": "Réception retardée", "en": "Incoming mail delayed"},
        said=(
            (
                9,
                _INVESTIGATING,
                {
                    "fr": "Les messages venus de l’extérieur arrivent avec environ vingt minutes de retard. "
                    "Aucun n’est perdu ; les envois fonctionnent.",
                    "en": "Messages from outside arrive about twenty minutes late. None is lost; sending works.",
                },
            ),
            (
                38,
                _IDENTIFIED,
                {
                    "fr": "L’antispam est débordé par une vague d’envois massifs. Nous lui ajoutons des serveurs.",
                    "en": "The spam filter is flooded by a wave of bulk mail. We are adding servers to it.",
                },
            ),
            (
                66,
                _RESOLVED,
                {
                    "fr": "Le retard est rattrapé. Veuillez nous excuser pour la gêne.",
                    "en": "The delay is caught up. We apologise for the trouble.",
                },
            ),
        ),
    ),
    outage(SITE, -3, "21:48", lasted_min=9, reason="refused"),
    work(
        VOICE,
        EventType.MAINTENANCE,
        1,
        at="23:00",
        lasted_min=120,
        impact=Impact.INTERRUPTION,
        title={"fr": "Remplacement d’un équipement téléphonique", "en": "Replacement of telephone equipment"},
        announced=(
            20,
            {
                "fr": "Nous remplaçons un équipement en fin de vie. Une coupure de dix minutes est prévue, y compris "
                "pour les numéros d’urgence : gardez un téléphone mobile à portée de main.",
                "en": "We are replacing equipment at its end of life. An interruption of ten minutes is planned, "
                "emergency numbers included: keep a mobile phone at hand.",
            },
        ),
        done=None,
    ),
    work(
        ACCESS,
        EventType.UPGRADE,
        7,
        at="01:00",
        lasted_min=180,
        impact=Impact.DEGRADED,
        title={"fr": "Deuxième serveur d’authentification", "en": "Second authentication server"},
        announced=(
            25,
            {
                "fr": "Un second serveur prend place à côté du premier, pour que la panne de l’un ne coupe plus "
                "personne. L’ouverture d’une connexion peut demander quelques secondes de plus.",
                "en": "A second server takes its place beside the first, so that the failure of one cuts nobody off "
                "any more. Opening a connection may take a few seconds longer.",
            },
        ),
        done=None,
    ),
)
