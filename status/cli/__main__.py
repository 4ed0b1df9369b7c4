"""`python -m status.cli`: how the supervisor starts its children."""

from status.cli import main

main(prog_name="travaux")
