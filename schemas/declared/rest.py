"""The words of a system that answers over HTTP with JSON, JSON Lines or XML."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from schemas.declared.paged import PagedDataset, Retry
from schemas.declared.pagination import RelayPagination, TimeWindowPagination
from schemas.declared.rest_auth import RestAuth
from schemas.declared.words import Model, PerDay, Rate, Span


class Breaker(Model):
    """After `failures` failed attempts in a row at one host, nobody asks it again for `pause`; then one may try."""

    failures: int = Field(ge=2, le=100)
    pause: Span


class RestSource(Model):
    """A system behind HTTP.

    The requests of all processes together to its host keep to `rate_limit`, and to `quota` from midnight to midnight.
    Numbered pages are asked for `in_flight` at once.
    """

    kind: Literal["rest"]
    base_url: str
    auth: RestAuth
    retry: Retry
    rate_limit: Rate
    quota: PerDay | None = None
    breaker: Breaker | None = None
    in_flight: int = Field(default=1, ge=1, le=16)


class Request(Model):
    """What is asked for. A GET carries its parameters in the query, a POST in a JSON body or, by `send`, a form.

    `params` are sent with every request as they are. `graphql` is a query document, whose variables the other
    parameters are; it is POSTed as JSON.
    """

    path: str
    method: Literal["GET", "POST"]
    send: Literal["json", "form"] = "json"
    params: dict[str, str] = Field(default_factory=dict)
    graphql: str | None = None

    @model_validator(mode="after")
    def _graphql_is_posted(self) -> Request:
        if self.graphql is not None and (self.method != "POST" or self.send != "json"):
            raise ValueError("graphql needs method: POST and no send")
        return self


class RestDataset(PagedDataset):
    """One interface of the system.

    `body` is the form of its answers. Without `rows` the answer itself is the list. `unwrap` names the member of
    each row that is the record, such as `node` of a GraphQL edge.
    """

    request: Request
    body: Literal["json", "json_lines", "xml"] = "json"
    unwrap: str | None = None

    @property
    def delivered_as(self) -> str:
        return f"接口 {self.request.path}"

    @model_validator(mode="after")
    def _words_that_go_together(self) -> RestDataset:
        if self.body == "json_lines" and self.rows is not None:
            raise ValueError("body json_lines has no rows: every line is one")
        if self.body == "xml" and self.rows is None:
            raise ValueError("body xml needs: rows")
        if self.success is not None and self.rows is None:
            raise ValueError("success needs an answer that is more than its list; say where its rows are")
        if self.body == "xml" and self.unwrap is not None:
            raise ValueError("body xml has no unwrap; write the member's path into rows")
        if isinstance(self.pagination, RelayPagination) and self.request.graphql is None:
            raise ValueError("pagination relay needs request.graphql")
        sliced = isinstance(self.pagination, TimeWindowPagination)
        if sliced and None in (self.sync.param, self.sync.until_param, self.sync.start):
            raise ValueError("pagination time_window needs sync.param, sync.until_param and sync.start")
        return self
