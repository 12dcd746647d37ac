"""What landing says is complete is on disk, counted and sealed; what is not complete is as if it never came."""

from __future__ import annotations

import stat
from datetime import timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from deliveries import AS_OF

from operations.settings import Settings
from schemas.delivery import Page, Window
from warehouse.landing import Landing, LandingError, OpenLoad, sha256_of


def opened(settings: Settings, since: int = 0, declaration: str = "d") -> OpenLoad:
    window = Window(AS_OF - timedelta(days=since), None)
    return Landing(settings).open("court_odr", "pre_suit_cases", "sync", window, declaration)


def page(*keys: str, **stated: Any) -> Page:
    body = "".join(f'{{"id":"{key}"}}\n' for key in keys).encode()
    return Page(format="ndjson", rows=len(keys), body=body, **stated)


def test_a_complete_load_is_counted_hashed_and_read_only(settings: Settings) -> None:
    load = opened(settings)
    load.add(page("a", "b", declared=3, cursor_high="2026-06-01T00:00:00"))
    load.add(page("c", cursor_high="2026-05-01T00:00:00"))
    load.complete({"cursor": "x"})
    (manifest,) = Landing(settings).complete_manifests()
    assert (manifest.landed, manifest.declared, manifest.cursor_high) == (3, 3, "2026-06-01T00:00:00")
    assert [part.first_position for part in manifest.parts] == [1, 3]
    assert manifest.bookmark == {"cursor": "x"}
    for path in manifest.folder(settings).iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o400
    assert [sha256_of(manifest.folder(settings) / part.path) for part in manifest.parts] == [
        part.sha256 for part in manifest.parts
    ]


def test_each_canonical_form_lands_as_it_came(settings: Settings, tmp_path: Path) -> None:
    table = pa.table({"id": ["a", "b"]})
    decoded, original = tmp_path / "decoded.csv", tmp_path / "纠纷.csv"
    decoded.write_text("编号\na\n", encoding="utf-8")
    original.write_text("编号\na\n", encoding="gb18030")
    load = opened(settings)
    load.add(Page(format="parquet", rows=2, body=table))
    load.add(Page(format="csv", rows=1, body=decoded, original=original, original_name="纠纷.csv"))
    manifest = load.complete(None)
    folder = manifest.folder(settings)
    assert pq.read_table(folder / manifest.parts[0].path).equals(table)
    assert (folder / manifest.parts[1].path).read_text(encoding="utf-8") == "编号\na\n"
    assert not decoded.exists()
    assert original.exists(), "the original may be the department's own file"
    assert manifest.parts[1].original is not None
    assert (folder / manifest.parts[1].original).read_bytes() == original.read_bytes()


def test_parts_of_one_original_keep_it_once(settings: Settings, tmp_path: Path) -> None:
    original = tmp_path / "book.xlsx"
    original.write_bytes(b"workbook")
    load = opened(settings)
    for key in "ab":
        load.add(page(key, original=original))
    manifest = load.complete(None)
    assert len({part.original for part in manifest.parts}) == 1
    assert len(list(manifest.folder(settings).glob("original-*"))) == 1


def test_a_retry_goes_on_after_the_last_checkpoint(settings: Settings) -> None:
    first = opened(settings)
    first.add(page("a", checkpoint='{"page": 2}'))
    (first.folder / "part-00002.ndjson").write_bytes(b"named by no manifest")
    again = opened(settings)
    assert (again.load_id, again.resume) == (first.load_id, '{"page": 2}')
    again.add(page("b"))
    assert again.complete(None).landed == 2


@pytest.mark.parametrize(("checkpoint", "since", "declaration"), [(None, 0, "d"), ("{}", 1, "d"), ("{}", 0, "another")])
def test_what_cannot_go_on_begins_anew(
    settings: Settings, checkpoint: str | None, since: int, declaration: str
) -> None:
    first = opened(settings)
    first.add(page("a", checkpoint=checkpoint))
    again = opened(settings, since, declaration)
    assert again.load_id > first.load_id
    assert again.resume is None
    assert not first.folder.exists()


def test_a_truncated_delivery_is_dropped_and_says_so(settings: Settings) -> None:
    load = opened(settings)
    load.add(page("a", declared=2, checkpoint="{}"))
    with pytest.raises(LandingError, match=r"court_odr\.pre_suit_cases load .*declared 2 records, 1 arrived"):
        load.complete(None)
    assert Landing(settings).complete_manifests() == []
    assert opened(settings).resume is None


def test_an_empty_delivery_is_a_complete_load_of_nothing(settings: Settings) -> None:
    assert opened(settings).complete(None).landed == 0
    assert len(Landing(settings).complete_manifests()) == 1


def test_load_ids_rise_in_landing_order(settings: Settings) -> None:
    ids = [opened(settings).complete(None).load_id for _ in range(20)]
    assert ids == sorted(ids)
    assert [manifest.load_id for manifest in Landing(settings).complete_manifests()] == ids


def test_an_open_load_of_another_process_is_left_alone_while_listing(settings: Settings) -> None:
    folder = settings.landing / "court_odr" / "pre_suit_cases" / "just-made"
    folder.mkdir(parents=True)
    assert Landing(settings).complete_manifests() == []
    assert folder.exists()


def test_a_list_of_keys_is_always_read_from_its_beginning(settings: Settings) -> None:
    first = Landing(settings).open("court_odr", "pre_suit_cases", "keys", None, "d")
    first.add(page("a", checkpoint="{}"))
    assert Landing(settings).open("court_odr", "pre_suit_cases", "keys", None, "d").resume is None
