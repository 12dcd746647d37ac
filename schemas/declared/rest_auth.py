"""The ways to sign in at an HTTP interface. What is secret is in the connection of the system's id, never here."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from schemas.declared.words import Model, Texts


class NoAuth(Model):
    """Open to whoever can reach it."""

    kind: Literal["none"]


class BasicAuth(Model):
    """HTTP Basic (RFC 7617): login and password of the connection."""

    kind: Literal["basic"]


class BearerAuth(Model):
    """A token that does not end, in the Authorization header (RFC 6750): the connection's password."""

    kind: Literal["bearer"]


class ApiKeyAuth(Model):
    """A fixed key, the connection's password, in the header `header` or the query parameter `param`."""

    kind: Literal["api_key"]
    header: str | None = None
    param: str | None = None

    @model_validator(mode="after")
    def _one_place(self) -> ApiKeyAuth:
        if (self.header is None) == (self.param is None):
            raise ValueError("give exactly one of: header, param")
        return self


class OAuth2Client(Model):
    """OAuth 2 client credentials (RFC 6749, 4.4): login and password of the connection are the client's."""

    kind: Literal["oauth2_client"]
    token_path: str


class OAuth2Password(Model):
    """OAuth 2 password grant (RFC 6749, 4.3): login and password are a user's.

    The client's are `client_id` and `client_secret` in the connection's extra, where the source wants them.
    """

    kind: Literal["oauth2_password"]
    token_path: str


class SignedRequests(Model):
    """Every request is signed with the connection's password over all its parameters, sorted by name.

    `login` goes out as `key_param`, the time as `time_param` in `time_format`, a fresh random text as
    `nonce_param`, the signature as `sign_param`: all `among` the parameters (the query of a GET, the body of a POST)
    or in the `headers`. Signed are all of them but the signature; empty values are left out.

    `text` writes them as `a=1&b=2` (`pairs`) or as `a1b2` (`bare`). An hmac is keyed with the secret. For `md5` the
    secret is a last pair named `secret_param` (`…&key=SECRET`) or, without that word, stands before and after the
    text. These are the signatures of the WeChat Pay and Taobao Open Platform interfaces and of their many copies.
    """

    kind: Literal["signed"]
    algorithm: Literal["md5", "hmac_md5", "hmac_sha1", "hmac_sha256"]
    text: Literal["pairs", "bare"] = "pairs"
    digest: Literal["hex", "upper_hex", "base64"] = "hex"
    secret_param: str | None = None
    place: Literal["among", "headers"] = "among"
    key_param: str
    time_param: str
    time_format: str = "epoch_ms"
    nonce_param: str | None = None
    sign_param: str

    @model_validator(mode="after")
    def _secret_of_md5(self) -> SignedRequests:
        if self.secret_param is not None and self.algorithm != "md5":
            raise ValueError("secret_param goes with algorithm md5; an hmac is keyed with the secret")
        return self


class ZjGateway(Model):
    """The signing of Zhejiang's data gateway: appKey, rotating secrets, md5 over key, secret and time.

    `refused` are the codes which mean that a secret is not good (any more). `additional` is the statutory reason
    for the call, which the gateway demands as JSON text beside the other parameters.
    """

    kind: Literal["zj_gateway"]
    refused: Texts
    additional: dict[str, str]


RestAuth = Annotated[
    NoAuth | BasicAuth | BearerAuth | ApiKeyAuth | OAuth2Client | OAuth2Password | SignedRequests | ZjGateway,
    Field(discriminator="kind"),
]
