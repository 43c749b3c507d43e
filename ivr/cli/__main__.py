"""`python -m ivr.cli` is `ivr`."""

from ivr.cli.main import main

main(prog_name="ivr")
