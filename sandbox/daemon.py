"""The province's one process: the world, six departments and a control port. Run `python -m sandbox.daemon`."""

from __future__ import annotations

import json
import os
import secrets
import signal
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from sandbox.deliveries import medical_csv, union_xlsx
from sandbox.deliveries.exchange import Exchange
from sandbox.deliveries.post import Post
from sandbox.deliveries.topics import Topics
from sandbox.departments import of_carrier
from sandbox.environment import Whereabouts, without_login
from sandbox.faults import Faults, check
from sandbox.home import Home, write_private
from sandbox.registers import register_systems
from sandbox.servers.control import Action, Control
from sandbox.servers.doors import door
from sandbox.servers.gateway import Gateway
from sandbox.servers.interface import Interface
from sandbox.servers.register import RegisterApi
from sandbox.servers.sftp import SftpServer, host_key, public_line
from sandbox.servers.soap import YOUTH, SoapService, service_of
from sandbox.servers.store import ObjectStore
from sandbox.servers.web import Site, Stores, serve
from sandbox.soil import repair
from sandbox.soil.words import REPORTS
from sandbox.store import WorldStore
from sandbox.true_rows import write_parquet
from sandbox.world import World


@dataclass(frozen=True)
class Wishes:
    """What `hub sandbox up` asks for."""

    home: str
    cases: int
    seed: int
    dirt: float
    today: str
    database_url: str
    secret_seconds: float


@dataclass
class Daemon:
    home: Home
    wishes: Wishes
    faults: Faults = field(default_factory=Faults)
    ports: dict[str, int] = field(default_factory=dict)
    stopped: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        """Bring the province up, tell the home where everything is, and serve until told to stop."""
        self.home.prepare()
        self.store = WorldStore(self.home.world)
        self.url = self.store.get("database_url") or self.wishes.database_url or self.home.exchange_url
        self.exchange = Exchange(self.url)
        self.topics = Topics()
        self.world = self._world()
        self.faults.silent = self.post.all_silent(self.world.clock)
        self._serve()
        self._tell()
        signal.signal(signal.SIGTERM, lambda *_: self.stopped.set())
        signal.signal(signal.SIGINT, lambda *_: self.stopped.set())
        self.stopped.wait()
        self.home.state_file.unlink(missing_ok=True)

    @property
    def post(self) -> Post:
        return Post(self.store, self.home, self.exchange, self.topics)

    def _world(self) -> World:
        """Open the world of this home, or make it when there is none that was finished."""
        if self.store.get("ready"):
            self.topics.replay(self.store)
            return World.load(self.store)
        self.store.close()
        for path in self.home.folder.glob("world.db*"):
            path.unlink()
        self.store = WorldStore(self.home.world)
        wishes = self.wishes
        world = World.create(self.store, wishes.seed, wishes.cases, wishes.dirt, date.fromisoformat(wishes.today))
        world.begin()
        self.post.begin(world)
        self.store.put("database_url", self.url)
        self.store.put("ready", "yes")
        return world

    def _serve(self) -> None:
        made, stores, life = self.home.credentials, Stores(self.home.world), self.wishes.secret_seconds
        soap = made["soap_login"], made["soap_password"]
        self.token = secrets.token_hex(16)
        actions: dict[str, Action] = {
            "status": self.status, "tick": self.tick, "fault": self.fault, "fix": self.fix, "break": self.spoil,
            "truth": self.truth, "stop": self.stop,
        }  # fmt: skip
        sites: dict[str, Site] = {
            "court_odr": Gateway(stores, self.faults, made["app_key"], made["app_secret"], life),
            "petition_hotline": Interface(stores, self.faults, door("oauth2_client", made, life * 2)),
            "youth_hotline": SoapService(stores, self.faults, *soap, "youth_hotline", YOUTH),
            "control": Control(self.token, actions),
            "store": ObjectStore(self.home.store_root, made["store_login"], made["store_password"]),
        }
        for one in of_carrier("api"):
            sites[one.system] = Interface(stores, self.faults, door(one.api.sign_in, made, life * 2), one)
        for one in of_carrier("soap"):
            sites[one.system] = SoapService(stores, self.faults, *soap, one.system, service_of(one))
        for two in register_systems().values():
            if two.carrier == "api":
                sites[two.system] = RegisterApi(stores, self.faults, two, made["client_id"], made["client_secret"])
        before = json.loads(self.store.get("ports") or "{}")
        for name, site in sites.items():
            self.ports[name] = _listen(lambda port, site=site: serve(site, port).server_address[1], before.get(name, 0))
        self.key = host_key(self.home.host_key)
        sftp = SftpServer(self.home.outbox_root, self.key, made, self.faults)
        self.ports["medical_disputes"] = _listen(sftp.start, before.get("medical_disputes", 0))
        self.store.put("ports", json.dumps(self.ports))

    def _tell(self) -> None:
        """Write the home's `env`, then the daemon's own note: whoever sees the note finds everything ready."""
        where = Whereabouts(self.home, self.ports, self.url, self.topics.address, public_line(self.key))
        self.home.write_env(where.environment(self.world.clock))
        note = {"pid": os.getpid(), "token": self.token, "ports": self.ports}
        write_private(self.home.state_file, json.dumps(note))

    def status(self, _: dict[str, Any]) -> dict[str, Any]:
        """Return clock, size and ports."""
        count = "SELECT system, dataset, count(*) FROM rows GROUP BY 1, 2"
        rows: dict[str, dict[str, int]] = {}
        for system, dataset, number in Stores(self.home.world).here().connection.execute(count):
            rows.setdefault(system, {})[dataset] = number
        return {"up": True, "pid": os.getpid(), "clock": self.world.clock.isoformat(), "seed": self.world.seed,
                "cases": self.world.cases, "dirt": self.world.dirt, "ports": self.ports, "rows": rows,
                "database_url": without_login(self.url)[0], "faults": self.faults.left()}  # fmt: skip

    def tick(self, fields: dict[str, Any]) -> dict[str, Any]:
        """Move the world by days; every department shows it at once."""
        for _ in range(int(fields.get("days", 1))):
            clock = self.world.tick()
            self.post.deliver(clock)
        self.faults.silent = self.post.all_silent(self.world.clock)
        self.home.write_env({"HUB_AS_OF": self.world.clock.isoformat()})
        return {"clock": self.world.clock.isoformat()}

    def fault(self, fields: dict[str, Any]) -> dict[str, Any]:
        """Arm a fault, or make it now where a delivery or a row is the thing that goes wrong."""
        system, kind, times = str(fields["system"]), str(fields["kind"]), int(fields.get("times", 1))
        days = int(fields.get("days", 0))
        check(system, kind, days)
        answer = {"system": system, "kind": kind, "times": times, "days": days}
        self.faults.set(system, kind, 0)
        served = kind in {"unreachable", "wrong_password"}
        if kind == "rename_code":
            return answer | {"keys": self._rename(system, times)}
        if kind == "empty_delivery" and (days or (not times and system in self.faults.silent)):
            self.post.hush(system, self.world.clock, days)
            self.faults.silent = self.post.all_silent(self.world.clock)
        elif kind == "resend_file":
            medical_csv.resend(self.home.outbox, times)
        elif system == "peoples_mediation":
            self.exchange.fault(kind, undo=times == 0)
        elif system == "medical_disputes" and not served and times:
            medical_csv.faulty(self.store, self.home.outbox, self.world.clock, kind)
        elif system == "union_rights" and times:
            union_xlsx.faulty(self.store, self.home.workbooks, self.world.clock, kind)
        else:
            self.faults.set(system, kind, times)
        return answer

    def fix(self, fields: dict[str, Any]) -> dict[str, Any]:
        """Let a department correct rows."""
        keys, share = [str(key) for key in fields["keys"]], float(fields["share"])
        return self._by_hand(
            repair.fix, str(fields["system"]), str(fields["dataset"]), keys, str(fields["kind"]), share
        )

    def spoil(self, fields: dict[str, Any]) -> dict[str, Any]:
        """Let a department make a mistake on clean rows."""
        where = str(fields["system"]), str(fields["dataset"])
        return self._by_hand(repair.spoil, *where, str(fields["kind"]), int(fields["count"]))

    def _rename(self, system: str, times: int) -> list[str]:
        if times:
            return self._by_hand(repair.rename, system, times)["keys"]
        return self._by_hand(repair.fix, system, REPORTS[system], [], repair.RENAMED)["keys"]

    def _by_hand(self, change: Callable[..., list[str]], *what: Any) -> dict[str, list[str]]:
        """Change rows as of the world's clock, and put out what is not asked for. Nothing happens when it fails."""
        with self.store.transaction():
            keys = change(self.world.book, self.world.clock, *what)
        self.post.show(self.world.clock)
        return {"keys": keys}

    def truth(self, fields: dict[str, Any]) -> dict[str, Any]:
        """Write the truth files."""
        write_parquet(self.store, Path(str(fields["out"])))
        return {"out": str(fields["out"])}

    def stop(self, _: dict[str, Any]) -> dict[str, Any]:
        """End the daemon once this answer is out."""
        threading.Timer(0.2, self.stopped.set).start()
        return {"up": False}


def _listen(start: Any, port: int) -> int:
    """Start a server on its port of last time, or on any free one when that is taken."""
    try:
        return int(start(port))
    except OSError:
        return int(start(0))


def main() -> None:
    """Run the daemon with the wishes given as JSON in SANDBOX_WISHES."""
    wishes = Wishes(**json.loads(os.environ.pop("SANDBOX_WISHES")))
    Daemon(Home(Path(wishes.home)), wishes).run()


if __name__ == "__main__":
    main()
