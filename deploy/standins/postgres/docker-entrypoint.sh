#!/bin/sh
# The part of the official image's contract that compose.yaml uses: POSTGRES_PASSWORD, and PGDATA made when it is empty.
set -eu
if [ "$1" = postgres ] && [ ! -s "$PGDATA/PG_VERSION" ]; then
  mkdir -p "$PGDATA"
  chmod 700 "$PGDATA"
  (umask 077 && printf '%s\n' "${POSTGRES_PASSWORD:?is not set}" > /tmp/password)
  initdb --username=postgres --pwfile=/tmp/password --auth-host=scram-sha-256 --auth-local=trust > /dev/null
  rm /tmp/password
  printf 'host all all all scram-sha-256\n' >> "$PGDATA/pg_hba.conf"
  printf "listen_addresses = '*'\nunix_socket_directories = '/run/postgresql'\n" >> "$PGDATA/postgresql.conf"
fi
exec "$@"
