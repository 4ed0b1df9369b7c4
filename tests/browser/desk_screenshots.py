"""Take pictures of the desk: `python tests/browser/desk_screenshots.py FOLDER [part of a name]`.

Every page in three widths, light and dark, both languages, on a quiet and a very bad day. Needs Debian's chromium.
"""

from __future__ import annotations

import sys
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

sys.path.insert(0, str(Path(__file__).parents[2]))

from status.models.engine import writing
from tests.browser.desk_server import DOOR_PAGES, Desk, addresses, full_day, quiet_day, served_desk
from tests.browser.screenshots import ARGUMENTS, CHROMIUM, WIDTHS
from tests.status.web.signing_in import account_of

QUIET = {
    "overview": "/desk",
    "events": "/desk/events",
    "event": "/desk/events/1201",
    "supervision": "/desk/supervision",
    "locations": "/desk/locations",
    "deliveries": "/desk/deliveries",
    "series": "/desk/works/series",
    "facts": "/desk/events/1201/facts",
}


def take(browser: Browser, desk: Desk, folder: Path, day: str, wanted: str) -> None:
    """Take all pictures of one day whose name contains `wanted`."""
    known = addresses(desk) if day == "bad" else QUIET
    inside = {name: path for name, path in known.items() if name not in DOOR_PAGES}
    outside = {name: path for name, path in known.items() if name in DOOR_PAGES}
    for language in ("fr", "en"):
        with writing(desk.runtime.sessions) as session:
            account_of(session, "ada").language = language
        for scheme in ("light", "dark"):
            for width, height in WIDTHS.items():
                look = {"viewport": {"width": width, "height": height}, "color_scheme": scheme, "locale": language}
                for paths, context in (
                    (inside, desk.enter(browser, "ada", **look)),
                    (outside, browser.new_context(**look)),
                ):
                    page = context.new_page()
                    for name, path in paths.items():
                        file = f"{name}-{day}-{width}-{scheme}-{language}.png"
                        if wanted not in file:
                            continue
                        answer = page.goto(desk.base + path)
                        if answer is not None and (answer.ok or name.endswith("-gone")):
                            page.screenshot(path=folder / file, full_page=True)
                        elif day == "bad":
                            print(path, answer and answer.status)
                    context.close()


def main() -> None:
    """Take the pictures."""
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    wanted = sys.argv[2] if len(sys.argv) > 2 else ""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(ARGUMENTS))
        for name, day in (("quiet", quiet_day), ("bad", full_day)):
            with served_desk(day) as desk:
                take(browser, desk, folder, name, wanted)
        browser.close()


if __name__ == "__main__":
    main()
