# The storefront: the bundle is built in the image, and what serves it knows nothing of what built it.
#   docker build -f deploy/storefront.Dockerfile .
FROM python:3.13-slim-trixie@sha256:9d2e5553305c7c7b0097999bb17187c69b921ccd6bc9d40e4bb5ebe652c00285 AS base
ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 PIP_DISABLE_PIP_VERSION_CHECK=1
RUN useradd --system --uid 10001 --no-create-home --home-dir /tmp --shell /usr/sbin/nologin app

FROM base AS uv
COPY requirements/uv.txt /build/
RUN --mount=type=cache,target=/root/.cache/pip \
    python -m pip install --root-user-action=ignore --require-hashes --only-binary :all: -r /build/uv.txt
ENV UV_LINK_MODE=copy UV_PYTHON_DOWNLOADS=never

FROM uv AS bundle
COPY requirements/storefront_build.txt /build/requirements.txt
RUN --mount=type=cache,target=/root/.cache/uv \
    uv venv /venv && \
    uv pip sync --python /venv/bin/python --require-hashes --no-build --compile-bytecode /build/requirements.txt
WORKDIR /app
COPY reflex.lock reflex.lock
COPY requirements/storefront_build.txt requirements/
COPY rxconfig.py ./
COPY assets assets
COPY docs/runbooks docs/runbooks
COPY shopkit shopkit
COPY storefront storefront
RUN --mount=type=cache,target=/root/.bun/install/cache /venv/bin/python -m storefront.build

FROM uv AS packages
COPY requirements/storefront.txt /build/requirements.txt
RUN --mount=type=cache,target=/root/.cache/uv \
    uv venv /venv && \
    uv pip sync --python /venv/bin/python --require-hashes --no-build --compile-bytecode /build/requirements.txt

FROM base AS storefront
WORKDIR /app
COPY --from=packages /venv /venv
COPY rxconfig.py ./
COPY docs/runbooks docs/runbooks
COPY assets assets
COPY shopkit shopkit
COPY storefront storefront
COPY --from=bundle /app/.web/build/client .web/build/client
COPY --from=bundle /app/.web/snapshot.json .web/snapshot.json
# Reflex writes into this folder, and into its home, when it starts: both are given as tmpfs.
COPY --from=bundle --chown=10001:10001 /app/.web/backend .web/backend
# uvicorn's options by their names in the environment; `launcher/services.py` serves the shop with the same.
ENV PATH=/venv/bin:$PATH HOME=/tmp REFLEX_UPLOADED_FILES_DIR=/tmp/uploaded REFLEX_STATES_WORKDIR=/tmp/states \
    UVICORN_APP=storefront.app:app UVICORN_FACTORY=true UVICORN_HOST=0.0.0.0 UVICORN_PORT=3000 \
    UVICORN_HTTP=storefront.sockets.protocol:TabProtocol UVICORN_WS_MAX_SIZE=131072 \
    UVICORN_ACCESS_LOG=false UVICORN_PROXY_HEADERS=false UVICORN_TIMEOUT_GRACEFUL_SHUTDOWN=5
USER 10001:10001
EXPOSE 3000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=5s --timeout=3s --start-period=60s --start-interval=1s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request as u; u.urlopen('http://127.0.0.1:' + os.environ['UVICORN_PORT'] + '/health', timeout=2)"]
CMD ["python", "-m", "uvicorn"]
# Last, so that a new commit alone rebuilds no layer.
ARG VERSION=dev REVISION="" SOURCE=""
ENV VERSION=$VERSION
LABEL org.opencontainers.image.title="sweetdream-storefront" org.opencontainers.image.licenses="MIT" \
    org.opencontainers.image.version=$VERSION org.opencontainers.image.revision=$REVISION \
    org.opencontainers.image.source=$SOURCE
