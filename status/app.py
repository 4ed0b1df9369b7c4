"""The Flask app of the public pages, and the function by which the publisher has them rendered."""

from __future__ import annotations

from pathlib import Path

from flask import Flask, g, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session
from werkzeug.exceptions import MethodNotAllowed, NotFound
from werkzeug.test import EnvironBuilder

from status.domain.audience import Audience
from status.publication.types import Moment, Render, Rendered
from status.runtime import Runtime
from status.web import (
    brand,
    compat,
    customers,
    errors,
    feeds,
    headers,
    hosts,
    language,
    once,
    scope,
    static,
    subscriptions,
)
from status.web.public import blueprint
from status.web.public.addresses import known_query

NOT_FOUND = 404


def create_app(runtime: Runtime) -> Flask:
    """Make the app of a runtime, all of it. Opens no connection."""
    # Imported here: a worker that answers customers alone never loads the desk and the API.
    from status.web import agent, api, desk
    from status.web.desk import acknowledge

    app = create_public(runtime)
    app.register_blueprint(desk.blueprint())
    app.register_blueprint(acknowledge.blueprint())
    app.register_blueprint(api.blueprint(runtime.settings.api))
    server = runtime.settings.server
    app.register_blueprint(agent.blueprint(min(server.agent_polls, server.threads // 2)))
    return app


def create_public(runtime: Runtime) -> Flask:
    """Make the app of what customers ask for: without desk, API and the door of agents. Opens no connection."""
    app = Flask("status", template_folder=str(_templates()), static_folder=None)
    app.extensions[scope.EXTENSION] = runtime
    limit = runtime.settings.server.body_bytes
    app.config.update(MAX_CONTENT_LENGTH=limit, MAX_FORM_MEMORY_SIZE=limit)
    app.url_map.strict_slashes = True
    app.url_map.merge_slashes = False
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    scope.close_with(app)
    language.install(app, runtime.settings.site.languages)
    once.install(app)
    headers.install(app)
    brand.install(app, runtime.settings.site, runtime.places.base)
    hosts.install(app, runtime.settings)
    errors.install(app)
    app.register_blueprint(static.blueprint)
    app.register_blueprint(blueprint())
    app.register_blueprint(feeds.blueprint())
    app.register_blueprint(compat.blueprint())
    app.register_blueprint(subscriptions.blueprint())
    app.register_blueprint(customers.blueprint())
    return app


def make_render(app: Flask) -> Render:
    """Give the function that renders a path (with its query) through the app's own views."""
    runtime: Runtime = app.extensions[scope.EXTENSION]
    base = EnvironBuilder(base_url=runtime.settings.site.public_url).get_environ()

    def render(session: Session, path: str, audience: Audience, moment: Moment) -> Rendered:
        bare, _, query_string = path.partition("?")
        environ = base | {"PATH_INFO": bare, "QUERY_STRING": query_string, "REQUEST_URI": path, "RAW_URI": path}
        environ[scope.ENVIRON_KEY] = scope.make_scope(runtime, session, audience, moment)
        with app.request_context(environ):
            if isinstance(request.routing_exception, NotFound | MethodNotAllowed):
                return Rendered(NOT_FOUND, "text/html", b"", present=False)
            response = app.make_response(_answered(app))
            present = bool(g.get("states_present", False))
            query = known_query(request.endpoint)
            refuses = bool(g.get("refuses_stale", False))
            return Rendered(response.status_code, response.content_type, response.get_data(), present, query, refuses)

    return render


def _answered(app: Flask) -> ResponseReturnValue:
    """Answer as to a request, without what guards a server and adds headers: the layer of bytes does that."""
    try:
        return app.dispatch_request()
    except Exception as error:  # noqa: BLE001 - the app's own handlers know what is a page; they raise the rest
        return app.handle_user_exception(error)


def _templates() -> Path:
    """Find the templates: inside the package in a wheel, beside it in a checkout."""
    packaged = Path(__file__).parent / "templates"
    return packaged if packaged.is_dir() else Path(__file__).parent.parent / "templates"
