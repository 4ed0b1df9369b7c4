"""What Slack, Teams, ntfy and an SMS gateway take, by their own documents; each stub refuses anything else.

https://docs.slack.dev/reference/block-kit/blocks · https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks
https://learn.microsoft.com/connectors/teams/#microsoft-teams-webhook · https://adaptivecards.io/explorer/
https://docs.ntfy.sh/publish/#publish-as-json
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, Self
from urllib.parse import urlsplit


class Vendor:
    """An HTTP server on loopback that looks at every request with `check(path, headers, body)`.

    What `check` raises is answered 400 with its words. `answer` is (status, headers, body) of the good ones.
    """

    def __init__(self, check: Callable[[str, Mapping[str, str], bytes], object], host: str = "127.0.0.1") -> None:
        self.answer: tuple[int, Mapping[str, str], bytes] = (200, {}, b"ok")
        self.taken: list[Any] = []
        self.refused: list[str] = []
        self.keys: list[str | None] = []
        vendor = self

        class Handler(BaseHTTPRequestHandler):
            def _talk(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                status, headers, text = vendor.look(check, self.path, dict(self.headers), body)
                self.send_response(status)
                for name, value in {**headers, "Content-Length": str(len(text))}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(text)

            do_POST = do_GET = do_PUT = _talk  # noqa: N815 - the names http.server calls

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer((host, 0), Handler)
        self._thread = Thread(target=self._server.serve_forever, args=(0.02,))
        self.url = f"http://{host}:{self._server.server_port}"

    def look(self, check, path, headers, body):
        self.keys.append(headers.get("X-Event-Id"))
        try:
            self.taken.append(check(path, headers, body))
        except (AssertionError, KeyError, ValueError) as error:
            self.refused.append(repr(error))
            return 400, {}, repr(error).encode()
        return self.answer

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


def slack(_path: str, headers: Mapping[str, str], body: bytes) -> Any:
    assert headers["Content-Type"] == "application/json"
    said = json.loads(body)
    assert set(said) <= {"text", "blocks", "unfurl_links", "unfurl_media"}
    assert 0 < len(said["text"]) <= 4_000
    assert 0 < len(said["blocks"]) <= 50
    for block in said["blocks"]:
        _BLOCKS[block["type"]](block)
    return said


def _header(block: Mapping[str, Any]) -> None:
    assert set(block) == {"type", "text"}
    _text(block["text"], 150, ("plain_text",))


def _section(block: Mapping[str, Any]) -> None:
    assert set(block) == {"type", "text"}
    _text(block["text"], 3_000, ("plain_text", "mrkdwn"))


def _context(block: Mapping[str, Any]) -> None:
    assert 0 < len(block["elements"]) <= 10
    for element in block["elements"]:
        _text(element, 3_000, ("plain_text", "mrkdwn"))
        urls = re.findall(r"<([^|>]*)\|", element["text"])
        assert all(len(url) <= 3_000 and urlsplit(url).scheme == "https" for url in urls)


def _text(text: Mapping[str, Any], most: int, kinds: tuple[str, ...]) -> None:
    assert text["type"] in kinds
    assert 0 < len(text["text"]) <= most
    assert set(text) <= ({"type", "text", "emoji"} if text["type"] == "plain_text" else {"type", "text", "verbatim"})


_BLOCKS = {"header": _header, "section": _section, "context": _context}


def teams(_path: str, headers: Mapping[str, str], body: bytes) -> Any:
    assert headers["Content-Type"] == "application/json"
    assert len(body) <= 28 * 1_024
    said = json.loads(body)
    assert said["type"] == "message"
    assert "@type" not in said, "a MessageCard, which is retired"
    [attachment] = said["attachments"]
    assert set(attachment) == {"contentType", "contentUrl", "content"}
    assert attachment["contentType"] == "application/vnd.microsoft.card.adaptive"
    card = attachment["content"]
    assert card["type"] == "AdaptiveCard"
    assert tuple(map(int, card["version"].split("."))) <= (1, 5)
    assert set(card) <= {"$schema", "type", "version", "lang", "msteams", "body", "actions"}
    for element in card["body"]:
        assert element["type"] == "RichTextBlock"
        assert element.get("spacing", "Default") in {"None", "Small", "Default", "Medium", "Large", "ExtraLarge"}
        assert all(run["type"] == "TextRun" and run["text"] for run in element["inlines"])
    assert 0 < len(card["actions"]) <= 6
    for action in card["actions"]:
        assert set(action) == {"type", "title", "url"}
        assert (action["type"], urlsplit(action["url"]).scheme) == ("Action.OpenUrl", "https")
    return card


def ntfy(path: str, _headers: Mapping[str, str], body: bytes) -> Any:
    assert path == "/", "JSON is published at the server's root"
    said = json.loads(body)
    assert set(said) <= {"topic", "message", "title", "tags", "priority", "actions", "click", "markdown", "icon"}
    assert re.fullmatch(r"[-_A-Za-z0-9]{1,64}", said["topic"])
    assert 0 < len(said["message"].encode()) <= 4_096
    assert said["priority"] in {1, 2, 3, 4, 5}
    assert all(isinstance(tag, str) and "," not in tag for tag in said["tags"])
    assert urlsplit(said["click"]).scheme == "https"
    assert len(said["actions"]) <= 3
    assert all(set(each) == {"action", "label", "url"} and each["action"] == "view" for each in said["actions"])
    return said


def anything(path: str, headers: Mapping[str, str], body: bytes) -> Any:
    return path, headers, body
