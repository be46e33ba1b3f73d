"""Create the tables of the register."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from app.statistics.open_data.models import FROZEN_FUNCTION, FROZEN_TRIGGER
from app.statistics.quality.triggers import FUNCTIONS as QUALITY_FUNCTIONS
from app.statistics.quality.triggers import TRIGGERS as QUALITY_TRIGGERS
from app.statistics.triggers import FUNCTIONS, TRIGGERS

revision = '0001'
down_revision = None


def upgrade() -> None:
    # Exclusion constraints compare integers with =, the search without the engine folds accents.
    for extension in ("btree_gist", "unaccent"):
        op.execute(f"CREATE EXTENSION IF NOT EXISTS {extension}")
    op.create_table('area',
    sa.Column('code', sa.String(length=32), nullable=False),
    sa.Column('name', sa.String(length=200), nullable=False),
    sa.Column('aliases', postgresql.ARRAY(sa.String()), server_default='{}', nullable=False),
    sa.PrimaryKeyConstraint('code', name=op.f('pk_area'))
    )
    op.create_table('establishment',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('code', sa.String(length=32), nullable=False),
    sa.Column('name', sa.String(length=200), nullable=False),
    sa.Column('name_en', sa.String(length=200), nullable=True),
    sa.Column('folded', sa.String(length=400), nullable=False),
    sa.Column('description', sa.String(length=2000), nullable=True),
    sa.Column('description_en', sa.String(length=2000), nullable=True),
    sa.Column('status', sa.String(length=32), server_default='applied', nullable=False),
    sa.Column('status_reason', sa.String(length=500), nullable=True),
    sa.Column('licence_no', sa.String(length=60), nullable=True),
    sa.Column('licence_on', sa.Date(), nullable=True),
    sa.Column('opened_on', sa.Date(), nullable=True),
    sa.Column('address', sa.String(length=400), nullable=True),
    sa.Column('lat', sa.Double(), nullable=True),
    sa.Column('lon', sa.Double(), nullable=True),
    sa.Column('phone', sa.String(length=40), nullable=True),
    sa.Column('email', sa.String(length=200), nullable=True),
    sa.Column('website', sa.String(length=400), nullable=True),
    sa.Column('booking_url', sa.String(length=400), nullable=True),
    sa.Column('amenities', postgresql.ARRAY(sa.String(length=32)), server_default='{}', nullable=False),
    sa.Column('not_applicable', postgresql.ARRAY(sa.String(length=32)), server_default='{}', nullable=False),
    sa.Column('source', sa.String(length=60), server_default='application', nullable=False),
    sa.Column('is_demo', sa.Boolean(), server_default='false', nullable=False),
    sa.Column('twin_of_id', sa.Integer(), nullable=True),
    sa.Column('auto_checkout_hours', sa.SmallInteger(), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('search_version', sa.Integer(), server_default='1', nullable=False),
    sa.Column('sent_version', sa.Integer(), server_default='0', nullable=False),
    sa.Column('record_version', sa.Integer(), server_default='1', nullable=False),
    sa.Column('record_changed_on', sa.Date(), server_default=sa.text('CURRENT_DATE'), nullable=False),
    sa.CheckConstraint("status IN ('applied', 'approved', 'suspended', 'rejected', 'test')", name=op.f('ck_establishment_status')),
    sa.CheckConstraint("(status = 'test') = (twin_of_id IS NOT NULL)", name=op.f('ck_establishment_twin')),
    sa.CheckConstraint('auto_checkout_hours BETWEEN 0 AND 72', name=op.f('ck_establishment_auto_checkout_hours')),
    sa.ForeignKeyConstraint(['twin_of_id'], ['establishment.id'], name=op.f('fk_establishment_twin_of_id_establishment')),
    sa.UniqueConstraint('twin_of_id', name=op.f('uq_establishment_twin_of_id')),
    sa.CheckConstraint('(lat IS NULL) = (lon IS NULL)', name=op.f('ck_establishment_location_whole')),
    sa.CheckConstraint('lat BETWEEN -90 AND 90 AND lon BETWEEN -180 AND 180', name=op.f('ck_establishment_location')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_establishment')),
    sa.UniqueConstraint('code', name=op.f('uq_establishment_code'))
    )
    with op.batch_alter_table('establishment', schema=None) as batch_op:
        batch_op.create_index('ix_establishment_behind', ['id'], unique=False, postgresql_where=sa.text('sent_version < search_version'))
        batch_op.create_index(batch_op.f('ix_establishment_folded'), ['folded'], unique=False)
        batch_op.create_index(batch_op.f('ix_establishment_status'), ['status'], unique=False)

    op.create_table('fact_night',
    sa.Column('night', sa.Date(), nullable=False),
    sa.PrimaryKeyConstraint('night', name=op.f('pk_fact_night'))
    )
    op.create_table('idempotent_request',
    sa.Column('owner', sa.String(length=60), nullable=False),
    sa.Column('key', sa.String(length=200), nullable=False),
    sa.Column('body_mac', sa.LargeBinary(), nullable=False),
    sa.Column('status', sa.Integer(), nullable=False),
    sa.Column('answer', sa.String(), nullable=False),
    sa.Column('content_type', sa.String(length=100), nullable=False),
    sa.Column('etag', sa.String(length=40), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('owner', 'key', name=op.f('pk_idempotent_request'))
    )
    with op.batch_alter_table('idempotent_request', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_idempotent_request_created_at'), ['created_at'], unique=False)

    op.create_table('erasure',
    sa.Column('guest_id', sa.Uuid(), nullable=False),
    sa.Column('erased_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('reason', sa.String(length=40), nullable=False),
    sa.PrimaryKeyConstraint('guest_id', name=op.f('pk_erasure'))
    )
    op.create_table('outgoing_mail',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('content_sealed', sa.LargeBinary(), nullable=False),
    sa.Column('due_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('attempts', sa.Integer(), server_default='0', nullable=False),
    sa.Column('sent_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('given_up', sa.Boolean(), server_default='false', nullable=False),
    sa.Column('failure', sa.String(length=100), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_outgoing_mail'))
    )
    op.create_index('ix_outgoing_mail_due', 'outgoing_mail', ['due_at'], unique=False, postgresql_where=sa.text('sent_at IS NULL AND NOT given_up'))
    op.create_table('job_run',
    sa.Column('name', sa.String(length=60), nullable=False),
    sa.Column('every_seconds', sa.Double(), nullable=False),
    sa.Column('succeeded_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('failed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('failure', sa.String(length=100), nullable=True),
    sa.Column('failures', sa.Integer(), server_default='0', nullable=False),
    sa.PrimaryKeyConstraint('name', name=op.f('pk_job_run'))
    )
    op.create_table('place',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('code', sa.String(length=32), nullable=False),
    sa.Column('name', sa.String(length=200), nullable=False),
    sa.Column('name_en', sa.String(length=200), nullable=True),
    sa.Column('aliases', postgresql.ARRAY(sa.String()), server_default='{}', nullable=False),
    sa.Column('lat', sa.Double(), nullable=False),
    sa.Column('lon', sa.Double(), nullable=False),
    sa.Column('unit_code', sa.String(length=32), nullable=True),
    sa.Column('source', sa.String(length=200), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_place')),
    sa.UniqueConstraint('code', name=op.f('uq_place_code'))
    )
    op.create_table('search_index',
    sa.Column('uid', sa.String(length=60), nullable=False),
    sa.Column('settings_hash', sa.String(length=32), nullable=False),
    sa.Column('made_at', sa.String(length=60), nullable=False),
    sa.Column('is_live', sa.Boolean(), server_default='false', nullable=False),
    sa.Column('day', sa.Date(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('retired_at', sa.DateTime(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('uid', name=op.f('pk_search_index'))
    )
    with op.batch_alter_table('search_index', schema=None) as batch_op:
        batch_op.create_index('uq_search_index_live', ['is_live'], unique=True, postgresql_where=sa.text('is_live'))

    op.create_table('sign_in_attempt',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('subject', sa.String(length=100), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_sign_in_attempt'))
    )
    with op.batch_alter_table('sign_in_attempt', schema=None) as batch_op:
        batch_op.create_index('ix_sign_in_attempt_subject_at', ['subject', 'at'], unique=False)

    op.create_table('user_account',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('login', sa.String(length=200), nullable=False),
    sa.Column('name', sa.String(length=200), nullable=False),
    sa.Column('password_hash', sa.String(length=200), nullable=True),
    sa.Column('is_active', sa.Boolean(), server_default='true', nullable=False),
    sa.Column('is_demo', sa.Boolean(), server_default='false', nullable=False),
    sa.Column('locale', sa.String(length=32), server_default='vi', nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_user_account')),
    sa.UniqueConstraint('login', name=op.f('uq_user_account_login'))
    )
    op.create_table('api_key',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('prefix', sa.String(length=16), nullable=False),
    sa.Column('key_hash', sa.LargeBinary(), nullable=False),
    sa.Column('purpose', sa.String(length=200), server_default='', nullable=False),
    sa.Column('role', sa.String(length=32), nullable=False),
    sa.Column('unit_code', sa.String(length=32), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('created_by', sa.Integer(), nullable=True),
    sa.Column('last_used_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('revoked_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("role IN ('front_desk', 'manager', 'ward_official', 'province_official', 'admin')", name=op.f('ck_api_key_role')),
    sa.ForeignKeyConstraint(['created_by'], ['user_account.id'], name=op.f('fk_api_key_created_by_user_account')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_api_key')),
    sa.UniqueConstraint('prefix', name=op.f('uq_api_key_prefix'))
    )
    op.create_table('audit_event',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('action', sa.String(length=32), nullable=False),
    sa.Column('actor', sa.String(length=60), nullable=False),
    sa.Column('establishment_id', sa.Integer(), nullable=True),
    sa.Column('subject', sa.String(length=100), nullable=True),
    sa.Column('detail', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('previous_hash', sa.LargeBinary(), nullable=False),
    sa.Column('hash', sa.LargeBinary(), nullable=False),
    sa.ForeignKeyConstraint(['establishment_id'], ['establishment.id'], name=op.f('fk_audit_event_establishment_id_establishment')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_audit_event'))
    )
    with op.batch_alter_table('audit_event', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_audit_event_establishment_id'), ['establishment_id'], unique=False)

    op.create_table('changed_house',
    sa.Column('establishment_id', sa.Integer(), nullable=False),
    sa.Column('version', sa.Integer(), server_default='1', nullable=False),
    sa.ForeignKeyConstraint(['establishment_id'], ['establishment.id'], name=op.f('fk_changed_house_establishment_id_establishment'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('establishment_id', name=op.f('pk_changed_house'))
    )
    op.create_table('changed_night',
    sa.Column('establishment_id', sa.Integer(), nullable=False),
    sa.Column('night', sa.Date(), nullable=False),
    sa.Column('version', sa.Integer(), server_default='1', nullable=False),
    sa.ForeignKeyConstraint(['establishment_id'], ['establishment.id'], name=op.f('fk_changed_night_establishment_id_establishment')),
    sa.PrimaryKeyConstraint('establishment_id', 'night', name=op.f('pk_changed_night'))
    )
    op.create_table('closure',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('establishment_id', sa.Integer(), nullable=False),
    sa.Column('valid', postgresql.DATERANGE(), nullable=False),
    sa.Column('reason', sa.String(length=200), nullable=True),
    postgresql.ExcludeConstraint((sa.column('establishment_id'), '='), (sa.column('valid'), '&&'), using='gist', name='ex_closure_once'),
    sa.CheckConstraint('NOT isempty(valid)', name=op.f('ck_closure_valid')),
    sa.ForeignKeyConstraint(['establishment_id'], ['establishment.id'], name=op.f('fk_closure_establishment_id_establishment')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_closure'))
    )
    with op.batch_alter_table('closure', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_closure_establishment_id'), ['establishment_id'], unique=False)

    op.create_table('establishment_note',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('establishment_id', sa.Integer(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('by_user_id', sa.Integer(), nullable=True),
    sa.Column('text', sa.String(length=1000), nullable=False),
    sa.ForeignKeyConstraint(['by_user_id'], ['user_account.id'], name=op.f('fk_establishment_note_by_user_id_user_account')),
    sa.ForeignKeyConstraint(['establishment_id'], ['establishment.id'], name=op.f('fk_establishment_note_establishment_id_establishment')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_establishment_note'))
    )
    with op.batch_alter_table('establishment_note', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_establishment_note_establishment_id'), ['establishment_id'], unique=False)

    op.create_table('fact',
    sa.Column('establishment_id', sa.Integer(), nullable=False),
    sa.Column('night', sa.Date(), nullable=False),
    sa.Column('kind', sa.String(length=32), nullable=True),
    sa.Column('stars', sa.SmallInteger(), nullable=True),
    sa.Column('unit_code', sa.String(length=32), nullable=True),
    sa.Column('area_code', sa.String(length=32), nullable=True),
    sa.Column('registered', sa.Boolean(), nullable=False),
    sa.Column('reporting', sa.Boolean(), nullable=False),
    sa.Column('closed', sa.Boolean(), nullable=False),
    sa.Column('rooms', sa.Integer(), nullable=False),
    sa.Column('bed_places', sa.Integer(), nullable=False),
    sa.Column('out_of_order', sa.Integer(), nullable=False),
    sa.Column('bed_places_out_of_order', sa.Integer(), nullable=False),
    sa.Column('rooms_occupied', sa.Integer(), nullable=False),
    sa.Column('guest_nights_domestic', sa.Integer(), nullable=False),
    sa.Column('guest_nights_foreign', sa.Integer(), nullable=False),
    sa.Column('arrivals_domestic', sa.Integer(), nullable=False),
    sa.Column('arrivals_foreign', sa.Integer(), nullable=False),
    sa.Column('same_day_domestic', sa.Integer(), nullable=False),
    sa.Column('same_day_foreign', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['establishment_id'], ['establishment.id'], name=op.f('fk_fact_establishment_id_establishment')),
    sa.PrimaryKeyConstraint('establishment_id', 'night', name=op.f('pk_fact'))
    )
    with op.batch_alter_table('fact', schema=None) as batch_op:
        batch_op.create_index('ix_fact_night', ['night'], unique=False)
        batch_op.create_index('ix_fact_unit_code_night', ['unit_code', 'night'], unique=False)

    op.create_table('fact_origin',
    sa.Column('establishment_id', sa.Integer(), nullable=False),
    sa.Column('night', sa.Date(), nullable=False),
    sa.Column('country', sa.String(length=32), nullable=False),
    sa.Column('residence', sa.String(length=32), server_default='unknown', nullable=False),
    sa.Column('guest_nights', sa.Integer(), nullable=False),
    sa.Column('arrivals', sa.Integer(), nullable=False),
    sa.Column('same_day_guests', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['establishment_id'], ['establishment.id'], name=op.f('fk_fact_origin_establishment_id_establishment')),
    sa.PrimaryKeyConstraint('establishment_id', 'night', 'country', 'residence', name=op.f('pk_fact_origin'))
    )
    with op.batch_alter_table('fact_origin', schema=None) as batch_op:
        batch_op.create_index('ix_fact_origin_night', ['night'], unique=False)

    op.create_table('import_row',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('establishment_id', sa.Integer(), nullable=False),
    sa.Column('source_key', sa.String(length=80), nullable=False),
    sa.Column('name_key', sa.String(length=80), nullable=False),
    sa.Column('content_hash', sa.LargeBinary(), nullable=False),
    sa.Column('content', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('raw', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('warnings', postgresql.ARRAY(sa.String()), server_default='{}', nullable=False),
    sa.Column('imported_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.ForeignKeyConstraint(['establishment_id'], ['establishment.id'], name=op.f('fk_import_row_establishment_id_establishment')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_import_row')),
    sa.UniqueConstraint('source_key', name=op.f('uq_import_row_source_key'))
    )
    with op.batch_alter_table('import_row', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_import_row_establishment_id'), ['establishment_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_import_row_name_key'), ['name_key'], unique=False)

    op.create_table('invitation',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('establishment_id', sa.Integer(), nullable=False),
    sa.Column('nonce', sa.LargeBinary(), nullable=False),
    sa.Column('code_hash', sa.LargeBinary(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('created_by', sa.Integer(), nullable=True),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('used_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('used_by', sa.Integer(), nullable=True),
    sa.ForeignKeyConstraint(['created_by'], ['user_account.id'], name=op.f('fk_invitation_created_by_user_account')),
    sa.ForeignKeyConstraint(['establishment_id'], ['establishment.id'], name=op.f('fk_invitation_establishment_id_establishment')),
    sa.ForeignKeyConstraint(['used_by'], ['user_account.id'], name=op.f('fk_invitation_used_by_user_account')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_invitation')),
    sa.UniqueConstraint('code_hash', name=op.f('uq_invitation_code_hash'))
    )
    with op.batch_alter_table('invitation', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_invitation_establishment_id'), ['establishment_id'], unique=False)

    op.create_table('phone_check',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('establishment_id', sa.Integer(), nullable=False),
    sa.Column('phone', sa.String(length=40), nullable=False),
    sa.Column('nonce', sa.LargeBinary(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('created_by', sa.Integer(), nullable=True),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('tries', sa.SmallInteger(), server_default='0', nullable=False),
    sa.Column('verified_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint('tries >= 0', name=op.f('ck_phone_check_tries')),
    sa.ForeignKeyConstraint(['created_by'], ['user_account.id'], name=op.f('fk_phone_check_created_by_user_account')),
    sa.ForeignKeyConstraint(['establishment_id'], ['establishment.id'], name=op.f('fk_phone_check_establishment_id_establishment')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_phone_check'))
    )
    with op.batch_alter_table('phone_check', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_phone_check_establishment_id'), ['establishment_id'], unique=False)

    op.create_table('complaint',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('reference', sa.String(length=16), nullable=False),
    sa.Column('establishment_id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(length=32), nullable=False),
    sa.Column('night', sa.Date(), nullable=True),
    sa.Column('charged', sa.Integer(), nullable=True),
    sa.Column('text_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('contact_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('status', sa.String(length=32), server_default='new', nullable=False),
    sa.Column('answer', sa.String(length=1000), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('closed_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("(status = 'closed') = (closed_at IS NOT NULL)", name=op.f('ck_complaint_closed')),
    sa.CheckConstraint("kind IN ('overcharged', 'wrong')", name=op.f('ck_complaint_kind')),
    sa.CheckConstraint("status IN ('new', 'open', 'closed')", name=op.f('ck_complaint_status')),
    sa.CheckConstraint('charged >= 0', name=op.f('ck_complaint_charged')),
    sa.ForeignKeyConstraint(['establishment_id'], ['establishment.id'], name=op.f('fk_complaint_establishment_id_establishment')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_complaint')),
    sa.UniqueConstraint('reference', name=op.f('uq_complaint_reference'))
    )
    with op.batch_alter_table('complaint', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_complaint_establishment_id'), ['establishment_id'], unique=False)
        batch_op.create_index('ix_complaint_status_created_at', ['status', 'created_at'], unique=False)

    op.create_table('complaint_note',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('complaint_id', sa.Uuid(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('by_user_id', sa.Integer(), nullable=True),
    sa.Column('text', sa.String(length=1000), nullable=False),
    sa.ForeignKeyConstraint(['by_user_id'], ['user_account.id'], name=op.f('fk_complaint_note_by_user_id_user_account')),
    sa.ForeignKeyConstraint(['complaint_id'], ['complaint.id'], name=op.f('fk_complaint_note_complaint_id_complaint'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_complaint_note'))
    )
    with op.batch_alter_table('complaint_note', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_complaint_note_complaint_id'), ['complaint_id'], unique=False)

    op.create_table('membership',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('user_id', sa.Integer(), nullable=False),
    sa.Column('role', sa.String(length=32), nullable=False),
    sa.Column('establishment_id', sa.Integer(), nullable=True),
    sa.Column('unit_code', sa.String(length=32), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.CheckConstraint("(role = 'ward_official') = (unit_code IS NOT NULL)", name=op.f('ck_membership_unit')),
    sa.CheckConstraint("(role IN ('front_desk', 'manager')) = (establishment_id IS NOT NULL)", name=op.f('ck_membership_house')),
    sa.CheckConstraint("role IN ('front_desk', 'manager', 'ward_official', 'province_official', 'admin')", name=op.f('ck_membership_role')),
    sa.ForeignKeyConstraint(['establishment_id'], ['establishment.id'], name=op.f('fk_membership_establishment_id_establishment')),
    sa.ForeignKeyConstraint(['user_id'], ['user_account.id'], name=op.f('fk_membership_user_id_user_account')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_membership')),
    sa.UniqueConstraint('user_id', 'role', 'establishment_id', 'unit_code', name=op.f('uq_membership_user_id_role_establishment_id_unit_code'), postgresql_nulls_not_distinct=True)
    )
    with op.batch_alter_table('membership', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_membership_establishment_id'), ['establishment_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_membership_user_id'), ['user_id'], unique=False)

    op.create_table('one_time_link',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('user_id', sa.Integer(), nullable=False),
    sa.Column('token_hash', sa.LargeBinary(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('used_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['user_id'], ['user_account.id'], name=op.f('fk_one_time_link_user_id_user_account')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_one_time_link')),
    sa.UniqueConstraint('token_hash', name=op.f('uq_one_time_link_token_hash'))
    )
    with op.batch_alter_table('one_time_link', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_one_time_link_user_id'), ['user_id'], unique=False)

    op.create_table('reported_day',
    sa.Column('establishment_id', sa.Integer(), nullable=False),
    sa.Column('day', sa.Date(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['establishment_id'], ['establishment.id'], name=op.f('fk_reported_day_establishment_id_establishment')),
    sa.PrimaryKeyConstraint('establishment_id', 'day', name=op.f('pk_reported_day'))
    )
    op.create_table('room',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('establishment_id', sa.Integer(), nullable=False),
    sa.Column('number', sa.String(length=20), nullable=False),
    sa.Column('floor', sa.String(length=20), nullable=True),
    sa.ForeignKeyConstraint(['establishment_id'], ['establishment.id'], name=op.f('fk_room_establishment_id_establishment')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_room')),
    sa.UniqueConstraint('establishment_id', 'number', name=op.f('uq_room_establishment_id_number'))
    )
    with op.batch_alter_table('room', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_room_establishment_id'), ['establishment_id'], unique=False)

    op.create_table('room_type',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('establishment_id', sa.Integer(), nullable=False),
    sa.Column('code', sa.String(length=60), nullable=True),
    sa.Column('name', sa.String(length=200), nullable=False),
    sa.Column('name_en', sa.String(length=200), nullable=True),
    sa.Column('capacity', sa.SmallInteger(), nullable=False),
    sa.Column('bed_places', sa.SmallInteger(), nullable=False),
    sa.Column('list_price', sa.Integer(), nullable=True),
    sa.Column('list_price_on', sa.Date(), nullable=True),
    sa.Column('amenities', postgresql.ARRAY(sa.String(length=32)), server_default='{}', nullable=False),
    sa.Column('position', sa.SmallInteger(), server_default='0', nullable=False),
    sa.Column('kept_by', sa.String(length=32), server_default='stays', nullable=False),
    sa.Column('confirmed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('all_known', sa.Boolean(), server_default='false', nullable=False),
    sa.Column('record_version', sa.Integer(), server_default='1', nullable=False),
    sa.CheckConstraint("kept_by IN ('stays', 'feed')", name=op.f('ck_room_type_kept_by')),
    sa.CheckConstraint('bed_places BETWEEN 1 AND 100', name=op.f('ck_room_type_bed_places')),
    sa.CheckConstraint('capacity BETWEEN 1 AND 100', name=op.f('ck_room_type_capacity')),
    sa.CheckConstraint('list_price >= 0', name=op.f('ck_room_type_list_price')),
    sa.ForeignKeyConstraint(['establishment_id'], ['establishment.id'], name=op.f('fk_room_type_establishment_id_establishment')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_room_type')),
    sa.UniqueConstraint('establishment_id', 'code', name=op.f('uq_room_type_establishment_id_code'))
    )
    with op.batch_alter_table('room_type', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_room_type_establishment_id'), ['establishment_id'], unique=False)

    op.create_table('search_state',
    sa.Column('index_uid', sa.String(length=60), nullable=False),
    sa.Column('establishment_id', sa.Integer(), nullable=False),
    sa.Column('version', sa.Integer(), server_default='0', nullable=False),
    sa.Column('documents', postgresql.JSONB(astext_type=sa.Text()), server_default='{}', nullable=False),
    sa.Column('failed_version', sa.Integer(), nullable=True),
    sa.Column('failure', sa.String(length=200), nullable=True),
    sa.ForeignKeyConstraint(['establishment_id'], ['establishment.id'], name=op.f('fk_search_state_establishment_id_establishment'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['index_uid'], ['search_index.uid'], name=op.f('fk_search_state_index_uid_search_index'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('index_uid', 'establishment_id', name=op.f('pk_search_state'))
    )
    op.create_table('sign_in_session',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('token_hash', sa.LargeBinary(), nullable=False),
    sa.Column('user_id', sa.Integer(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('seen_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('revoked_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('address', sa.String(length=64), nullable=True),
    sa.Column('browser', sa.String(length=200), nullable=True),
    sa.ForeignKeyConstraint(['user_id'], ['user_account.id'], name=op.f('fk_sign_in_session_user_id_user_account')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_sign_in_session')),
    sa.UniqueConstraint('token_hash', name=op.f('uq_sign_in_session_token_hash'))
    )
    with op.batch_alter_table('sign_in_session', schema=None) as batch_op:
        batch_op.create_index('ix_sign_in_session_live', ['user_id'], unique=False, postgresql_where=sa.text('revoked_at IS NULL'))

    op.create_table('status_change',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('establishment_id', sa.Integer(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('before', sa.String(length=32), nullable=False),
    sa.Column('after', sa.String(length=32), nullable=False),
    sa.Column('reason', sa.String(length=500), nullable=True),
    sa.Column('by_user_id', sa.Integer(), nullable=True),
    sa.ForeignKeyConstraint(['by_user_id'], ['user_account.id'], name=op.f('fk_status_change_by_user_id_user_account')),
    sa.ForeignKeyConstraint(['establishment_id'], ['establishment.id'], name=op.f('fk_status_change_establishment_id_establishment')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_status_change'))
    )
    with op.batch_alter_table('status_change', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_status_change_establishment_id'), ['establishment_id'], unique=False)

    op.create_table('unit',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('code', sa.String(length=32), nullable=False),
    sa.Column('name', sa.String(length=200), nullable=False),
    sa.Column('kind', sa.String(length=32), nullable=False),
    sa.Column('folded', sa.String(length=200), nullable=False),
    sa.Column('area_code', sa.String(length=32), nullable=False),
    sa.Column('valid_from', sa.Date(), nullable=False),
    sa.Column('valid_to', sa.Date(), nullable=True),
    sa.Column('successor_id', sa.Integer(), nullable=True),
    sa.ForeignKeyConstraint(['area_code'], ['area.code'], name=op.f('fk_unit_area_code_area')),
    sa.ForeignKeyConstraint(['successor_id'], ['unit.id'], name=op.f('fk_unit_successor_id_unit')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_unit')),
    sa.UniqueConstraint('code', 'valid_from', name=op.f('uq_unit_code_valid_from'))
    )
    with op.batch_alter_table('unit', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_unit_area_code'), ['area_code'], unique=False)
        batch_op.create_index(batch_op.f('ix_unit_code'), ['code'], unique=False)
        batch_op.create_index(batch_op.f('ix_unit_folded'), ['folded'], unique=False)

    op.create_table('api_key_house',
    sa.Column('api_key_id', sa.Integer(), nullable=False),
    sa.Column('establishment_id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['api_key_id'], ['api_key.id'], name=op.f('fk_api_key_house_api_key_id_api_key')),
    sa.ForeignKeyConstraint(['establishment_id'], ['establishment.id'], name=op.f('fk_api_key_house_establishment_id_establishment')),
    sa.PrimaryKeyConstraint('api_key_id', 'establishment_id', name=op.f('pk_api_key_house'))
    )
    op.create_table('classification',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('establishment_id', sa.Integer(), nullable=False),
    sa.Column('valid', postgresql.DATERANGE(), nullable=False),
    sa.Column('kind', sa.String(length=32), nullable=False),
    sa.Column('stars', sa.SmallInteger(), nullable=True),
    sa.Column('unit_id', sa.Integer(), nullable=True),
    postgresql.ExcludeConstraint((sa.column('establishment_id'), '='), (sa.column('valid'), '&&'), using='gist', name='ex_classification_once'),
    sa.CheckConstraint("kind IN ('hotel', 'resort', 'villa', 'apartment', 'ship', 'guest_house', 'homestay', 'campsite', 'other')", name=op.f('ck_classification_kind')),
    sa.CheckConstraint('NOT isempty(valid)', name=op.f('ck_classification_valid')),
    sa.CheckConstraint('stars BETWEEN 1 AND 5', name=op.f('ck_classification_stars')),
    sa.ForeignKeyConstraint(['establishment_id'], ['establishment.id'], name=op.f('fk_classification_establishment_id_establishment')),
    sa.ForeignKeyConstraint(['unit_id'], ['unit.id'], name=op.f('fk_classification_unit_id_unit')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_classification'))
    )
    with op.batch_alter_table('classification', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_classification_establishment_id'), ['establishment_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_classification_unit_id'), ['unit_id'], unique=False)

    op.create_table('reservation',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('establishment_id', sa.Integer(), nullable=False),
    sa.Column('reference', sa.String(length=60), nullable=False),
    sa.Column('room_type_id', sa.Integer(), nullable=False),
    sa.Column('arrival', sa.Date(), nullable=False),
    sa.Column('departure', sa.Date(), nullable=False),
    sa.Column('rooms', sa.SmallInteger(), nullable=False),
    sa.Column('rooms_arrived', sa.SmallInteger(), server_default='0', nullable=False),
    sa.Column('people', sa.SmallInteger(), nullable=True),
    sa.Column('channel', sa.String(length=40), nullable=True),
    sa.Column('status', sa.String(length=32), server_default='open', nullable=False),
    sa.Column('label_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('record_version', sa.Integer(), server_default='1', nullable=False),
    sa.CheckConstraint("status IN ('open', 'cancelled', 'no_show')", name=op.f('ck_reservation_status')),
    sa.CheckConstraint('arrival < departure', name=op.f('ck_reservation_period')),
    sa.CheckConstraint('people BETWEEN 0 AND 5000', name=op.f('ck_reservation_people')),
    sa.CheckConstraint('rooms BETWEEN 1 AND 500', name=op.f('ck_reservation_rooms')),
    sa.CheckConstraint('rooms_arrived BETWEEN 0 AND rooms', name=op.f('ck_reservation_rooms_arrived')),
    sa.ForeignKeyConstraint(['establishment_id'], ['establishment.id'], name=op.f('fk_reservation_establishment_id_establishment')),
    sa.ForeignKeyConstraint(['room_type_id'], ['room_type.id'], name=op.f('fk_reservation_room_type_id_room_type')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_reservation'))
    )
    with op.batch_alter_table('reservation', schema=None) as batch_op:
        batch_op.create_index('ix_reservation_establishment_id_arrival', ['establishment_id', 'arrival'], unique=False)
        batch_op.create_index('ix_reservation_open', ['room_type_id', 'arrival', 'departure'], unique=False, postgresql_where=sa.text("status = 'open' AND rooms_arrived < rooms"))
        batch_op.create_index('uq_reservation_reference', ['establishment_id', 'reference'], unique=True, postgresql_where=sa.text("status <> 'cancelled'"))

    op.create_table('room_assignment',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('establishment_id', sa.Integer(), nullable=False),
    sa.Column('room_id', sa.Integer(), nullable=False),
    sa.Column('room_type_id', sa.Integer(), nullable=False),
    sa.Column('valid', postgresql.DATERANGE(), nullable=False),
    postgresql.ExcludeConstraint((sa.column('room_id'), '='), (sa.column('valid'), '&&'), using='gist', name='ex_room_assignment_once'),
    sa.CheckConstraint('NOT isempty(valid)', name=op.f('ck_room_assignment_valid')),
    sa.ForeignKeyConstraint(['establishment_id'], ['establishment.id'], name=op.f('fk_room_assignment_establishment_id_establishment')),
    sa.ForeignKeyConstraint(['room_id'], ['room.id'], name=op.f('fk_room_assignment_room_id_room')),
    sa.ForeignKeyConstraint(['room_type_id'], ['room_type.id'], name=op.f('fk_room_assignment_room_type_id_room_type')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_room_assignment'))
    )
    with op.batch_alter_table('room_assignment', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_room_assignment_establishment_id'), ['establishment_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_room_assignment_room_id'), ['room_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_room_assignment_room_type_id'), ['room_type_id'], unique=False)

    op.create_table('room_type_night',
    sa.Column('room_type_id', sa.Integer(), nullable=False),
    sa.Column('night', sa.Date(), nullable=False),
    sa.Column('known', sa.Boolean(), server_default='false', nullable=False),
    sa.Column('withheld', sa.SmallInteger(), server_default='0', nullable=False),
    sa.Column('price', sa.Integer(), nullable=True),
    sa.Column('feed_count', sa.SmallInteger(), nullable=True),
    sa.CheckConstraint('feed_count >= 0', name=op.f('ck_room_type_night_feed_count')),
    sa.CheckConstraint('price >= 0', name=op.f('ck_room_type_night_price')),
    sa.CheckConstraint('withheld >= 0', name=op.f('ck_room_type_night_withheld')),
    sa.ForeignKeyConstraint(['room_type_id'], ['room_type.id'], name=op.f('fk_room_type_night_room_type_id_room_type')),
    sa.PrimaryKeyConstraint('room_type_id', 'night', name=op.f('pk_room_type_night'))
    )
    with op.batch_alter_table('room_type_night', schema=None) as batch_op:
        batch_op.create_index('ix_room_type_night_night', ['night'], unique=False)

    op.create_table('vacancy_feed',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('establishment_id', sa.Integer(), nullable=False),
    sa.Column('room_type_id', sa.Integer(), nullable=False),
    sa.Column('room_id', sa.Integer(), nullable=True),
    sa.Column('rooms', sa.SmallInteger(), server_default='1', nullable=False),
    sa.Column('name', sa.String(length=60), nullable=False),
    sa.Column('url_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('due_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('fetched_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('good_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('failure', sa.String(length=32), nullable=True),
    sa.Column('failures', sa.SmallInteger(), server_default='0', nullable=False),
    sa.Column('etag', sa.String(length=200), nullable=True),
    sa.Column('last_modified', sa.String(length=100), nullable=True),
    sa.Column('held', sa.LargeBinary(), nullable=True),
    sa.Column('held_since', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint('room_id IS NULL OR rooms = 1', name=op.f('ck_vacancy_feed_one_room')),
    sa.CheckConstraint('rooms BETWEEN 1 AND 500', name=op.f('ck_vacancy_feed_rooms')),
    sa.ForeignKeyConstraint(['establishment_id'], ['establishment.id'], name=op.f('fk_vacancy_feed_establishment_id_establishment')),
    sa.ForeignKeyConstraint(['room_id'], ['room.id'], name=op.f('fk_vacancy_feed_room_id_room'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['room_type_id'], ['room_type.id'], name=op.f('fk_vacancy_feed_room_type_id_room_type')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_vacancy_feed'))
    )
    with op.batch_alter_table('vacancy_feed', schema=None) as batch_op:
        batch_op.create_index('ix_vacancy_feed_due_at', ['due_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_vacancy_feed_establishment_id'), ['establishment_id'], unique=False)

    op.create_table('feed_night',
    sa.Column('feed_id', sa.Uuid(), nullable=False),
    sa.Column('night', sa.Date(), nullable=False),
    sa.Column('room_type_id', sa.Integer(), nullable=False),
    sa.Column('room_id', sa.Integer(), nullable=True),
    sa.Column('rooms', sa.SmallInteger(), nullable=False),
    sa.Column('decision', sa.String(length=32), nullable=True),
    sa.CheckConstraint("decision IN ('same', 'other')", name=op.f('ck_feed_night_decision')),
    sa.ForeignKeyConstraint(['feed_id'], ['vacancy_feed.id'], name=op.f('fk_feed_night_feed_id_vacancy_feed'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['room_id'], ['room.id'], name=op.f('fk_feed_night_room_id_room'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['room_type_id'], ['room_type.id'], name=op.f('fk_feed_night_room_type_id_room_type')),
    sa.PrimaryKeyConstraint('feed_id', 'night', name=op.f('pk_feed_night'))
    )
    with op.batch_alter_table('feed_night', schema=None) as batch_op:
        batch_op.create_index('ix_feed_night_room_id', ['room_id'], unique=False, postgresql_where=sa.text('room_id IS NOT NULL'))
        batch_op.create_index('ix_feed_night_room_type_id_night', ['room_type_id', 'night'], unique=False)

    op.create_table('taken_night',
    sa.Column('room_id', sa.Integer(), nullable=False),
    sa.Column('night', sa.Date(), nullable=False),
    sa.Column('establishment_id', sa.Integer(), nullable=False),
    sa.Column('room_type_id', sa.Integer(), nullable=False),
    sa.Column('reason', sa.String(length=32), nullable=False),
    sa.Column('stay_id', sa.Uuid(), nullable=True),
    sa.Column('withheld_from_id', sa.Integer(), nullable=True),
    sa.CheckConstraint("(reason = 'stay') = (stay_id IS NOT NULL)", name=op.f('ck_taken_night_stay')),
    sa.CheckConstraint("reason IN ('stay', 'out_of_order')", name=op.f('ck_taken_night_reason')),
    sa.ForeignKeyConstraint(['establishment_id'], ['establishment.id'], name=op.f('fk_taken_night_establishment_id_establishment')),
    sa.ForeignKeyConstraint(['room_id'], ['room.id'], name=op.f('fk_taken_night_room_id_room')),
    sa.ForeignKeyConstraint(['room_type_id'], ['room_type.id'], name=op.f('fk_taken_night_room_type_id_room_type')),
    sa.ForeignKeyConstraint(['withheld_from_id'], ['room_type.id'], name=op.f('fk_taken_night_withheld_from_id_room_type')),
    sa.PrimaryKeyConstraint('room_id', 'night', name=op.f('pk_taken_night'))
    )
    with op.batch_alter_table('taken_night', schema=None) as batch_op:
        batch_op.create_index('ix_taken_night_establishment_id_night', ['establishment_id', 'night'], unique=False)
        batch_op.create_index('ix_taken_night_room_type_id_night', ['room_type_id', 'night', 'reason'], unique=False)
        batch_op.create_index('ix_taken_night_stay_id', ['stay_id'], unique=False, postgresql_where=sa.text('stay_id IS NOT NULL'))

    op.create_table('stay',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('establishment_id', sa.Integer(), nullable=False),
    sa.Column('room_type_id', sa.Integer(), nullable=False),
    sa.Column('room_id', sa.Integer(), nullable=True),
    sa.Column('origin', sa.String(length=32), server_default='live', nullable=False),
    sa.Column('reference', sa.String(length=60), nullable=True),
    sa.Column('status', sa.String(length=32), server_default='in_house', nullable=False),
    sa.Column('arrived_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('planned_departure', sa.DateTime(timezone=True), nullable=False),
    sa.Column('departed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('left_automatically', sa.Boolean(), server_default='false', nullable=False),
    sa.Column('first_night', sa.Date(), nullable=False),
    sa.Column('last_night_end', sa.Date(), nullable=False),
    sa.Column('source', sa.String(length=32), server_default='walk_in', nullable=False),
    sa.Column('reservation_id', sa.Uuid(), nullable=True),
    sa.Column('reason', sa.String(length=32), server_default='tourism', nullable=False),
    sa.Column('reason_detail', sa.String(length=255), nullable=True),
    sa.Column('note_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('cancel_reason_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('filed_elsewhere', sa.Boolean(), server_default='false', nullable=False),
    sa.Column('needs_help', sa.Boolean(), server_default='false', nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('created_by', sa.String(length=60), nullable=True),
    sa.Column('record_version', sa.Integer(), server_default='1', nullable=False),
    sa.CheckConstraint("origin IN ('live', 'history')", name=op.f('ck_stay_origin')),
    sa.CheckConstraint("reason IN ('tourism', 'business', 'study', 'visit', 'conference', 'family_visit', 'charity', 'international_organisation', 'marriage', 'consulate', 'aid', 'embassy', 'settlement', 'marketing', 'press', 'trade', 'visa_extension', 'medical', 'labour', 'other')", name=op.f('ck_stay_reason')),
    sa.CheckConstraint("source IN ('walk_in', 'reservation', 'ota', 'agency')", name=op.f('ck_stay_source')),
    sa.CheckConstraint("status IN ('in_house', 'departed', 'cancelled')", name=op.f('ck_stay_status')),
    sa.CheckConstraint('departed_at >= arrived_at', name=op.f('ck_stay_departed_at')),
    sa.CheckConstraint('first_night <= last_night_end', name=op.f('ck_stay_nights')),
    sa.CheckConstraint('planned_departure > arrived_at', name=op.f('ck_stay_planned_departure')),
    sa.ForeignKeyConstraint(['establishment_id'], ['establishment.id'], name=op.f('fk_stay_establishment_id_establishment')),
    sa.ForeignKeyConstraint(['reservation_id'], ['reservation.id'], name=op.f('fk_stay_reservation_id_reservation')),
    sa.ForeignKeyConstraint(['room_id'], ['room.id'], name=op.f('fk_stay_room_id_room')),
    sa.ForeignKeyConstraint(['room_type_id'], ['room_type.id'], name=op.f('fk_stay_room_type_id_room_type')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_stay')),
    sa.UniqueConstraint('establishment_id', 'reference', name='uq_stay_reference')
    )
    with op.batch_alter_table('stay', schema=None) as batch_op:
        batch_op.create_index('ix_stay_establishment_id_first_night', ['establishment_id', 'first_night'], unique=False)
        batch_op.create_index('ix_stay_establishment_id_last_night_end', ['establishment_id', 'last_night_end'], unique=False)
        batch_op.create_index('ix_stay_in_house', ['establishment_id', 'planned_departure'], unique=False, postgresql_where=sa.text("status = 'in_house'"))
        batch_op.create_index(batch_op.f('ix_stay_room_id'), ['room_id'], unique=False)
        batch_op.create_index('uq_stay_hourly_room', ['room_id'], unique=True, postgresql_where=sa.text("status = 'in_house' AND first_night = last_night_end"))

    op.create_table('remembered_guest',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('establishment_id', sa.Integer(), nullable=False),
    sa.Column('document_index', sa.LargeBinary(), nullable=False),
    sa.Column('full_name_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('date_of_birth_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('document_number_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('document_name_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('phone_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('address_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('birth_date_precision', sa.String(length=32), nullable=True),
    sa.Column('sex', sa.String(length=32), nullable=True),
    sa.Column('nationality', sa.String(length=32), nullable=False),
    sa.Column('document_type', sa.String(length=32), nullable=True),
    sa.Column('residence_kind', sa.String(length=32), nullable=True),
    sa.Column('residence_unit', sa.String(length=60), nullable=True),
    sa.Column('agreed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('agreed_with', sa.String(length=60), nullable=True),
    sa.Column('seen_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("birth_date_precision IN ('day', 'year')", name=op.f('ck_remembered_guest_birth_date_precision')),
    sa.CheckConstraint("document_type IN ('citizen_id', 'identity_card', 'old_id', 'driving_licence', 'passport', 'birth_certificate', 'health_insurance', 'personal_number_notice', 'other')", name=op.f('ck_remembered_guest_document_type')),
    sa.CheckConstraint("residence_kind IN ('permanent', 'temporary', 'other')", name=op.f('ck_remembered_guest_residence')),
    sa.CheckConstraint("sex IN ('M', 'F')", name=op.f('ck_remembered_guest_sex')),
    sa.ForeignKeyConstraint(['establishment_id'], ['establishment.id'], name=op.f('fk_remembered_guest_establishment_id_establishment')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_remembered_guest')),
    sa.UniqueConstraint('establishment_id', 'document_index', name='uq_remembered_guest_document')
    )
    op.create_index('ix_remembered_guest_seen_at', 'remembered_guest', ['seen_at'], unique=False)

    op.create_table('guest',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('stay_id', sa.Uuid(), nullable=False),
    sa.Column('establishment_id', sa.Integer(), nullable=False),
    sa.Column('position', sa.SmallInteger(), server_default='0', nullable=False),
    sa.Column('persons', sa.SmallInteger(), server_default='1', nullable=False),
    sa.Column('full_name_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('date_of_birth_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('document_number_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('document_name_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('phone_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('address_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('document_index', sa.LargeBinary(), nullable=True),
    sa.Column('birth_date_precision', sa.String(length=32), nullable=True),
    sa.Column('sex', sa.String(length=32), nullable=True),
    sa.Column('age_band', sa.String(length=32), nullable=True),
    sa.Column('nationality', sa.String(length=32), nullable=False),
    sa.Column('document_type', sa.String(length=32), nullable=True),
    sa.Column('residence_kind', sa.String(length=32), nullable=True),
    sa.Column('residence_country', sa.String(length=32), nullable=True),
    sa.Column('residence_unit', sa.String(length=60), nullable=True),
    sa.Column('permitted_until', sa.Date(), nullable=True),
    sa.Column('arrived_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('departed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('identity_erased_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('filing_state', sa.String(length=32), server_default='draft', nullable=False),
    sa.Column('due_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('first_sent_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("age_band IN ('0-15', '16-59', '60+')", name=op.f('ck_guest_age_band')),
    sa.CheckConstraint("birth_date_precision IN ('day', 'year')", name=op.f('ck_guest_birth_date_precision')),
    sa.CheckConstraint("document_type IN ('citizen_id', 'identity_card', 'old_id', 'driving_licence', 'passport', 'birth_certificate', 'health_insurance', 'personal_number_notice', 'other')", name=op.f('ck_guest_document_type')),
    sa.CheckConstraint("residence_kind IN ('permanent', 'temporary', 'other')", name=op.f('ck_guest_residence')),
    sa.CheckConstraint("sex IN ('M', 'F')", name=op.f('ck_guest_sex')),
    sa.CheckConstraint('persons = 1 OR full_name_sealed IS NULL', name=op.f('ck_guest_group_has_no_identity')),
    sa.CheckConstraint('persons BETWEEN 1 AND 500', name=op.f('ck_guest_persons')),
    sa.ForeignKeyConstraint(['establishment_id'], ['establishment.id'], name=op.f('fk_guest_establishment_id_establishment')),
    sa.ForeignKeyConstraint(['stay_id'], ['stay.id'], name=op.f('fk_guest_stay_id_stay')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_guest'))
    )
    with op.batch_alter_table('guest', schema=None) as batch_op:
        batch_op.create_index('ix_guest_establishment_id_document_index', ['establishment_id', 'document_index'], unique=False)
        batch_op.create_index(batch_op.f('ix_guest_stay_id'), ['stay_id'], unique=False)
    op.create_table('filing',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('establishment_id', sa.Integer(), nullable=False),
    sa.Column('format', sa.String(length=32), nullable=False),
    sa.Column('guests', sa.Integer(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('created_by', sa.String(length=60), nullable=False),
    sa.Column('sent_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('receipt_code', sa.String(length=20), nullable=True),
    sa.CheckConstraint("format IN ('domestic_xlsx', 'foreign_xml', 'foreign_xlsx', 'asm_xlsx', 'api_json', 'by_hand', 'police')", name=op.f('ck_filing_format')),
    sa.CheckConstraint('(sent_at IS NULL) = (receipt_code IS NULL)', name=op.f('ck_filing_receipt')),
    sa.CheckConstraint('guests > 0', name=op.f('ck_filing_guests')),
    sa.ForeignKeyConstraint(['establishment_id'], ['establishment.id'], name=op.f('fk_filing_establishment_id_establishment')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_filing')),
    sa.UniqueConstraint('receipt_code', name=op.f('uq_filing_receipt_code'))
    )
    with op.batch_alter_table('filing', schema=None) as batch_op:
        batch_op.create_index('ix_filing_establishment_id_created_at', ['establishment_id', 'created_at'], unique=False)

    op.create_table('filing_entry',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('filing_id', sa.Uuid(), nullable=False),
    sa.Column('guest_id', sa.Uuid(), nullable=True),
    sa.Column('position', sa.SmallInteger(), nullable=False),
    sa.Column('content_index', sa.LargeBinary(), nullable=False),
    sa.Column('departure', sa.Date(), nullable=False),
    sa.Column('outcome', sa.String(length=32), nullable=True),
    sa.Column('outcome_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('differences', sa.String(length=200), nullable=True),
    sa.CheckConstraint("outcome IN ('arrived', 'missing', 'differing')", name=op.f('ck_filing_entry_outcome')),
    sa.ForeignKeyConstraint(['filing_id'], ['filing.id'], name=op.f('fk_filing_entry_filing_id_filing')),
    sa.ForeignKeyConstraint(['guest_id'], ['guest.id'], name=op.f('fk_filing_entry_guest_id_guest'), ondelete='SET NULL'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_filing_entry'))
    )
    with op.batch_alter_table('filing_entry', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_filing_entry_filing_id'), ['filing_id'], unique=False)
        batch_op.create_index('ix_filing_entry_guest_id', ['guest_id'], unique=False, postgresql_where=sa.text('guest_id IS NOT NULL'))

    op.create_table('on_the_books_days',
    sa.Column('as_of', sa.Date(), nullable=False),
    sa.Column('taken_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('as_of', name=op.f('pk_on_the_books_days'))
    )
    op.create_table('on_the_books_snapshots',
    sa.Column('as_of', sa.Date(), nullable=False),
    sa.Column('unit_code', sa.String(length=32), nullable=False),
    sa.Column('kind', sa.String(length=32), nullable=False),
    sa.Column('stars', sa.SmallInteger(), nullable=False),
    sa.Column('area_code', sa.String(length=32), nullable=False),
    sa.Column('houses', sa.Integer(), nullable=False),
    sa.Column('rooms', sa.Integer(), nullable=False),
    sa.Column('rooms_booked', postgresql.ARRAY(sa.Integer()), nullable=False),
    sa.ForeignKeyConstraint(['as_of'], ['on_the_books_days.as_of'], name=op.f('fk_on_the_books_snapshots_as_of_on_the_books_days'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('as_of', 'unit_code', 'kind', 'stars', name=op.f('pk_on_the_books_snapshots'))
    )
    with op.batch_alter_table('on_the_books_snapshots', schema=None) as batch_op:
        batch_op.create_index('ix_on_the_books_snapshots_unit_code_as_of', ['unit_code', 'as_of'], unique=False)

    op.create_table('forecast_run',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('as_of', sa.Date(), nullable=False),
    sa.Column('status', sa.String(length=32), nullable=False),
    sa.Column('asked_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('started_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('finished_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('scopes', sa.Integer(), server_default='0', nullable=False),
    sa.Column('scopes_done', sa.Integer(), server_default='0', nullable=False),
    sa.CheckConstraint("status IN ('asked', 'running', 'done', 'failed')", name=op.f('ck_forecast_run_status')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_forecast_run'))
    )
    with op.batch_alter_table('forecast_run', schema=None) as batch_op:
        batch_op.create_index('ix_forecast_run_as_of', ['as_of'], unique=False)
        batch_op.create_index('uq_forecast_run_asked', ['status'], unique=True, postgresql_where=sa.text("status = 'asked'"))

    op.create_table('forecast',
    sa.Column('run_id', sa.Integer(), nullable=False),
    sa.Column('scope', sa.String(length=32), nullable=False),
    sa.Column('point', postgresql.ARRAY(sa.Float()), nullable=False),
    sa.Column('low80', postgresql.ARRAY(sa.Float()), nullable=False),
    sa.Column('high80', postgresql.ARRAY(sa.Float()), nullable=False),
    sa.Column('benchmark', postgresql.ARRAY(sa.Float()), nullable=False),
    sa.Column('report', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.ForeignKeyConstraint(['run_id'], ['forecast_run.id'], name=op.f('fk_forecast_run_id_forecast_run'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('run_id', 'scope', name=op.f('pk_forecast'))
    )

    op.create_table('guest_group',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('establishment_id', sa.Integer(), nullable=False),
    sa.Column('reservation_id', sa.Uuid(), nullable=True),
    sa.Column('label_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('arrival', sa.Date(), nullable=False),
    sa.Column('arrived_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('planned_departure', sa.DateTime(timezone=True), nullable=False),
    sa.Column('source', sa.String(length=32), server_default='walk_in', nullable=False),
    sa.Column('reason', sa.String(length=32), server_default='tourism', nullable=False),
    sa.Column('reason_detail', sa.String(length=255), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('created_by', sa.String(length=60), nullable=True),
    sa.Column('record_version', sa.Integer(), server_default='1', nullable=False),
    sa.CheckConstraint("source IN ('walk_in', 'reservation', 'ota', 'agency')", name=op.f('ck_guest_group_source')),
    sa.CheckConstraint("reason IN ('tourism', 'business', 'study', 'visit', 'conference', 'family_visit', 'charity', 'international_organisation', 'marriage', 'consulate', 'aid', 'embassy', 'settlement', 'marketing', 'press', 'trade', 'visa_extension', 'medical', 'labour', 'other')", name=op.f('ck_guest_group_reason')),
    sa.ForeignKeyConstraint(['establishment_id'], ['establishment.id'], name=op.f('fk_guest_group_establishment_id_establishment')),
    sa.ForeignKeyConstraint(['reservation_id'], ['reservation.id'], name=op.f('fk_guest_group_reservation_id_reservation')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_guest_group'))
    )
    with op.batch_alter_table('guest_group', schema=None) as batch_op:
        batch_op.create_index('ix_guest_group_establishment_id_arrival', ['establishment_id', 'arrival'], unique=False)
        batch_op.create_index('uq_guest_group_reservation', ['reservation_id'], unique=True, postgresql_where=sa.text('reservation_id IS NOT NULL'))

    op.create_table('prefill_link',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('group_id', sa.Uuid(), nullable=False),
    sa.Column('establishment_id', sa.Integer(), nullable=False),
    sa.Column('nonce', sa.LargeBinary(), nullable=False),
    sa.Column('token_hash', sa.LargeBinary(), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('revoked_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('received', sa.SmallInteger(), server_default='0', nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('created_by', sa.String(length=60), nullable=True),
    sa.ForeignKeyConstraint(['establishment_id'], ['establishment.id'], name=op.f('fk_prefill_link_establishment_id_establishment')),
    sa.ForeignKeyConstraint(['group_id'], ['guest_group.id'], name=op.f('fk_prefill_link_group_id_guest_group'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_prefill_link')),
    sa.UniqueConstraint('token_hash', name=op.f('uq_prefill_link_token_hash'))
    )
    with op.batch_alter_table('prefill_link', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_prefill_link_group_id'), ['group_id'], unique=False)

    op.create_table('guest_draft',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('group_id', sa.Uuid(), nullable=False),
    sa.Column('establishment_id', sa.Integer(), nullable=False),
    sa.Column('position', sa.SmallInteger(), nullable=False),
    sa.Column('origin', sa.String(length=32), nullable=False),
    sa.Column('room', sa.String(length=20), nullable=True),
    sa.Column('confirmed', sa.Boolean(), server_default='false', nullable=False),
    sa.Column('content_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('stay_id', sa.Uuid(), nullable=True),
    sa.Column('guest_id', sa.Uuid(), nullable=True),
    sa.Column('checked_in_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('link_id', sa.Integer(), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.CheckConstraint("origin IN ('typed', 'pasted', 'scanned', 'prefill')", name=op.f('ck_guest_draft_origin')),
    sa.CheckConstraint('(content_sealed IS NULL) = (checked_in_at IS NOT NULL)', name=op.f('ck_guest_draft_kept_until_checked_in')),
    sa.ForeignKeyConstraint(['establishment_id'], ['establishment.id'], name=op.f('fk_guest_draft_establishment_id_establishment')),
    sa.ForeignKeyConstraint(['group_id'], ['guest_group.id'], name=op.f('fk_guest_draft_group_id_guest_group'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['guest_id'], ['guest.id'], name=op.f('fk_guest_draft_guest_id_guest'), ondelete='SET NULL'),
    sa.ForeignKeyConstraint(['link_id'], ['prefill_link.id'], name=op.f('fk_guest_draft_link_id_prefill_link'), ondelete='SET NULL'),
    sa.ForeignKeyConstraint(['stay_id'], ['stay.id'], name=op.f('fk_guest_draft_stay_id_stay'), ondelete='SET NULL'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_guest_draft'))
    )
    with op.batch_alter_table('guest_draft', schema=None) as batch_op:
        batch_op.create_index('ix_guest_draft_group_id_position', ['group_id', 'position'], unique=False)
        batch_op.create_index('ix_guest_draft_stay_id', ['stay_id'], unique=False, postgresql_where=sa.text('stay_id IS NOT NULL'))
        batch_op.create_index('ix_guest_draft_guest_id', ['guest_id'], unique=False, postgresql_where=sa.text('guest_id IS NOT NULL'))
        batch_op.create_index('ix_guest_draft_link_id', ['link_id'], unique=False, postgresql_where=sa.text('link_id IS NOT NULL'))

    op.create_table('open_data_release',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('month', sa.Date(), nullable=False),
    sa.Column('version', sa.SmallInteger(), nullable=False),
    sa.Column('published_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('published_by', sa.String(length=60), nullable=False),
    sa.Column('sha256', sa.String(length=64), nullable=False),
    sa.Column('content', sa.Text(), nullable=False),
    sa.Column('basis', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_open_data_release')),
    sa.UniqueConstraint('month', 'version', name=op.f('uq_open_data_release_month_version'))
    )
    op.execute(FROZEN_FUNCTION)
    op.execute(FROZEN_TRIGGER)
    op.create_table('sent_return',
    sa.Column('establishment_id', sa.Integer(), nullable=False),
    sa.Column('form', sa.String(length=32), nullable=False),
    sa.Column('month', sa.Date(), nullable=False),
    sa.Column('sent_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('sent_by', sa.String(length=60), nullable=False),
    sa.ForeignKeyConstraint(['establishment_id'], ['establishment.id'], name=op.f('fk_sent_return_establishment_id_establishment')),
    sa.PrimaryKeyConstraint('establishment_id', 'form', 'month', name=op.f('pk_sent_return'))
    )
    op.create_table('bulletin_recipient',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('email', sa.String(length=200), nullable=False),
    sa.Column('nonce', sa.LargeBinary(), nullable=False),
    sa.Column('added_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('added_by', sa.String(length=60), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_bulletin_recipient')),
    sa.UniqueConstraint('email', name=op.f('uq_bulletin_recipient_email'))
    )
    op.create_table('bulletin_issue',
    sa.Column('month', sa.Date(), nullable=False),
    sa.Column('queued_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('recipients', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('month', name=op.f('pk_bulletin_issue'))
    )
    op.create_table('day_close',
    sa.Column('establishment_id', sa.Integer(), nullable=False),
    sa.Column('day', sa.Date(), nullable=False),
    sa.Column('rooms_sold', sa.SmallInteger(), nullable=False),
    sa.Column('rooms_out_of_order', sa.SmallInteger(), nullable=False),
    sa.Column('closed', sa.Boolean(), nullable=False),
    sa.Column('zero', sa.Boolean(), nullable=False),
    sa.Column('source', sa.String(length=32), nullable=False),
    sa.Column('by', sa.String(length=60), nullable=False),
    sa.Column('first_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint('rooms_sold >= 0 AND rooms_out_of_order >= 0', name=op.f('ck_day_close_counts')),
    sa.CheckConstraint('rooms_sold = 0 OR NOT (closed OR zero)', name=op.f('ck_day_close_nothing_sold')),
    sa.CheckConstraint("source IN ('button', 'api')", name=op.f('ck_day_close_source')),
    sa.ForeignKeyConstraint(['establishment_id'], ['establishment.id'], name=op.f('fk_day_close_establishment_id_establishment')),
    sa.PrimaryKeyConstraint('establishment_id', 'day', name=op.f('pk_day_close'))
    )
    op.create_index('ix_day_close_day', 'day_close', ['day'], unique=False)
    op.create_table('outage',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('starts_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ends_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('note', sa.String(length=500), nullable=False),
    sa.Column('source', sa.String(length=200), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('created_by', sa.String(length=60), nullable=False),
    sa.CheckConstraint('ends_at > starts_at', name=op.f('ck_outage_order')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_outage'))
    )
    op.create_table('breach',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('discovered_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('description', sa.String(length=2000), nullable=False),
    sa.Column('notified_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('created_by', sa.String(length=60), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_breach'))
    )
    op.create_table('published_month',
    sa.Column('month', sa.Date(), nullable=False),
    sa.Column('published_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('checked_at', sa.DateTime(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('month', name=op.f('pk_published_month'))
    )
    op.create_table('published_figure',
    sa.Column('month', sa.Date(), nullable=False),
    sa.Column('scope', sa.String(length=32), nullable=False),
    sa.Column('indicator', sa.String(length=32), nullable=False),
    sa.Column('over', sa.BigInteger(), nullable=False),
    sa.Column('under', sa.BigInteger(), nullable=True),
    sa.ForeignKeyConstraint(['month'], ['published_month.month'], name=op.f('fk_published_figure_month_published_month'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('month', 'scope', 'indicator', name=op.f('pk_published_figure'))
    )
    op.create_table('revision',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('month', sa.Date(), nullable=False),
    sa.Column('scope', sa.String(length=32), nullable=False),
    sa.Column('indicator', sa.String(length=32), nullable=False),
    sa.Column('over_before', sa.BigInteger(), nullable=False),
    sa.Column('under_before', sa.BigInteger(), nullable=True),
    sa.Column('over_after', sa.BigInteger(), nullable=False),
    sa.Column('under_after', sa.BigInteger(), nullable=True),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_revision'))
    )
    op.create_index('ix_revision_month', 'revision', ['month'], unique=False)

    op.create_table('guest_import',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('establishment_id', sa.Integer(), nullable=False),
    sa.Column('state', sa.String(length=32), server_default='waiting', nullable=False),
    sa.Column('dry_run', sa.Boolean(), server_default='false', nullable=False),
    sa.Column('content_sealed', sa.LargeBinary(), nullable=True),
    sa.Column('failure', sa.String(length=60), nullable=True),
    sa.Column('rows_total', sa.Integer(), server_default='0', nullable=False),
    sa.Column('rows_done', sa.Integer(), server_default='0', nullable=False),
    sa.Column('counts', postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'::jsonb"), nullable=False),
    sa.Column('columns', postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'::jsonb"), nullable=False),
    sa.Column('cancel_asked', sa.Boolean(), server_default='false', nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('created_by', sa.String(length=60), nullable=False),
    sa.Column('finished_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("state IN ('waiting', 'working', 'done', 'failed', 'cancelled')", name=op.f('ck_guest_import_state')),
    sa.ForeignKeyConstraint(['establishment_id'], ['establishment.id'], name=op.f('fk_guest_import_establishment_id_establishment')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_guest_import'))
    )
    op.create_index('ix_guest_import_establishment_id_created_at', 'guest_import', ['establishment_id', 'created_at'], unique=False)
    op.create_index('ix_guest_import_open', 'guest_import', ['created_at'], unique=False, postgresql_where=sa.text("state IN ('waiting', 'working')"))
    op.create_table('guest_import_row',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('import_id', sa.Uuid(), nullable=False),
    sa.Column('line', sa.Integer(), nullable=False),
    sa.Column('state', sa.String(length=32), nullable=False),
    sa.Column('findings', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('stay_id', sa.Uuid(), nullable=True),
    sa.Column('content_sealed', sa.LargeBinary(), nullable=True),
    sa.CheckConstraint("state IN ('stored', 'would_store', 'duplicate', 'faulty', 'warning')", name=op.f('ck_guest_import_row_state')),
    sa.ForeignKeyConstraint(['import_id'], ['guest_import.id'], name=op.f('fk_guest_import_row_import_id_guest_import'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['stay_id'], ['stay.id'], name=op.f('fk_guest_import_row_stay_id_stay'), ondelete='SET NULL'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_guest_import_row'))
    )
    op.create_index('uq_guest_import_row_line', 'guest_import_row', ['import_id', 'line'], unique=True)
    op.create_index('ix_guest_import_row_state', 'guest_import_row', ['import_id', 'state', 'line'], unique=False)
    op.create_index('ix_guest_import_row_stay_id', 'guest_import_row', ['stay_id'], unique=False, postgresql_where=sa.text('stay_id IS NOT NULL'))

    # Alerts of free rooms, the reach of a house, evening reminders.
    op.create_table('watch',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('channel', sa.String(length=32), nullable=False),
    sa.Column('contact_sealed', sa.LargeBinary(), nullable=False),
    sa.Column('contact_index', sa.LargeBinary(), nullable=False),
    sa.Column('nonce', sa.LargeBinary(), nullable=False),
    sa.Column('lang', sa.String(length=32), server_default='vi', nullable=False),
    sa.Column('parameters', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('until', sa.Date(), nullable=False),
    sa.Column('confirmed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('told_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('told', sa.Integer(), server_default='0', nullable=False),
    sa.CheckConstraint("channel IN ('email', 'push')", name=op.f('ck_watch_channel')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_watch'))
    )
    op.create_index('ix_watch_contact_index', 'watch', ['contact_index'], unique=False)
    op.create_index('ix_watch_until', 'watch', ['until'], unique=False)
    op.create_index('ix_watch_waiting', 'watch', ['created_at'], unique=False, postgresql_where=sa.text('confirmed_at IS NULL'))
    op.create_table('watch_house',
    sa.Column('watch_id', sa.Uuid(), nullable=False),
    sa.Column('establishment_id', sa.Integer(), nullable=False),
    sa.Column('is_open', sa.Boolean(), nullable=False),
    sa.Column('told_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['establishment_id'], ['establishment.id'], name=op.f('fk_watch_house_establishment_id_establishment'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['watch_id'], ['watch.id'], name=op.f('fk_watch_house_watch_id_watch'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('watch_id', 'establishment_id', name=op.f('pk_watch_house'))
    )
    op.create_index('ix_watch_house_establishment_id', 'watch_house', ['establishment_id'], unique=False)
    op.create_table('watch_checked',
    sa.Column('establishment_id', sa.Integer(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['establishment_id'], ['establishment.id'], name=op.f('fk_watch_checked_establishment_id_establishment'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('establishment_id', name=op.f('pk_watch_checked'))
    )
    op.create_table('push_notice',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('watch_id', sa.Uuid(), nullable=False),
    sa.Column('content', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('due_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('attempts', sa.Integer(), server_default='0', nullable=False),
    sa.ForeignKeyConstraint(['watch_id'], ['watch.id'], name=op.f('fk_push_notice_watch_id_watch'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_push_notice'))
    )
    op.create_index('ix_push_notice_due_at', 'push_notice', ['due_at'], unique=False)
    op.create_index(op.f('ix_push_notice_watch_id'), 'push_notice', ['watch_id'], unique=False)
    op.create_table('reach_day',
    sa.Column('establishment_id', sa.Integer(), nullable=False),
    sa.Column('day', sa.Date(), nullable=False),
    sa.Column('found', sa.Integer(), server_default='0', nullable=False),
    sa.Column('mapped', sa.Integer(), server_default='0', nullable=False),
    sa.Column('opened', sa.Integer(), server_default='0', nullable=False),
    sa.Column('called', sa.Integer(), server_default='0', nullable=False),
    sa.Column('booked', sa.Integer(), server_default='0', nullable=False),
    sa.Column('hidden', sa.Integer(), server_default='0', nullable=False),
    sa.Column('last', sa.Integer(), server_default='0', nullable=False),
    sa.ForeignKeyConstraint(['establishment_id'], ['establishment.id'], name=op.f('fk_reach_day_establishment_id_establishment'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('establishment_id', 'day', name=op.f('pk_reach_day'))
    )
    op.create_index('ix_reach_day_day', 'reach_day', ['day'], unique=False)
    op.create_table('asked_search',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('day', sa.Date(), nullable=False),
    sa.Column('parameters', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('times', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_asked_search'))
    )
    op.create_table('vacancy_reminder',
    sa.Column('establishment_id', sa.Integer(), nullable=False),
    sa.Column('hour', sa.SmallInteger(), server_default='17', nullable=True),
    sa.Column('sent_on', sa.Date(), nullable=True),
    sa.CheckConstraint('hour BETWEEN 8 AND 22', name=op.f('ck_vacancy_reminder_hour')),
    sa.ForeignKeyConstraint(['establishment_id'], ['establishment.id'], name=op.f('fk_vacancy_reminder_establishment_id_establishment'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('establishment_id', name=op.f('pk_vacancy_reminder'))
    )

    op.create_table('quality_fact',
    sa.Column('establishment_id', sa.Integer(), nullable=False),
    sa.Column('night', sa.Date(), nullable=False),
    sa.Column('kind', sa.String(length=32), nullable=True),
    sa.Column('stars', sa.SmallInteger(), nullable=True),
    sa.Column('unit_code', sa.String(length=32), nullable=True),
    sa.Column('area_code', sa.String(length=32), nullable=True),
    sa.Column('owed', sa.SmallInteger(), nullable=False),
    sa.Column('told', sa.SmallInteger(), nullable=False),
    sa.Column('due', sa.SmallInteger(), nullable=False),
    sa.Column('reported', sa.SmallInteger(), nullable=False),
    sa.Column('on_time', sa.SmallInteger(), nullable=False),
    sa.Column('late', sa.SmallInteger(), nullable=False),
    sa.Column('records', sa.Integer(), nullable=False),
    sa.Column('errors', sa.Integer(), nullable=False),
    sa.Column('duplicates', sa.Integer(), nullable=False),
    sa.Column('contradictions', sa.Integer(), nullable=False),
    sa.Column('closes', sa.SmallInteger(), nullable=False),
    sa.Column('filings', sa.Integer(), nullable=False),
    sa.Column('filings_sent', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['establishment_id'], ['establishment.id'], name=op.f('fk_quality_fact_establishment_id_establishment')),
    sa.PrimaryKeyConstraint('establishment_id', 'night', name=op.f('pk_quality_fact'))
    )
    op.create_index('ix_quality_fact_night', 'quality_fact', ['night'], unique=False)
    op.create_table('quality_day',
    sa.Column('night', sa.Date(), nullable=False),
    sa.Column('due_at', sa.DateTime(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('night', name=op.f('pk_quality_day'))
    )
    op.create_table('quality_mark',
    sa.Column('id', sa.BigInteger(), autoincrement=True, nullable=False),
    sa.Column('establishment_id', sa.Integer(), nullable=False),
    sa.Column('first', sa.Date(), nullable=True),
    sa.Column('last', sa.Date(), nullable=True),
    sa.ForeignKeyConstraint(['establishment_id'], ['establishment.id'], name=op.f('fk_quality_mark_establishment_id_establishment'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_quality_mark'))
    )
    op.create_index('ix_quality_mark_establishment_id', 'quality_mark', ['establishment_id'], unique=False)
    op.create_table('quality_freshness',
    sa.Column('establishment_id', sa.Integer(), nullable=False),
    sa.Column('night', sa.Date(), nullable=False),
    sa.Column('vacancies', sa.Integer(), nullable=False),
    sa.Column('fresh', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['establishment_id'], ['establishment.id'], name=op.f('fk_quality_freshness_establishment_id_establishment')),
    sa.PrimaryKeyConstraint('establishment_id', 'night', name=op.f('pk_quality_freshness'))
    )
    op.create_table('worklist_entry',
    sa.Column('establishment_id', sa.Integer(), nullable=False),
    sa.Column('state', sa.String(length=32), nullable=False),
    sa.Column('promised_until', sa.Date(), nullable=True),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('by_user_id', sa.Integer(), nullable=True),
    sa.CheckConstraint("state IN ('to_call', 'called', 'promised', 'solved')", name=op.f('ck_worklist_entry_state')),
    sa.CheckConstraint("(state = 'promised') = (promised_until IS NOT NULL)", name=op.f('ck_worklist_entry_promised')),
    sa.ForeignKeyConstraint(['by_user_id'], ['user_account.id'], name=op.f('fk_worklist_entry_by_user_id_user_account')),
    sa.ForeignKeyConstraint(['establishment_id'], ['establishment.id'], name=op.f('fk_worklist_entry_establishment_id_establishment')),
    sa.PrimaryKeyConstraint('establishment_id', name=op.f('pk_worklist_entry'))
    )
    op.create_table('house_reminder',
    sa.Column('establishment_id', sa.Integer(), nullable=False),
    sa.Column('day', sa.Date(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('by', sa.String(length=60), nullable=False),
    sa.Column('missing', sa.SmallInteger(), nullable=False),
    sa.Column('by_mail', sa.Boolean(), nullable=False),
    sa.ForeignKeyConstraint(['establishment_id'], ['establishment.id'], name=op.f('fk_house_reminder_establishment_id_establishment')),
    sa.PrimaryKeyConstraint('establishment_id', 'day', name=op.f('pk_house_reminder'))
    )
    op.create_table('figures_opening',
    sa.Column('id', sa.Integer(), sa.Identity(always=False), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('until', sa.DateTime(timezone=True), nullable=False),
    sa.Column('actor', sa.String(length=60), nullable=False),
    sa.Column('establishment_id', sa.Integer(), nullable=True),
    sa.Column('units', postgresql.ARRAY(sa.String(length=32)), nullable=True),
    sa.Column('reason', sa.String(length=200), nullable=False),
    sa.CheckConstraint('length(reason) > 0', name=op.f('ck_figures_opening_reason')),
    sa.CheckConstraint('until > at', name=op.f('ck_figures_opening_until')),
    sa.ForeignKeyConstraint(['establishment_id'], ['establishment.id'], name=op.f('fk_figures_opening_establishment_id_establishment')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_figures_opening'))
    )
    op.create_index('ix_figures_opening_actor_until', 'figures_opening', ['actor', 'until'], unique=False)
    op.create_index('ix_figures_opening_establishment_id_at', 'figures_opening', ['establishment_id', 'at'], unique=False)
    op.create_table('outside_list',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('name', sa.String(length=200), nullable=False),
    sa.Column('content_hash', sa.LargeBinary(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('created_by', sa.String(length=60), nullable=False),
    sa.Column('rows_total', sa.Integer(), nullable=False),
    sa.Column('rows_repeated', sa.Integer(), server_default='0', nullable=False),
    sa.Column('finished_at', sa.DateTime(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_outside_list')),
    sa.UniqueConstraint('created_by', 'content_hash', name=op.f('uq_outside_list_created_by_content_hash'))
    )
    op.create_index('ix_outside_list_open', 'outside_list', ['created_at'], unique=False, postgresql_where=sa.text('finished_at IS NULL'))
    op.create_table('outside_row',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('list_id', sa.Uuid(), nullable=False),
    sa.Column('line', sa.Integer(), nullable=False),
    sa.Column('name', sa.String(length=200), nullable=False),
    sa.Column('address', sa.String(length=400), nullable=True),
    sa.Column('phone', sa.String(length=40), nullable=True),
    sa.Column('lat', sa.Float(), nullable=True),
    sa.Column('lon', sa.Float(), nullable=True),
    sa.Column('result', sa.String(length=32), server_default='waiting', nullable=False),
    sa.Column('establishment_id', sa.Integer(), nullable=True),
    sa.Column('score', sa.Integer(), nullable=True),
    sa.Column('evidence', postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'::jsonb"), nullable=False),
    sa.Column('decision', sa.String(length=32), nullable=True),
    sa.Column('note', sa.String(length=500), nullable=True),
    sa.Column('decided_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('decided_by', sa.String(length=60), nullable=True),
    sa.CheckConstraint("result IN ('waiting', 'found', 'probable', 'absent')", name=op.f('ck_outside_row_result')),
    sa.CheckConstraint("decision IN ('same', 'drafted', 'to_visit', 'none')", name=op.f('ck_outside_row_decision')),
    sa.ForeignKeyConstraint(['establishment_id'], ['establishment.id'], name=op.f('fk_outside_row_establishment_id_establishment')),
    sa.ForeignKeyConstraint(['list_id'], ['outside_list.id'], name=op.f('fk_outside_row_list_id_outside_list'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_outside_row')),
    sa.UniqueConstraint('list_id', 'line', name=op.f('uq_outside_row_list_id_line'))
    )
    op.create_index(op.f('ix_outside_row_establishment_id'), 'outside_row', ['establishment_id'], unique=False)
    op.create_index('ix_outside_row_list_id_result_line', 'outside_row', ['list_id', 'result', 'line'], unique=False)
    op.create_table('roll_release',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('establishment_id', sa.Integer(), nullable=True),
    sa.Column('unit_code', sa.String(length=32), nullable=True),
    sa.Column('cause', sa.String(length=32), nullable=False),
    sa.Column('reason', sa.String(length=200), nullable=False),
    sa.Column('requested_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('requested_by', sa.String(length=60), nullable=False),
    sa.Column('lapses_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('released_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('released_by', sa.String(length=60), nullable=True),
    sa.Column('until', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("cause IN ('fire', 'storm', 'flood', 'collapse', 'other')", name=op.f('ck_roll_release_cause')),
    sa.CheckConstraint('(establishment_id IS NULL) <> (unit_code IS NULL)', name=op.f('ck_roll_release_area')),
    sa.CheckConstraint('length(reason) > 0', name=op.f('ck_roll_release_reason')),
    sa.CheckConstraint('lapses_at > requested_at', name=op.f('ck_roll_release_lapses_at')),
    sa.CheckConstraint('released_by <> requested_by', name=op.f('ck_roll_release_two_people')),
    sa.CheckConstraint('num_nulls(released_at, released_by, until) IN (0, 3)', name=op.f('ck_roll_release_released_whole')),
    sa.CheckConstraint('until > released_at', name=op.f('ck_roll_release_until')),
    sa.ForeignKeyConstraint(['establishment_id'], ['establishment.id'], name=op.f('fk_roll_release_establishment_id_establishment')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_roll_release'))
    )
    op.create_index(op.f('ix_roll_release_establishment_id'), 'roll_release', ['establishment_id'], unique=False)
    op.create_index('ix_roll_release_requested_at', 'roll_release', ['requested_at'], unique=False)
    op.create_index(op.f('ix_roll_release_unit_code'), 'roll_release', ['unit_code'], unique=False)
    op.create_table('roll_opening',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('release_id', sa.Uuid(), nullable=False),
    sa.Column('establishment_id', sa.Integer(), nullable=True),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('actor', sa.String(length=60), nullable=False),
    sa.ForeignKeyConstraint(['establishment_id'], ['establishment.id'], name=op.f('fk_roll_opening_establishment_id_establishment')),
    sa.ForeignKeyConstraint(['release_id'], ['roll_release.id'], name=op.f('fk_roll_opening_release_id_roll_release')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_roll_opening'))
    )
    op.create_index(op.f('ix_roll_opening_release_id'), 'roll_opening', ['release_id'], unique=False)

    # Sums of facts that are kept ready.
    op.create_table('fact_sum',
    sa.Column('level', sa.String(length=32), nullable=False),
    sa.Column('span', sa.String(length=32), nullable=False),
    sa.Column('night', sa.Date(), nullable=False),
    sa.Column('unit_code', sa.String(length=32), nullable=False),
    sa.Column('area_code', sa.String(length=32), nullable=False),
    sa.Column('kind', sa.String(length=32), nullable=False),
    sa.Column('stars', sa.String(length=32), nullable=False),
    sa.Column('registered_houses', postgresql.BIT(varying=True), nullable=False),
    sa.Column('reporting_houses', postgresql.BIT(varying=True), nullable=False),
    sa.Column('rooms_registered', sa.Integer(), nullable=False),
    sa.Column('rooms_gross', sa.Integer(), nullable=False),
    sa.Column('rooms_net', sa.Integer(), nullable=False),
    sa.Column('rooms_commercial', sa.Integer(), nullable=False),
    sa.Column('rooms_occupied', sa.Integer(), nullable=False),
    sa.Column('bed_places', sa.Integer(), nullable=False),
    sa.Column('bed_places_net', sa.Integer(), nullable=False),
    sa.Column('guest_nights_domestic', sa.Integer(), nullable=False),
    sa.Column('guest_nights_foreign', sa.Integer(), nullable=False),
    sa.Column('arrivals_domestic', sa.Integer(), nullable=False),
    sa.Column('arrivals_foreign', sa.Integer(), nullable=False),
    sa.Column('same_day_domestic', sa.Integer(), nullable=False),
    sa.Column('same_day_foreign', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('level', 'span', 'night', 'unit_code', 'area_code', 'kind', 'stars', name=op.f('pk_fact_sum'))
    )
    op.create_table('fact_month',
    sa.Column('night', sa.Date(), nullable=False),
    sa.Column('establishment_id', sa.Integer(), nullable=False),
    sa.Column('unit_code', sa.String(length=32), nullable=False),
    sa.Column('area_code', sa.String(length=32), nullable=False),
    sa.Column('kind', sa.String(length=32), nullable=False),
    sa.Column('stars', sa.String(length=32), nullable=False),
    sa.Column('nights', sa.Integer(), nullable=False),
    sa.Column('registered', sa.Boolean(), nullable=False),
    sa.Column('reporting', sa.Boolean(), nullable=False),
    sa.Column('rooms_registered', sa.Integer(), nullable=False),
    sa.Column('rooms_gross', sa.Integer(), nullable=False),
    sa.Column('rooms_net', sa.Integer(), nullable=False),
    sa.Column('rooms_commercial', sa.Integer(), nullable=False),
    sa.Column('rooms_occupied', sa.Integer(), nullable=False),
    sa.Column('bed_places', sa.Integer(), nullable=False),
    sa.Column('bed_places_net', sa.Integer(), nullable=False),
    sa.Column('guest_nights_domestic', sa.Integer(), nullable=False),
    sa.Column('guest_nights_foreign', sa.Integer(), nullable=False),
    sa.Column('arrivals_domestic', sa.Integer(), nullable=False),
    sa.Column('arrivals_foreign', sa.Integer(), nullable=False),
    sa.Column('same_day_domestic', sa.Integer(), nullable=False),
    sa.Column('same_day_foreign', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['establishment_id'], ['establishment.id'], name=op.f('fk_fact_month_establishment_id_establishment')),
    sa.PrimaryKeyConstraint('night', 'establishment_id', 'unit_code', 'area_code', 'kind', 'stars', name=op.f('pk_fact_month'))
    )
    op.create_index('ix_fact_month_establishment_id', 'fact_month', ['establishment_id'], unique=False)
    op.create_table('origin_sum',
    sa.Column('level', sa.String(length=32), nullable=False),
    sa.Column('span', sa.String(length=32), nullable=False),
    sa.Column('night', sa.Date(), nullable=False),
    sa.Column('unit_code', sa.String(length=32), nullable=False),
    sa.Column('area_code', sa.String(length=32), nullable=False),
    sa.Column('kind', sa.String(length=32), nullable=False),
    sa.Column('stars', sa.String(length=32), nullable=False),
    sa.Column('country', sa.String(length=32), nullable=False),
    sa.Column('residence', sa.String(length=32), nullable=False),
    sa.Column('guest_nights', sa.Integer(), nullable=False),
    sa.Column('arrivals', sa.Integer(), nullable=False),
    sa.Column('same_day_guests', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('level', 'span', 'night', 'unit_code', 'area_code', 'kind', 'stars', 'country', 'residence', name=op.f('pk_origin_sum'))
    )

    for statement in (*TRIGGERS, *QUALITY_TRIGGERS):
        op.execute(statement)


def downgrade() -> None:
    op.drop_table('roll_opening')
    op.drop_table('roll_release')
    op.drop_table('origin_sum')
    op.drop_table('fact_month')
    op.drop_table('fact_sum')
    op.drop_table('outside_row')
    op.drop_table('outside_list')
    op.drop_table('figures_opening')
    op.drop_table('house_reminder')
    op.drop_table('worklist_entry')
    op.drop_table('quality_freshness')
    op.drop_table('quality_mark')
    op.drop_table('quality_day')
    op.drop_table('quality_fact')
    op.drop_table('vacancy_reminder')
    op.drop_table('asked_search')
    op.drop_table('reach_day')
    op.drop_table('push_notice')
    op.drop_table('watch_checked')
    op.drop_table('watch_house')
    op.drop_table('watch')
    op.drop_table('guest_import_row')
    op.drop_table('guest_import')
    op.drop_index('ix_revision_month', table_name='revision')
    op.drop_table('revision')
    op.drop_table('published_figure')
    op.drop_table('published_month')
    op.drop_table('breach')
    op.drop_table('outage')
    op.drop_index('ix_day_close_day', table_name='day_close')
    op.drop_table('day_close')
    op.drop_table('bulletin_issue')
    op.drop_table('bulletin_recipient')
    op.drop_table('sent_return')
    op.drop_table('open_data_release')
    op.execute("DROP FUNCTION IF EXISTS open_data_release_is_frozen()")
    with op.batch_alter_table('guest_draft', schema=None) as batch_op:
        batch_op.drop_index('ix_guest_draft_link_id', postgresql_where=sa.text('link_id IS NOT NULL'))
        batch_op.drop_index('ix_guest_draft_guest_id', postgresql_where=sa.text('guest_id IS NOT NULL'))
        batch_op.drop_index('ix_guest_draft_stay_id', postgresql_where=sa.text('stay_id IS NOT NULL'))
        batch_op.drop_index('ix_guest_draft_group_id_position')

    op.drop_table('guest_draft')
    with op.batch_alter_table('prefill_link', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_prefill_link_group_id'))

    op.drop_table('prefill_link')
    with op.batch_alter_table('guest_group', schema=None) as batch_op:
        batch_op.drop_index('uq_guest_group_reservation', postgresql_where=sa.text('reservation_id IS NOT NULL'))
        batch_op.drop_index('ix_guest_group_establishment_id_arrival')

    op.drop_table('guest_group')
    op.drop_table('forecast')
    with op.batch_alter_table('forecast_run', schema=None) as batch_op:
        batch_op.drop_index('uq_forecast_run_asked', postgresql_where=sa.text("status = 'asked'"))
        batch_op.drop_index('ix_forecast_run_as_of')

    op.drop_table('forecast_run')
    with op.batch_alter_table('on_the_books_snapshots', schema=None) as batch_op:
        batch_op.drop_index('ix_on_the_books_snapshots_unit_code_as_of')

    op.drop_table('on_the_books_snapshots')
    op.drop_table('on_the_books_days')
    with op.batch_alter_table('filing_entry', schema=None) as batch_op:
        batch_op.drop_index('ix_filing_entry_guest_id', postgresql_where=sa.text('guest_id IS NOT NULL'))
        batch_op.drop_index(batch_op.f('ix_filing_entry_filing_id'))

    op.drop_table('filing_entry')
    with op.batch_alter_table('filing', schema=None) as batch_op:
        batch_op.drop_index('ix_filing_establishment_id_created_at')

    op.drop_table('filing')
    with op.batch_alter_table('guest', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_guest_stay_id'))
        batch_op.drop_index('ix_guest_establishment_id_document_index')

    op.drop_table('guest')
    op.drop_index('ix_remembered_guest_seen_at', table_name='remembered_guest')
    op.drop_table('remembered_guest')
    with op.batch_alter_table('stay', schema=None) as batch_op:
        batch_op.drop_index('uq_stay_hourly_room', postgresql_where=sa.text("status = 'in_house' AND first_night = last_night_end"))
        batch_op.drop_index(batch_op.f('ix_stay_room_id'))
        batch_op.drop_index('ix_stay_in_house', postgresql_where=sa.text("status = 'in_house'"))
        batch_op.drop_index('ix_stay_establishment_id_last_night_end')
        batch_op.drop_index('ix_stay_establishment_id_first_night')

    op.drop_table('stay')
    with op.batch_alter_table('taken_night', schema=None) as batch_op:
        batch_op.drop_index('ix_taken_night_stay_id', postgresql_where=sa.text('stay_id IS NOT NULL'))
        batch_op.drop_index('ix_taken_night_room_type_id_night')
        batch_op.drop_index('ix_taken_night_establishment_id_night')

    op.drop_table('feed_night')
    op.drop_table('vacancy_feed')
    op.drop_table('taken_night')
    with op.batch_alter_table('room_type_night', schema=None) as batch_op:
        batch_op.drop_index('ix_room_type_night_night')

    op.drop_table('room_type_night')
    with op.batch_alter_table('room_assignment', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_room_assignment_room_type_id'))
        batch_op.drop_index(batch_op.f('ix_room_assignment_room_id'))
        batch_op.drop_index(batch_op.f('ix_room_assignment_establishment_id'))

    op.drop_table('room_assignment')
    with op.batch_alter_table('reservation', schema=None) as batch_op:
        batch_op.drop_index('uq_reservation_reference', postgresql_where=sa.text("status <> 'cancelled'"))
        batch_op.drop_index('ix_reservation_open', postgresql_where=sa.text("status = 'open' AND rooms_arrived < rooms"))
        batch_op.drop_index('ix_reservation_establishment_id_arrival')

    op.drop_table('reservation')
    with op.batch_alter_table('classification', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_classification_unit_id'))
        batch_op.drop_index(batch_op.f('ix_classification_establishment_id'))

    op.drop_table('classification')
    op.drop_table('api_key_house')
    with op.batch_alter_table('unit', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_unit_folded'))
        batch_op.drop_index(batch_op.f('ix_unit_code'))
        batch_op.drop_index(batch_op.f('ix_unit_area_code'))

    op.drop_table('unit')
    with op.batch_alter_table('status_change', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_status_change_establishment_id'))

    op.drop_table('status_change')
    with op.batch_alter_table('sign_in_session', schema=None) as batch_op:
        batch_op.drop_index('ix_sign_in_session_live', postgresql_where=sa.text('revoked_at IS NULL'))

    op.drop_table('sign_in_session')
    op.drop_table('search_state')
    with op.batch_alter_table('room_type', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_room_type_establishment_id'))

    op.drop_table('room_type')
    with op.batch_alter_table('room', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_room_establishment_id'))

    op.drop_table('room')
    op.drop_table('reported_day')
    with op.batch_alter_table('one_time_link', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_one_time_link_user_id'))

    op.drop_table('one_time_link')
    with op.batch_alter_table('membership', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_membership_user_id'))
        batch_op.drop_index(batch_op.f('ix_membership_establishment_id'))

    op.drop_table('complaint_note')
    op.drop_table('complaint')
    op.drop_table('phone_check')
    op.drop_table('membership')
    with op.batch_alter_table('invitation', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_invitation_establishment_id'))

    op.drop_table('invitation')
    with op.batch_alter_table('import_row', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_import_row_name_key'))
        batch_op.drop_index(batch_op.f('ix_import_row_establishment_id'))

    op.drop_table('import_row')
    with op.batch_alter_table('fact_origin', schema=None) as batch_op:
        batch_op.drop_index('ix_fact_origin_night')

    op.drop_table('fact_origin')
    with op.batch_alter_table('fact', schema=None) as batch_op:
        batch_op.drop_index('ix_fact_unit_code_night')
        batch_op.drop_index('ix_fact_night')

    op.drop_table('fact')
    with op.batch_alter_table('establishment_note', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_establishment_note_establishment_id'))

    op.drop_table('establishment_note')
    with op.batch_alter_table('closure', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_closure_establishment_id'))

    op.drop_table('closure')
    op.drop_table('changed_night')
    op.drop_table('changed_house')
    with op.batch_alter_table('audit_event', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_audit_event_establishment_id'))

    op.drop_table('audit_event')
    op.drop_table('api_key')
    op.drop_table('user_account')
    with op.batch_alter_table('sign_in_attempt', schema=None) as batch_op:
        batch_op.drop_index('ix_sign_in_attempt_subject_at')

    op.drop_table('sign_in_attempt')
    with op.batch_alter_table('search_index', schema=None) as batch_op:
        batch_op.drop_index('uq_search_index_live', postgresql_where=sa.text('is_live'))

    op.drop_table('search_index')
    op.drop_table('place')
    op.drop_table('job_run')
    op.drop_index('ix_outgoing_mail_due', table_name='outgoing_mail', postgresql_where=sa.text('sent_at IS NULL AND NOT given_up'))
    op.drop_table('outgoing_mail')
    op.drop_table('erasure')
    with op.batch_alter_table('idempotent_request', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_idempotent_request_created_at'))

    op.drop_table('idempotent_request')
    op.drop_table('fact_night')
    with op.batch_alter_table('establishment', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_establishment_status'))
        batch_op.drop_index(batch_op.f('ix_establishment_folded'))
        batch_op.drop_index('ix_establishment_behind', postgresql_where=sa.text('sent_version < search_version'))

    op.drop_table('establishment')
    op.drop_table('area')
    for function in (*FUNCTIONS, *QUALITY_FUNCTIONS):
        op.execute(f"DROP FUNCTION IF EXISTS {function}()")
