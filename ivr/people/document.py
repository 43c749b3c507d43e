"""docs/roles.md: the matrix as a document, printed from the matrix itself."""

from __future__ import annotations

from ivr.people.actions import Action
from ivr.people.roles import MATRIX, Role

_HEAD = """\
# 角色与权限

本文由 `ivr people roles` 打印，与程序判断所用的是同一张表，不手工修改。

岗位按《规范》附件2（CBA 五十九）；权限按最小化原则分级（CBA 四十二）。每条命令、每个页面都写明它是哪一项操作，
由这张表判断；一人可有几个角色，角色可以有期限，到期自动失效。没有登记人员之前（刚安装、试用）谁都可以做，
审计里记作 `os:系统用户`；第一位人员必须是系统管理员，从那时起以这张表为准。

- ● 可以；空白不可以。
- 写“要”的操作须用 `--reason` 写明原因，否则拒绝。
- 留痕：拒绝总会记入审计；“执行之前”先记后做（查看客户资料、改动数据库以外的东西）；“与改动同一事务”的，
  改动和审计要么都写入，要么都不写入；“拒绝时”的只看遮盖过的号码或汇总数字，允许时不记。
"""


def roles_markdown() -> str:
    """The whole document."""
    names = "\n".join(f"| `{role}` | {role.label} |" for role in Role)
    head = f"| 操作 | | {' | '.join(role.label for role in Role)} | 原因 | 留痕 | 条款 |"
    rule = "|---|---|" + ":-:|" * len(Role) + ":-:|---|---|"
    rows = "\n".join(_row(action) for action in Action if not action.open)
    free = "\n".join(f"- `{action}` {action.label}" for action in Action if action.open)
    return (
        f"{_HEAD}\n## 角色\n\n| 编号 | 岗位 |\n|---|---|\n{names}\n\n## 谁能做什么\n\n{head}\n{rule}\n{rows}\n\n"
        f"## 不问身份的操作\n\n{free}\n"
    )


def _row(action: Action) -> str:
    cells = " | ".join("●" if role in MATRIX[action] else "" for role in Role)
    reason = "要" if action.needs_reason else ""
    return f"| `{action}` | {action.label} | {cells} | {reason} | {action.entered} | {action.clause} |"
