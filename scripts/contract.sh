#!/bin/sh
# Tries every operation of the API with schemathesis, which must be in PATH, on
# the demo journal. Arguments are passed on, such as -n 50.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
command -v schemathesis >/dev/null || { echo "left out: schemathesis is not installed here"; exit 0; }

data=$(mktemp -d)
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
# A token that is set cannot be replaced, which one of the operations does.
token=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
env -i HOME="$data" PATH="$PATH" DAYBOOK_TOKEN="$token" "$root/bin/daybook" serve --addr "127.0.0.1:$port" --data "$data" >"$data/log" 2>&1 &
server=$!
trap 'kill $server; rm -rf "$data"' EXIT
until env -i HOME="$data" "$root/bin/daybook" ping --addr "127.0.0.1:$port" 2>/dev/null; do
	kill -0 $server || { cat "$data/log"; exit 1; }
	sleep 0.2
done
try() {
	schemathesis --config-file "$root/scripts/schemathesis.toml" run "http://127.0.0.1:$port/openapi.json" \
		-H "Authorization: Bearer $token" --phases examples,coverage,fuzzing --request-timeout 60 \
		--continue-on-failure --no-shrink --suppress-health-check all "$@"
}
# Signing in comes last: after ten wrong tokens an address gets 429 for a while.
try --exclude-operation-id login "$@"
try --include-operation-id login "$@"
