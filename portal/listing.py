"""What a row list shows: per table the columns in order, how a place is found in it, and how it is sorted.

A column that is not named here is never listed, whatever the table holds.
"""

from __future__ import annotations

from dataclasses import dataclass

PLACE_NAMES = "(SELECT code, arg_max(name, valid_from) AS name FROM {ref.divisions} GROUP BY code)"


def _label(codes: str, column: str) -> str:
    return (
        f"coalesce((SELECT label FROM {{ref.codes}} AS k WHERE k.list = '{codes}' AND k.code = t.{column} LIMIT 1), "
        f"t.{column})"
    )


def _place(column: str) -> str:
    return f"coalesce((SELECT p.name FROM {PLACE_NAMES} AS p WHERE p.code = t.{column}), t.{column})"


_SYSTEM = "(SELECT s.title FROM {ref.systems} AS s WHERE s.system = t.system LIMIT 1)"


@dataclass(frozen=True)
class Listing:
    """The list of one rows_table. `columns` are (title, SQL over alias t); `inside` is the place condition."""

    columns: tuple[tuple[str, str], ...]
    inside: str
    order: str
    platform: str | None = None  # condition on $platform, where the table can be cut by platform


_PLATFORM = "platform_code = $platform"


def _arrivals(*columns: tuple[str, str], order: str, platform: str | None = None) -> Listing:
    """A list of reports or of what came of them: case and source around the columns of the table itself."""
    return Listing(
        columns=(
            ("案件编号", "t.case_code"),
            ("来源系统", _SYSTEM),
            ("源编号", "t.source_id"),
            ("县（市、区）", _place("county_code")),
            *columns,
            ("批次", "t.load_id"),
            ("第几条", "t.position"),
        ),
        inside="{inside_area}",
        order=f"{order} NULLS LAST, t.system, t.source_id",
        platform=platform,
    )


LISTINGS: dict[str, Listing] = {
    "core.cases": Listing(
        columns=(
            ("案件编号", "t.case_code"),
            ("颜色", "t.colour"),
            ("缘由", "t.colour_reason"),
            ("案由", "t.case_type_name"),
            ("县（市、区）", _place("county_code")),
            ("乡镇街道", _place("town_code")),
            ("阶段", _label("stage", "stage_code")),
            ("处理单位", "t.handling_org_name"),
            ("受理时间", "t.accepted_at"),
            ("到期时间", "t.due_at"),
            ("办结时间", "t.closed_at"),
            ("结果", _label("result", "result_code")),
            ("超期天数", "t.overdue_days"),
        ),
        inside="{inside_area}",
        order="t.is_open DESC, t.colour = 'red' DESC, t.overdue_days DESC NULLS LAST, t.due_at NULLS LAST, t.case_code",
        platform=_PLATFORM,
    ),
    "core.case_reports": _arrivals(
        ("事项", _label("matter_kind", "matter_kind")),
        ("报送时间", "t.reported_at"),
        ("受理时间", "t.accepted_at"),
        ("状态", _label("status", "status_code")),
        order="t.reported_at DESC",
        platform=_PLATFORM,
    ),
    "core.visits": _arrivals(
        ("来访时间", "t.visited_at"),
        ("人次", "t.persons"),
        ("目的", _label("visit_purpose", "purpose_code")),
        order="t.visited_at DESC",
    ),
    "core.transfers": _arrivals(
        ("转出单位", "t.from_org"),
        ("转入单位", "t.to_org"),
        ("转出时间", "t.sent_at"),
        ("签收时间", "t.received_at"),
        ("退回时间", "t.returned_at"),
        ("退回原因", _label("return_reason", "return_reason_code")),
        order="t.is_unsigned DESC, t.sent_at DESC",
        platform=_PLATFORM,
    ),
    "core.agreements": _arrivals(
        ("形式", _label("agreement_form", "form_code")),
        ("签订时间", "t.signed_at"),
        ("生效时间", "t.effective_at"),
        ("金额（元）", "t.amount"),
        order="t.signed_at DESC",
        platform=_PLATFORM,
    ),
    "core.confirmations": _arrivals(
        ("法院", "t.court_name"),
        ("申请时间", "t.applied_at"),
        ("裁定时间", "t.ruled_at"),
        ("结果", _label("confirmation_result", "result_code")),
        order="t.applied_at DESC",
        platform=_PLATFORM,
    ),
    "core.referrals": _arrivals(
        ("方向", _label("referral_direction", "direction_code")),
        ("法院", "t.court_name"),
        ("引调时间", "t.referred_at"),
        ("办结时间", "t.closed_at"),
        ("结果", _label("result", "result_code")),
        order="t.referred_at DESC",
        platform=_PLATFORM,
    ),
    "core.evaluations": _arrivals(
        ("方式", _label("evaluation_channel", "channel_code")),
        ("邀评时间", "t.invited_at"),
        ("答复时间", "t.replied_at"),
        ("满意度", "t.satisfaction"),
        order="t.invited_at DESC",
        platform=_PLATFORM,
    ),
}
