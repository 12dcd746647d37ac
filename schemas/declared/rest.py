"""The words of a system that answers over HTTP with JSON."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from schemas.declared.paged import PagedDataset, Retry
from schemas.declared.words import Model, Rate, Texts


class ZjGateway(Model):
    """The signing of Zhejiang's data gateway: appKey, rotating secrets, md5 over key, secret and time.

    `refused` are the codes which mean that a secret is not good (any more). `additional` is the statutory reason
    for the call, which the gateway demands as JSON text beside the other parameters.
    """

    kind: Literal["zj_gateway"]
    refused: Texts
    additional: dict[str, str]


class OAuth2Client(Model):
    """OAuth 2 client credentials (RFC 6749, 4.4): login and password of the connection are the client's."""

    kind: Literal["oauth2_client"]
    token_path: str


class RestSource(Model):
    """A system behind HTTP. The requests of all processes together keep to `rate_limit`."""

    kind: Literal["rest"]
    base_url: str
    auth: Annotated[ZjGateway | OAuth2Client, Field(discriminator="kind")]
    retry: Retry
    rate_limit: Rate
    in_flight: int = Field(default=1, ge=1, le=16)


class Request(Model):
    """What is asked for. A POST carries its parameters in a JSON body, a GET in the query."""

    path: str
    method: Literal["GET", "POST"]


class RestDataset(PagedDataset):
    """One interface of the system."""

    request: Request
