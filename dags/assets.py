"""What DAGs share: the assets by which loads tell the warehouse that there is something new, and its writer's pool."""

from airflow.sdk import Asset

from schemas.declaration import Dataset, System

TIMEZONE = "Asia/Shanghai"
WAREHOUSE_POOL = "warehouse"
"""One slot: whoever opens the build file queues here instead of at its lock."""


def dataset_asset(system_id: str, dataset: str) -> Asset:
    """The asset that a load of this dataset updates; its events carry the load's counts."""
    return Asset(name=f"{system_id}.{dataset}", uri=f"hub://{system_id}/{dataset}", group="hub")


PUBLISHED = Asset(name="published", uri="hub://warehouse/published", group="hub")
"""Updated by every publish; its events carry the version."""


def readable(system: System) -> dict[str, Dataset]:
    """The datasets of a system that are read on its schedule; query-only ones are asked by the warehouse's DAG."""
    return {name: dataset for name, dataset in system.datasets.items() if dataset.sync.mode != "lookup"}
