"""Airflow's own database of a home: `python -m dags.database` makes or migrates it."""

from dags.assets import WAREHOUSE_POOL


def prepare() -> None:
    """Bring the database to this Airflow's form, and give the warehouse its pool of one writer."""
    from airflow.models.pool import Pool
    from airflow.utils.db import initdb

    initdb()
    Pool.create_or_update_pool(WAREHOUSE_POOL, 1, "the one writer of the warehouse", include_deferred=False)


if __name__ == "__main__":
    prepare()
