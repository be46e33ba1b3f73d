"""The ``flask …`` commands: each feature brings its own group, this module registers them."""

from __future__ import annotations

from importlib import import_module

from flask import Flask

GROUPS: tuple[str, ...] = ()


def register(app: Flask) -> None:
    """Register every group of commands; each module names its own ``commands``."""
    for name in GROUPS:
        app.cli.add_command(import_module(name).commands)
