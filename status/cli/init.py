"""`travaux init`: write a small config.toml to begin with."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

import click

from status.cli.context import fail
from status.config.errors import ConfigError
from status.config.load import FILE_NAME, load

TEMPLATE: Final = """\
# Configuration of travaux. Every setting, with its default and unit: docs/configuration.md and config.example.toml.
# `travaux config check` tells every fault of this file; `travaux run` starts.

[site]
name = {name}
public_url = {public_url}
languages = ["fr", "en"]             # the first one is the default language
timezone = "Europe/Paris"
contact = {contact}

[server]
listen = "127.0.0.1:8080"            # behind a reverse proxy that speaks HTTPS

# Three references outside your own network show that your own line is well. Without them a cut of your line
# looks like an outage of everything you watch. Kinds: http (an address), tcp (host:port), dns (name@server), ping.
# [[self_test.reference]]
# kind = "http"
# target = "https://www.example.net/"
#
# [[self_test.reference]]
# kind = "tcp"
# target = "192.0.2.1:443"
#
# [[self_test.reference]]
# kind = "dns"
# target = "example.org@192.0.2.53"

# The tree of what customers know. Each top component names one of the four areas as its parent:
# hosting, email, telephony, xdsl. Take the `#` off a check once its addresses are yours.

[[component]]
slug = "web-hosting"
parent = "hosting"
name = {{ fr = "Hébergement web", en = "Web hosting" }}
symptoms = ["site"]

# [[check]]
# name = "web-hosting/https"
# component = "web-hosting"
# kind = "http"
# interval_s = 30
# timeout_s = 10
# [check.options]
# url = "https://www.example.net/"

[[component]]
slug = "mail"
parent = "email"
name = {{ fr = "Messagerie", en = "Mail" }}
symptoms = ["email"]

# [[check]]
# name = "mail/mx"
# component = "mail"
# kind = "smtp"
# [check.options]
# host = "mx.example.net"
# port = 25
# starttls = "required"

[[component]]
slug = "voice"
parent = "telephony"
name = {{ fr = "Téléphonie IP", en = "IP telephony" }}
symptoms = ["telephone", "fax"]

# [[check]]
# name = "voice/sip"
# component = "voice"
# kind = "sip_options"
# [check.options]
# host = "sip.example.net"
# port = 5060
# transport = "udp"

[[component]]
slug = "adsl"
parent = "xdsl"
name = {{ fr = "Connexions ADSL et VDSL", en = "ADSL and VDSL lines" }}
symptoms = ["internet", "speed"]

# [[check]]
# name = "adsl/radius"
# component = "adsl"
# kind = "radius"
# [check.options]
# host = "radius.example.net"
# port = 1812
# user = "probe@example.net"
# secret = "file:/etc/travaux/secrets/radius-secret"        # never the secret itself
# password = "file:/etc/travaux/secrets/radius-password"
"""


@click.command()
@click.option("--path", default=FILE_NAME, type=click.Path(path_type=Path), help="Where to write. Default: config.toml")
@click.option("--name", default="travaux", help="Whose page this is, as customers know you.")
@click.option("--public-url", default="http://127.0.0.1:8080", help="The address customers will read it at.")
@click.option("--contact", default="", help="A mail address, or the address of a page, for your customers.")
def init(path: Path, name: str, public_url: str, contact: str) -> None:
    """Write a config.toml to begin with. Never overwrites a file."""
    path = path / FILE_NAME if path.is_dir() else path
    words = {"name": name, "public_url": public_url, "contact": contact}
    text = TEMPLATE.format(**{key: json.dumps(word, ensure_ascii=False) for key, word in words.items()})
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        fail(f"{path} exists already; nothing was written. Name another file with --path", 1)
    except OSError as error:
        fail(f"{path} can't be written: {error.strerror or error}", 1)
    try:
        load(path)
    except ConfigError as error:
        path.unlink()
        fail(f"nothing was written:\n{error}")
    click.echo(f"{path} written. Next: put your own components and checks in it, then `travaux config check`.")
