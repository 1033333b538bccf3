#!/bin/sh
# Installs the LiteLLM proxy into .cache/litellm, once, and tests our client of OpenAI's
# protocol against it. It takes some 500 MB.
set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
target=$root/.cache/litellm
if [ ! -x "$target/bin/litellm" ]; then
	python3 -m venv "$target"
	"$target/bin/pip" install -q 'litellm[proxy]'
fi
cd "$root"
DAYBOOK_LITELLM=$target/bin/litellm go test -count=1 -run 'TestLiteLLM' -v ./internal/llm/llmtest
