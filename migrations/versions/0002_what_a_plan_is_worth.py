"""Keep with a schedule what it is worth and why: accounts, idle times, changes, stage.

A refusal has its remedy, and whether it is proven, in columns of their own; until now the remedy
lay among its numbers.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

WORDS, MAP, LIST = sa.text("''"), sa.text("'{}'"), sa.text("'[]'")


def upgrade() -> None:
    for table, columns in COLUMNS.items():
        for name, kind, default in columns:
            nullable = default is None
            op.add_column(table, sa.Column(name, kind, nullable=nullable, server_default=default))
    _open("refusal")
    op.execute(
        "UPDATE refusal SET change = coalesce(json_extract(numbers, '$.change'), '{}'), "
        "also = coalesce(json_extract(numbers, '$.also'), '[]')"
    )
    op.execute("UPDATE refusal SET numbers = json_remove(numbers, '$.change', '$.also')")


def downgrade() -> None:
    _open("refusal")
    for name, empty in (("change", "{}"), ("also", "[]")):
        op.execute(
            f"UPDATE refusal SET numbers = json_set(numbers, '$.{name}', json({name})) "  # noqa: S608  ours
            f"WHERE {name} <> '{empty}'"
        )
    for table, columns in COLUMNS.items():
        for name, _, _ in columns:
            op.drop_column(table, name)  # in place: a rebuilt table would lose its checks


def _open(table: str) -> None:
    """Let rows be changed; the guard is made again after every migration."""
    op.execute(f"DROP TRIGGER IF EXISTS append_only_{table}_update")


COLUMNS = {
    "schedule": (
        ("stage", sa.String(), WORDS),
        ("accounts", sa.JSON(), MAP),
        ("idle", sa.JSON(), LIST),
        ("changes", sa.JSON(), MAP),
    ),
    "slot": (
        ("quality", sa.Double(), sa.text("0")),
        ("altitude_deg", sa.Double(), None),
        ("hour_angle_h", sa.Double(), None),
        ("frozen", sa.Boolean(), sa.false()),
    ),
    "refusal": (
        ("change", sa.JSON(), MAP),
        ("certified", sa.Boolean(), sa.false()),
        ("also", sa.JSON(), LIST),
    ),
}
