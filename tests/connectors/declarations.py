"""Declarations of trial systems, as templates: each is read from a file like any other."""

from __future__ import annotations

from pathlib import Path

from schemas.declaration import System, read_system

GATEWAY = """
title: 试验
title_en: Trial
department: high_court
contact: {{name: 联络员, email: trial@example.org}}
classification: L3
schedule: "5 * * * *"
source:
  kind: rest
  base_url: ${{TRIAL_URL}}
  auth: {{kind: zj_gateway, refused: ["99"], additional: {{powerMatters: 许可-1}}}}
  retry: {{attempts: {attempts}, statuses: [429, 500, 503]}}
  rate_limit: 1000/s
  in_flight: {in_flight}
datasets:
  cases:
    request: {{path: /gateway/api/x.htm, method: POST}}
    success: {{field: code, equals: "00", empty: ["01"], retry: ["96"]}}
    rows: datas.records
    pagination: {{kind: page, page_param: pageNo, size_param: pageSize, size: {size}, total: datas.total}}
    key: [id]
    sync: {{mode: incremental, cursor: gxsj, param: startTime, until_param: endTime, lookback: 2h}}
    freshness: {{warn: 3h, fail: 24h}}
    contract: case_reports
    fields: {{title: t}}
"""

HOTLINE = """
title: 试验
title_en: Trial
department: petition_bureau
contact: {{name: 联络员, email: trial@example.org}}
classification: L3
schedule: "5 * * * *"
source:
  kind: rest
  base_url: ${{TRIAL_URL}}
  auth: {{kind: oauth2_client, token_path: /oauth/token}}
  retry: {{attempts: 3, statuses: [429, 500, 503]}}
  rate_limit: 1000/s
datasets:
  cases:
    request: {{path: /orders, method: GET}}
    success: {{field: success, equals: "true"}}
    rows: result.items
    pagination:
      kind: cursor
      cursor_param: cursor
      next: result.nextCursor
      size_param: limit
      size: {size}
      total: result.totalCount
    key: [id]
    sync: {{mode: incremental, cursor: at, param: since, format: "%Y-%m-%dT%H:%M:%S"}}
    freshness: {{warn: 3h, fail: 24h}}
    contract: case_reports
    fields: {{title: t}}
"""

FILES = """
title: 试验
title_en: Trial
department: health_commission
contact: {{name: 联络员, email: trial@example.org}}
classification: L3
schedule: "5 * * * *"
source:
  kind: files
  transport: {transport}
{control}
datasets:
  cases:
    pattern: {pattern}
    format: {format}
    key: [编号]
    sync: {{mode: files}}
    freshness: {{warn: 3d, fail: 9d}}
    contract: case_reports
    fields: {{title: 名称}}
"""

TABLE = """
title: 试验
title_en: Trial
department: justice_department
contact: {{name: 联络员, email: trial@example.org}}
classification: L3
schedule: "5 * * * *"
source:
  kind: database
  url: ${{TRIAL_URL}}
  statement_timeout: {timeout}
datasets:
  cases:
    table: T_CASE
    batch_rows: {batch_rows}
    key: [CASE_NO]
    sync: {{mode: incremental, cursor: UPDATE_TIME}}
    deletes: {{kind: key_compare, cron: "0 2 * * *", max_delete_share: 2%}}
    freshness: {{warn: 3d, fail: 9d}}
    contract: case_reports
    fields: {{title: NAME}}
"""


def declared(folder: Path, template: str, **words: object) -> System:
    """A declaration named `trial`, made from a template and read as any other."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "trial.yml"
    path.write_text(template.format(**words), encoding="utf-8")
    return read_system(path)
