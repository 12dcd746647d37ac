"""The object store answers boto3 as S3 does, to its own keys alone."""

from __future__ import annotations

from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

BUCKET = "prepaid-cards"


def client(province: Any, password: str | None = None) -> Any:
    sign_in = province.sign_in("prepaid_cards")
    return boto3.client(
        "s3", endpoint_url=province.env()["PREPAID_CARDS_URL"], region_name="cn-hangzhou",
        aws_access_key_id=sign_in["login"], aws_secret_access_key=password or sign_in["password"],
    )  # fmt: skip


def code(act: Any, **words: Any) -> str:
    with pytest.raises(ClientError) as raised:
        act(**words)
    return str(raised.value.response["Error"]["Code"])


def test_a_listing_has_pages_and_an_object_its_tag(province: Any) -> None:
    store = client(province)
    pages = store.get_paginator("list_objects_v2").paginate(
        Bucket=BUCKET, Prefix="outbox/", PaginationConfig={"PageSize": 1}
    )
    found = [one for page in pages for one in page.get("Contents", [])]
    assert [one["Key"].rpartition(".")[2] for one in found] == ["csv", "ok"]
    for one in found:
        body = store.get_object(Bucket=BUCKET, Key=one["Key"], IfMatch=one["ETag"])["Body"].read()
        assert len(body) == one["Size"] > 0
    assert code(store.get_object, Bucket=BUCKET, Key=found[0]["Key"], IfMatch='"0"') == "PreconditionFailed"
    assert code(store.get_object, Bucket=BUCKET, Key="outbox/nothing") == "NoSuchKey"
    assert code(store.list_objects_v2, Bucket="no-such-bucket") == "NoSuchBucket"


def test_another_secret_is_refused(province: Any) -> None:
    assert code(client(province, "wrong").list_objects_v2, Bucket=BUCKET) == "SignatureDoesNotMatch"
