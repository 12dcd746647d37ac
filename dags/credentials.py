"""Credentials that live in Airflow (its database or a secrets backend), lent to the task that needs them."""

import logging
import os

log = logging.getLogger(__name__)


def lend(system_id: str) -> None:
    """Put the Airflow connection of a system into this process's environment, unless it is already there.

    The hub reads `AIRFLOW_CONN_<SYSTEM>` and knows no Airflow. Where neither exists the hub itself says which
    variable to set, so a connection that is not there is no error here. To be called inside a task only.
    """
    from airflow.sdk import Connection
    from airflow.sdk.exceptions import AirflowNotFoundException

    variable = f"AIRFLOW_CONN_{system_id.upper()}"
    if os.environ.get(variable):
        return
    try:
        os.environ[variable] = Connection.get(system_id).get_uri()
    except AirflowNotFoundException:
        log.info("no Airflow connection %r, and %s is not set", system_id, variable)
