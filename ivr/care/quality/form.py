"""The form that monitors score with. A form that is changed gets another id: scores stay comparable."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Criterion:
    """`most` points for whoever did it well; `vital`: where it has none, the whole score is 0."""

    id: str
    label: str
    most: int
    clause: str = ""
    vital: bool = False


@dataclass(frozen=True, slots=True)
class Form:
    """At `good` points of 100 and above an agent's part was good, below `least` somebody should talk with him."""

    id: str
    title: str
    criteria: tuple[Criterion, ...]
    good: int
    least: int

    def verdict(self, score: float) -> str:
        """In a word."""
        return "优良" if score >= self.good else "合格" if score >= self.least else "须辅导"


def verdict(form_id: str, score: float) -> str:
    """A score in a word; none for a score with another form."""
    return STANDARD.verdict(score) if form_id == STANDARD.id else form_id


STANDARD = Form(
    "standard-1",
    "人工服务质量",
    (
        Criterion("number", "主动报工号", 10, "HB 7.1.3"),
        Criterion("manner", "礼貌用语、语速和语气", 15, "HB 7.1"),
        Criterion("listening", "听懂并确认客户的需要", 15),
        Criterion("answer", "业务回答正确、完整", 30, "CBA 十八"),
        Criterion("identity", "按规定核实身份，不泄露客户信息", 15, "HB 7.3.2", vital=True),
        Criterion("waiting", "让客户等待前说明原因，三十秒内有回应", 10, "HB 7.4.5"),
        Criterion("ending", "确认问题已解决，请客户评价后结束", 5, "HB 11.2"),
    ),
    good=90,
    least=75,
)
