# The image of one of the three services:
#   docker build -f deploy/service.Dockerfile --build-arg SERVICE=backend --build-arg PORT=3001 .
# The tasks beside it are the same image with another command: `python -m shopkit.migrations backend`,
# `python -m shopkit.provision backend order_service user_service`, `python -m backend.seed`.
# The Lambda that exports events: --target lambda --build-arg SERVICE=analytics.
FROM python:3.13-slim-trixie@sha256:9d2e5553305c7c7b0097999bb17187c69b921ccd6bc9d40e4bb5ebe652c00285 AS base
ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 PIP_DISABLE_PIP_VERSION_CHECK=1
RUN useradd --system --uid 10001 --no-create-home --home-dir /tmp --shell /usr/sbin/nologin app

FROM base AS uv
COPY requirements/uv.txt /build/
RUN --mount=type=cache,target=/root/.cache/pip \
    python -m pip install --root-user-action=ignore --require-hashes --only-binary :all: -r /build/uv.txt
ENV UV_LINK_MODE=copy UV_PYTHON_DOWNLOADS=never

FROM uv AS packages
ARG SERVICE
COPY requirements/${SERVICE}.txt /build/requirements.txt
RUN --mount=type=cache,target=/root/.cache/uv \
    uv venv /venv && \
    uv pip sync --python /venv/bin/python --require-hashes --no-build --compile-bytecode /build/requirements.txt

# What Lambda calls an image through stands beside the packages of the function itself.
FROM packages AS lambda-packages
COPY requirements/lambda_runtime.txt /build/
RUN --mount=type=cache,target=/root/.cache/uv \
    uv pip install --python /venv/bin/python --require-hashes --no-build --compile-bytecode -r /build/lambda_runtime.txt

FROM base AS lambda
WORKDIR /app
COPY --from=lambda-packages /venv /venv
COPY shopkit shopkit
COPY analytics analytics
ENV PATH=/venv/bin:$PATH
USER 10001:10001
ENTRYPOINT ["python", "-m", "awslambdaric"]
CMD ["analytics.handler.handler"]
ARG VERSION=dev REVISION="" SOURCE=""
ENV VERSION=$VERSION
LABEL org.opencontainers.image.title="sweetdream-analytics" org.opencontainers.image.licenses="MIT" \
    org.opencontainers.image.version=$VERSION org.opencontainers.image.revision=$REVISION \
    org.opencontainers.image.source=$SOURCE

FROM base AS service
ARG SERVICE PORT
WORKDIR /app
# Where the backend keeps pictures on a machine without S3; a volume put there is its user's.
RUN install -d -o 10001 -g 10001 .data/media
COPY --from=packages /venv /venv
COPY shopkit shopkit
COPY analytics analytics
COPY ${SERVICE} ${SERVICE}
# uvicorn's options by their names in the environment; `launcher/services.py` serves the shop with the same.
ENV PATH=/venv/bin:$PATH \
    UVICORN_APP=${SERVICE}.app:app UVICORN_FACTORY=true UVICORN_HOST=0.0.0.0 UVICORN_PORT=${PORT} \
    UVICORN_HTTP=shopkit.protocol:Protocol UVICORN_WS=none UVICORN_ACCESS_LOG=false UVICORN_PROXY_HEADERS=false \
    UVICORN_TIMEOUT_GRACEFUL_SHUTDOWN=5
USER 10001:10001
EXPOSE ${PORT}
# From SIGTERM on it serves for DRAIN_S, which has to be told, and 5 s longer: give it DRAIN_S + 10 s before SIGKILL.
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=5s --timeout=3s --start-period=60s --start-interval=1s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request as u; u.urlopen('http://127.0.0.1:' + os.environ['UVICORN_PORT'] + '/health', timeout=2)"]
CMD ["python", "-m", "uvicorn"]
# Last, so that a new commit alone rebuilds no layer.
ARG VERSION=dev REVISION="" SOURCE=""
ENV VERSION=$VERSION
LABEL org.opencontainers.image.title="sweetdream-${SERVICE}" org.opencontainers.image.licenses="MIT" \
    org.opencontainers.image.version=$VERSION org.opencontainers.image.revision=$REVISION \
    org.opencontainers.image.source=$SOURCE
