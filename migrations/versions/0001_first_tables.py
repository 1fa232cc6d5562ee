"""Make the first tables: people, requests, nights, images, alerts, devices, telemetry, house."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:  # noqa: PLR0915  one statement a table
    op.create_table(
        "account",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("institute", sa.String(), nullable=False),
        sa.Column("password_hash", sa.String(), nullable=False),
        sa.Column(
            "role",
            sa.Enum(
                "USER",
                "EXPERT",
                "ADMIN",
                name="role",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("in_commission", sa.Boolean(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "WAITING",
                "ACTIVE",
                "REFUSED",
                "SUSPENDED",
                "CLOSED",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("must_change_password", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("email_confirmed_at", sa.DateTime(), nullable=True),
        sa.Column("validated_by", sa.String(), nullable=False),
        sa.Column("validated_at", sa.DateTime(), nullable=True),
        sa.Column("last_login_at", sa.DateTime(), nullable=True),
        sa.Column("tour_seen_at", sa.DateTime(), nullable=True),
        sa.Column("failed_logins", sa.Integer(), nullable=False),
        sa.Column("locked_until", sa.DateTime(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account")),
        sa.UniqueConstraint("email", name=op.f("uq_account_email")),
    )
    op.create_table(
        "alarm",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("severity", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("raised_at", sa.DateTime(), nullable=False),
        sa.Column("last_at", sa.DateTime(), nullable=False),
        sa.Column("cleared_at", sa.DateTime(), nullable=True),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("acknowledged_by", sa.String(), nullable=False),
        sa.Column("acknowledged_at", sa.DateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alarm")),
    )
    op.create_index(op.f("ix_alarm_last_at"), "alarm", ["last_at"], unique=False)
    op.create_index(
        "uq_alarm_key_open",
        "alarm",
        ["key"],
        unique=True,
        sqlite_where=sa.text("cleared_at IS NULL"),
    )
    op.create_table(
        "alert",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "candidate",
                "active",
                "retracted",
                "expired",
                "merged",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("drill", sa.Boolean(), nullable=False),
        sa.Column("burst_at", sa.DateTime(), nullable=True),
        sa.Column("burst_origin", sa.String(), nullable=False),
        sa.Column("ra_deg", sa.Double(), nullable=True),
        sa.Column("dec_deg", sa.Double(), nullable=True),
        sa.Column("r90_deg", sa.Double(), nullable=True),
        sa.Column("position_from", sa.String(), nullable=False),
        sa.Column("merged_into", sa.Integer(), nullable=True),
        sa.Column("request_id", sa.Integer(), nullable=True),
        sa.Column("strategy_version", sa.String(), nullable=False),
        sa.Column("rule", sa.String(), nullable=False),
        sa.Column("reasons", sa.JSON(), nullable=False),
        sa.Column("written_at", sa.DateTime(), nullable=True),
        sa.Column("sent_at", sa.DateTime(), nullable=True),
        sa.Column("received_at", sa.DateTime(), nullable=True),
        sa.Column("decided_at", sa.DateTime(), nullable=True),
        sa.Column("commanded_at", sa.DateTime(), nullable=True),
        sa.Column("first_light_at", sa.DateTime(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alert")),
        sa.UniqueConstraint("name", name=op.f("uq_alert_name")),
    )
    op.create_index(op.f("ix_alert_received_at"), "alert", ["received_at"], unique=False)
    op.create_index(op.f("ix_alert_state"), "alert", ["state"], unique=False)
    op.create_table(
        "audit_entry",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("who", sa.String(), nullable=False),
        sa.Column("place", sa.String(), nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("before", sa.JSON(), nullable=False),
        sa.Column("after", sa.JSON(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_entry")),
    )
    op.create_index(op.f("ix_audit_entry_at"), "audit_entry", ["at"], unique=False)
    op.create_index(op.f("ix_audit_entry_who_at"), "audit_entry", ["who", "at"], unique=False)
    op.create_table(
        "boot",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("started_at", sa.DateTime(), nullable=False),
        sa.Column("version", sa.String(), nullable=False),
        sa.Column("config", sa.String(), nullable=False),
        sa.Column("config_hash", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_boot")),
    )
    op.create_table(
        "cause_clock",
        sa.Column("cause", sa.String(), nullable=False),
        sa.Column("last_bad_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("cause", name=op.f("pk_cause_clock")),
    )
    op.create_table(
        "conditions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("complete", sa.Boolean(), nullable=False),
        sa.Column("safe", sa.Boolean(), nullable=False),
        sa.Column(
            "sky",
            sa.Enum(
                "PHOTOMETRIC",
                "CLEAR",
                "THIN",
                "CLOUDY",
                "UNKNOWN",
                name="sky",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("seeing_arcsec", sa.Double(), nullable=True),
        sa.Column("causes", sa.JSON(), nullable=False),
        sa.Column("values", sa.JSON(), nullable=False),
        sa.Column("sources", sa.JSON(), nullable=False),
        sa.Column("interlocks", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_conditions")),
    )
    op.create_index(op.f("ix_conditions_at"), "conditions", ["at"], unique=False)
    op.create_table(
        "device",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "telescope",
                "camera",
                "filter_wheel",
                "focuser",
                "rotator",
                "dome",
                "cover",
                "plc",
                "weather",
                "guider",
                name="kind",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("unit", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("blocking", sa.Boolean(), nullable=False),
        sa.Column("simulated", sa.Boolean(), nullable=False),
        sa.Column("driver", sa.String(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("attached_to", sa.String(), nullable=False),
        sa.Column("software_version", sa.String(), nullable=False),
        sa.Column("configured", sa.Boolean(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "UNKNOWN",
                "CONNECTING",
                "INITIALISING",
                "READY",
                "BUSY",
                "FAULT",
                "DISABLED",
                "OUT",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("state_since", sa.DateTime(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_device")),
        sa.UniqueConstraint("name", name=op.f("uq_device_name")),
    )
    op.create_table(
        "device_event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("device", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("from_state", sa.String(), nullable=False),
        sa.Column("to_state", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_device_event")),
    )
    op.create_index(
        op.f("ix_device_event_device_at"), "device_event", ["device", "at"], unique=False
    )
    op.create_table(
        "device_status",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("device", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("values", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_device_status")),
    )
    op.create_index(
        op.f("ix_device_status_device_at"), "device_status", ["device", "at"], unique=False
    )
    op.create_table(
        "hold",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "SAFETY",
                "SITE",
                "WEATHER",
                "OPERATOR",
                "STARTING",
                "DEVICE",
                "DAYLIGHT",
                "TWILIGHT",
                name="kind",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("placed_at", sa.DateTime(), nullable=False),
        sa.Column("placed_by", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("latched", sa.Boolean(), nullable=False),
        sa.Column("closes", sa.Boolean(), nullable=False),
        sa.Column("lifted_at", sa.DateTime(), nullable=True),
        sa.Column("lifted_by", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hold")),
    )
    op.create_index(op.f("ix_hold_placed_at"), "hold", ["placed_at"], unique=False)
    op.create_index(
        "uq_hold_key_in_force",
        "hold",
        ["key"],
        unique=True,
        sqlite_where=sa.text("lifted_at IS NULL"),
    )
    op.create_table(
        "id_block",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("next_id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_id_block")),
    )
    op.create_table(
        "image",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column(
            "level",
            sa.Enum(
                "L0",
                "L1a",
                "L1b",
                "L1c",
                name="level",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("exposure_key", sa.String(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("parent_id", sa.Integer(), nullable=True),
        sa.Column("night", sa.Date(), nullable=False),
        sa.Column("execution_id", sa.Integer(), nullable=True),
        sa.Column("sequence_id", sa.Integer(), nullable=True),
        sa.Column("request_id", sa.Integer(), nullable=True),
        sa.Column("alert_id", sa.Integer(), nullable=True),
        sa.Column("index", sa.Integer(), nullable=False),
        sa.Column("frame", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("filter", sa.String(), nullable=False),
        sa.Column("start", sa.DateTime(), nullable=False),
        sa.Column("exposure_s", sa.Double(), nullable=False),
        sa.Column("ra_deg", sa.Double(), nullable=True),
        sa.Column("dec_deg", sa.Double(), nullable=True),
        sa.Column("airmass", sa.Double(), nullable=True),
        sa.Column("target", sa.String(), nullable=False),
        sa.Column("path", sa.String(), nullable=False),
        sa.Column("preview_path", sa.String(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("bytes", sa.Integer(), nullable=False),
        sa.Column("temperature_C", sa.Double(), nullable=True),
        sa.Column("fwhm_arcsec", sa.Double(), nullable=True),
        sa.Column("background", sa.Double(), nullable=True),
        sa.Column("sources", sa.Integer(), nullable=True),
        sa.Column("flags", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["parent_id"], ["image.id"], name=op.f("fk_image_parent_id_image")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_image")),
        sa.UniqueConstraint(
            "exposure_key", "level", "revision", name=op.f("uq_image_exposure_key_level_revision")
        ),
        sa.UniqueConstraint("path", name=op.f("uq_image_path")),
    )
    op.create_index(op.f("ix_image_alert_id"), "image", ["alert_id"], unique=False)
    op.create_index(op.f("ix_image_channel_start"), "image", ["channel", "start"], unique=False)
    op.create_index(op.f("ix_image_execution_id"), "image", ["execution_id"], unique=False)
    op.create_index(op.f("ix_image_night"), "image", ["night"], unique=False)
    op.create_index(op.f("ix_image_parent_id"), "image", ["parent_id"], unique=False)
    op.create_index(op.f("ix_image_request_id"), "image", ["request_id"], unique=False)
    op.create_index(op.f("ix_image_sequence_id"), "image", ["sequence_id"], unique=False)
    op.create_table(
        "log_line",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("level", sa.String(), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("fields", sa.JSON(), nullable=False),
        sa.Column("correlation", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_log_line")),
    )
    op.create_index(op.f("ix_log_line_actor_id"), "log_line", ["actor", "id"], unique=False)
    op.create_index(op.f("ix_log_line_at"), "log_line", ["at"], unique=False)
    op.create_table(
        "night",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("date", sa.Date(), nullable=False),
        sa.Column("twilight", sa.String(), nullable=False),
        sa.Column("sunset", sa.DateTime(), nullable=True),
        sa.Column("sunrise", sa.DateTime(), nullable=True),
        sa.Column("start", sa.DateTime(), nullable=True),
        sa.Column("end", sa.DateTime(), nullable=True),
        sa.Column("alert_start", sa.DateTime(), nullable=True),
        sa.Column("alert_end", sa.DateTime(), nullable=True),
        sa.Column("moon_illumination", sa.Double(), nullable=False),
        sa.Column("first_schedule_at", sa.DateTime(), nullable=True),
        sa.Column("paused_at", sa.DateTime(), nullable=True),
        sa.Column("safe_at", sa.DateTime(), nullable=True),
        sa.Column("calibrated_at", sa.DateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_night")),
        sa.UniqueConstraint("date", name=op.f("uq_night_date")),
    )
    op.create_table(
        "notice",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("ivorn", sa.String(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("place", sa.String(), nullable=False),
        sa.Column("received_at", sa.DateTime(), nullable=False),
        sa.Column("raw", sa.LargeBinary(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("fields", sa.JSON(), nullable=False),
        sa.Column("problems", sa.JSON(), nullable=False),
        sa.Column("reasons", sa.JSON(), nullable=False),
        sa.Column("alert_id", sa.Integer(), nullable=True),
        sa.Column("alert_name", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice")),
    )
    op.create_index(op.f("ix_notice_alert_id"), "notice", ["alert_id"], unique=False)
    op.create_index(op.f("ix_notice_received_at"), "notice", ["received_at"], unique=False)
    op.create_index(
        "uq_notice_ivorn",
        "notice",
        ["source", "ivorn"],
        unique=True,
        sqlite_where=sa.text("ivorn <> ''"),
    )
    op.create_index(
        "uq_notice_sha256",
        "notice",
        ["source", "sha256"],
        unique=True,
        sqlite_where=sa.text("ivorn = ''"),
    )
    op.create_table(
        "period",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("first_night", sa.Date(), nullable=False),
        sa.Column("last_night", sa.Date(), nullable=False),
        sa.CheckConstraint("first_night <= last_night", name=op.f("ck_period_order")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_period")),
        sa.UniqueConstraint("code", name=op.f("uq_period_code")),
    )
    op.create_index(
        op.f("ix_period_first_night_last_night"),
        "period",
        ["first_night", "last_night"],
        unique=False,
    )
    op.create_table(
        "programme",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("description", sa.String(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "OPEN", "CLOSED", name="state", native_enum=False, create_constraint=True, length=24
            ),
            nullable=False,
        ),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("needs_approval", sa.Boolean(), nullable=False),
        sa.Column("enforce_quota", sa.Boolean(), nullable=False),
        sa.Column("accept_fraction", sa.Double(), nullable=False),
        sa.CheckConstraint("rank BETWEEN 1 AND 5", name=op.f("ck_programme_rank")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_programme")),
        sa.UniqueConstraint("code", name=op.f("uq_programme_code")),
    )
    op.create_table(
        "prune_limit",
        sa.Column("table_name", sa.String(), nullable=False),
        sa.Column("before", sa.DateTime(), nullable=False),
        sa.Column("before_micros", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("table_name", name=op.f("pk_prune_limit")),
    )
    op.create_table(
        "request",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "ROUTINE",
                "ALERT",
                name="kind",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("short_name", sa.String(), nullable=False),
        sa.Column("owner", sa.String(), nullable=False),
        sa.Column("programme", sa.String(), nullable=False),
        sa.Column("description", sa.String(), nullable=False),
        sa.Column("alert_id", sa.Integer(), nullable=True),
        sa.Column("strategy_version", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=True),
        sa.Column("submitted_at", sa.DateTime(), nullable=True),
        sa.Column("archived_at", sa.DateTime(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_request")),
        sa.UniqueConstraint("alert_id", name=op.f("uq_request_alert_id")),
        sa.UniqueConstraint(
            "programme", "short_name", name=op.f("uq_request_programme_short_name")
        ),
    )
    op.create_index(op.f("ix_request_owner"), "request", ["owner"], unique=False)
    op.create_table(
        "schedule",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("night", sa.Date(), nullable=False),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.Column(
            "cause",
            sa.Enum(
                "FIRST",
                "ALERT",
                "RESUME",
                "CONDITIONS",
                "SUBMIT",
                "UNSUBMIT",
                "CANCEL",
                "MISSED",
                "OPERATOR",
                name="cause",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("first_of_night", sa.Boolean(), nullable=False),
        sa.Column("start", sa.DateTime(), nullable=True),
        sa.Column("end", sa.DateTime(), nullable=True),
        sa.Column("input_hash", sa.String(), nullable=False),
        sa.Column("solver", sa.String(), nullable=False),
        sa.Column("runtime_ms", sa.Double(), nullable=False),
        sa.Column("score", sa.Double(), nullable=False),
        sa.Column("bound", sa.Double(), nullable=True),
        sa.Column("idle_reason", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_schedule")),
    )
    op.create_index(op.f("ix_schedule_night"), "schedule", ["night"], unique=False)
    op.create_table(
        "series",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("device", sa.String(), nullable=False),
        sa.Column("quantity", sa.String(), nullable=False),
        sa.Column("unit", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_series")),
        sa.UniqueConstraint("device", "quantity", name=op.f("uq_series_device_quantity")),
    )
    op.create_table(
        "strategy_version",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("author", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("comment", sa.String(), nullable=False),
        sa.CheckConstraint("n >= 1", name=op.f("ck_strategy_version_n")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_strategy_version")),
        sa.UniqueConstraint("name", "n", name=op.f("uq_strategy_version_name_n")),
    )
    op.create_table(
        "switch",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("value", sa.Boolean(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_switch")),
    )
    op.create_index(op.f("ix_switch_name"), "switch", ["name"], unique=False)
    op.create_table(
        "tombstone",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ivorn", sa.String(), nullable=False),
        sa.Column("mission", sa.String(), nullable=False),
        sa.Column("event_id", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tombstone")),
    )
    op.create_index(op.f("ix_tombstone_at"), "tombstone", ["at"], unique=False)
    op.create_index(op.f("ix_tombstone_ivorn"), "tombstone", ["ivorn"], unique=False)
    op.create_table(
        "alarm_event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("alarm_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("event", sa.String(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["alarm_id"], ["alarm.id"], name=op.f("fk_alarm_event_alarm_id_alarm")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alarm_event")),
    )
    op.create_index(op.f("ix_alarm_event_alarm_id"), "alarm_event", ["alarm_id"], unique=False)
    op.create_table(
        "alert_member",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("mission", sa.String(), nullable=False),
        sa.Column("event_id", sa.String(), nullable=False),
        sa.Column("alert_id", sa.Integer(), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["alert_id"], ["alert.id"], name=op.f("fk_alert_member_alert_id_alert")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alert_member")),
        sa.UniqueConstraint("mission", "event_id", name=op.f("uq_alert_member_mission_event_id")),
    )
    op.create_index(op.f("ix_alert_member_alert_id"), "alert_member", ["alert_id"], unique=False)
    op.create_table(
        "alert_revision",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("alert_id", sa.Integer(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("changed", sa.JSON(), nullable=False),
        sa.Column("notice", sa.String(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["alert_id"], ["alert.id"], name=op.f("fk_alert_revision_alert_id_alert")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alert_revision")),
        sa.UniqueConstraint("alert_id", "n", name=op.f("uq_alert_revision_alert_id_n")),
    )
    op.create_table(
        "allocation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("programme_id", sa.Integer(), nullable=False),
        sa.Column("period_id", sa.Integer(), nullable=False),
        sa.Column("quota_s", sa.Double(), nullable=False),
        sa.Column("quota_night_s", sa.Double(), nullable=False),
        sa.CheckConstraint("quota_s >= 0 AND quota_night_s >= 0", name=op.f("ck_allocation_quota")),
        sa.ForeignKeyConstraint(
            ["period_id"], ["period.id"], name=op.f("fk_allocation_period_id_period")
        ),
        sa.ForeignKeyConstraint(
            ["programme_id"], ["programme.id"], name=op.f("fk_allocation_programme_id_programme")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_allocation")),
        sa.UniqueConstraint(
            "programme_id", "period_id", name=op.f("uq_allocation_programme_id_period_id")
        ),
    )
    op.create_table(
        "analysis_result",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("image_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("software", sa.String(), nullable=False),
        sa.Column("ok", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("payload", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["image_id"], ["image.id"], name=op.f("fk_analysis_result_image_id_image")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_analysis_result")),
        sa.UniqueConstraint(
            "image_id", "kind", "revision", name=op.f("uq_analysis_result_image_id_kind_revision")
        ),
    )
    op.create_table(
        "boot_end",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("ended_at", sa.DateTime(), nullable=False),
        sa.Column("exit_code", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["number"], ["boot.number"], name=op.f("fk_boot_end_number_boot")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_boot_end")),
    )
    op.create_table(
        "default_strategy",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["version_id"],
            ["strategy_version.id"],
            name=op.f("fk_default_strategy_version_id_strategy_version"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_default_strategy")),
    )
    op.create_table(
        "member",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("programme_id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column(
            "part",
            sa.Enum(
                "PI", "MEMBER", name="part", native_enum=False, create_constraint=True, length=24
            ),
            nullable=False,
        ),
        sa.Column("max_share", sa.Double(), nullable=True),
        sa.CheckConstraint(
            "max_share IS NULL OR max_share BETWEEN 0 AND 1", name=op.f("ck_member_max_share")
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_member_account_id_account")
        ),
        sa.ForeignKeyConstraint(
            ["programme_id"], ["programme.id"], name=op.f("fk_member_programme_id_programme")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_member")),
        sa.UniqueConstraint(
            "programme_id", "account_id", name=op.f("uq_member_programme_id_account_id")
        ),
    )
    op.create_index(op.f("ix_member_account_id"), "member", ["account_id"], unique=False)
    op.create_table(
        "reading",
        sa.Column("series_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("value", sa.Double(), nullable=True),
        sa.Column("good", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["series_id"], ["series.id"], name=op.f("fk_reading_series_id_series")
        ),
        sa.PrimaryKeyConstraint("series_id", "at", name=op.f("pk_reading")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "sequence",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("request_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("target", sa.JSON(), nullable=False),
        sa.Column("constraints", sa.JSON(), nullable=False),
        sa.Column("window_start", sa.DateTime(), nullable=False),
        sa.Column("window_end", sa.DateTime(), nullable=False),
        sa.Column("preferred_at", sa.DateTime(), nullable=True),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("carry_over_nights", sa.Integer(), nullable=False),
        sa.Column("carried", sa.Integer(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "DRAFT",
                "SUBMITTED",
                "TOBEPLANNED",
                "PLANNED",
                "UNPLANNABLE",
                "EXECUTING",
                "EXECUTED",
                "CANCELLED",
                "REJECTED",
                "EXPIRED",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("state_reason", sa.String(), nullable=False),
        sa.Column("excluded", sa.Boolean(), nullable=False),
        sa.Column("estimate_s", sa.Double(), nullable=False),
        sa.Column("served_s", sa.Double(), nullable=False),
        sa.Column("free", sa.Boolean(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("interruptions", sa.Integer(), nullable=False),
        sa.Column("not_before", sa.DateTime(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("estimate_s >= 0 AND served_s >= 0", name=op.f("ck_sequence_seconds")),
        sa.CheckConstraint("priority BETWEEN 1 AND 100", name=op.f("ck_sequence_priority")),
        sa.CheckConstraint("window_start < window_end", name=op.f("ck_sequence_window")),
        sa.ForeignKeyConstraint(
            ["request_id"], ["request.id"], name=op.f("fk_sequence_request_id_request")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sequence")),
        sa.UniqueConstraint("request_id", "position", name=op.f("uq_sequence_request_id_position")),
    )
    op.create_index(
        op.f("ix_sequence_state_window_end"), "sequence", ["state", "window_end"], unique=False
    )
    op.create_table(
        "token",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column(
            "purpose",
            sa.Enum(
                "CONFIRM",
                "RECOVER",
                "LOGIN",
                "API",
                name="purpose",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("expires_at", sa.DateTime(), nullable=False),
        sa.Column("used_at", sa.DateTime(), nullable=True),
        sa.Column("revoked_at", sa.DateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_token_account_id_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_token")),
        sa.UniqueConstraint("sha256", name=op.f("uq_token_sha256")),
    )
    op.create_index(op.f("ix_token_account_id"), "token", ["account_id"], unique=False)
    op.create_index(op.f("ix_token_expires_at"), "token", ["expires_at"], unique=False)
    op.create_table(
        "album",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("sequence_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["sequence_id"], ["sequence.id"], name=op.f("fk_album_sequence_id_sequence")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_album")),
        sa.UniqueConstraint("sequence_id", "channel", name=op.f("uq_album_sequence_id_channel")),
    )
    op.create_table(
        "execution",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("sequence_id", sa.Integer(), nullable=False),
        sa.Column("request_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("night", sa.Date(), nullable=False),
        sa.Column("schedule_id", sa.Integer(), nullable=True),
        sa.Column("alert_id", sa.Integer(), nullable=True),
        sa.Column("start", sa.DateTime(), nullable=False),
        sa.Column("end", sa.DateTime(), nullable=True),
        sa.Column("open", sa.Integer(), nullable=True),
        sa.Column(
            "outcome",
            sa.Enum(
                "DONE",
                "INTERRUPTED",
                "FAILED",
                "CANCELLED",
                name="outcome",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=True,
        ),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("served_s", sa.Double(), nullable=False),
        sa.Column("exposures_done", sa.Integer(), nullable=False),
        sa.Column("exposures_planned", sa.Integer(), nullable=False),
        sa.CheckConstraint('(open IS NULL) = ("end" IS NOT NULL)', name=op.f("ck_execution_open")),
        sa.CheckConstraint("open IS NULL OR open = 1", name=op.f("ck_execution_open_is_one")),
        sa.ForeignKeyConstraint(
            ["sequence_id"], ["sequence.id"], name=op.f("fk_execution_sequence_id_sequence")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_execution")),
        sa.UniqueConstraint("open", name=op.f("uq_execution_open")),
        sa.UniqueConstraint(
            "sequence_id", "attempt", name=op.f("uq_execution_sequence_id_attempt")
        ),
    )
    op.create_index(op.f("ix_execution_alert_id"), "execution", ["alert_id"], unique=False)
    op.create_index(op.f("ix_execution_night"), "execution", ["night"], unique=False)
    op.create_table(
        "ledger_entry",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("entry_key", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "DEBIT",
                "REFUND",
                "SETTLE",
                "ADJUST",
                name="kind",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("amount_s", sa.Double(), nullable=False),
        sa.Column("programme", sa.String(), nullable=False),
        sa.Column("period", sa.String(), nullable=False),
        sa.Column("owner", sa.String(), nullable=False),
        sa.Column("night", sa.Date(), nullable=False),
        sa.Column("sequence_id", sa.Integer(), nullable=True),
        sa.Column("execution_id", sa.Integer(), nullable=True),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["sequence_id"], ["sequence.id"], name=op.f("fk_ledger_entry_sequence_id_sequence")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_entry")),
        sa.UniqueConstraint("entry_key", name=op.f("uq_ledger_entry_entry_key")),
    )
    op.create_index(op.f("ix_ledger_entry_night"), "ledger_entry", ["night"], unique=False)
    op.create_index(
        op.f("ix_ledger_entry_owner_period"), "ledger_entry", ["owner", "period"], unique=False
    )
    op.create_index(
        op.f("ix_ledger_entry_programme_period"),
        "ledger_entry",
        ["programme", "period"],
        unique=False,
    )
    op.create_index(
        op.f("ix_ledger_entry_sequence_id"), "ledger_entry", ["sequence_id"], unique=False
    )
    op.create_table(
        "refusal",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("schedule_id", sa.Integer(), nullable=True),
        sa.Column("sequence_id", sa.Integer(), nullable=False),
        sa.Column("request_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("numbers", sa.JSON(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["schedule_id"], ["schedule.id"], name=op.f("fk_refusal_schedule_id_schedule")
        ),
        sa.ForeignKeyConstraint(
            ["sequence_id"], ["sequence.id"], name=op.f("fk_refusal_sequence_id_sequence")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_refusal")),
        sa.UniqueConstraint(
            "schedule_id", "sequence_id", name=op.f("uq_refusal_schedule_id_sequence_id")
        ),
    )
    op.create_index(
        op.f("ix_refusal_sequence_id_at"), "refusal", ["sequence_id", "at"], unique=False
    )
    op.create_table(
        "sequence_event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("sequence_id", sa.Integer(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("event", sa.String(), nullable=False),
        sa.Column("from_state", sa.String(), nullable=False),
        sa.Column("to_state", sa.String(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("numbers", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["sequence_id"], ["sequence.id"], name=op.f("fk_sequence_event_sequence_id_sequence")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sequence_event")),
        sa.UniqueConstraint("sequence_id", "n", name=op.f("uq_sequence_event_sequence_id_n")),
    )
    op.create_table(
        "slot",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("schedule_id", sa.Integer(), nullable=False),
        sa.Column("sequence_id", sa.Integer(), nullable=False),
        sa.Column("request_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("start", sa.DateTime(), nullable=False),
        sa.Column("on_target", sa.DateTime(), nullable=False),
        sa.Column("end", sa.DateTime(), nullable=False),
        sa.Column("slide_before_s", sa.Double(), nullable=False),
        sa.Column("slide_after_s", sa.Double(), nullable=False),
        sa.Column("score", sa.Double(), nullable=False),
        sa.Column("airmass", sa.Double(), nullable=True),
        sa.Column("moon_distance_deg", sa.Double(), nullable=True),
        sa.Column("filler", sa.Boolean(), nullable=False),
        sa.CheckConstraint('start < "end"', name=op.f("ck_slot_order")),
        sa.ForeignKeyConstraint(
            ["schedule_id"], ["schedule.id"], name=op.f("fk_slot_schedule_id_schedule")
        ),
        sa.ForeignKeyConstraint(
            ["sequence_id"], ["sequence.id"], name=op.f("fk_slot_sequence_id_sequence")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_slot")),
        sa.UniqueConstraint(
            "schedule_id", "sequence_id", name=op.f("uq_slot_schedule_id_sequence_id")
        ),
    )
    op.create_index(op.f("ix_slot_sequence_id"), "slot", ["sequence_id"], unique=False)
    op.create_table(
        "target_revision",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("sequence_id", sa.Integer(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("target", sa.JSON(), nullable=False),
        sa.Column("notice", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["sequence_id"], ["sequence.id"], name=op.f("fk_target_revision_sequence_id_sequence")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_target_revision")),
        sa.UniqueConstraint("sequence_id", "n", name=op.f("uq_target_revision_sequence_id_n")),
    )
    op.create_table(
        "plan",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("album_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column(
            "frame",
            sa.Enum(
                "LIGHT",
                "BIAS",
                "DARK",
                "FLAT",
                "FOCUS",
                name="frame",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("filter", sa.String(), nullable=False),
        sa.Column("exposure_s", sa.Double(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("dither", sa.JSON(), nullable=False),
        sa.Column("binning_x", sa.Integer(), nullable=False),
        sa.Column("binning_y", sa.Integer(), nullable=False),
        sa.Column("readout_mode", sa.String(), nullable=False),
        sa.Column("readout", sa.JSON(), nullable=False),
        sa.Column("bin_from_s", sa.Double(), nullable=True),
        sa.Column("bin_until_s", sa.Double(), nullable=True),
        sa.CheckConstraint("count >= 1 AND exposure_s >= 0", name=op.f("ck_plan_exposures")),
        sa.ForeignKeyConstraint(["album_id"], ["album.id"], name=op.f("fk_plan_album_id_album")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan")),
        sa.UniqueConstraint("album_id", "position", name=op.f("uq_plan_album_id_position")),
    )
    op.create_table(
        "plan_step",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("execution_id", sa.Integer(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("lane", sa.String(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "CHECK",
                "SLEW",
                "DITHER",
                "FILTER",
                "EXPOSE",
                "SAVE",
                name="kind",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("args", sa.JSON(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("cost_s", sa.Double(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "PLANNED",
                "STARTED",
                "DONE",
                "FAILED",
                "ABORTED",
                "SKIPPED",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("boot", sa.Integer(), nullable=False),
        sa.Column("incarnation", sa.Integer(), nullable=False),
        sa.Column("planned_at", sa.DateTime(), nullable=True),
        sa.Column("started_at", sa.DateTime(), nullable=True),
        sa.Column("ended_at", sa.DateTime(), nullable=True),
        sa.Column("result", sa.String(), nullable=False),
        sa.Column("decision", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["execution_id"], ["execution.id"], name=op.f("fk_plan_step_execution_id_execution")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_step")),
        sa.UniqueConstraint(
            "execution_id", "n", "attempt", name=op.f("uq_plan_step_execution_id_n_attempt")
        ),
    )
    op.create_index(op.f("ix_plan_step_key"), "plan_step", ["key"], unique=False)
    op.create_index(op.f("ix_plan_step_state"), "plan_step", ["state"], unique=False)


def downgrade() -> None:
    for table in (
        "plan_step",
        "plan",
        "target_revision",
        "slot",
        "sequence_event",
        "refusal",
        "ledger_entry",
        "execution",
        "album",
        "token",
        "sequence",
        "reading",
        "member",
        "default_strategy",
        "boot_end",
        "analysis_result",
        "allocation",
        "alert_revision",
        "alert_member",
        "alarm_event",
        "tombstone",
        "switch",
        "strategy_version",
        "series",
        "schedule",
        "request",
        "prune_limit",
        "programme",
        "period",
        "notice",
        "night",
        "log_line",
        "image",
        "id_block",
        "hold",
        "device_status",
        "device_event",
        "device",
        "conditions",
        "cause_clock",
        "boot",
        "audit_entry",
        "alert",
        "alarm",
        "account",
    ):
        op.drop_table(table)
