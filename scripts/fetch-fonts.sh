#!/bin/sh
# Fetches three handwriting fonts into .cache/fonts, once, for the pages that
# the tests read. Tests without them say what they leave out, so that a machine
# without npm or a network is no failure: this says so and exits 0. It exits 1
# when what was fetched is not what it should be.
set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
target=$root/.cache/fonts
hashes=$root/scripts/fonts.sha256
version=5.3.0
fonts='caveat homemade-apple reenie-beanie'

without() {
	echo "The handwriting fonts were not fetched: $1."
	echo "The tests work without them, and say what they leave out."
	exit 0
}

# verify FOLDER succeeds when all fonts are there and right.
verify() {
	if command -v sha256sum >/dev/null 2>&1; then
		(cd "$1" 2>/dev/null && sha256sum -c "$hashes" >/dev/null 2>&1)
	else
		(cd "$1" 2>/dev/null && shasum -a 256 -c "$hashes" >/dev/null 2>&1)
	fi
}

if verify "$target"; then
	echo "The handwriting fonts are there already: .cache/fonts"
	exit 0
fi
command -v npm >/dev/null 2>&1 || without "there is no npm"

mkdir -p "$root/.cache"
work=$(mktemp -d "$root/.cache/fetch-fonts.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

echo "Fetching the handwriting fonts (1.4 MB) …"
for font in $fonts; do
	(cd "$work" && npm pack --silent "@fontsource/$font@$version" >/dev/null 2>&1) ||
		without "the package @fontsource/$font could not be downloaded (is there a network?)"
	mkdir "$work/$font"
	tar xzf "$work/fontsource-$font-$version.tgz" -C "$work/$font" \
		"package/files/$font-latin-400-normal.woff" package/LICENSE
	mv "$work/$font/package/files/$font-latin-400-normal.woff" "$work/$font.woff"
	mv "$work/$font/package/LICENSE" "$work/$font.LICENSE"
done
if ! verify "$work"; then
	echo "The fonts are not those that were pinned; they were not used." >&2
	exit 1
fi

mkdir -p "$target"
for font in $fonts; do
	mv "$work/$font.LICENSE" "$target/$font.LICENSE"
	mv "$work/$font.woff" "$target/$font.woff"
done
echo "The handwriting fonts are in .cache/fonts."
