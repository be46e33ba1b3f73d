"""The ``flask …`` commands: each feature brings its own group, this module registers them."""

from __future__ import annotations

from importlib import import_module

from flask import Flask

# module:attribute of each click group; ``commands`` where no attribute is named.
GROUPS: tuple[str, ...] = (
    "app.registry.people.commands:user_commands",
    "app.registry.people.commands:key_commands",
    "app.registry.test_twins.commands:twin_commands",
    "app.registry.commands:registry_commands",
    "app.registry.commands:imports",
    # The same group again, now with the command that stays add to it.
    "app.stays.commands:imports",
    "app.stays.commands:identity_commands",
    "app.audit.commands",
    "app.search.commands",
    "app.statistics.commands",
    "seeds.commands",
    "app.backup:backup",
    "app.backup:restore",
    "app.worker",
)


def register(app: Flask) -> None:
    """Register every group of commands."""
    for name in GROUPS:
        module, _, attribute = name.partition(":")
        app.cli.add_command(getattr(import_module(module), attribute or "commands"))
