"""SM2 signatures with SM3 over whole files (GB/T 32918.2-2016): SM3 by OpenSSL as a stream, the curve by gmssl."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from connectors.files.text import CHUNK, DecodeError
from connectors.files.unpacking import KeyMissingError
from schemas.declared.file_packing import Sm2Signature

_SM2_CURVE = bytes.fromhex("06082a811ccf5501822d")  # OID 1.2.156.10197.1.301, as in a public key's PEM


def check_signature(source: Path, signature: Path, form: Sm2Signature, extra: Mapping[str, Any]) -> None:
    """Raise DecodeError unless `signature` is the declared signer's of `source`; KeyMissingError without its key."""
    key = public_key_of(extra, form.public_key)
    if not is_signed(source, signature.read_bytes(), key, form.user_id.encode()):
        raise DecodeError(
            f"its signature is not good for the connection's {form.public_key}",
            "nothing of it was read: it was altered, or the signer's key changed; ask the department, not the file",
        )


def public_key_of(extra: Mapping[str, Any], name: str) -> bytes:
    """The 64 bytes x‖y of the key in a connection's extra. Raises KeyMissingError when it is no point of the curve."""
    if not extra.get(name):
        raise KeyMissingError(f"the connection has no {name}")
    key = _key_bytes(str(extra[name]).strip())
    if key is None or not _on_curve(key):
        raise KeyMissingError(f"the connection's {name} is no SM2 public key (PEM, or 130 hexadecimal digits)")
    return key


def is_signed(source: Path, signature: bytes, key: bytes, user_id: bytes) -> bool:
    """Whether a signature (r‖s or DER; bytes, hexadecimal or base64) is the one of a file by the key x‖y."""
    from gmssl.sm2 import CryptSM2, default_ecc_table  # type: ignore[import-untyped]

    pair = _pair(signature)
    order = int(default_ecc_table["n"], 16)
    if pair is None or not all(0 < one < order for one in pair):
        return False
    verifier = CryptSM2(private_key="", public_key="")
    verifier.public_key = key.hex()  # not by the constructor, which strips leading zeros and fours off a key
    try:
        return bool(verifier.verify("{:064x}{:064x}".format(*pair), _digest(source, key, user_id)))
    except TypeError:  # the sum of its two points has no x: gmssl gives None for it
        return False


def _digest(source: Path, key: bytes, user_id: bytes) -> bytes:
    """e = SM3(Z ‖ file), Z = SM3 of the signer's id, the curve and the key (GB/T 32918.2-2016, 5.5 and 6.1)."""
    from cryptography.hazmat.primitives.hashes import SM3, Hash
    from gmssl.sm2 import default_ecc_table

    curve = bytes.fromhex("".join(default_ecc_table[one] for one in ("a", "b", "g")))
    about_signer = Hash(SM3())
    about_signer.update((8 * len(user_id)).to_bytes(2, "big") + user_id + curve + key)
    digest = Hash(SM3())
    digest.update(about_signer.finalize())
    with source.open("rb") as stream:
        while chunk := stream.read(CHUNK):
            digest.update(chunk)
    return digest.finalize()


def _key_bytes(text: str) -> bytes | None:
    try:
        if text.startswith("-----BEGIN PUBLIC KEY-----"):
            der = base64.b64decode("".join(text.split("-----")[2].split()), validate=True)
            return der[-64:] if _SM2_CURVE in der and der[-65:-64] == b"\x04" else None
        key = bytes.fromhex(text)
    except (ValueError, IndexError):
        return None
    if len(key) == 65 and key[0] == 4:
        return key[1:]
    return key if len(key) == 64 else None


def _on_curve(key: bytes) -> bool:
    from gmssl.sm2 import default_ecc_table

    p, a, b = (int(default_ecc_table[one], 16) for one in "pab")
    x, y = int.from_bytes(key[:32], "big"), int.from_bytes(key[32:], "big")
    return x < p and y < p and (y * y - x * x * x - a * x - b) % p == 0


def _pair(signature: bytes) -> tuple[int, int] | None:
    """r and s. Bytes that look like text are text: a signature of nothing but hexadecimal digits does not happen."""
    raw = signature
    text = b"".join(signature.split())
    try:
        if re.fullmatch(rb"[0-9A-Fa-f]+", text):
            raw = bytes.fromhex(text.decode())
        elif re.fullmatch(rb"[0-9A-Za-z+/]+={0,2}", text):
            raw = base64.b64decode(text, validate=True)
    except (ValueError, binascii.Error):
        return None
    if len(raw) == 64:
        return int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big")
    return _der_pair(raw)


def _der_pair(raw: bytes) -> tuple[int, int] | None:
    from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

    try:
        return decode_dss_signature(raw)  # SM2's is the same sequence of two integers
    except ValueError:
        return None
