"""The clauses of both standards that concern the hotline (requirements 2.1 and 2.2), and where the evidence for each is
looked for. A clause for which there is nothing to point at is listed all the same."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from ivr.metrics.indicators.registry import INDICATORS

EvidenceKind = Literal["S", "R", "T", "P", "D"]


@dataclass(frozen=True, slots=True)
class Clause:
    """One row. `kinds`: how it is to be shown: S by `ivr check`, R by the records, T by the results of
    tests, P by dates; none where it can only be documented. `indicators` show it, `dates` names the kind of dates."""

    id: str
    requirement: str
    kinds: tuple[EvidenceKind, ...]
    indicators: tuple[str, ...] = ()
    dates: str = ""

    @property
    def document(self) -> bool:
        """It can only be documented."""
        return not self.kinds


#: clause | requirement | S R T P (none: documents only) | dates. Indicators and tests name their clauses themselves.
_CBA = """
四 | 将金融消费者权益保护要求贯穿业务流程各环节 | S |
五 | 统一客户服务标准和流程 | P | revisions
六 | 使用官方客户服务电话号码 | T |
七 | 原则上 7×24 小时提供服务 | S T |
十(1) | 人工服务（九）：业务咨询 | S |
十(2) | 业务查询 | S T |
十(3) | 业务办理 | S R T |
十(4) | 投诉、建议、表扬受理 | S T |
十(5) | 风险排查 | R T |
十(6) | 增值服务 | S |
十一 | 文明礼貌、易于理解 | S |
十二 | 对待老年客户更为耐心细致 | S T |
十三 | 保密责任，不得泄露客户隐私 | T |
十四 | 主动寻求其他解决方案 | S R T |
十五 | 人工服务指标 | R |
十七(一) | 文本机器人：以文字方式响应服务请求 | R T |
十七(二) | 语音机器人：菜单导航及语音问答 | T |
十七(三) | 智能外呼 | R T |
十八 | 知识管理：标准问与扩展问、更新与维护 | S |
十九 | 便捷的转接人工方式 | S T |
二十 | 简洁明了，清晰易懂 | S |
二十一 | 完善的标注机制 | R P | plans
二十二 | 老年客户一键转接、专属菜单 | S R T |
二十四 | 智能服务指标 | R |
二十五至二十八 | 营销合规、有计划、分层管理、风险控制 | S |
二十九 | 收集信息须经授权，不得收集无关的个人信息 | S R T |
三十 | 不得非法留存、非法向他人提供 | R T |
三十一 | 合理的触达频率和时间，提供拒绝渠道 | S R T |
三十二 | 定期评估营销活动 | R |
三十三、三十四 | 应急管理：话务量激增、人员骤减 | R T |
三十五 | 分类分级的应急预案，灾备 | S T |
三十六、三十七 | 应急工作组，客户解释工作 | T |
三十八 | 应急结束统一发布，事后分析 | R T |
三十九 | 定期开展培训和演练 | R P | drills
四十二 | 最小化权限管理和动态调整机制 | R T |
四十三 | 新服务上线前的合规性审核和测试 | T |
四十四 | 监测关键指标并及时预警 | T |
四十六 | 外包管理：边界与保密 | T |
四十七、四十八 | 投诉定义与消费者八项权利 | S |
四十九 | 在电话等渠道设置投诉通道 | S T |
五十 | 投诉分级标准和处理时限 | S R |
五十一(一) | 完整记录客户信息，保留录音 | R |
五十一(二) | 及时传递，信息完整 | R |
五十一(三)(四) | 公平处理，及时告知处理决定 | R |
五十一(五) | 投诉回访 | R |
五十二 | 溯源整改 | R |
五十九 | 岗位设置与配比 | S |
十七(四) | 数字人 |  |
二十三 | 可探索使用大模型 |  |
四十、四十一 | 风险类型与闭环管理 |  |
四十五 | 风险培训 |  |
"""
_HB = """
4.1.2 | 服务时间与渠道相适应 | S T |
4.2.2 | 客户信息应予保密 | T |
4.3.2 | 保持服务的持续性 | R T |
4.5.3 | 意见反映渠道 | S T |
4.5.7 | 公告、提示要准确 | S |
4.5.9 | 维护提前 24 小时予以公告 | S T |
7.1.1 | 自助语音和人工接听两种服务方式 | S |
7.1.2 | 清晰的语音提示菜单 | S |
7.1.3 | 主动提供人员识别信息 | R T |
7.1.4 | 除一般业务信息咨询外须身份识别 | S R T |
7.2.1 | 不应让客户无声等待 | S T |
7.2.2 | 未告知和说明，不应中断 | S R T |
7.2.3 | 不宜超过 3 个层次 | S T |
7.2.4 | 快速返回或重听 | S T |
7.3.2 | 以密码、身份证号码核实身份 | R T |
7.3.3 | 监控交易，监听座席 | R T |
7.4.1 | 接通后 10s 内提供所需服务 | R T |
7.4.2 | 清晰、无间断，语速、音量适中 | S T |
7.4.3 | 问候与结束用语 | S T |
7.4.5 | 一次持续中断时间不宜超过 30s | R T |
7.5.1 | 电话银行接通率不低于 95% | R |
7.5.2 | 人工服务接通率不低于 85%，总体响应率不低于 90% | R |
8.3.2 | 对有障碍客户的特别协助 | S |
8.3.4 | 网银维护也由客户服务电话告知 | S |
10.1.1 | 严格的投诉处理制度，定期分析 | R P |
10.1.2 | 多种投诉渠道 | S T |
10.2.1 | 五个工作日内确认告知 | R |
10.2.2 | 按时处理，延期须告知 | R |
10.2.3 | 升级渠道和明确的信息 | R |
10.3.1 | 投诉回访覆盖所有客户 | R |
11.1 | 定期评价 | R |
11.2 | 满意度调查 | R T |
12.2.2 | 改进应记录存档 | S P | revisions
7.3.1 | 开通管理 |  |
7.4.4 | 语言表达方式 |  |
"""


def _read(standard: str, text: str) -> tuple[Clause, ...]:
    return tuple(_row(standard, line) for line in text.strip().splitlines())


def _row(standard: str, line: str) -> Clause:
    id_, requirement, kinds, dates = (cell.strip() for cell in line.split("|"))
    clause = f"{standard} {id_}"
    known: dict[str, EvidenceKind] = {"S": "S", "R": "R", "T": "T", "P": "P"}
    named = tuple(one.id for one in INDICATORS.values() if clause in one.evidence)
    return Clause(clause, requirement, tuple(known[one] for one in kinds.split()), named, dates)


CLAUSES = (*_read("CBA", _CBA), *_read("HB", _HB))
