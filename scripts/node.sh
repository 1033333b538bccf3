#!/bin/sh
# node.sh MAJOR.MINOR succeeds if npm and a Node.js of at least that version are
# there. Otherwise it prints why not, and exits 1.
command -v npm >/dev/null 2>&1 || { echo "Node.js with npm is missing (https://nodejs.org)"; exit 1; }
version=$(node --version 2>/dev/null) || { echo "Node.js is missing (https://nodejs.org)"; exit 1; }
echo "${version#v}" "$1" | awk '{ split($1, have, "."); split($2, want, ".")
	exit !(have[1] + 0 > want[1] + 0 || have[1] + 0 == want[1] + 0 && have[2] + 0 >= want[2] + 0) }' ||
	{ echo "the page needs Node.js $1 or newer, and this is $version (https://nodejs.org)"; exit 1; }
