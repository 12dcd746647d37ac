"""The words of a system that drops files: where they lie, what says that one is whole, and which are whose."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, field_validator, model_validator

from schemas.declared.dataset import Dataset
from schemas.declared.file_formats import Encoding, FileFormat
from schemas.declared.file_packing import Sm2Signature, Unpacking
from schemas.declared.words import Model


class LocalFolder(Model):
    """A folder of this machine or of a mounted share."""

    kind: Literal["local"]
    folder: str


class Sftp(Model):
    """A folder on an SFTP server, `sftp://host:port/folder`, read with the connection's login.

    The account proves itself by the connection's extra `private_key` (OpenSSH or PEM text; with a
    `private_key_passphrase` PKCS #8 PEM), else by the connection's password. The extra `host_key` is the server's
    public key (`ssh-ed25519 AAAA…`); another one is refused. `names` is the encoding of the files' names.
    """

    kind: Literal["sftp"]
    url: str
    names: Encoding = "utf-8"


class S3(Model):
    """The objects directly under `prefix` of a bucket; login and password of the connection are its key pair.

    `endpoint` is the address of a store that is not Amazon's (OSS, OBS, MinIO). Objects are addressed as
    `endpoint/bucket/key` (`path`) or `bucket.endpoint/key` (`virtual`, which OSS demands).
    """

    kind: Literal["s3"]
    bucket: str
    prefix: str = ""
    endpoint: str | None = None
    region: str = "us-east-1"
    addressing: Literal["path", "virtual"] = "path"

    @field_validator("prefix")
    @classmethod
    def _ends(cls, value: str) -> str:
        if value.startswith("/") or (value and not value.endswith("/")):
            raise ValueError(f"{value!r} is not a prefix; write it without / at its beginning and with / at its end")
        return value


class Control(Model):
    """A small file beside each delivery which says that the delivery is whole; without it, it is still being written.

    Its name is the delivery's with `suffix` added, or with `suffix` in the place of its last ending (`replaces`).
    `form` is what it holds: `pairs`, lines such as `md5=…`; `digest`, what md5sum and sha256sum write; `marker`,
    nothing that counts. `states` are the words that it must hold: the delivery's `md5` or `sha256` (hexadecimal),
    `rows` (records without header and total) and `bytes`.
    """

    suffix: str = Field(min_length=1)
    replaces: bool = False
    form: Literal["pairs", "digest", "marker"] = "pairs"
    states: list[Literal["md5", "sha256", "rows", "bytes"]] = Field(default_factory=list, validate_default=True)

    @model_validator(mode="before")
    @classmethod
    def _usual(cls, value: object) -> object:
        if isinstance(value, dict) and "states" not in value and value.get("form", "pairs") == "pairs":
            return {**value, "states": ["md5", "rows"]}
        return value

    @model_validator(mode="after")
    def _fitting(self) -> Control:
        if self.form == "pairs" and not self.states:
            raise ValueError("form pairs needs: states")
        if self.form == "digest" and (len(self.states) != 1 or self.states[0] not in ("md5", "sha256")):
            raise ValueError("form digest needs exactly one of md5, sha256 in states")
        if self.form == "marker" and self.states:
            raise ValueError("form marker has no: states")
        return self


class FilesSource(Model):
    """Files in one folder. Nothing is moved, changed or deleted at the source.

    `done_marker` is the name of a file that is written after a batch (`_SUCCESS`): only files that are not newer than
    it are read. `signature` and `control` belong to each file as it lies there, before it is unpacked.
    """

    kind: Literal["files"]
    transport: Annotated[LocalFolder | Sftp | S3, Field(discriminator="kind")]
    control: Control | None = None
    done_marker: str | None = None
    signature: Sm2Signature | None = None


class FilesDataset(Dataset):
    """The files whose name matches the glob `pattern`, in order of their names.

    `unpack` lists what is taken off, from the outside in, before the format is read: sm4, then zip.
    """

    pattern: str
    unpack: list[Unpacking] = Field(default_factory=list)
    format: FileFormat

    @model_validator(mode="after")
    def _one_archive(self) -> FilesDataset:
        if sum(step.kind == "zip" for step in self.unpack) > 1:
            raise ValueError("unpack: an archive within an archive is not opened; ask for one archive")
        return self
