"""Archives, encryption and signatures: what is wrapped around a file, and files that try something."""

from __future__ import annotations

import base64
import gzip
import io
import struct
import subprocess
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.ciphers import Cipher, modes
from cryptography.hazmat.primitives.ciphers.algorithms import SM4
from cryptography.hazmat.primitives.padding import PKCS7
from file_drops import read, records, refused, trial
from gmssl.sm2 import CryptSM2

from connectors.errors import AuthError
from connectors.files.signature import is_signed
from schemas.declaration import DeclarationError, System, read_system

LINES = "{kind: json_lines}"
ONE = '{"编号":"A1"}\n'.encode()
TWO = '{"编号":"A2"}\n{"编号":"A3"}\n'.encode()
KEY = "0123456789abcdeffedcba9876543210"
SECRET = "3945208f7b2144b13f36e38ac6d39f95889393692860b51a42fb81ef4df7c5b8"
PUBLIC = (
    "0409f9df311e5421a150dd7d161e4bc5c672179fad1833fc076bb08ff356f35020"
    "ccea490ce26775a52dc6ea718cc1aa600aed05fbf35e084a6632f6072da9ad13"
)


def zipped(*members: tuple[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    body = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(body, "w", method) as archive:
        warnings.simplefilter("ignore")  # of two members with one name
        for name, content in members:
            archive.writestr(name, content)
    return body.getvalue()


def encrypted(text: bytes, mode: str, key: str = KEY) -> bytes:
    if mode == "cbc":
        start = bytes(range(16))
        padder = PKCS7(128).padder()
        sealer = Cipher(SM4(bytes.fromhex(key)), modes.CBC(start)).encryptor()
        return start + sealer.update(padder.update(text) + padder.finalize()) + sealer.finalize()
    start = bytes(range(12))
    sealed = Cipher(SM4(bytes.fromhex(key)), modes.GCM(start)).encryptor()
    return start + sealed.update(text) + sealed.finalize() + sealed.tag


def signed(body: bytes) -> str:
    """r‖s in hexadecimal, by gmssl's own SM3."""
    signer = CryptSM2(private_key=SECRET, public_key="")
    signer.public_key = PUBLIC[2:]
    return str(signer.sign_with_sm3(body, "59276e27d506861a16680f3ad9c02dccef3cc1fa3cdbe4ce6d54b80deac1bc21"))


@pytest.fixture(name="outbox")
def _outbox(tmp_path: Path) -> Path:
    (tmp_path / "outbox").mkdir()
    return tmp_path / "outbox"


def keys_of(found: list[dict[str, str]]) -> list[str]:
    return [one["编号"] for one in found]


def test_members_of_an_archive_are_pages_in_order_of_their_names(
    outbox: Path, tmp_path: Path, connect: Callable
) -> None:
    system = trial(tmp_path, LINES, unpack='[{kind: zip, members: "*.jsonl"}]')
    body = zipped(("b/二.jsonl", TWO), ("a.jsonl", ONE), ("readme.txt", b"x"), ("c.jsonl/", b""))
    (outbox / "one.zip").write_bytes(body)
    pages = read(connect(system), system)
    assert [(page.original_name, page.rows) for page in pages] == [("one.zip/a.jsonl", 1), ("one.zip/b/二.jsonl", 2)]
    assert [page.checkpoint is None for page in pages] == [True, False]  # no place to resume at within an archive
    assert keys_of(records(pages)) == ["A1", "A2", "A3"]
    assert {page.original.read_bytes() for page in pages if page.original} == {body}


def test_a_member_name_in_gb18030_is_read(outbox: Path, tmp_path: Path, connect: Callable) -> None:
    system = trial(tmp_path, LINES, unpack='[{kind: zip, members: "数据*"}]')
    name = "数据.jsonl".encode("gb18030")
    body = zipped(("x" * len(name), ONE)).replace(b"x" * len(name), name)
    (outbox / "one.zip").write_bytes(body)
    assert [page.original_name for page in read(connect(system), system)] == ["one.zip/数据.jsonl"]


@pytest.mark.parametrize("name", ["../../evil.jsonl", "/etc/evil.jsonl", "..\\evil.jsonl", "C:\\evil.jsonl"])
def test_an_archive_that_leaves_its_folder_is_refused_whole(
    outbox: Path, tmp_path: Path, connect: Callable, name: str
) -> None:
    system = trial(tmp_path, LINES, unpack="[{kind: zip}]")
    (outbox / "one.zip").write_bytes(zipped(("a.jsonl", ONE), (name, TWO)))
    refused(lambda: read(connect(system), system), "outbox/one.zip: its member 2 is to be written outside")
    assert not list(tmp_path.parent.rglob("evil*"))


def test_bombs_are_stopped_by_what_comes_out_whatever_their_header_says(
    outbox: Path, tmp_path: Path, connect: Callable
) -> None:
    many = b" " * (3 << 20)
    small = "[{kind: zip, max_unpacked_mib: 2, max_members: 3}]"
    for number, body in enumerate([zipped(("a", many)), zipped(("a", many[: 3 << 19]), ("b", many[: 3 << 19]))]):
        system = trial(tmp_path, LINES, f"{number}.zip", unpack=small)
        (outbox / f"{number}.zip").write_bytes(body)
        refused(lambda system=system: read(connect(system), system), "unpacks to more than max_unpacked_mib allows")
    lying = zipped(("a", many)).replace(struct.pack("<L", len(many)), struct.pack("<L", 10))
    (outbox / "1.zip").write_bytes(lying)
    refused(lambda: read(connect(system), system), "outbox/1.zip: ")
    (outbox / "1.zip").write_bytes(zipped(*((f"{one}", b"") for one in range(4))))
    refused(lambda: read(connect(system), system), "it has 4 members, more than 3")
    system = trial(tmp_path, LINES, "*.gz", unpack="[{kind: gzip, max_unpacked_mib: 2}]")
    (outbox / "one.gz").write_bytes(gzip.compress(many))
    refused(lambda: read(connect(system), system), "outbox/one.gz: it unpacks to more than")


def test_archives_that_are_cut_off_altered_or_have_nothing_for_us_are_refused(
    outbox: Path, tmp_path: Path, connect: Callable
) -> None:
    system = trial(tmp_path, LINES, unpack='[{kind: zip, members: "*.jsonl"}]')
    whole = zipped(("a.jsonl", ONE), ("b.jsonl", TWO), method=zipfile.ZIP_STORED)
    encrypted_members = bytearray(whole)
    encrypted_members[whole.index(b"PK\1\2") + 8] |= 1
    for body, words in [
        (whole[:-30], "it is no whole zip archive"),
        (whole.replace(b'"A2"', b'"A9"'), "it is no whole zip archive"),  # its checksum tells
        (zipped(("a.txt", ONE)), "none of its 1 members is named *.jsonl"),
        (zipped(("a.jsonl", ONE), ("b.jsonl", TWO + b'{"')), "in b.jsonl, it ends in the middle of its record 3"),
        (bytes(encrypted_members), "encrypted by a password"),
        (b"", "it is no whole zip archive"),
    ]:
        (outbox / "one.zip").write_bytes(body)
        refused(lambda: read(connect(system), system), "outbox/one.zip: ", words)
    system = trial(tmp_path, LINES, unpack="[{kind: gzip}]")
    for body in (gzip.compress(ONE)[:-4], ONE, gzip.compress(ONE)[:-8] + b"\0" * 8):
        (outbox / "one.zip").write_bytes(body)
        refused(lambda: read(connect(system), system), "it is no whole gzip file")


@pytest.mark.parametrize("mode", ["cbc", "gcm"])
def test_an_archive_encrypted_by_sm4_is_opened_with_the_connections_key(
    outbox: Path, tmp_path: Path, connect: Callable, mode: str
) -> None:
    system = trial(tmp_path, LINES, unpack=f"[{{kind: sm4, mode: {mode}}}, {{kind: zip}}]")
    path = outbox / "one.zip.sm4"
    path.write_bytes(encrypted(zipped(("a.jsonl", ONE)), mode))
    assert keys_of(records(read(connect(system, sm4_key=KEY), system))) == ["A1"]
    wrong = "f" * 32
    text = refused(lambda: read(connect(system, sm4_key=wrong), system), "another key than the connection's sm4_key")
    assert wrong not in text
    for extra, words in [({}, "the connection has no sm4_key"), ({"sm4_key": "xyz"}, "not of 32 hexadecimal digits")]:
        with pytest.raises(AuthError, match=words) as raised:
            read(connect(system, **extra), system)
        [finding] = connect(system, **extra).check()
        assert not finding.ok
        assert words in finding.message
        assert "AIRFLOW_CONN_TRIAL" in str(raised.value)
        assert "xyz" not in str(raised.value)
    body = path.read_bytes()
    for broken in (body[:-1], body[:20], body[:-16], b""):
        path.write_bytes(broken)
        refused(lambda: read(connect(system, sm4_key=KEY), system), "outbox/one.zip.sm4: ")


def test_what_gcm_seals_cannot_be_altered(outbox: Path, tmp_path: Path, connect: Callable) -> None:
    system = trial(tmp_path, LINES, unpack="[{kind: sm4, mode: gcm}]")
    body = bytearray(encrypted(ONE, "gcm"))
    body[14] ^= 1
    (outbox / "one").write_bytes(body)
    refused(lambda: read(connect(system, sm4_key=KEY), system), "or was altered")


def signing(tmp_path: Path) -> System:
    return trial(tmp_path, LINES, "*.jsonl", beside="signature: {kind: sm2, suffix: .sig}")


@pytest.mark.parametrize("form", ["hex", "bytes", "base64", "der", "der base64"])
def test_a_signed_file_is_read_in_every_form_of_a_signature(
    outbox: Path, tmp_path: Path, connect: Callable, form: str
) -> None:
    raw = bytes.fromhex(signed(ONE))
    der = encode_dss_signature(int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))
    text = {
        "hex": raw.hex().upper().encode() + b"\n",
        "bytes": raw,
        "base64": base64.encodebytes(raw),
        "der": der,
        "der base64": base64.b64encode(der),
    }
    (outbox / "a.jsonl").write_bytes(ONE)
    (outbox / "a.jsonl.sig").write_bytes(text[form])
    system = signing(tmp_path)
    assert keys_of(records(read(connect(system, sm2_public_key=PUBLIC), system))) == ["A1"]


def test_a_file_whose_signature_is_not_good_is_refused_before_a_row_of_it_and_without_one_it_waits(
    outbox: Path, tmp_path: Path, connect: Callable
) -> None:
    system = signing(tmp_path)
    connector = connect(system, sm2_public_key=PUBLIC)
    (outbox / "a.jsonl").write_bytes(ONE)
    assert read(connector, system) == []
    assert "a.jsonl (no signature yet)" in connector.check()[0].message
    good = signed(ONE)
    for body in (signed(TWO), "0" * 128, "f" * 128, good[:-2], good[64:] + good[:64], "", "张三"):
        (outbox / "a.jsonl.sig").write_text(body, encoding="utf-8")
        refused(lambda: read(connector, system), "outbox/a.jsonl: its signature is not good")
    (outbox / "a.jsonl.sig").write_text(good, encoding="utf-8")
    assert keys_of(records(read(connector, system))) == ["A1"]
    for key, words in [(None, "has no sm2_public_key"), (PUBLIC[:-1] + "4", "is no SM2 public key")]:
        extra = {} if key is None else {"sm2_public_key": key}
        with pytest.raises(AuthError, match=words):
            read(connect(system, **extra), system)


def test_keys_and_the_signers_id_have_the_names_that_are_declared(
    outbox: Path, tmp_path: Path, connect: Callable
) -> None:
    beside = "signature: {kind: sm2, suffix: .sig, public_key: signer, user_id: ALICE123@YAHOO.COM}"
    system = trial(tmp_path, LINES, "*.sm4", unpack="[{kind: sm4, mode: cbc, key: box}]", beside=beside)
    body = encrypted(ONE, "cbc")
    (outbox / "a.sm4").write_bytes(body)
    (outbox / "a.sm4.sig").write_text(signed(body), encoding="utf-8")  # under another id
    connector = connect(system, signer=PUBLIC, box=KEY)
    refused(lambda: read(connector, system), "its signature is not good for the connection's signer")
    (tmp_path / "systems" / "trial.yml").write_text(
        (tmp_path / "systems" / "trial.yml")
        .read_text(encoding="utf-8")
        .replace("ALICE123@YAHOO.COM", "1234567812345678"),
        encoding="utf-8",
    )
    system = read_system(tmp_path / "systems" / "trial.yml")
    assert keys_of(records(read(connect(system, signer=PUBLIC, box=KEY), system))) == ["A1"]


def test_the_vector_of_the_standard_is_good(tmp_path: Path) -> None:
    """GB/T 32918.5-2017, A.2. The key begins with 09, after 04: gmssl's constructor would strip it."""
    pair = (
        "f5a03b0648d2c4630eeac513e1bb81a15944da3827d5b74143ac7eaceee720b3"
        "b1b6aa29df212fd8763182bc0d421ca1bb9038fd1f7f42d4840b69c485bbc1aa"
    )
    (tmp_path / "m").write_bytes(b"message digest")
    key = bytes.fromhex(PUBLIC[2:])
    assert is_signed(tmp_path / "m", pair.encode(), key, b"1234567812345678")
    assert not is_signed(tmp_path / "m", pair.encode(), key, b"8765432112345678")


def test_a_signature_by_openssl_and_its_pem_are_good(
    outbox: Path, tmp_path: Path, connect: Callable, require: Callable
) -> None:
    def openssl(*words: str) -> bool:
        return subprocess.run(["openssl", *words], cwd=tmp_path, capture_output=True).returncode == 0  # noqa: S607

    (outbox / "a.jsonl").write_bytes(ONE)
    made = openssl("genpkey", "-algorithm", "SM2", "-out", "k.pem") and openssl(
        "pkeyutl", "-sign", "-rawin", "-digest", "sm3", "-inkey", "k.pem", "-in", "outbox/a.jsonl",
        "-pkeyopt", "distid:1234567812345678", "-out", "outbox/a.jsonl.sig",
    )  # fmt: skip
    require("openssl", made, "apt-get install openssl (3.0 or later)")
    assert openssl("pkey", "-in", "k.pem", "-pubout", "-out", "p.pem")
    system = signing(tmp_path)
    pem = (tmp_path / "p.pem").read_text(encoding="ascii")
    assert keys_of(records(read(connect(system, sm2_public_key=pem), system))) == ["A1"]


def test_an_archive_in_an_archive_is_no_declaration(tmp_path: Path) -> None:
    with pytest.raises(DeclarationError, match="an archive within an archive is not opened"):
        trial(tmp_path, LINES, unpack="[{kind: zip}, {kind: zip}]")
