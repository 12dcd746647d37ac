#!/bin/sh
# Prints the secret NAME of this home, BYTES random bytes in URL-safe base64, making it (0600) at its first use.
# airflow.cfg asks for its secrets here, so that every Airflow process of a home gets the same ones. Several may
# ask at once: linking is atomic, so one of them wins and all print what is there.
set -eu
umask 077
file="${AIRFLOW_HOME:?set AIRFLOW_HOME to <HUB_HOME>/airflow}/$1"
if [ ! -s "$file" ]; then
    mkdir -p "$AIRFLOW_HOME"
    head -c "$2" /dev/urandom | base64 | tr -d '[:space:]' | tr '+/' '-_' > "$file.$$"
    ln "$file.$$" "$file" 2>/dev/null || true
    rm -f "$file.$$"
fi
cat "$file"
