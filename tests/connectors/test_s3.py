"""S3 against moto's server: listings of many pages, ETags, keys that are refused, objects that change."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

import boto3
import pytest
from file_drops import read, refused, trial
from moto.s3.models import s3_backends
from moto.server import ThreadedMotoServer

from connectors.errors import AuthError, IncompleteDeliveryError, UnreachableError
from connectors.files.s3 import S3Folder
from connectors.files.transports import Found
from operations.credentials import Credentials
from schemas.declaration import DeclarationError, System
from schemas.declared.files import S3

if TYPE_CHECKING:
    from types_boto3_s3.client import S3Client

BODY = "编号,名称\r\nA1,纠纷\r\n".encode("gb18030")
KEYS = Credentials(login="client", password="secret")


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture(scope="module")
def bucket(endpoint: str) -> S3Client:
    return boto3.client(
        "s3",
        endpoint_url=endpoint,
        region_name="us-east-1",
        aws_access_key_id="client",
        aws_secret_access_key="secret",
    )


@pytest.fixture
def name(bucket: S3Client, endpoint: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """A bucket of the test's own."""
    monkeypatch.setenv("TRIAL_S3", endpoint)
    made = f"outbox-{uuid4().hex[:8]}"
    bucket.create_bucket(Bucket=made)
    return made


def system(folder: Path, name: str) -> System:
    return trial(
        folder,
        "{kind: csv, encoding: gb18030}",
        "YL_*.csv",
        transport=f'{{kind: s3, bucket: {name}, prefix: day/, endpoint: "${{TRIAL_S3}}"}}',
    )


def test_objects_under_the_prefix_are_read_once_and_again_when_their_content_changed(
    bucket: S3Client, name: str, tmp_path: Path, connect: Callable
) -> None:
    bucket.put_object(Bucket=name, Key="day/YL_1.csv", Body=BODY)
    for key in ("day/", "day/deeper/YL_2.csv", "YL_3.csv"):
        bucket.put_object(Bucket=name, Key=key, Body=b"")
    declared = system(tmp_path, name)
    connector = connect(declared, "client", "secret")
    assert [page.original_name for page in read(connector, declared)] == ["YL_1.csv"]
    bookmark = connector.bookmark_after(declared.datasets["cases"])
    assert set(bookmark["files"]["YL_1.csv"]) == {"size", "mtime", "sha256", "etag"}
    assert read(connector, declared, bookmark) == []
    bucket.put_object(Bucket=name, Key="day/YL_1.csv", Body=BODY)
    assert read(connector, declared, bookmark) == []  # sent again: the same ETag
    bucket.put_object(Bucket=name, Key="day/YL_1.csv", Body=BODY.replace(b"A1", b"A2"))
    assert [page.rows for page in read(connector, declared, bookmark)] == [1]


def test_a_listing_of_several_pages_is_read_to_its_end(bucket: S3Client, name: str, endpoint: str) -> None:
    backend = s3_backends["123456789012"]["aws"]
    for number in range(1001):
        backend.put_object(name, f"day/{number:04d}.csv", b"")
    folder = S3Folder("trial", S3(kind="s3", bucket=name, prefix="day/"), name, endpoint, KEYS)
    found = folder.files()
    folder.close()
    assert [one.name for one in found] == [f"{number:04d}.csv" for number in range(1001)]


def test_an_object_that_changed_since_it_was_listed_is_not_taken(
    bucket: S3Client, name: str, endpoint: str, tmp_path: Path
) -> None:
    bucket.put_object(Bucket=name, Key="a.csv", Body=b"12345")
    folder = S3Folder("trial", S3(kind="s3", bucket=name), name, endpoint, KEYS)
    [found] = folder.files()
    folder.fetch(found, tmp_path / "copy")
    assert (tmp_path / "copy").read_bytes() == b"12345"
    with pytest.raises(IncompleteDeliveryError, match=r"a\.csv: the file changed while it was fetched"):
        folder.fetch(Found("a.csv", found.size + 1, found.mtime, found.etag), tmp_path / "copy")
    bucket.put_object(Bucket=name, Key="a.csv", Body=b"54321")
    with pytest.raises(IncompleteDeliveryError, match=r"a\.csv: the file changed while it was fetched"):
        folder.fetch(found, tmp_path / "copy")
    folder.close()


def test_a_bucket_that_is_not_there_and_a_store_that_is_down_are_named(
    name: str, tmp_path: Path, connect: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    declared = system(tmp_path, "no-such-bucket")
    connector = connect(declared, "client", "secret")
    refused(lambda: read(connector, declared), "s3://no-such-bucket/day", "NoSuchBucket")
    [finding] = connector.check()
    assert not finding.ok
    monkeypatch.setenv("TRIAL_S3", "http://127.0.0.1:1")
    down = connect(declared, "client", "secret")
    with pytest.raises(UnreachableError, match="EndpointConnectionError") as raised:
        read(down, declared)
    assert raised.value.retryable


def test_keys_that_are_refused_name_the_variable_and_not_the_keys(
    tmp_path: Path, connect: Callable, serve: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    from sources import Answer

    denied = b"<Error><Code>SignatureDoesNotMatch</Code><Message>the-secret</Message></Error>"
    monkeypatch.setenv("TRIAL_S3", serve(lambda call: Answer(denied, 403)))
    declared = system(tmp_path, "outbox")
    with pytest.raises(AuthError, match="AIRFLOW_CONN_TRIAL") as raised:
        read(connect(declared, "client", "the-secret"), declared)
    assert "the-secret" not in str(raised.value)
    with pytest.raises(AuthError, match="no key pair"):
        connect(declared)


def test_a_bucket_may_be_addressed_by_its_name_in_front_of_the_endpoint(
    tmp_path: Path, connect: Callable, serve: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    from sources import Answer, Call

    calls: list[Call] = []
    empty = b"<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>"
    url = serve(lambda call: calls.append(call) or Answer(empty))
    look_up = socket.getaddrinfo
    monkeypatch.setattr(socket, "getaddrinfo", lambda host, *more, **words: look_up("127.0.0.1", *more, **words))
    monkeypatch.setenv("TRIAL_S3", url.replace("127.0.0.1", "store.test"))
    where = '{kind: s3, bucket: outbox, endpoint: "${TRIAL_S3}", region: oss-cn-hangzhou, addressing: virtual}'
    declared = trial(tmp_path, "{kind: csv, encoding: gb18030}", transport=where)
    assert read(connect(declared, "client", "secret"), declared) == []
    [call] = calls
    assert call.path == "/"
    assert call.headers["Host"].startswith("outbox.store.test:")
    assert "/oss-cn-hangzhou/s3/" in call.headers["Authorization"]


@pytest.mark.parametrize("prefix", ["/day/", "day"])
def test_a_prefix_that_names_no_folder_is_no_declaration(tmp_path: Path, prefix: str) -> None:
    with pytest.raises(DeclarationError, match="is not a prefix"):
        trial(tmp_path, "{kind: json_lines}", transport=f"{{kind: s3, bucket: b, prefix: {prefix}}}")
