"""The table of known devices."""

from datetime import datetime

from sqlalchemy import BigInteger, Column, DateTime, ForeignKey, Index, LargeBinary
from sqlmodel import Field

from user_service.tables import UserServiceTable


class DeviceRow(UserServiceTable, table=True):
    """A person logged in with this device's token, known only by its hash. Several people may share a device."""

    __tablename__ = "devices"
    __table_args__ = (Index("ix_devices_user_id", "user_id"), Index("ix_devices_last_used_at", "last_used_at"))

    token_hash: bytes = Field(sa_column=Column(LargeBinary, primary_key=True))
    user_id: int = Field(sa_column=Column(BigInteger, ForeignKey("user_service.users.id"), primary_key=True))
    last_used_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
