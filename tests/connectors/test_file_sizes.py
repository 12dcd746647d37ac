"""Files larger than the memory that is left: each format is read within a few megabytes more than before."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

MIB = 1 << 20
SIZE = 24 * MIB
ROOM = 16
"""MiB that a process may still take when it begins to read: less than the file has."""

READ = """
import resource, sys
from pathlib import Path
from connectors.files.decoding import decode
from connectors.files.unpacking import unpack
from schemas.declaration import read_system
dataset = read_system(Path(sys.argv[1])).datasets["cases"]
small, large, target = map(Path, sys.argv[2:5])
for source in (small, large):  # the small one has every library loaded
    if source is large:
        pages = int(Path("/proc/self/statm").read_text().split()[0])
        limit = pages * resource.getpagesize() + int(sys.argv[5]) * 2**20
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    [inside] = unpack(source, dataset.unpack, {}, target.parent)
    rows = decode(inside.path, target, dataset.format, {"name"}, None)
print(rows)
"""


def repeated(head: str, record: str, between: str, tail: str, path: Path, size: int) -> int:
    """Write records up to a size; returns their number."""
    piece = (record + between).encode()
    count = size // len(piece)
    with path.open("wb") as out:
        out.write(head.encode())
        for _ in range(count // 1000):
            out.write(piece * 1000)
        out.write(record.encode() + tail.encode())
    return count // 1000 * 1000 + 1


LONG = "群众反映小区物业纠纷" * 8
FORMS = {
    "{kind: csv, encoding: utf-8}": ("name,b\n", f"a,{LONG}", "\n", "\n"),
    '{kind: csv, encoding: utf-8, delimiter: "|"}': ("name|b\n", f"a|{LONG}", "\n", "\n"),
    "{kind: xml, rows: r/c}": ("<r>", f"<c><name>a</name><b>{LONG}</b></c>", "\n", "</r>"),
    "{kind: json_lines}": ("", f'{{"name":"a","b":"{LONG}"}}', "\n", "\n"),
    "{kind: json_array}": ("[", f'{{"name":"a","b":"{LONG}"}}', ",", "]"),
    "{kind: fixed_width, encoding: utf-8, unit: characters, columns: [{name: name, width: 81}]}": (
        "",
        f"a{LONG}",
        "\n",
        "\n",
    ),
}


@pytest.mark.parametrize("form", FORMS)
def test_a_file_larger_than_the_memory_left_is_read(tmp_path: Path, form: str) -> None:
    from file_drops import trial

    trial(tmp_path, form, unpack="[{kind: zip}]")
    head, record, between, tail = FORMS[form]
    for name, size in (("small", MIB), ("large", SIZE)):
        count = repeated(head, record, between, tail, tmp_path / name, size)
        with zipfile.ZipFile(tmp_path / f"{name}.zip", "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
            archive.write(tmp_path / name, "member")
    arguments = ["systems/trial.yml", "small.zip", "large.zip", "target"]
    done = subprocess.run(
        [sys.executable, "-c", READ, *(str(tmp_path / one) for one in arguments), str(ROOM)],
        capture_output=True,
        text=True,
        cwd=Path(__file__).parents[2],
    )
    assert done.stderr == ""
    assert int(done.stdout) == count
