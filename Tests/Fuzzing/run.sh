#!/usr/bin/env bash
# Builds the readers of evidence with libFuzzer and AddressSanitizer and runs each target for a while.
#
# usage: Tests/Fuzzing/run.sh [TARGET...]     (make fuzz) All targets if none is named; FUZZ_SECONDS each (600).
#
# What is found stays in .build/fuzz/findings; inputs that widen coverage in .build/fuzz/corpus.
set -euo pipefail
cd "$(dirname "$0")/../.."

seconds=${FUZZ_SECONDS:-600}
targets=("$@")
[ ${#targets[@]} -gt 0 ] || targets=(capture link http1 http2 tls proxy quic dns geneve vxlan logs)
build=.build/fuzz
mkdir -p "$build" "$build/findings"

features=(ExistentialAny MemberImportVisibility InternalImportsByDefault)
flags=(-O -swift-version 6 -parse-as-library -package-name lbforensics -sanitize=fuzzer,address -I "$build" -I Sources/CZlib -I Sources/CByteMarks/include)
for feature in "${features[@]}"; do flags+=(-enable-upcoming-feature "$feature"); done
# SwiftPM makes such a module map itself.
echo "module CByteMarks { header \"$PWD/Sources/CByteMarks/include/CByteMarks.h\" export * }" > "$build/CByteMarks.modulemap"
flags+=(-Xcc "-fmodule-map-file=$build/CByteMarks.modulemap")
echo "module CPrefetch { header \"$PWD/Sources/CPrefetch/include/CPrefetch.h\" export * }" > "$build/CPrefetch.modulemap"
flags+=(-Xcc "-fmodule-map-file=$build/CPrefetch.modulemap")
clang -O2 -fsanitize=address -ISources/CByteMarks/include -c Sources/CByteMarks/*.c -o "$build/CByteMarks.o"
objects=("$build/CByteMarks.o")
for stage in Model Ingest Decode Track; do
    echo "compiling $stage"
    mapfile -t sources < <(find "Sources/Forensics/$stage" -name '*.swift' | sort)
    swiftc "${flags[@]}" -wmo -module-name "Forensics$stage" -emit-module -emit-module-path "$build/Forensics$stage.swiftmodule" \
        -emit-object -o "$build/Forensics$stage.o" "${sources[@]}"
    objects+=("$build/Forensics$stage.o")
done
swiftc "${flags[@]}" -module-name FuzzTargets Tests/Fuzzing/FuzzTargets.swift "${objects[@]}" -lz -o "$build/fuzz" \
    2> >(grep -v 'Cannot export local symbol' >&2)

# A few whole examples to begin with; the fuzzer widens them.
seed() {
    local folder=$build/corpus/$1
    mkdir -p "$folder"
    case $1 in
    capture)
        head -c 20000 SampleData/captures/target-a.pcap3 > "$folder/seed.pcap"
        head -c 4000 SampleData/captures/target-a.pcap0.gz > "$folder/seed.gz"
        ;;
    logs) find SampleData/AWSLogs -name '*.gz' | sort | sed -n '1p;$p' | while read -r file; do
        gzip -dc "$file" | head -3 > "$folder/$(basename "$file" .gz)" || true
    done ;;
    http1)
        printf '\x20\x00\x60\x00POST /a?b=c HTTP/1.1\r\nHost: a.example:80\r\nX-Forwarded-For: 10.0.0.1, 192.0.2.1\r\nContent-Length: 3\r\n\r\nabcHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n' > "$folder/seed"
        ;;
    http2)
        printf '\xff\x00\x40\x00PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00\x00\x00\x05\x01\x05\x00\x00\x00\x01\x82\x87\x84\x41\x01a\x00\x00\x00\x04\x00\x00\x00\x00\x00\x00\x00\x01\x01\x05\x00\x00\x00\x01\x88' > "$folder/seed"
        ;;
    proxy) printf '\xff\x00\x40\x00PROXY TCP4 192.0.2.1 10.0.0.1 5000 80\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n' > "$folder/seed" ;;
    tls) printf '\xff\x00\x60\x00\x16\x03\x01\x00\x31\x01\x00\x00\x2d\x03\x03%032d\x00\x00\x02\x13\x01\x01\x00\x00\x02\x00\x00' 0 > "$folder/seed" ;;
    *) printf '\x40\x00\x01\x02\x03\x04\x05\x06\x07\x08%064d' 0 > "$folder/seed" ;;
    esac
}

failed=0
for target in "${targets[@]}"; do
    seed "$target"
    echo "fuzzing $target for $seconds s"
    if ! FUZZ_TARGET=$target "$build/fuzz" -max_total_time="$seconds" -max_len=65536 -timeout=10 -rss_limit_mb=2048 \
        -artifact_prefix="$build/findings/$target-" -print_final_stats=1 -verbosity=0 "$build/corpus/$target" \
        2> "$build/$target.log"; then
        echo "$target: FOUND something; see $build/findings and $build/$target.log"
        failed=1
    fi
    grep -E 'stat::number_of_executed_units' "$build/$target.log" || true
done
exit $failed
