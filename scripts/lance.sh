#!/bin/sh
# Installs pylance and lancedb into .cache/lance, once: a LanceDB server for the
# tests and the bench. Without python3 or a network it says so and exits 0, and
# the tests that need the server are left out; it exits 1 when what was fetched
# is not what was pinned.
set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
target=$root/.cache/lance
requirements=$root/scripts/lance-requirements.txt

without() {
	echo "The LanceDB server was not installed: $1."
	echo "The tests of the LanceDB store are left out without it."
	exit 0
}

# The lancedb of the older service has a folder of its own, and the other
# packages from the first.
older() {
	dir=$root/.cache/lance-older
	pinned=$root/scripts/lance-older-requirements.txt
	cmp -s "$pinned" "$dir/installed" && return
	rm -rf "$dir"
	python3 -m venv "$dir" >>"$log" 2>&1 && "$dir/bin/python" -m pip install --quiet --no-deps --only-binary :all: --require-hashes \
		--disable-pip-version-check -r "$pinned" >>"$log" 2>&1 || {
		rm -rf "$dir"
		echo "The older lancedb was not installed; tests with it are left out."
		return
	}
	"$target/bin/python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))' >"$("$dir/bin/python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/newer.pth"
	cp "$pinned" "$dir/installed"
	echo "The lancedb of the older service is in .cache/lance-older."
}

log=$root/.cache/lance.log
if cmp -s "$requirements" "$target/installed"; then
	echo "The LanceDB server is there already: .cache/lance"
	older
	exit 0
fi
command -v python3 >/dev/null 2>&1 || without "there is no python3"
python3 -c 'import sys; sys.exit(sys.version_info < (3, 10))' || without "python3 is older than 3.10"

rm -rf "$target"
mkdir -p "$root/.cache"
echo "Installing a LanceDB server (pylance, about 150 MB to download, 700 MB on disk) …"
python3 -m venv "$target" >"$log" 2>&1 || without "python3 cannot make a virtual environment"
if ! "$target/bin/python" -m pip install --quiet --no-deps --only-binary :all: --require-hashes \
	--disable-pip-version-check -r "$requirements" >>"$log" 2>&1; then
	if grep -q 'DO NOT MATCH' "$log"; then
		rm -rf "$target"
		echo "A package is not the one that was pinned; it was not used." >&2
		exit 1
	fi
	rm -rf "$target"
	without "its packages could not be downloaded (is there a network?)"
fi
cp "$requirements" "$target/installed"
echo "The LanceDB server is in .cache/lance."
older
