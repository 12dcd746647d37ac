"""An order stands for ever: what a source sends of the person later is taken out of the load before it is checked."""

from __future__ import annotations

from hub.erasing import whom
from hub.erasing.loads import Gone, erase_load, holds
from operations import erasures
from operations.settings import Settings
from operations.store import Store
from schemas.delivery import Manifest


def keep_out(settings: Settings, store: Store, manifest: Manifest) -> Manifest:
    """The load without anybody whom an order has erased; it costs nothing while there is no order.

    A check that went on while an order was carried out may have kept what was landed before: staging and quarantine
    are looked at too, each time.
    """
    orders = erasures.listing(store)
    if not orders or not holds(settings, manifest, whom.traces(settings, orders)):
        return manifest
    for order in orders:
        manifest = erase_load(settings, manifest, order.order_no, whom.traces(settings, [order]), Gone())
    return manifest
