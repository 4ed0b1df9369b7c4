"""The desk in Chromium: posting from a phone, signing in, two people on one event, a session that runs out."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.browser.desk_server import LILLE, OTHER, Desk, served_desk
from tests.browser.screenshots import CHROMIUM
from tests.status.web.at_the_door import PASSWORD

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not Path(CHROMIUM).exists(), reason="Debian's package chromium is not installed"),
]

PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True, "device_scale_factor": 2}
SENTENCE = "Le câble est coupé à Lille ; retour prévu avant seize heures"
EACH_MS = 200
"""A person's typing: five characters a second."""


@pytest.fixture(scope="module")
def desk() -> Iterator[Desk]:
    with served_desk() as desk:
        yield desk


def tap_the_end(page, field: str) -> None:
    """Tap into the empty space below the words, as a thumb does."""
    box = page.locator(field).bounding_box()
    page.locator(field).tap(position={"x": box["width"] / 2, "y": box["height"] - 12})


def sign_in(page, name: str, code: str) -> None:
    page.fill("#name", name)
    page.fill("#password", PASSWORD)
    page.click("main button")
    page.fill("#code", code)
    page.click("main button")


def test_a_word_is_out_in_six_steps_and_thirty_seconds_from_the_alerts_link(browser, desk, record_property):
    assert len(SENTENCE) == 60
    context = desk.enter(browser, "bob", **PHONE)
    page = context.new_page()
    began = time.monotonic()
    page.goto(f"/desk/events/{desk.uid(LILLE)}/post?template=auto")  # 1: the alert's link
    tap_the_end(page, "#text_fr")  # 2: the field, and the sentence
    page.keyboard.type(f" {SENTENCE}", delay=EACH_MS)
    page.get_by_role("button", name="Publier", exact=True).tap()  # 3
    page.wait_for_url("**/desk/events/*")
    took = time.monotonic() - began
    record_property("seconds", round(took, 1))
    print(f"posted in {took:.1f} s, 3 steps")
    page.goto(f"/fr/travaux/{LILLE}")
    assert SENTENCE in page.locator("#update-3").inner_text().replace("\u00a0", " ")
    assert took <= 30
    context.close()


def test_from_the_acknowledge_link_it_takes_six_steps(browser, desk):
    context = desk.enter(browser, "bob", **PHONE)
    page = context.new_page()
    page.goto(desk.acknowledge_link("bob"))  # 1
    page.get_by_role("button").tap()  # 2: acknowledged
    page.get_by_role("link", name="Ouvrir").tap()  # 3: the desk
    page.get_by_role("link", name="Écrire un message").tap()  # 4
    page.locator("#text_fr").tap()  # 5
    page.keyboard.type("Le courant est revenu dans la salle.")
    page.get_by_role("button", name="Publier", exact=True).tap()  # 6
    page.wait_for_url(f"**/desk/events/{OTHER}")
    assert "Le courant est revenu dans la salle." in page.inner_text(".timeline")
    context.close()


def test_a_code_pasted_with_a_space_signs_in(browser, desk):
    secret = desk.account("lise")
    context = browser.new_context(base_url=desk.base, **PHONE)
    page = context.new_page()
    page.goto("/desk/sign-in")
    assert page.locator("#name").get_attribute("autocomplete") == "username"
    assert page.locator("#password").get_attribute("autocomplete") == "current-password"
    page.fill("#name", "lise")
    page.fill("#password", PASSWORD)
    page.click("main button")
    assert page.locator("#code").get_attribute("autocomplete") == "one-time-code"
    code = desk.code(secret)
    page.locator("#code").focus()
    page.keyboard.insert_text(f" {code[:3]} {code[3:]} ")
    page.keyboard.press("Enter")
    page.wait_for_url("**/desk")
    context.close()


def test_an_invited_person_sets_password_and_code_up_and_signs_in(browser, desk):
    context = browser.new_context(base_url=desk.base, **PHONE)
    page = context.new_page()
    page.goto(desk.invite("noe"))
    for field in ("#password", "#again"):
        assert page.locator(field).get_attribute("autocomplete") == "new-password"
        page.fill(field, PASSWORD)
    page.click("main button")
    secret = page.inner_text(".secret").replace(" ", "")
    page.fill("#code", desk.code(secret))
    page.click("main button")
    codes = page.locator(".codes code").all_inner_texts()
    assert len(set(codes)) == 10
    page.click("main a.button")
    sign_in(page, "noe", codes[0])
    page.wait_for_url("**/desk")
    context.close()


def test_the_second_of_two_engineers_sees_what_changed_and_loses_nothing(browser, desk):
    first, second = (desk.enter(browser, name, java_script_enabled=False) for name in ("alice", "bob"))
    here, there = first.new_page(), second.new_page()
    for page in (here, there):
        page.goto("/desk/events/1205/post")
    here.fill("#text_fr", "Alice a rétabli le courant.")
    here.select_option("#impact", "degraded")
    here.get_by_role("button", name="Publier", exact=True).click()
    there.fill("#text_fr", "Bob écrit autre chose.")
    there.get_by_role("button", name="Publier", exact=True).click()
    assert "Alice a rétabli le courant." in there.inner_text("#meanwhile")
    assert there.input_value("#text_fr") == "Bob écrit autre chose."
    there.get_by_role("button", name="Publier", exact=True).click()
    there.wait_for_url("**/desk/events/1205")
    timeline = there.inner_text(".timeline >> nth=0")
    assert "Alice a rétabli" in timeline
    assert "Bob écrit" in timeline
    first.close()
    second.close()


def test_what_is_typed_while_the_session_runs_out_comes_back_without_javascript(browser, desk):
    secret = desk.account("zoe")
    context = browser.new_context(base_url=desk.base, java_script_enabled=False, locale="fr")
    page = context.new_page()
    page.goto("/desk/sign-in?next=/desk/events/1206/post")
    sign_in(page, "zoe", desk.code(secret))
    page.fill("#text_fr", "Écrit pendant que la session finissait.")
    desk.let_run_out("zoe")
    page.get_by_role("button", name="Publier", exact=True).click()
    assert "/desk/sign-in" in page.url
    page.fill("#name", "zoe")
    page.fill("#password", PASSWORD)
    page.click("main button")
    page.fill("#code", desk.next_code(secret))
    page.click("main button")
    assert page.input_value("#text_fr") == "Écrit pendant que la session finissait."
    page.get_by_role("button", name="Publier", exact=True).click()
    assert "Écrit pendant que la session" in page.inner_text(".timeline >> nth=0")
    context.close()


def test_a_wrong_field_is_led_to_from_the_summary_without_javascript(browser, desk):
    context = desk.enter(browser, "bob", java_script_enabled=False)
    page = context.new_page()
    page.goto("/desk/events/1207/post")
    page.fill("#text_fr", "Une phrase.")
    page.fill("#next_update_at", "2020-01-01T00:00")
    page.get_by_role("button", name="Publier", exact=True).click()
    assert page.locator("#errors").get_attribute("tabindex") == "-1"
    page.locator("#errors a").click()
    page.keyboard.press("Tab")
    page.keyboard.press("Shift+Tab")
    assert page.url.endswith("#next_update_at")
    assert page.locator("#next_update_at").get_attribute("aria-invalid") == "true"
    assert page.input_value("#text_fr") == "Une phrase."
    context.close()
