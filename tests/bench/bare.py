"""The reference: what FastAPI alone answers on the same server. `uvicorn --factory tests.bench.bare:app`."""

from fastapi import FastAPI


def app() -> FastAPI:
    """Return an app with one route that does nothing."""
    bare = FastAPI(openapi_url=None)

    @bare.get("/")
    async def hello() -> dict[str, str]:
        return {"hello": "world"}

    return bare
