"""`python -m sergekg` is the `sergekg` command."""

from sergekg.cli import main

main()
