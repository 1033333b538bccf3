#!/bin/sh
# Compiles llama.cpp's server into .cache/llamacpp, once, which takes minutes, makes a
# tiny model with random weights, and tests our client against it. Its grammar has even
# that model answer valid JSON.
set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
target=$root/.cache/llamacpp
if [ ! -x "$target/bin/python" ] || ! "$target/bin/python" -c 'import llama_cpp.server, gguf' 2>/dev/null; then
	python3 -m venv "$target"
	"$target/bin/pip" install -q 'llama-cpp-python[server]' gguf
fi
cd "$root"
DAYBOOK_LLAMA_PYTHON=$target/bin/python go test -count=1 -run 'TestLlamaCpp' -v ./internal/llm/llmtest
