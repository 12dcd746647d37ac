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

SIGNER = b"zj.nfra.12378"  # the id under which the regulator signs
BLOCK, NONCE = 16, 12


def packed(body: bytes, name: str, drop: Drop, keys: dict[str, str]) -> bytes:
    """Return a file as it is sent."""
    for step in drop.pack:
        if step == "zip":
            body = _zipped(body, f"{drop.title}{name.partition('.')[0]}.{drop.format}")
        elif step == "gzip":
            body = gzip.compress(body, mtime=0)
        else:
            body = ENCRYPTED[step](body, bytes.fromhex(keys["sm4_key"]))
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
        archive.writestr(_OldName(name), body, zipfile.ZIP_DEFLATED)
    return made.getvalue()


class _OldName(zipfile.ZipInfo):
    """A member whose name is in GB18030 and not marked as anything, as Chinese Windows packs it."""

    def _encodeFilenameFlags(self) -> tuple[bytes, int]:
        return self.filename.encode("gb18030"), self.flag_bits


def _in_cbc(body: bytes, key: bytes) -> bytes:
    """Return the initial value, then the text in CBC, padded as PKCS #7."""
    start, padder = os.urandom(BLOCK), PKCS7(BLOCK * 8).padder()
    sealer = Cipher(SM4(key), modes.CBC(start)).encryptor()
    return start + sealer.update(padder.update(body) + padder.finalize()) + sealer.finalize()


def _in_gcm(body: bytes, key: bytes) -> bytes:
    """Return the nonce, the text in GCM, and its tag."""
    nonce = os.urandom(NONCE)
    sealer = Cipher(SM4(key), modes.GCM(nonce)).encryptor()
    return nonce + sealer.update(body) + sealer.finalize() + sealer.tag


ENCRYPTED = {"sm4_cbc": _in_cbc, "sm4_gcm": _in_gcm}


def _sm3(text: bytes) -> bytes:
    digest = Hash(SM3())
    digest.update(text)
    return digest.finalize()
