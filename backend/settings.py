"""What the backend is told."""

from pathlib import Path
from typing import Literal

from pydantic import Field

from shopkit.settings import ServiceSettings


class BackendSettings(ServiceSettings):
    """The backend's settings."""

    catalog_cache_s: float = Field(
        default=2.0, ge=0, le=60, description="Life of cached catalogue answers; 0 for none."
    )
    hold_minutes: int = Field(default=15, ge=1, le=120, description="How long stock waits for its order.")
    sweep_seconds: float = Field(default=5.0, ge=0.05, le=300, description="How often expired holds are looked for.")
    low_stock_at: int = Field(default=5, ge=0, le=1_000_000, description="Pieces of a size from which staff are told.")
    analytics_database_url: str = Field(
        default="",
        description="postgresql://role:password@host:port/database of the live table of events; empty for none.",
    )
    analytics_days: int = Field(default=400, ge=2, le=4_000, description="Shop days for which events are kept live.")
    media_storage: Literal["folder", "s3"] = "folder"
    media_folder: Path = Path(".data/media")
    media_bucket: str = ""
    media_prefix: str = "media/"
