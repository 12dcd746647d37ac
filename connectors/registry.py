"""Which module serves which family. Modules are imported on use: zeep or asyncssh cost more than the rest."""

from __future__ import annotations

from pathlib import Path

from connectors.base import Connector, address
from operations.credentials import Credentials
from operations.store import Store
from schemas.declaration import System
from schemas.declared.database import DatabaseSource
from schemas.declared.files import FilesSource
from schemas.declared.queue import Kafka, QueueSource
from schemas.declared.rest import RestSource
from schemas.declared.soap import SoapSource


def open_connector(system: System, *, credentials: Credentials, store: Store, workdir: Path) -> Connector:
    """A connector for a system; `workdir` takes files on their way and must be private.

    Raises ConnectorError when an address of the declaration is not set. Nothing is contacted yet.
    """
    workdir.mkdir(mode=0o700, parents=True, exist_ok=True)
    match system.source:
        case RestSource() as rest:
            from connectors.paged import PagedConnector
            from connectors.rest.http import Http

            http = Http(system.id, rest, address(system.id, rest.base_url), credentials, store)
            return PagedConnector(http, system.datasets, store.settings.clock)
        case DatabaseSource() as database:
            from connectors.database.connector import DatabaseConnector

            return DatabaseConnector(system.id, database, system.datasets, credentials, store.settings)
        case FilesSource() as files:
            from connectors.files.connector import FilesConnector

            return FilesConnector(system.id, files, system.datasets, credentials, workdir)
        case SoapSource() as soap:
            from connectors.paged import PagedConnector
            from connectors.soap.service import Service

            service = Service(system.id, soap, address(system.id, soap.wsdl), credentials, store)
            return PagedConnector(service, system.datasets, store.settings.clock)
        case QueueSource(broker=broker):
            from connectors.queue.connector import Broker, QueueConnector

            opened: Broker
            if isinstance(broker, Kafka):
                from connectors.queue.kafka import KafkaBroker

                opened = KafkaBroker(system.id, broker, credentials, store.settings.home)
            else:
                from connectors.queue.amqp import AmqpBroker

                opened = AmqpBroker(system.id, broker, credentials)
            return QueueConnector(opened, system.datasets)
