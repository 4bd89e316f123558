#!/usr/bin/env bash
# What the tests of test/peers speak with, from Debian, PyPI and Maven Central. Does nothing where it is there already. Wants root for Debian's part.
set -euo pipefail
folder="${XDG_CACHE_HOME:-$HOME/.cache}/cpm-xdms-peers"
mkdir -p "$folder"

if [ ! -f "$folder/python/installed-1" ]; then
  python3 -m venv "$folder/python"
  "$folder/python/bin/pip" install -q http-ece==1.2.1 py-vapid==1.9.6 cryptography standardwebhooks==1.1.0
  touch "$folder/python/installed-1"
fi
