"""What is wrapped around a file: archives, encryption, signatures. Keys are named here and kept in the connection."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from schemas.declared.file_formats import Encoding
from schemas.declared.words import Model

_EXTRA = r"^[a-z][a-z0-9_]*$"


class Zip(Model):
    """A zip archive: the members whose name matches the glob `members` are the delivery, in order of their names.

    `names` is the encoding of names that are not marked as UTF-8. An archive that unpacks to more than
    `max_unpacked_mib` MiB, or that has more than `max_members` members, is refused.
    """

    kind: Literal["zip"]
    members: str = "*"
    names: Encoding = "gb18030"
    max_unpacked_mib: int = Field(default=4096, ge=1)
    max_members: int = Field(default=1000, ge=1)


class Gzip(Model):
    """A file compressed by gzip, refused if it unpacks to more than `max_unpacked_mib` MiB."""

    kind: Literal["gzip"]
    max_unpacked_mib: int = Field(default=4096, ge=1)


class Sm4(Model):
    """A file encrypted by SM4 (GB/T 32907-2016), whose first bytes are its initial value.

    `cbc`: 16 bytes, then the text padded as PKCS #7. `gcm`: 12 bytes, the text, then a tag of 16 bytes. `key` names
    the connection's extra that holds the key, 32 hexadecimal digits.
    """

    kind: Literal["sm4"]
    mode: Literal["cbc", "gcm"]
    key: str = Field(default="sm4_key", pattern=_EXTRA)


Unpacking = Annotated[Zip | Gzip | Sm4, Field(discriminator="kind")]


class Sm2Signature(Model):
    """A detached SM2 signature with SM3 (GB/T 32918.2-2016) in a file whose name is the delivery's with `suffix` added.

    It is r‖s or DER, as bytes, hexadecimal or base64. `public_key` names the connection's extra that holds the signer's
    key, as PEM or hexadecimal. A file without its signature waits; one whose signature is not good is refused.
    """

    kind: Literal["sm2"]
    suffix: str = Field(min_length=1)
    public_key: str = Field(default="sm2_public_key", pattern=_EXTRA)
    user_id: str = "1234567812345678"
