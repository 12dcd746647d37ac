"""What to do first, in words: the paragraph that a head of department reads when nothing else is read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from quality.report import words
from quality.report.contents import Dataset, Issue, Order, Score, Totals


def sentences(
    datasets: Sequence[Dataset],
    scores: Sequence[Score],
    issues: Sequence[Issue],
    totals: Totals,
    orders: Sequence[Order],
) -> Iterator[str]:
    """The most urgent first: no data, then what is overdue, then what was refused, then the rest.

    `issues` are the department's own, as a report lists them. There is always at least one sentence.
    """
    urgent = [*_missing(datasets), *_due(orders), *_refused(issues, totals), *_warned(issues, totals), *_reads(scores)]
    yield from urgent or ["目前没有需要贵单位整改的问题。"]
    if totals.elsewhere:
        yield f"有 {words.count(totals.elsewhere)} 行的问题出在数据仓或传输，由我们处理，不计入贵单位，无需操作。"


def _missing(datasets: Sequence[Dataset]) -> Iterator[str]:
    never = [one for one in datasets if not one.has_arrived]
    if never:
        yield f"{_named(never)}还没有任何数据，请与数据归集方一起确认接口或文件是否已经开通。"
    stopped = [one for one in datasets if one.has_arrived and one.freshness == "failed"]
    unread = [one for one in stopped if not one.is_read]
    if unread:
        yield f"{_named(unread)}一直没有读到，不计入贵单位；请确认系统在正常运行，由我们查网络和接口账号。"
    silent = [one for one in stopped if one.is_read]
    if silent:
        oldest = min((one.newest_source_at for one in silent if one.newest_source_at), default=None)
        yield f"{_named(silent)}已经中断，最新一条停在 {words.moment(oldest)}，请先恢复报送。"
    late = [one for one in datasets if one.has_arrived and one.freshness == "late"]
    if late:
        yield f"{_named(late)}迟到，请核对业务系统和导出任务是否正常。"


def _reads(scores: Sequence[Score]) -> Iterator[str]:
    for score in scores:
        if score.dimension == "accessibility" and score.tier == "needs_work":
            failed = f"近 30 天读取 {words.count(score.checked)} 次，失败 {words.count(score.failed)} 次"
            yield f"{failed}，请与我们一起核对网络、接口账号和系统的运行时间。"


def _due(orders: Sequence[Order]) -> Iterator[str]:
    overdue = [order for order in orders if order.is_overdue]
    if overdue:
        first = overdue[0]
        yield f"有 {len(overdue)} 张工单逾期，最久的是 {first.number}“{first.title}”，{first.due}，请先办理。"
    elif orders:
        first = orders[0]
        yield f"最先到期的工单是 {first.number}“{first.title}”，{words.day(first.due_at)} 到期，{first.due}。"


def _refused(issues: Sequence[Issue], totals: Totals) -> Iterator[str]:
    refused = [issue for issue in issues if issue.severity == "critical" and issue.checked]
    if refused:
        yield f"有 {words.count(totals.rejected)} 行被退回，没有进入数据仓，请先改。{_most(refused[0])}"


def _warned(issues: Sequence[Issue], totals: Totals) -> Iterator[str]:
    warned = [issue for issue in issues if issue.severity != "critical" and issue.checked]
    if warned and totals.warned:
        yield f"{words.count(totals.warned)} 行已收下但有提醒。{_most(warned[0])}"


def _most(issue: Issue) -> str:
    where = f"{issue.system_title}的{issue.dataset_title}"
    return f"最多的是{where}“{issue.title}”（{words.count(issue.failed)} 行）：{issue.advice.rstrip('。')}。"


def _named(datasets: Sequence[Dataset]) -> str:
    """《来件》《来访》等 5 个数据集 — at most two by name."""
    names = "、".join(f"“{one.system_title}”的{one.title}" for one in datasets[:2])
    return f"{names}等 {len(datasets)} 个数据集" if len(datasets) > 2 else names
