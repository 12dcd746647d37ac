"""The assets by which loads tell the warehouse that there is something new."""

from airflow.sdk import Asset

TIMEZONE = "Asia/Shanghai"


def dataset_asset(system_id: str, dataset: str) -> Asset:
    """The asset that a load of this dataset updates; its events carry the load's counts."""
    return Asset(name=f"{system_id}.{dataset}", uri=f"hub://{system_id}/{dataset}", group="hub")


PUBLISHED = Asset(name="published", uri="hub://warehouse/published", group="hub")
"""Updated by every publish; its events carry the version."""
