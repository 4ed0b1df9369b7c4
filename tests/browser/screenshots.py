"""Take pictures of the public pages: `python tests/browser/screenshots.py FOLDER [part of a name]`.

Every page in three widths, light and dark, both languages, on three kinds of days. Needs Debian's chromium.
"""

from __future__ import annotations

import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright
from sqlalchemy.orm import Session
from werkzeug.serving import make_server

sys.path.insert(0, str(Path(__file__).parents[2]))

from probes.types import Instant
from status.app import create_app
from status.models import Base
from status.models.engine import create_file, make_engine, make_sessions
from status.places import Places
from status.runtime import Runtime
from status.services.indexing import index_missing
from tests.status.web.builder import NOW, Story
from tests.status.web.conftest import SETTINGS
from tests.status.web.days import one_incident, quiet, very_bad_day

CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
WIDTHS = {320: 568, 768: 1024, 1440: 900}
PAGES = {
    "front": "",
    "travaux": "/travaux",
    "event": "/travaux/1203",
    "component": "/components/webmail",
    "area": "/components/telephony",
    "measures": "/components/webmail/measures",
    "department": "/departments/59",
    "exchange": "/exchanges/lil59",
    "found": "/travaux?q=retard&type=incident",
    "live": "/live",
    "help": "/help/telephone",
    "map": "/map",
    "calendar": "/calendar",
    "history": "/history",
    "availability": "/availability",
    "year": "/availability?period=2026&component=email",
    "month": "/calendar?month=2026-11",
    "subscribe": "/subscribe",
    "about": "/about",
    "legal": "/legal",
    "accessibility": "/accessibility",
    "missing": "/nope",
}


@contextmanager
def served(day: Callable[[Session], Story], later_s: float = 2.0) -> Iterator[str]:
    """Serve a day on loopback; `later_s` after the decider's last commit."""
    with tempfile.TemporaryDirectory() as folder:
        engine = make_engine(f"sqlite:///{folder}/travaux.db")
        create_file(engine)
        Base.metadata.create_all(engine)
        sessions = make_sessions(engine)
        with sessions() as session:
            day(session)
            index_missing(session)
            session.commit()
        here = Path(folder)
        moment = (NOW + timedelta(seconds=later_s)).timestamp()
        runtime = Runtime(SETTINGS, Places(here, here, here, here, here), engine, sessions, lambda: Instant(0, moment))
        server = make_server("127.0.0.1", 0, create_app(runtime), threaded=True)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.port}"
        server.shutdown()
        thread.join()
        server.server_close()
        engine.dispose()


def take(browser: Browser, base: str, folder: Path, day: str, wanted: str) -> None:
    """Take all pictures of one day whose name contains `wanted`."""
    for scheme in ("light", "dark"):
        for width, height in WIDTHS.items():
            names = {
                f"{page}-{day}-{width}-{scheme}-{language}.png": f"{base}/{language}{path}"
                for page, path in PAGES.items()
                for language in ("fr", "en")
            }
            chosen = {name: address for name, address in names.items() if wanted in name}
            if not chosen:
                continue
            context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme)
            page = context.new_page()
            for name, address in chosen.items():
                answer = page.goto(address)
                if answer is not None and (answer.ok or name.startswith("missing")):
                    page.screenshot(path=folder / name, full_page=True)
            context.close()


def main() -> None:
    """Take the pictures."""
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    wanted = sys.argv[2] if len(sys.argv) > 2 else ""
    days = {"quiet": (quiet, 2), "incident": (one_incident, 2), "bad": (very_bad_day, 2), "stale": (one_incident, 600)}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(ARGUMENTS))
        for name, (day, later_s) in days.items():
            with served(day, later_s) as base:
                take(browser, base, folder, name, wanted)
        browser.close()


if __name__ == "__main__":
    main()
