#!/usr/bin/env bash
# Measures the release binary beside other tools, and writes the figures into Benchmarks/README.md.
#
# usage: Benchmarks/run.sh       (make bench)
#
# LBFORENSICS_BENCHDATA names a folder with the input (alb/ or alb-1M/, small.pcap and more); without it, input is made
# under .build/bench, once. RUNS sets the pairs a row (3).
set -euo pipefail
cd "$(dirname "$0")/.."

data=${LBFORENSICS_BENCHDATA:-.build/bench}
if [ -z "${LBFORENSICS_BENCHDATA:-}" ]; then
    mkdir -p "$data"
    [ -d "$data/alb" ] || { Benchmarks/generate.py alb "$data/alb.part" && mv "$data/alb.part" "$data/alb"; }
    [ -e "$data/small.pcap" ] || {
        Benchmarks/generate.py pcap "$data/small.part" && mv "$data/small.part" "$data/small.pcap"
    }
fi
for tool in tcpdump capinfos tshark; do
    command -v "$tool" >/dev/null || echo "$tool is not installed: its rows are left out" >&2
done
exec Benchmarks/measure.py "${BUILD:-.build}/release/lbforensics" "$data" --runs "${RUNS:-3}"
