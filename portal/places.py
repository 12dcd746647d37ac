"""The place tree: province, prefecture, county, town, village, grid. A level may be missing (龙港市 has no towns)."""

from __future__ import annotations

from dataclasses import dataclass

from hub.scope import Refused
from portal.formats import LEVELS
from portal.reader import Reader

CHILD_WORDS = {
    "province": "各设区市",
    "prefecture": "各县（市、区）",
    "county": "各乡镇街道",
    "town": "各村社",
    "village": "各网格",
}


@dataclass(frozen=True)
class Place:
    """One place; `level` is province, prefecture, county, town, village or grid."""

    code: str
    name: str
    level: str

    @property
    def level_title(self) -> str:
        return LEVELS.get(self.level, "网格")


def path(reader: Reader, area: str) -> list[Place]:
    """From the top of the reader's own area down to `area`. Raises Refused where the place is unknown or outside."""
    reader.scope.inside(area)
    grid = reader.one("governance/grid", area=area) if reader.scope.grants("mart.grids") else None
    village = grid.pop("village_code") if grid else area
    found = [Place(**row) for row in reader.rows("governance/path", area=village)]
    if grid:
        found.append(Place(**grid))
    if not found or found[-1].code != area:
        raise Refused("没有找到这个地区，或它不在您的权限范围内。请从“治理视图”逐级进入。")
    top = reader.scope.area or ""
    return [place for place in found if place.code.startswith(top)]
