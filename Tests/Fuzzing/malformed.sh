#!/usr/bin/env bash
# Reads every file of folders, malformed ones above all, with a binary built with AddressSanitizer.
#
# usage: Tests/Fuzzing/malformed.sh FOLDER...     A case for each file, so that nothing hides behind another's error.
#
# Fails where the program crashes, touches memory out of bounds, takes more than two minutes, ends with a status that is
# not documented, or where the ledger of a source does not add up.
set -euo pipefail
cd "$(dirname "$0")/../.."

traits=$(pkg-config --exists libdeflate && echo --traits Libdeflate || echo --disable-default-traits)
# shellcheck disable=SC2086
swift build -c release --sanitize=address --scratch-path .build/asan $traits --product lbforensics
binary=$(swift build -c release --scratch-path .build/asan --sanitize=address $traits --show-bin-path)/lbforensics
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export ASAN_OPTIONS=detect_leaks=0

count=0 sources=0 failed=0
fail() {
    failed=$((failed + 1))
    echo "FAILED: $1"
    tail -5 "$work/errors" | sed 's/^/    /'
}
while IFS= read -r -d '' file; do
    count=$((count + 1))
    rm -f "$work"/case.db*
    status=0
    timeout -s KILL 120 "$binary" ingest "$file" --store "$work/case.db" -q > "$work/output" 2> "$work/errors" || status=$?
    if grep -qE 'AddressSanitizer|Fatal error|runtime error' "$work/errors"; then
        fail "$file: memory or trap"
    elif [ "$status" -ne 0 ] && [ "$status" -ne 65 ]; then
        fail "$file: status $status"
    elif [ -s "$work/case.db" ]; then
        if ! "$binary" export sources --store "$work/case.db" --format csv > "$work/sources" 2> "$work/errors"; then
            fail "$file: the case cannot be read"
            continue
        fi
        sum=$(python3 -c '
import csv, sys
rows = list(csv.DictReader(sys.stdin))
bad = [r["path"] for r in rows
       if int(r["records"] or 0) != int(r["accepted"] or 0) + int(r["ignored"] or 0) + int(r["rejected"] or 0)]
print(len(rows), *bad)' < "$work/sources")
        sources=$((sources + ${sum%% *}))
        [ "$sum" = "${sum%% *}" ] || fail "$file: the ledger does not add up"
    fi
done < <(find -L "$@" -type f -print0 | sort -z)
echo "$count files, $sources sources, $failed failures"
[ "$failed" -eq 0 ]
