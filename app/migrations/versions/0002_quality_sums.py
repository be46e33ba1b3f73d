"""Keep sums of quality, and the nights without guests that are to be looked at."""

import sqlalchemy as sa
from alembic import op

from app.statistics.quality.triggers import TRIGGERS

revision = '0002'
down_revision = '0001'

SUMMED = (
    *('due', 'reported', 'on_time', 'late', 'records', 'errors', 'duplicates', 'contradictions'),
    *('closes', 'filings', 'filings_sent', 'vacancies', 'fresh'),
)
COLUMNS = ('days', *SUMMED)
CELL = ('unit_code', 'area_code', 'kind', 'stars')
CODES = """
    coalesce(f.unit_code, 'unknown'), coalesce(f.area_code, 'unknown'),
    coalesce(f.kind, 'unknown'), coalesce(CAST(f.stars AS text), 'unrated')
"""
ADDED = 'count(*), ' + ', '.join(
    f'coalesce(sum({"n" if name in ("vacancies", "fresh") else "f"}.{name}), 0)' for name in SUMMED
)
FACTS = """
    FROM quality_fact f LEFT JOIN quality_freshness n
      ON n.establishment_id = f.establishment_id AND n.night = f.night
"""


def upgrade() -> None:
    # Those of 0001 that changed since: they replace themselves.
    for statement in TRIGGERS:
        op.execute(statement)
    op.create_table('fact_zero',
    sa.Column('night', sa.Date(), nullable=False),
    sa.Column('establishment_id', sa.Integer(), nullable=False),
    sa.Column('unit_code', sa.String(length=32), nullable=False),
    sa.Column('area_code', sa.String(length=32), nullable=True),
    sa.Column('kind', sa.String(length=32), nullable=True),
    sa.Column('stars', sa.SmallInteger(), nullable=True),
    sa.ForeignKeyConstraint(
        ['establishment_id'], ['establishment.id'],
        name=op.f('fk_fact_zero_establishment_id_establishment'),
    ),
    sa.PrimaryKeyConstraint('night', 'establishment_id', name=op.f('pk_fact_zero'))
    )
    sums = [sa.Column(name, sa.Integer(), nullable=False) for name in COLUMNS]
    cell = [sa.Column(name, sa.String(length=32), nullable=False) for name in CELL]
    op.create_table('quality_month',
    sa.Column('night', sa.Date(), nullable=False),
    sa.Column('establishment_id', sa.Integer(), nullable=False),
    *[column._copy() for column in (*cell, *sums)],
    sa.ForeignKeyConstraint(
        ['establishment_id'], ['establishment.id'],
        name=op.f('fk_quality_month_establishment_id_establishment'),
    ),
    sa.PrimaryKeyConstraint('night', 'establishment_id', *CELL, name=op.f('pk_quality_month'))
    )
    op.create_table('quality_cell',
    sa.Column('night', sa.Date(), nullable=False),
    *[column._copy() for column in (*cell, *sums)],
    sa.PrimaryKeyConstraint('night', *CELL, name=op.f('pk_quality_cell'))
    )
    # What is stored already is added up; from here on whoever stores adds up.
    names = ', '.join((*CELL, *COLUMNS))
    op.execute(
        f"INSERT INTO quality_month (night, establishment_id, {names})"
        f" SELECT CAST(date_trunc('month', f.night) AS date), f.establishment_id, {CODES}, {ADDED}"
        f" {FACTS} GROUP BY 1, 2, 3, 4, 5, 6"
    )
    op.execute(
        f"INSERT INTO quality_cell (night, {names})"
        f" SELECT f.night, {CODES}, {ADDED} {FACTS} GROUP BY 1, 2, 3, 4, 5"
    )
    op.execute("""
        WITH around AS MATERIALIZED (
            SELECT unit_code, night, sum(rooms_occupied) AS occupied,
                   sum(rooms - out_of_order) AS rooms
            FROM fact WHERE reporting AND NOT closed AND rooms > 0
            GROUP BY 1, 2 HAVING count(*) > 3
        )
        INSERT INTO fact_zero (establishment_id, night, unit_code, area_code, kind, stars)
        SELECT f.establishment_id, f.night, f.unit_code, f.area_code, f.kind, f.stars
        FROM fact f JOIN around USING (unit_code, night)
        WHERE f.reporting AND f.registered AND NOT f.closed AND f.rooms > 0
          AND f.rooms_occupied = 0
          AND around.occupied >= 0.7 * (around.rooms - (f.rooms - f.out_of_order))
    """)


def downgrade() -> None:
    for table in ('quality_cell', 'quality_month', 'fact_zero'):
        op.drop_table(table)
