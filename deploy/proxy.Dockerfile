# The proxy of compose.yaml, which stands where the load balancer stands in AWS. Its configuration is made of routes.toml.
FROM python:3.13-slim-trixie@sha256:9d2e5553305c7c7b0097999bb17187c69b921ccd6bc9d40e4bb5ebe652c00285 AS configuration
WORKDIR /build
COPY deploy deploy
RUN python -m deploy.proxy deploy/routes.toml > haproxy.cfg

FROM haproxy:3.2-alpine@sha256:79799e8b2977e60802774fa53d29e6b54e045402cdd8a8b9fe43923e7095a047
COPY --from=configuration /build/haproxy.cfg /usr/local/etc/haproxy/haproxy.cfg
USER haproxy
EXPOSE 8080
# It finishes what it answers, and ends.
STOPSIGNAL SIGUSR1
HEALTHCHECK --interval=5s --timeout=3s --start-period=60s --start-interval=1s --retries=3 \
    CMD ["wget", "-q", "-O", "/dev/null", "http://127.0.0.1:8080/health"]
