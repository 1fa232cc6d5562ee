"""What the kinds of accounts are called where they are short."""

from __future__ import annotations

from pyros.scheduling.model import AccountKind

QUOTA_CODES = {
    AccountKind.PERIOD: "QUOTA_PERIOD",
    AccountKind.NIGHT: "QUOTA_NIGHT",
    AccountKind.MEMBER: "QUOTA_USER",
}
QUOTA_WORDS = {
    AccountKind.PERIOD: "in this period",
    AccountKind.NIGHT: "tonight",
    AccountKind.MEMBER: "for its user",
}
