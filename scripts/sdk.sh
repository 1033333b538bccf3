#!/bin/sh
# Installs the providers' own SDKs for Python and JavaScript into .cache/sdk, once,
# and asks the tests' stand-ins for the providers by them.
set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
target=$root/.cache/sdk
mkdir -p "$target/node"

if [ ! -x "$target/python/bin/python" ]; then
	python3 -m venv "$target/python"
fi
"$target/python/bin/pip" install -q openai anthropic google-genai
(cd "$target/node" && [ -f package.json ] || npm --prefix "$target/node" init -y >/dev/null)
npm --prefix "$target/node" install --silent openai @anthropic-ai/sdk @google/genai

cd "$root"
DAYBOOK_SDK_PYTHON=$target/python/bin/python DAYBOOK_SDK_NODE=$target/node \
	go test -count=1 -run 'TestSDKs' -v ./internal/llm/llmtest
