"""The table of attempts."""

from datetime import datetime

from sqlalchemy import Column, DateTime, Index, Integer, Text
from sqlmodel import Field

from user_service.tables import UserServiceTable


class AttemptsRow(UserServiceTable, table=True):
    """How often one subject tried one thing since `window_started_at`. The key holds a hash, no e-mail or address."""

    __tablename__ = "attempts"
    __table_args__ = (Index("ix_attempts_window_started_at", "window_started_at"),)

    key: str = Field(sa_column=Column(Text, primary_key=True))
    window_started_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    count: int = Field(sa_column=Column(Integer, nullable=False))
