"""The command `travaux`: one file per group, loaded only when it is called."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Final

import click

from status import __version__

COMMANDS: Final = {
    "run": ("status.cli.run", "Watch, decide and publish: start everything, or one part with --only."),
    "init": ("status.cli.init", "Write a config.toml to begin with."),
    "config": ("status.cli.config", "Check config.toml and apply it."),
    "simulate": ("status.cli.simulate", "Replay outages on a simulated clock and see what would be detected."),
    "probe": ("status.cli.probe", "Run one check by hand and print its trace."),
    "publish": ("status.cli.publish", "Push the public pages to a mirror, now."),
    "emergency": ("status.cli.emergency", "Say a word to customers on the mirrors, when nothing else is left."),
    "incident": ("status.cli.incident", "Open, update, take over, merge, split, close and list incidents."),
    "work": ("status.cli.work", "Plan, confirm, start, finish, cancel and list works."),
    "check": ("status.cli.check", "List checks; mute or disable them for a while."),
    "mail": ("status.cli.mail", "Take in what people answer by mail."),
    "subscriber": ("status.cli.subscriber", "List, import, export, stop, resume and erase those who are told."),
    "subscription": ("status.cli.subscription", "Let programs and rooms of your own be told."),
    "explain": ("status.cli.explain", "Tell why a component is what it is, now or at a time."),
    "location": ("status.cli.location", "Add, list, re-key and retire other locations."),
    "agent": ("status.cli.agent", "Run the checks from another location."),
    "exchange": ("status.cli.exchange", "Take in and list the telephone exchanges (NRA)."),
    "customer": ("status.cli.customer", "Take in business customers; their private addresses."),
    "import": ("status.cli.import_", "Take in incidents and works of another travaux site."),
    "oncall": ("status.cli.oncall", "Show who is on duty, take duties over, take a calendar in."),
    "account": ("status.cli.account", "Say who may use the desk; links to begin anew."),
    "token": ("status.cli.token", "Make, list and revoke API tokens."),
    "audit": ("status.cli.audit", "List who did what, and verify the record."),
    "db": ("status.cli.db", "Look after the database."),
    "demo": ("status.cli.demo", "Break and heal the demonstration provider."),
    "doctor": ("status.cli.doctor", "Look for what would keep travaux from working."),
}


class LazyGroup(click.Group):
    """A group whose commands are imported when called, so that `travaux --help` stays fast."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Give every command, in the order of a first day."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a command's module; its command has the module's own name. With --server it is done over there."""
        if cmd_name not in COMMANDS:
            return None
        module = import_module(COMMANDS[cmd_name][0])
        command = getattr(module, module.__name__.rpartition(".")[2])
        assert isinstance(command, click.Command)
        if ctx.params.get("server"):
            from status.cli.remote.switch import over_there

            return over_there(command, (cmd_name,), ctx.params["server"], ctx.params["token_file"])
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - as above
        """List the commands from the table, without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, summary) for name, (_, summary) in COMMANDS.items()])


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--config",
    "config",
    type=click.Path(path_type=Path, dir_okay=False),
    envvar="TRAVAUX_CONFIG",
    help="The configuration. Default: ./config.toml, or else the demonstration that travaux brings along.",
)
@click.option("--server", metavar="URL", help="Do it at this travaux, by its API. The token stands in TRAVAUX_TOKEN.")
@click.option(
    "--token-file",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="Read the token for --server from here instead.",
)
@click.version_option(__version__, message="%(prog)s %(version)s")
@click.pass_context
def main(ctx: click.Context, config: Path | None, server: str | None, token_file: Path | None) -> None:  # noqa: ARG001
    """Incident status page and monitoring service for hosting and telecom providers."""
    ctx.obj = config
