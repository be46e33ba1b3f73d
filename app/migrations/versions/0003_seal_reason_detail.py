"""Keep the free words of a stay's reason encrypted, as its note is.

Revision ID: 0003
Revises: 0002
"""

import sqlalchemy as sa
from alembic import op

from app.identity import keyring

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

# The name under which each table's value is sealed, as its model has it.
FIELDS = {"stay": "stay.reason_detail", "guest_group": "guestgroup.reason_detail"}
AT_ONCE = 1000


def upgrade():
    for table, field in FIELDS.items():
        op.add_column(table, sa.Column("reason_detail_sealed", sa.LargeBinary(), nullable=True))
        _convert(
            table,
            "reason_detail",
            "reason_detail_sealed",
            lambda row, words, field=field: keyring().seal(words, row=row, field=field),
        )
        op.drop_column(table, "reason_detail")


def downgrade():
    for table, field in FIELDS.items():
        op.add_column(table, sa.Column("reason_detail", sa.String(length=255), nullable=True))
        _convert(
            table,
            "reason_detail_sealed",
            "reason_detail",
            lambda row, sealed, field=field: keyring().unseal(sealed, row=row, field=field),
        )
        op.drop_column(table, "reason_detail_sealed")


def _convert(table, old, new, change):
    """Fill the new column from the old, a bounded number of rows at a time."""
    connection = op.get_bind()
    some = sa.text(
        f"SELECT id, {old} FROM {table} WHERE {old} <> '' AND {new} IS NULL LIMIT {AT_ONCE}"
    )
    put = sa.text(f"UPDATE {table} SET {new} = :value WHERE id = :id")
    while rows := connection.execute(some).all():
        connection.execute(put, [{"id": row, "value": change(row, said)} for row, said in rows])
