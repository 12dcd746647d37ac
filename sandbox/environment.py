"""Where every system of the province is, and how one signs in: what the home's `env` file says."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import unquote, urlsplit, urlunsplit

from sandbox.departments import Department, departments
from sandbox.home import Home
from sandbox.registers import register_systems
from sandbox.servers.soap import YOUTH, path_of


@dataclass(frozen=True)
class Whereabouts:
    """Ports by system, the URL of the exchange database, the address of the broker, the SFTP server's public key."""

    home: Home
    ports: dict[str, int]
    database: str
    broker: str
    host_key: str

    def environment(self, clock: datetime) -> dict[str, str]:
        """Return the lines of `env` by name, the world's clock among them."""
        made, ports = self.home.credentials, self.ports
        url, login, password = without_login(self.database)

        def connection(kind: str, login: str = "", password: str = "", **extra: object) -> str:
            return json.dumps({"conn_type": kind, "login": login, "password": password, **extra})

        key = {"host_key": self.host_key}
        return {
            "COURT_ODR_URL": f"http://127.0.0.1:{ports['court_odr']}",
            "PETITION_HOTLINE_URL": f"http://127.0.0.1:{ports['petition_hotline']}",
            "PEOPLES_MEDIATION_URL": url,
            "MEDICAL_DISPUTES_URL": f"sftp://127.0.0.1:{ports['medical_disputes']}/outbox",
            "UNION_RIGHTS_DIR": str(self.home.workbooks),
            "UNION_RIGHTS_URL": self.home.workbooks.as_uri(),
            "YOUTH_HOTLINE_URL": f"http://127.0.0.1:{ports['youth_hotline']}{path_of(YOUTH.name)}",
            "AIRFLOW_CONN_COURT_ODR": connection("http", made["app_key"], made["app_secret"]),
            "AIRFLOW_CONN_PETITION_HOTLINE": connection("http", made["client_id"], made["client_secret"]),
            "AIRFLOW_CONN_PEOPLES_MEDIATION": connection("generic", login, password),
            "AIRFLOW_CONN_MEDICAL_DISPUTES": connection("sftp", made["sftp_login"], made["sftp_password"], extra=key),
            "AIRFLOW_CONN_UNION_RIGHTS": json.dumps({"conn_type": "fs"}),
            "AIRFLOW_CONN_YOUTH_HOTLINE": connection("http", made["soap_login"], made["soap_password"]),
            **self._departments(connection),
            **self._registers(connection),
            "HUB_AS_OF": clock.isoformat(),
        }

    def _departments(self, connection: Callable[..., str]) -> dict[str, str]:
        """Return address and credentials of the departments that differ in words and carriers alone."""
        made = self.home.credentials
        said: dict[str, str] = {}
        for one in departments().values():
            match one.carrier:
                case "table":
                    address, known = self.home.database_url(one), connection("generic")
                case "files":
                    address = self.home.address_of(one, self.ports)
                    known = json.dumps(self.home.sign_in(one, self.host_key))
                case "api":
                    address = f"http://127.0.0.1:{self.ports[one.system]}"
                    known = self._asking(one)
                case "soap":
                    address = f"http://127.0.0.1:{self.ports[one.system]}{path_of(one.place)}"
                    known = connection("http", made["soap_login"], made["soap_password"])
                case "queue":
                    address, known = self.broker, connection("generic")
            said |= {one.variable: address, f"AIRFLOW_CONN_{one.system.upper()}": known}
        return said

    def _asking(self, one: Department) -> str:
        """Return the connection of a department that is asked over HTTP: of a client, or of a user and their client."""
        made = self.home.credentials
        client = {"client_id": made["client_id"], "client_secret": made["client_secret"]}
        if one.api.sign_in == "oauth2_password":
            said = {"login": made["app_key"], "password": made["app_secret"], "extra": client}
        else:
            said = {"login": client["client_id"], "password": client["client_secret"]}
        return json.dumps({"conn_type": "http", **said})

    def _registers(self, connection: Callable[..., str]) -> dict[str, str]:
        """Return address and credentials of the systems of registers that are not part of a department's other one."""
        made, said = self.home.credentials, dict[str, str]()
        for one in register_systems().values():
            match one.carrier:
                case "table":
                    address, known = self.home.database_url(one), connection("generic")
                case "api":
                    address = f"http://127.0.0.1:{self.ports[one.system]}"
                    known = connection("http", made["client_id"], made["client_secret"])
                case "department":
                    continue
            said |= {one.variable: address, f"AIRFLOW_CONN_{one.system.upper()}": known}
        return said


def without_login(url: str) -> tuple[str, str, str]:
    """Return a database URL without its login, and the login and password."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    bare = urlunsplit(parts._replace(netloc=host)) if "@" in parts.netloc else url
    return bare, unquote(parts.username or ""), unquote(parts.password or "")
