"""A prefix of an S3 bucket, Amazon's or any store that speaks its protocol."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from connectors.errors import AuthError, UnreachableError
from connectors.files.transports import Found, changed
from operations.credentials import Credentials
from schemas.declared.files import S3

if TYPE_CHECKING:
    from types_boto3_s3.client import S3Client

_REFUSED = {"403", "AccessDenied", "InvalidAccessKeyId", "SignatureDoesNotMatch", "ExpiredToken", "InvalidToken"}
_MISSING = {"404", "NoSuchBucket", "NoSuchKey"}
_CHANGED = {"412", "PreconditionFailed"}

CONNECT_SECONDS = 15
READ_SECONDS = 60
ATTEMPTS = 3


class S3Folder:
    """The objects directly under a prefix: what lies deeper is no delivery, as in a folder."""

    def __init__(self, system: str, source: S3, bucket: str, endpoint: str | None, credentials: Credentials) -> None:
        self._system = system
        self._source = source
        self._bucket = bucket
        self._endpoint = endpoint
        self._credentials = credentials
        self._client: S3Client | None = None
        self.place = f"s3://{bucket}/{source.prefix}".rstrip("/")
        if not credentials.login or not credentials.password:
            raise self._refused("the connection has no key pair as login and password")

    def files(self) -> list[Found]:
        """The objects, however many pages their listing has, in order of their names."""
        prefix = self._source.prefix
        found = []
        with self._told():
            pages = self._opened().get_paginator("list_objects_v2")
            for page in pages.paginate(Bucket=self._bucket, Prefix=prefix, Delimiter="/"):
                for one in page.get("Contents", []):
                    name = one["Key"].removeprefix(prefix)
                    if name:  # the prefix itself may be an object, as consoles make it for a folder
                        at = int(one["LastModified"].timestamp())
                        found.append(Found(name, one["Size"], at, one["ETag"].strip('"')))
        return sorted(found, key=lambda one: one.name)

    def fetch(self, found: Found, to: Path) -> None:
        """A copy of one object in the state in which it was listed, by its ETag."""
        with self._told(found.name):
            reply = self._opened().get_object(
                Bucket=self._bucket, Key=self._source.prefix + found.name, IfMatch=found.etag or ""
            )
            with reply["Body"] as stream, to.open("wb") as copy:
                shutil.copyfileobj(stream, copy, 1 << 20)
        if to.stat().st_size != found.size:
            raise changed(self._system, self.place, found.name)

    def close(self) -> None:
        """Give back connections."""
        if self._client is not None:
            self._client.close()
            self._client = None

    def _opened(self) -> S3Client:
        if self._client is None:
            import boto3
            from botocore.config import Config

            # Checksums only where they must be: other makers' stores refuse the headers that Amazon's new ones need.
            settings = Config(
                connect_timeout=CONNECT_SECONDS,
                read_timeout=READ_SECONDS,
                retries={"mode": "standard", "total_max_attempts": ATTEMPTS},
                request_checksum_calculation="when_required",
                response_checksum_validation="when_required",
                s3={"addressing_style": self._source.addressing},
                proxies={},
            )
            self._client = boto3.Session(
                aws_access_key_id=self._credentials.login,
                aws_secret_access_key=self._credentials.password,
                aws_session_token=self._credentials.extra.get("session_token"),
                region_name=self._source.region,
            ).client("s3", endpoint_url=self._endpoint, config=settings)
        return self._client

    @contextmanager
    def _told(self, name: str | None = None) -> Iterator[None]:
        """Errors of the store and of the way to it in our words; its own may quote what we sent."""
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            yield
        except ClientError as error:
            code = str(error.response.get("Error", {}).get("Code", ""))
            if code in _REFUSED:
                raise self._refused(f"the store refuses the key pair, or what it may read ({code})") from None
            if code in _CHANGED and name:
                raise changed(self._system, self.place, name) from None
            if code in _MISSING:
                raise self._unreachable(f"no such bucket or object ({code})", "correct bucket and prefix") from None
            raise self._busy(f"the store answers {code or 'with an error'}") from None
        except BotoCoreError as error:
            raise self._busy(f"no whole answer ({type(error).__name__})") from None

    def _refused(self, message: str) -> AuthError:
        remedy = f"correct AIRFLOW_CONN_{self._system.upper()}, or ask the department what changed"
        return AuthError(self._system, None, self.place, message, remedy)

    def _busy(self, message: str) -> UnreachableError:
        remedy = "check the endpoint and the way through the firewall; the next run reads it again"
        return self._unreachable(message, remedy, retryable=True)

    def _unreachable(self, message: str, remedy: str, **more: Any) -> UnreachableError:
        return UnreachableError(self._system, None, self.place, message, remedy, **more)
