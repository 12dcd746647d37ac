"""The indicator dictionary: what every number means, and where its rows are."""

from __future__ import annotations

from fastapi import APIRouter, HTTPException
from fastapi.responses import Response

from portal.indicators import registry
from portal.listing import LISTINGS
from portal.pages import page
from portal.visit import SignedIn

router = APIRouter()


@router.get("/metrics")
def dictionary(visit: SignedIn) -> Response:
    """All indicators."""
    return page(visit, "dictionary.html", metrics=registry(visit.reader).values())


@router.get("/metrics/{name}")
def indicator(visit: SignedIn, name: str) -> Response:
    """One indicator. Raises 404 for a name that is not in the registry."""
    found = registry(visit.reader).get(name)
    if found is None:
        raise HTTPException(404)
    others = visit.reader.rows("definitions/of_metric", metric=name)
    return page(visit, "indicator.html", metric=found, has_rows=found.rows_table in LISTINGS, others=others)
