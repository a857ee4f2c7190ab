#!/bin/sh
# Write the checksums of all files below the given places, touching the list only when it
# differs: added, changed and removed sources all count, a mere new date does not.
# Usage: checksums.sh LIST PLACE...
set -eu

list=$1
shift
mkdir -p "$(dirname "$list")"
find "$@" -type d \( -name __pycache__ -o -name .ipynb_checkpoints \
        -o -path notebooks/learner -o -path book/records -o -path data/sample \) -prune \
    -o -type f ! -name .edit.lock -exec cksum {} + | LC_ALL=C sort -k 3 > "$list.new"
if cmp -s "$list.new" "$list"; then
    rm "$list.new"
else
    mv "$list.new" "$list"
fi
