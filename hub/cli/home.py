"""The home that a command works on."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from operations.settings import Settings


def prepared() -> Settings:
    """The settings of the home in HUB_HOME, whose folders are there. Raises SettingsError."""
    from operations.settings import Settings

    settings = Settings.from_env()
    settings.prepare()
    return settings
