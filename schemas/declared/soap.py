"""The words of a system that answers over SOAP."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from schemas.declared.paged import PagedDataset, Retry, Success
from schemas.declared.pagination import CursorPagination, NoPagination, PagePagination
from schemas.declared.words import Model, Rate


class UsernameToken(Model):
    """WS-Security UsernameToken (OASIS WSS 1.1): the connection's login and the digest of its password."""

    kind: Literal["username_token"]


class SoapSource(Model):
    """A service by the address of its WSDL."""

    kind: Literal["soap"]
    wsdl: str
    auth: UsernameToken
    retry: Retry
    rate_limit: Rate


class SoapDataset(PagedDataset):
    """Rows of one operation, whose parameters and answer are flat."""

    operation: str
    success: Success
    rows: str
    pagination: Annotated[PagePagination | CursorPagination | NoPagination, Field(discriminator="kind")]

    @property
    def delivered_as(self) -> str:
        return f"接口 {self.operation}"
