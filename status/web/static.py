"""The static files, for requests that the layer of published bytes did not answer."""

from __future__ import annotations

from flask import Blueprint, Response, abort, request

from status.web.assets import CACHE_CONTROL, assets
from status.web.brand import brand_of_app

blueprint = Blueprint("static_files", __name__)


@blueprint.get("/static/<path:name>")
def serve(name: str) -> Response:  # noqa: ARG001 - the route's variable; the whole path is the key
    """Serve an asset under its hashed address; an older hash is gone."""
    asset = assets(brand_of_app()).get(request.path)
    if asset is None:
        abort(404)
    response = Response(asset.body, content_type=asset.content_type)
    response.headers["Cache-Control"] = CACHE_CONTROL
    return response
