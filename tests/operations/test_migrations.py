"""A database that an earlier version made comes up to date with what it holds."""

from __future__ import annotations

from alembic import command
from alembic.config import Config
from sqlalchemy import text

from operations import gates
from operations.settings import Settings
from operations.store import MIGRATIONS, VERSION_TABLE, Store


def test_rows_of_the_first_version_survive_the_way_to_the_newest(settings: Settings) -> None:
    earlier = Store(settings)
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["version_table"] = VERSION_TABLE
    with earlier.engine.connect().execution_options(hub_begin="IMMEDIATE") as connection, connection.begin():
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        connection.execute(text("INSERT INTO limits (scope, next_at) VALUES ('court_odr', 1.5)"))
    earlier.close()
    store = Store(settings)
    assert gates.latest(store) is None
    with store.read() as connection:
        assert connection.execute(text("SELECT next_at FROM limits")).scalar_one() == 1.5
    store.close()
