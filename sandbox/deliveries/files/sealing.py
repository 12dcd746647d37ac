"""What departments wrap around a file: zip, gzip, encryption by SM4, signatures by SM2."""

from __future__ import annotations

import base64
import gzip
import io
import os
import secrets
import zipfile

from cryptography.hazmat.primitives.ciphers import Cipher, modes
from cryptography.hazmat.primitives.ciphers.algorithms import SM4
from cryptography.hazmat.primitives.hashes import SM3, Hash
from cryptography.hazmat.primitives.padding import PKCS7
from gmssl.sm2 import CryptSM2, default_ecc_table  # type: ignore[import-untyped]

from sandbox.departments import Drop

SIGNER = b"1234567812345678"  # the id that GM/T 0009 gives a signer without one
BLOCK = 16


def packed(body: bytes, name: str, drop: Drop, keys: dict[str, str]) -> bytes:
    """Return a file as it is sent."""
    for step in drop.pack:
        if step == "zip":
            body = _zipped(body, f"{name.partition('.')[0]}.{drop.format}")
        elif step == "gzip":
            body = gzip.compress(body, mtime=0)
        else:
            body = _encrypted(body, bytes.fromhex(keys["sm4_key"]))
    return body


def signature(body: bytes, keys: dict[str, str]) -> str:
    """Return the SM2 signature of a file with SM3 (GB/T 32918.2-2016): r‖s in base64."""
    public = keys["sm2_public_key"][2:]  # after the mark of an uncompressed point
    curve = "".join(default_ecc_table[one] for one in ("a", "b", "g"))
    about_signer = (8 * len(SIGNER)).to_bytes(2, "big") + SIGNER + bytes.fromhex(curve + public)
    signer = CryptSM2(private_key=keys["sm2_private_key"], public_key="")
    pair = signer.sign(_sm3(_sm3(about_signer) + body), secrets.token_hex(BLOCK * 2))
    return base64.b64encode(bytes.fromhex(pair)).decode()


def sm2_pair() -> tuple[str, str]:
    """Return a new private key and its public one, both hexadecimal."""
    private = f"{secrets.randbelow(int(default_ecc_table['n'], 16) - 2) + 1:064x}"
    point = CryptSM2(private_key=private, public_key="")._kg(int(private, 16), default_ecc_table["g"])
    return private, f"04{point}"


def _zipped(body: bytes, name: str) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(zipfile.ZipInfo(name), body, zipfile.ZIP_DEFLATED)
    return made.getvalue()


def _encrypted(body: bytes, key: bytes) -> bytes:
    """Return the initial value, then the text in CBC, padded as PKCS #7."""
    start, padder = os.urandom(BLOCK), PKCS7(BLOCK * 8).padder()
    sealer = Cipher(SM4(key), modes.CBC(start)).encryptor()
    return start + sealer.update(padder.update(body) + padder.finalize()) + sealer.finalize()


def _sm3(text: bytes) -> bytes:
    digest = Hash(SM3())
    digest.update(text)
    return digest.finalize()
