#!/bin/sh
# Runs everything with auto-reload: the server and worker on changes in src/, the admin app by Vite.
set -eu
here=$(cd "$(dirname "$0")/.." && pwd)
cd "$here"
.venv/bin/kizuna up --reload &
kizuna=$!
trap 'kill $kizuna 2>/dev/null; wait $kizuna 2>/dev/null || true' EXIT INT TERM
cd web
../tools/node.sh npm run --silent dev
