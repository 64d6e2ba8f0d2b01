#!/bin/sh
# Asks for known faults in what is pinned: Python's packages, and what the pages and the test clients are made of.
# One part that fails does not hide the others. What cannot be asked is said, and is a failure too.
# Usage: tools/audit.sh path/to/uv
set -u
cd "$(dirname "$0")/.."
uv=$1
here=$(pwd)
PIP_AUDIT=pip-audit==2.10.1
failed=""

part() {
    name=$1
    shift
    echo "== $name"
    "$@" || failed="$failed $name"
}

npm_audit() {
    cd "$here/$1" && "$here/tools/node.sh" npm audit --omit=dev --audit-level=low
    status=$?
    cd "$here" || exit 2
    return $status
}

# Everything is pinned with its hash, so nothing needs to be installed to be asked for. Strict: what the index does
# not know fails, or an index without advisories would look like good news.
part python "$uv" tool run --from "$PIP_AUDIT" pip-audit --require-hashes --disable-pip --strict --progress-spinner off \
    -r requirements-spark.lock
part web npm_audit web
part sdk npm_audit sdk
part clients npm_audit tests/clients

if [ -n "$failed" ]; then
    echo "Look above at:$failed. Raise what has a fault (make lock, npm update), or the registry could not be asked." >&2
    exit 1
fi
echo "No known faults."
