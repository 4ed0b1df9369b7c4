from __future__ import annotations

import re

import pytest
from babel.messages.catalog import Catalog

from status.domain.states import AREAS, EventState, EventType, Impact, PublicState, Verdict
from status.wording import labels, mails
from status.wording.advice import advice
from status.wording.languages import LANGUAGES, join_names, pick
from status.wording.reasons import SENTENCES, public_sentence
from status.wording.titles import event_title
from tests.catalogues import WORDS, catalogue, strings

BRIEF = (
    "timeout",
    "refused",
    "unreachable",
    "reset",
    "closed",
    "dns_timeout",
    "dns_nxdomain",
    "dns_servfail",
    "dns_refused",
    "dns_nodata",
    "dns_error",
    "tls_expired",
    "tls_untrusted",
    "tls_wrong_name",
    "tls_failed",
    "too_large",
    "protocol",
    "http_status",
    "http_redirect",
    "http_header",
    "http_body",
    "dns_wrong_answer",
    "smtp_refused",
    "smtp_starttls",
    "sip_status",
    "radius_silent",
    "radius_rejected",
    "radius_accepts_wrong_password",
    "radius_authenticator",
    "no_capacity",
    "secret_missing",
    "no_permission",
    "internal_error",
    "no_resolver",
    "stale",
    "no_location",
    "work",
)


@pytest.fixture(scope="module")
def french() -> Catalog:
    return catalogue(WORDS)


def test_french_keeps_the_placeholders(french):
    changed = [
        entry.id
        for entry in french
        if isinstance(entry.id, str) and set(re.findall(r"{\w+}", entry.id)) != set(re.findall(r"{\w+}", entry.string))
    ]
    assert changed == []


def test_french_ties_its_high_punctuation_with_a_non_breaking_space(french):
    texts = [text for entry in french if entry.id for text in strings(entry)]
    assert [text for text in texts if re.search(r"[^\u00a0][:;?!]", text)] == []


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("reason", BRIEF)
def test_every_reason_has_a_sentence_in_every_area(reason, language):
    said = [public_sentence(reason, language, area) for area in (*AREAS, "")]
    assert reason in SENTENCES
    assert all(sentence.endswith(".") for sentence in said)


def test_every_reason_of_every_kind_has_a_sentence():
    from probes.registry import kinds

    assert {reason for kind in kinds().values() for reason in kind.reasons} - set(SENTENCES) == set()


def test_the_same_reason_means_something_else_in_each_area():
    assert len({public_sentence("refused", "fr", area) for area in AREAS}) == 4
    assert "les appels n’aboutissent pas" in public_sentence("refused", "fr", "telephony")


def test_an_unknown_reason_says_that_it_does_not_work_as_it_should():
    assert public_sentence("surprise", "fr") == "Le service répond, mais pas comme il le devrait."


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_closed_set_has_its_words(language):
    words = [labels.event_state(s, language) for s in EventState] + [labels.impact(i, language) for i in Impact]
    words += [labels.event_type(t, language) for t in EventType] + [
        labels.public_state(s, language) for s in PublicState
    ]
    words += [labels.verdict(v, language) for v in Verdict] + [labels.area(a, language) for a in AREAS]
    assert all([*words, *(labels.severity(n, language) for n in range(1, 6)), labels.withdrawn(language)])


def test_an_unknown_area_is_its_slug():
    assert labels.area("fibre", "fr") == "fibre"
    assert advice("fibre") == {}


def test_advice_stands_in_every_language_for_every_area():
    assert all(set(advice(area)) == set(LANGUAGES) for area in AREAS)


def test_a_title_names_the_components_in_each_language():
    names = [{"fr": "Téléphonie SIP", "en": "SIP telephony"}]
    assert event_title("timeout", names, "telephony") == {
        "fr": "Téléphonie SIP\u00a0: les appels n’aboutissent pas",
        "en": "SIP telephony: calls do not go through",
    }


def test_a_title_without_public_components_names_the_area():
    assert event_title("other", [], "email")["fr"] == "E-mail\u00a0: perturbation"


def test_many_names_are_counted():
    assert join_names(["a", "b", "c", "d", "e"], "fr") == "a, b, c et 2 autres"
    assert join_names(["a", "b", "c", "d"], "en") == "a, b, c and d"


def test_a_missing_text_is_taken_from_the_other_language():
    assert pick({"fr": "bonjour"}, "en") == ("bonjour", "fr")
    assert pick({}, "en") == ("", "en")


def test_a_title_says_what_customers_feel_and_not_how_it_failed():
    felt = {area: event_title("refused", [{"en": "Here"}], area)["en"] for area in AREAS}
    assert felt == {
        "hosting": "Here: service unavailable",
        "email": "Here: messages delayed",
        "telephony": "Here: calls do not go through",
        "xdsl": "Here: connections do not open",
    }


def test_french_words_have_typographic_apostrophes(french):
    assert [text for entry in french if entry.id for text in strings(entry) if "'" in text] == []


@pytest.mark.parametrize(("language", "said"), [("fr", "rien n’est annoncé"), ("en", "nothing is announced")])
def test_a_test_claims_nothing_of_the_present(language, said):
    text = mails.test_text(language, "Exemple")
    assert said in text
    assert not re.search("[Tt]out va bien|[Nn]othing is wrong", text)
