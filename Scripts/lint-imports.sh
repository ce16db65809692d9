#!/usr/bin/env bash
# Checks what the compiler does not: which module may import and touch what (ARCHITECTURE.md).
#
# usage: Scripts/lint-imports.sh     Prints each offence as file:line: text, and ends with status 1 if there is any.
set -uo pipefail
# So that `offence`, at the end of its pipes, can remember that there was one.
shopt -s lastpipe
cd "$(dirname "$0")/.."

failed=0
offence() {
    # $1: what rule; the rest of the offending lines come on standard input.
    local lines
    lines=$(cat)
    [ -z "$lines" ] && return
    failed=1
    echo "$1"
    echo "$lines" | sed 's/^/    /'
}

import='^ *(@[A-Za-z_]+(\([^)]*\))? +)*((public|package|internal|fileprivate|private) +)?import +'

# Stage, then the stages it may import.
while read -r stage allowed; do
    folder="Sources/Forensics/$stage"
    [ -d "$folder" ] || continue
    pattern=$(echo "$allowed" | sed 's/ /|/g')
    grep -rnE "${import}Forensics" "$folder" --include='*.swift' |
        grep -vE "import +Forensics(${pattern:-nothing})\$" |
        offence "Forensics$stage may import only: ${allowed:-no other stage}"
done <<'TABLE'
Model
Ingest Model
Capture Model
Decode Model
Track Model Decode
Analyze Model
Store Model
Compare Model
Report Model Compare
Cloud Model
TABLE

for stage in Model Decode Track Analyze Compare; do
    [ -d "Sources/Forensics/$stage" ] || continue
    grep -rnE "${import}(Foundation|FoundationEssentials|Glibc|Musl|Darwin|Dispatch)" "Sources/Forensics/$stage" --include='*.swift' |
        offence "Forensics$stage uses the standard library alone"
done

grep -rnE "${import}Forensics[A-Z]" Sources/lbforensics --include='*.swift' |
    offence "The executable sees the library through the module Forensics alone"

grep -rnE '@testable' Sources Tests --include='*.swift' | offence "Tests use package access, not @testable"

# `unsafe` stands only where memory, a C library or the terminal is wrapped, and says why it is sound.
unsafe_files='Sources/Forensics/Ingest/(Checksum|DirectoryListing|Inflater|InputFile|WholeInflater)\.swift'
unsafe_files+='|Sources/Forensics/Store/(BulkRows|SharedFile)\.swift|Sources/Forensics/Decode/Logs/PlainForm\.swift'
unsafe_files+='|Sources/Forensics/Model/Span\+Words\.swift|Sources/Forensics/Track/Prefetch\.swift'
unsafe_files+='|Sources/Forensics/Decode/Application/HTTP/HeadMarks\.swift'
unsafe_files+='|Sources/Forensics/Capture/(CaptureFilter|LiveInterface|NetworkInterfaces|Privileges)\.swift'
unsafe_files+='|Sources/Forensics/Live/(MetricsEndpoint|ServiceNotice)\.swift'
unsafe_files+='|Sources/Forensics/Questions/AddressDatabase\.swift'
unsafe_files+='|Sources/lbforensics/(Pager|ResourceUsage|Signals|Terminal)\.swift'
unsafe_files+='|Sources/lbforensics-sampledata/Gzip\.swift'
grep -rnE '(^|[^A-Za-z_])unsafe([^A-Za-z_-]|$)' Sources --include='*.swift' | grep -vE ':[0-9]+: *//' | grep -vE "^($unsafe_files):" |
    offence "unsafe belongs in the files that wrap memory, C or the terminal"
grep -rlE '(^|[^A-Za-z_])unsafe ' Sources --include='*.swift' | xargs grep -L 'SAFETY:' |
    offence "unsafe without a SAFETY comment"

# What a person sees is written by the executable.
grep -rnwE 'print|debugPrint|dump|NSLog|fputs|fprintf' Sources/Forensics --include='*.swift' |
    grep -E '[^.A-Za-z_](print|debugPrint|dump|NSLog|fputs|fprintf)\(' |
    grep -vE ':[0-9]+: *//|func +print\(' |
    offence "The library prints nothing"
grep -rnE 'FileHandle\.standard(Error|Output)' Sources/Forensics --include='*.swift' |
    offence "The library does not write to the terminal"

# Evidence carries its own time. The façade may stamp when a source was read, and the live path may tick.
clock='Date\(\)|Date\.now|ContinuousClock|SuspendingClock|clock_gettime|gettimeofday|CFAbsoluteTime|DispatchTime\.now'
grep -rnE "$clock" Sources/Forensics/{Model,Ingest,Decode,Track,Analyze,Store,Compare,Report} --include='*.swift' 2>/dev/null |
    grep -vE ':[0-9]+: *//' |
    offence "No wall clock in the stages"

# Swift's hashing is seeded anew in every run; random numbers come from seeded generators. A secret that nobody gave is what
# nobody may guess.
grep -rnE 'SystemRandomNumberGenerator|\.random\(in|arc4random|\.shuffled\(\)|\.randomElement\(\)' Sources --include='*.swift' |
    grep -vE ':[0-9]+: *//|Carving/AnonymizationSecret\.swift:' |
    offence "Nothing is random: the same input gives the same output"

# Each named query is listed in Queries/Queries.swift.
for query in Queries/sql/*.sql; do
    [ -e "$query" ] || continue
    name=$(basename "$query" .sql)
    grep -q "\"$name\"" Queries/Queries.swift 2>/dev/null || echo "$query"
done | offence "Named queries that Queries/Queries.swift does not list"

# No trace of the machine somebody worked on.
grep -rnIE '/(home|Users)/[a-z]+/|/tmp/[a-z]+/' Sources Queries Scripts Makefile Package.swift ./*.md .ci --include='*' 2>/dev/null |
    grep -vE '^Scripts/lint-imports\.sh:' |
    offence "Paths of a development machine"

exit $failed
