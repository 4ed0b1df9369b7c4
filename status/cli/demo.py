"""`travaux demo`: break and heal the demonstration provider."""

from __future__ import annotations

import json
from typing import Any, Final

import click

from status.cli.context import fail, runtime_of

EXIT_REFUSED: Final = 1
SERVICES: Final = ("http", "dns", "smtp", "sip", "radius", "uplink")
MODES: Final = ("break", "hang", "slow", "wrong")

service_argument = click.argument("service", type=click.Choice(SERVICES))
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


@click.group()
def demo() -> None:
    """Break and heal the demonstration provider.

    Services: http, dns, smtp, sip, radius; uplink is the prober's own line:
    it takes the resolver, the references and every service away.
    """


@demo.command("break")
@service_argument
@click.option("--mode", type=click.Choice(MODES), default="break", show_default=True, help="How it fails.")
@json_option
@click.pass_context
def break_(ctx: click.Context, service: str, mode: str, as_json: bool) -> None:  # noqa: FBT001 - click's flag
    """Stop SERVICE: its port refuses connections (or fails in another --mode)."""
    _tell(ctx, as_json=as_json, action=mode, service=service)


@demo.command()
@service_argument
@json_option
@click.pass_context
def hang(ctx: click.Context, service: str, as_json: bool) -> None:  # noqa: FBT001 - as above
    """Let SERVICE accept connections and never answer."""
    _tell(ctx, as_json=as_json, action="hang", service=service)


@demo.command()
@service_argument
@click.option("--seconds", type=click.FloatRange(0, 60, min_open=True), default=2.0, show_default=True)
@json_option
@click.pass_context
def slow(ctx: click.Context, service: str, seconds: float, as_json: bool) -> None:  # noqa: FBT001 - as above
    """Let SERVICE answer late."""
    _tell(ctx, as_json=as_json, action="slow", service=service, seconds=seconds)


@demo.command()
@service_argument
@json_option
@click.pass_context
def wrong(ctx: click.Context, service: str, as_json: bool) -> None:  # noqa: FBT001 - as above
    """Let SERVICE answer wrongly.

    http: status 500; dns: another address; smtp: greeting 554; sip: 503;
    radius: rejects the right password.
    """
    _tell(ctx, as_json=as_json, action="wrong", service=service)


@demo.command()
@click.argument("service", type=click.Choice((*SERVICES, "all")))
@json_option
@click.pass_context
def heal(ctx: click.Context, service: str, as_json: bool) -> None:  # noqa: FBT001 - as above
    """Let SERVICE, or all of them, be well again."""
    _tell(ctx, as_json=as_json, action="heal", service=service)


@demo.command()
@json_option
@click.pass_context
def status(ctx: click.Context, as_json: bool) -> None:  # noqa: FBT001 - as above
    """Say how each service is."""
    _tell(ctx, as_json=as_json, action="status")


def _tell(ctx: click.Context, *, as_json: bool, **request: Any) -> None:
    """Send a request to the demonstration of this configuration and print how each service is after it."""
    runtime = runtime_of(ctx)
    if runtime.settings.demo is None:
        fail(f"{runtime.places.config} has no [demo]: 'travaux demo' only breaks a demonstration's own servers")
    from status.demo.control import Complaint, NotRunning, ask

    try:
        services = ask(runtime.places.demo_socket, request)
    except NotRunning:
        fail(
            f"no demonstration is running here (nobody answers on {runtime.places.demo_socket}): "
            "start one with 'travaux run' and ask again from the same folder",
            EXIT_REFUSED,
        )
    except Complaint as complaint:
        fail(str(complaint), EXIT_REFUSED)
    click.echo(json.dumps(services) if as_json else "\n".join(_line(service) for service in services))


def _line(service: dict[str, Any]) -> str:
    mode = f"slow by {service['seconds']:g} s" if service["mode"] == "slow" else service["mode"]
    cut = "" if service["reachable"] or service["service"] == "uplink" else "  (cut off: the uplink is not well)"
    return f"{service['service']:8}{mode}{cut}"
