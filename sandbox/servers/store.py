"""The departments' object store: listings and objects as S3 gives them, to whoever signs by version 4."""

from __future__ import annotations

import hmac
import re
from datetime import UTC, datetime, timedelta
from hashlib import md5, sha256
from pathlib import Path
from urllib.parse import quote, unquote
from xml.sax.saxutils import escape

from sandbox.servers.web import Answer, Request

PREFIX = "outbox/"
MOST = 1000
SKEW = timedelta(minutes=15)
SCOPE = re.compile(
    r"AWS4-HMAC-SHA256 Credential=([^/]+)/(\d{8})/([^/]+)/s3/aws4_request, *SignedHeaders=([^,]+), *Signature=(\w{64})"
)


class ObjectStore:
    """Each folder below `root` is a bucket, named with `-` for `_`; its files are objects under `outbox/`."""

    def __init__(self, root: Path, login: str, password: str) -> None:
        self.root, self.login, self.password = root, login, password

    def answer(self, request: Request) -> Answer | None:
        if not self._signed(request):
            return _error(403, "SignatureDoesNotMatch")
        bucket, _, key = unquote(request.path).lstrip("/").partition("/")
        folder = self.root / bucket.replace("-", "_")
        if not bucket or not folder.is_dir():
            return _error(404, "NoSuchBucket")
        objects = {PREFIX + path.name: path for path in sorted(folder.iterdir()) if not path.name.startswith(".")}
        if not key:
            return _listing(objects, request.query)
        if key not in objects:
            return _error(404, "NoSuchKey")
        body = objects[key].read_bytes()
        wanted = request.headers.get("If-Match")
        if wanted and wanted.strip('"') != _tag(body):
            return _error(412, "PreconditionFailed")
        return Answer(body, content_type="application/octet-stream", headers={"ETag": f'"{_tag(body)}"'})

    def _signed(self, request: Request) -> bool:
        """AWS Signature Version 4 in the Authorization header, as its documentation has it, with the body's hash."""
        found = SCOPE.match(request.headers.get("Authorization") or "")
        at = request.headers.get("X-Amz-Date") or ""
        if found is None or re.fullmatch(r"\d{8}T\d{6}Z", at) is None:
            return False
        login, day, region, signed, said = found.groups()
        if login != self.login or abs(datetime.now(UTC) - _moment(at)) > SKEW:
            return False
        hashed = request.headers.get("X-Amz-Content-Sha256") or ""
        headers = "".join(
            f"{name}:{' '.join((request.headers.get(name) or '').split())}\n" for name in signed.split(";")
        )
        query = "&".join(sorted(f"{quote(name, safe='-_.~')}={quote(text, safe='-_.~')}"
                                for name, text in request.query.items()))  # fmt: skip
        canonical = "\n".join((request.method, request.path, query, headers, signed, hashed))
        scope = f"{day}/{region}/s3/aws4_request"
        text = f"AWS4-HMAC-SHA256\n{at}\n{scope}\n{sha256(canonical.encode()).hexdigest()}"
        key = f"AWS4{self.password}".encode()
        for step in scope.split("/"):
            key = hmac.digest(key, step.encode(), "sha256")
        return hmac.compare_digest(hmac.digest(key, text.encode(), "sha256").hex(), said)


def _listing(objects: dict[str, Path], query: dict[str, str]) -> Answer:
    """ListObjectsV2: at most `max-keys` objects after a continuation token, which is the last key of a page."""
    prefix, most = query.get("prefix", ""), min(int(query.get("max-keys") or MOST), MOST)
    keys = [key for key in objects if key.startswith(prefix) and key > query.get("continuation-token", "")]
    shown, more = keys[:most], len(keys) > most
    entries = "".join(_entry(key, objects[key]) for key in shown)
    following = f"<NextContinuationToken>{escape(shown[-1])}</NextContinuationToken>" if more else ""
    return _xml(
        f"<ListBucketResult><Prefix>{escape(prefix)}</Prefix><KeyCount>{len(shown)}</KeyCount><MaxKeys>{most}</MaxKeys>"
        f"<IsTruncated>{str(more).lower()}</IsTruncated>{following}{entries}</ListBucketResult>"
    )


def _entry(key: str, path: Path) -> str:
    body = path.read_bytes()
    at = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    return (
        f"<Contents><Key>{escape(key)}</Key><LastModified>{at:%Y-%m-%dT%H:%M:%S}.000Z</LastModified>"
        f"<ETag>&quot;{_tag(body)}&quot;</ETag><Size>{len(body)}</Size></Contents>"
    )


def _tag(body: bytes) -> str:
    return md5(body).hexdigest()


def _moment(text: str) -> datetime:
    return datetime.strptime(text, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)


def _error(status: int, code: str) -> Answer:
    return _xml(f"<Error><Code>{code}</Code><Message>{code}</Message></Error>", status)


def _xml(text: str, status: int = 200) -> Answer:
    return Answer(f'<?xml version="1.0" encoding="UTF-8"?>{text}'.encode(), status, "application/xml")
