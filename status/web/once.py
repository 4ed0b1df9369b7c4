"""Parts of a page that are written once: `{% once "head", this_page() %}…{% endonce %}`.

The publisher renders a page and right after it its stale twin, which differs in what it says of the present alone. What
stands in such a part is taken over as long as what follows its name stays the same (nothing: from any page in that
language). It may depend on that, on the snapshot and on when it was verified, never on whether that was too long ago. A
page that is asked for writes it anew.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable

from flask import Flask, request
from jinja2 import nodes
from jinja2.ext import Extension
from jinja2.parser import Parser
from markupsafe import Markup

from status.queries.snapshot import kept_last
from status.web.language import language
from status.web.scope import ENVIRON_KEY, Scope


def install(app: Flask) -> None:
    """Teach the templates the tag."""
    app.jinja_env.add_extension(Once)
    app.jinja_env.globals["this_page"] = _this_page


class Once(Extension):
    """The tag."""

    tags = {"once"}  # noqa: RUF012 - as Jinja wants it

    def parse(self, parser: Parser) -> nodes.Node:
        """Read a part up to its end."""
        line = next(parser.stream).lineno
        name = parser.parse_expression()
        given = parser.parse_expression() if parser.stream.skip_if("comma") else nodes.Const(None)
        body = parser.parse_statements(("name:endonce",), drop_needle=True)
        return nodes.CallBlock(self.call_method("_write", [name, given]), [], [], body).set_lineno(line)

    def _write(self, name: str, given: Hashable, caller: Callable[[], Markup]) -> Markup:
        scope: Scope | None = request.environ.get(ENVIRON_KEY)
        if scope is None:
            return caller()
        return kept_last(scope.session, f"once {name} {language()}", (given, scope.moment.verified_at), caller)


def _this_page() -> str:
    """Give the address of this page and its twin."""
    return request.full_path
