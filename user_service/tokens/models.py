"""The table of signing keys; used in development alone."""

from datetime import datetime

from sqlalchemy import Column, DateTime, Text
from sqlmodel import Field

from user_service.tables import UserServiceTable


class SigningKeyRow(UserServiceTable, table=True):
    """The private key that a development shop made for itself, so that restarts keep its sessions."""

    __tablename__ = "signing_keys"

    kid: str = Field(sa_column=Column(Text, primary_key=True))
    private_key: str = Field(sa_column=Column(Text, nullable=False))
    created_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
