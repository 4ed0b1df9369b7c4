"""What the security tests look with: hostile texts, and readers of a page that find what must not be in it.

`test_calibration.py` shows that they find faults planted for them.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Final
from urllib.parse import urlsplit

MARK: Final = "zqx"
"""Stands in every hostile text, so that it is found again."""

TAGS: Final = (
    f"<{MARK}>", f"<script>{MARK}()</script>", f"<img src={MARK} onerror={MARK}()>", f"<svg onload={MARK}()>",
    f"</textarea><{MARK}>", f"</title><{MARK}>", f"</script><{MARK}>", f"--><{MARK}>", f"]]><{MARK}>",
    f"<a href=javascript:{MARK}()>x</a>", f"<iframe srcdoc='<{MARK}>'>", f"<math><mtext><{MARK}>",
    f"<{MARK}/onclick={MARK}()>", f"<!--{MARK}", f"<style>@import '{MARK}'</style>", f"&lt;{MARK}&gt;<{MARK}>",
)  # fmt: skip
QUOTES: Final = (
    f'" onfocus={MARK}() x="', f"' onfocus={MARK}() x='", f'" style="x:{MARK}', f"` onfocus={MARK}() `",
    f'"><{MARK} ', f"'><{MARK} ", f'" autofocus onfocus={MARK}() ', f"'/**/onmouseover='{MARK}()",
)  # fmt: skip
LINKS: Final = (
    f"[x](javascript:{MARK}())", f"[x](JaVaScRiPt:{MARK}())", f"[x](data:text/html,{MARK})", f"<javascript:{MARK}()>",
    f"[x](java\tscript:{MARK}())", f"[x](vbscript:{MARK})", f"![x](https://{MARK}.example/a.png)",
    f"[x](&#106;avascript:{MARK}())", f'[x](https://e.example/"onclick={MARK}() "t")',
)  # fmt: skip
MACHINES: Final = (
    f"{{{{7*7}}}}{MARK}", f"{{{{config}}}}{MARK}", f"{{% raise %}}{MARK}", f"${{7*7}}{MARK}", f"%(n)s{MARK}",
    f"{{0.__class__}}{MARK}", f"%s%n{MARK}", f"' OR '1'='1 {MARK}", f"'; DROP TABLE event; --{MARK}",
    f"=1+1{MARK}", f"+1{MARK}", f"-1{MARK}", f"@SUM(A1){MARK}", f"\u2028{MARK}\u2029", f"\u202e{MARK}",
    f"\r\nX-{MARK}: 1", f"\x1b[31m{MARK}", f"../../{MARK}", f"\\{MARK}", f"&{MARK};", f"&#x3c;{MARK}&#x3e;",
)  # fmt: skip
HOSTILE: Final = tuple(
    dict.fromkeys([
        *TAGS, *QUOTES, *LINKS, *MACHINES,
        *(f"{quote}{tag}" for quote, tag in itertools.product(('"', "'", "\\", "&", "]]>", "\n\n", "> "), TAGS)),
        *(f"[{each}](https://e.example)" for each in (*TAGS, *QUOTES)), *(f"`{each}`" for each in TAGS),
    ])
)  # fmt: skip
"""More than 200 texts; as Markdown, HTML, attribute, header, spreadsheet, template, SQL."""


@dataclass
class Page(HTMLParser):
    """A page taken apart: `shape` counts elements and attributes' names, `faults` are inline code and odd links."""

    shape: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)
    forms: list[dict[str, str]] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    text: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        HTMLParser.__init__(self, convert_charrefs=True)

    @classmethod
    def of(cls, html: str) -> Page:
        page = cls()
        page.feed(html)
        page.close()
        return page

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.shape[tag] += 1
        self.shape.update(f"{tag}[{name}]" for name in given)
        self.faults += [f"{tag}[{name}]" for name in given if name.startswith("on") or name in {"style", "srcdoc"}]
        if tag == "style" or (tag == "script" and "src" not in given):
            self.faults.append(tag)
        for name in ("href", "src", "action", "formaction"):
            if name in given:
                self._link(tag, given[name])
        if tag == "form":
            self.forms.append({"method": given.get("method", "get").lower(), "action": given.get("action", "")})
        if tag in {"input", "button"} and self.forms and given.get("name"):
            self.forms[-1][f"field {given['name']}"] = given.get("value", "")

    def handle_data(self, data: str) -> None:
        self.text.append(data)

    def _link(self, tag: str, address: str) -> None:
        self.links.append(address)
        scheme = urlsplit("".join(address.split())).scheme.lower()
        if scheme not in {"", "http", "https", "mailto"} and not address.startswith("data:image/svg+xml"):
            self.faults.append(f"{tag} leads to {scheme}:")


def added(clean: str, hostile: str) -> set[str]:
    """Give the elements and attributes that one page has more of than the other, the same but for a text."""
    return set(Page.of(hostile).shape - Page.of(clean).shape)


def without_token(html: str) -> list[str]:
    """Give where a page's forms lead that change something but carry no token."""
    forms = Page.of(html).forms
    return [form["action"] for form in forms if form["method"] == "post" and not form.get("field csrf")]


def sql_differs(ask, plain: str) -> Iterator[str]:
    """Give the quoted forms of a plain word that are answered with another status than the word, or by an error."""
    usual = ask(plain)
    for hostile in (f"{plain}'", f'{plain}"', f"{plain}' OR '1'='1", f"{plain}')--", f"{plain}\\'", f"{plain};--"):
        answer = ask(hostile)
        if answer.status_code != usual.status_code or answer.status_code >= 500:
            yield hostile
