"""The forms that calls were scored with."""

from __future__ import annotations

import json

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

_ID = "standard-1"
#: The one form there was until now: id, words, points, whether 0 there makes the whole score 0, clause.
_ITEMS = (
    ("number", "主动报工号", 10, False, "HB 7.1.3"),
    ("manner", "礼貌用语、语速和语气", 15, False, "HB 7.1"),
    ("listening", "听懂并确认客户的需要", 15, False, ""),
    ("answer", "业务回答正确、完整", 30, False, "CBA 十八"),
    ("identity", "按规定核实身份，不泄露客户信息", 15, True, "HB 7.3.2"),
    ("waiting", "让客户等待前说明原因，三十秒内有回应", 10, False, "HB 7.4.5"),
    ("ending", "确认问题已解决，请客户评价后结束", 5, False, "HB 11.2"),
)


def upgrade() -> None:
    """One table, with the form of the scores there are; an empty database stays empty."""
    table = op.create_table(
        "quality_form",
        sa.Column("form_id", sa.Text(), nullable=False),
        sa.Column("t", sa.BigInteger(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("form_id", name="pk_quality_form"),
    )
    score = sa.table("quality_score", sa.column("form_id", sa.Text()))
    if op.get_bind().execute(sa.select(score.c.form_id).where(score.c.form_id == _ID).limit(1)).first() is None:
        return
    items = [
        {
            "id": id_,
            "words": words,
            "points": points,
            "yes_no": False,
            "critical": critical,
            "clause": clause,
            "help": "",
        }
        for id_, words, points, critical, clause in _ITEMS
    ]
    form = {"title": "人工服务质量", "sections": [{"label": "", "items": items}], "good": 90, "passing": 75}
    row = {"form_id": _ID, "t": 0, "content": json.dumps(form, ensure_ascii=False)}
    op.bulk_insert(table, [row])


def downgrade() -> None:
    """Forget the forms; scores and answers stay."""
    op.drop_table("quality_form")
