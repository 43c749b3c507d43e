"""Indicators whose figures come from outside the hotline: the rows are kept, and a day by itself has none. What was
imported is put in for the whole period, see `ivr.metrics.imported`."""

from __future__ import annotations

from collections.abc import Callable

from ivr.metrics.counted import Counted, nothing
from ivr.metrics.day import Day, Span
from ivr.metrics.imported import NOT_IMPORTED, imported_figure
from ivr.metrics.indicators.indicator import of_records


def _imported(id_: str) -> Callable[[Counted, Span], Counted]:
    return lambda _none, span: imported_figure(id_, span.config.imported, span.since, span.until)


@of_records("cba.staff_satisfaction", of_period=_imported("cba.staff_satisfaction"))
def staff_satisfaction(_day: Day) -> Counted:
    """员工满意度（CBA 附件1 员工指标）

    公式：内部员工满意度调查统计结果
    读法：按导入的调查结果，统计期须与报表期相同。
    """
    return nothing("ratio", NOT_IMPORTED)


@of_records("cba.staff_turnover", of_period=_imported("cba.staff_turnover"))
def staff_turnover(_day: Day) -> Counted:
    """人员流失率（CBA 附件1 员工指标）

    公式：统计期内累计离职人数 / (统计期初员工总数 + 统计期累计入职员工数) ×100%
    读法：按导入的人数，统计期须与报表期相同。
    """
    return nothing("ratio", NOT_IMPORTED)
