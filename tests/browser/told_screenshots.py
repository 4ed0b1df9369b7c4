"""Take pictures of what those who are told see: `python tests/browser/told_screenshots.py FOLDER [part of a name]`.

Pages of subscribers and customers in three widths, light and dark, both languages; the form in forced colours and on
paper; mails in two widths, and their plain part beside them as text. Needs Debian's chromium.
"""

from __future__ import annotations

import sys
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

sys.path.insert(0, str(Path(__file__).parents[2]))

from status.notifiers.email import compose
from tests.browser.screenshots import ARGUMENTS, CHROMIUM, WIDTHS
from tests.browser.told_server import SETTINGS, Told, mails_of, served_told

MAIL_WIDTHS = {320: 568, 600: 800}


def take_pages(browser: Browser, told: Told, folder: Path, wanted: str) -> None:
    """Take every page, and the answers to a form that can't be and to one that can."""
    looks = [
        (
            f"{width}-{scheme}",
            {"viewport": {"width": width, "height": height}, "color_scheme": scheme, "has_touch": width < 768},
        )
        for scheme in ("light", "dark")
        for width, height in WIDTHS.items()
    ]
    looks += [("768-forced", {"viewport": {"width": 768, "height": 1024}, "forced_colors": "active"})]
    for look, more in looks:
        for language in ("fr", "en"):
            context = browser.new_context(locale=language, **more)
            page = context.new_page()
            paths = {**told.pages(language), "refused": "", "answer": "", "focus": ""}
            for name, path in paths.items():
                file = f"{name}-{look}-{language}.png"
                if wanted not in file or ("forced" in look and not name.startswith("subscribe")):
                    continue
                if path:
                    page.goto(told.base + path)
                else:
                    _fill_form(page, f"{told.base}/{language}/subscribe", name)
                page.screenshot(path=folder / file, full_page=True)
            context.close()


def _fill_form(page, address: str, name: str) -> None:
    page.goto(address)
    page.locator("input[name=address]").fill("anne" if name == "refused" else "anne@example.org")
    page.locator("input[name=channel][value=email]").check()
    if name == "focus":
        page.locator("input[name=what][value=some]").check()
        page.locator("summary").first.click()
        page.keyboard.press("Tab")
        return
    page.locator("form.subscribe button").click()
    page.wait_for_load_state()


def take_prints(browser: Browser, told: Told, folder: Path, wanted: str) -> None:
    """Take the pages as they come on paper."""
    page = browser.new_page(viewport={"width": 794, "height": 1123})
    page.emulate_media(media="print")
    for name, path in told.pages("fr").items():
        file = f"{name}-paper-fr.png"
        if wanted in file:
            page.goto(told.base + path)
            page.screenshot(path=folder / file, full_page=True)
    page.close()


def take_mails(browser: Browser, told: Told, folder: Path, wanted: str) -> None:
    """Take the HTML part of every kind of mail, and write the plain part beside it."""
    for language in ("fr", "en"):
        for name, outgoing in mails_of(told, language).items():
            mail = compose(outgoing, SETTINGS)
            html, text = (mail.get_body((kind,)).get_content() for kind in ("html", "plain"))
            if wanted in f"mail-{name}-{language}.txt":
                (folder / f"mail-{name}-{language}.txt").write_text(f"{mail['Subject']}\n\n{text}", encoding="utf-8")
            for scheme in ("light", "dark"):
                for width, height in MAIL_WIDTHS.items():
                    file = f"mail-{name}-{width}-{scheme}-{language}.png"
                    if wanted not in file:
                        continue
                    page = browser.new_page(viewport={"width": width, "height": height}, color_scheme=scheme)
                    page.set_content(html)
                    page.screenshot(path=folder / file, full_page=True)
                    page.close()


def main() -> None:
    """Take the pictures."""
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    wanted = sys.argv[2] if len(sys.argv) > 2 else ""
    with sync_playwright() as playwright, served_told() as told:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(ARGUMENTS))
        take_pages(browser, told, folder, wanted)
        take_prints(browser, told, folder, wanted)
        take_mails(browser, told, folder, wanted)
        browser.close()


if __name__ == "__main__":
    main()
