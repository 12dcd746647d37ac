"""The environment in which every Airflow process of a home runs. To be set before Airflow is imported."""

import os
import sys
from configparser import RawConfigParser
from pathlib import Path

from operations.ports import free_port, is_free
from operations.settings import Settings

ROOT = Path(__file__).resolve().parent.parent
CONFIG = ROOT / "airflow.cfg"
ALL_ADMINS = "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS"
LOOPBACK = {"127.0.0.1", "::1", "localhost"}


class RefusedError(RuntimeError):
    """Airflow must not start like this; the message says why and what to do."""


def set_environment(settings: Settings) -> None:
    """Point this process and its children at airflow.cfg, at the home's own Airflow folder and at our code."""
    settings.prepare()
    os.environ |= {
        "HUB_HOME": str(settings.home),
        "HUB_ROOT": str(ROOT),
        "AIRFLOW_HOME": str(settings.airflow),
        "AIRFLOW_CONFIG": str(CONFIG),
        "PYTHONPATH": _first(str(ROOT), os.environ.get("PYTHONPATH")),
        # Airflow starts its parts by the name `airflow`.
        "PATH": _first(str(Path(sys.executable).parent), os.environ.get("PATH")),
    }


def set_port() -> str:
    """Choose the port of Airflow's page, keep everything that names it in step, and return the page's address.

    AIRFLOW__API__PORT if that is set (RefusedError if it is taken), else airflow.cfg's, else any free one.
    """
    asked = os.environ.get("AIRFLOW__API__PORT")
    port = int(asked or configured("api", "port"))
    if not is_free(port):
        if asked:
            raise RefusedError(
                f"port {port} is in use: stop what listens there, or set AIRFLOW__API__PORT to a free one"
            )
        port = free_port()
    address = f"http://127.0.0.1:{port}"
    os.environ |= {
        "AIRFLOW__API__PORT": str(port),
        "AIRFLOW__API__BASE_URL": address,
        "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"{address}/execution/",
    }
    return address


def refuse_strangers() -> None:
    """Raise RefusedError where others could reach an Airflow that takes everyone for an administrator."""
    host = os.environ.get("AIRFLOW__API__HOST") or configured("api", "host")
    everyone = os.environ.get(ALL_ADMINS) or configured("core", "simple_auth_manager_all_admins")
    if host not in LOOPBACK and everyone.lower() == "true":
        raise RefusedError(
            f"without sign-in Airflow may listen on 127.0.0.1 only: unset AIRFLOW__API__HOST, or set {ALL_ADMINS}=False"
        )


def configured(section: str, option: str) -> str:
    """A value as airflow.cfg has it."""
    parser = RawConfigParser()
    parser.read(CONFIG, encoding="utf-8")
    return parser.get(section, option)


def _first(entry: str, path: str | None) -> str:
    rest = [part for part in (path or "").split(os.pathsep) if part and part != entry]
    return os.pathsep.join([entry, *rest])
