"""Tells who runs a command outside a workspace whose corpus it is about."""

from __future__ import annotations

import click

from sergekg.config import Config, is_carried


def tell_carried(config: Config) -> None:
    """Say on standard error that it is the corpus of the package, for want of a workspace."""
    if is_carried(config):
        click.echo(
            "sergekg: no sergekg.toml here or above: this is the corpus of the package, "
            f"kept in {config.var}; for one of your own: sergekg init DIR",
            err=True,
        )
