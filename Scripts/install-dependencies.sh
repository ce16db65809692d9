#!/usr/bin/env bash
# Finds the system libraries that the build needs, and installs those that are missing.
#
# usage: Scripts/install-dependencies.sh [--with-optional]
#
# Says nothing when nothing is missing. Installs as root, or through sudo where sudo asks no password; else it prints the
# command to run and ends with status 1. --with-optional counts libdeflate (inflates logs about twice as fast as
# zlib, which serves without it) and libmaxminddb (`--mmdb`) as needed, and it tries to get what some tests ask for a second
# opinion: moto, Python's stand-in for AWS, SciPy, statsmodels, sqlglot, and PySpark where there is a Java runtime; and, as
# root with apt, the programs that tests of live capture talk to (HAProxy, nginx, tcpdump, tcpreplay, ethtool) and the browser
# that reports are looked at in (Chromium).
set -euo pipefail

with_optional=no
[ "${1:-}" = "--with-optional" ] && with_optional=yes

# Header folders: the system's, the compiler's multi-arch ones, Homebrew's, and the SDK of macOS.
header_folders=(/usr/include /usr/include/*-linux-gnu* /usr/local/include /opt/homebrew/include /opt/homebrew/opt/*/include)
if command -v xcrun >/dev/null 2>&1; then
    header_folders+=("$(xcrun --show-sdk-path 2>/dev/null || true)/usr/include")
fi

has_header() {
    local folder
    for folder in "${header_folders[@]}"; do
        [ -e "$folder/$1" ] && return 0
    done
    return 1
}

# What is looked for, and its package for apt, dnf and Homebrew.
missing_apt=() missing_dnf=() missing_brew=()
need() {
    missing_apt+=("$1") missing_dnf+=("$2")
    [ "$3" = "-" ] || missing_brew+=("$3")
}
has_header pcap/pcap.h || need libpcap-dev libpcap-devel libpcap
has_header sqlite3.h || need libsqlite3-dev sqlite-devel sqlite
has_header zlib.h || need zlib1g-dev zlib-devel zlib
command -v pkg-config >/dev/null 2>&1 || need pkg-config pkgconf-pkg-config pkgconf
required_count=${#missing_apt[@]}
if ! has_header libdeflate.h; then
    if [ "$with_optional" = yes ] || [ "$required_count" -gt 0 ]; then
        need libdeflate-dev libdeflate-devel libdeflate
        [ "$with_optional" = yes ] && required_count=$((required_count + 1))
    fi
fi
if ! has_header maxminddb.h && { [ "$with_optional" = yes ] || [ "$required_count" -gt 0 ]; }; then
    need libmaxminddb-dev libmaxminddb-devel libmaxminddb
    [ "$with_optional" = yes ] && required_count=$((required_count + 1))
fi
# The tests that need these are skipped where this fails. Some distributions want to be told twice.
try_python() {
    python3 -c "import $1" 2>/dev/null && return
    shift
    python3 -m pip install --quiet --user "$@" >/dev/null 2>&1 \
        || python3 -m pip install --quiet --user --break-system-packages "$@" >/dev/null 2>&1 \
        || echo "Without $*: tests that need it are skipped" >&2
}
# Programs that tests go through; each is a package of its name.
try_tools() {
    local missing=() tool
    for tool in "$@"; do
        command -v "$tool" >/dev/null 2>&1 || missing+=("$tool")
    done
    [ ${#missing[@]} -eq 0 ] && return
    if [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null 2>&1; then
        compgen -G "/var/lib/apt/lists/*_Packages*" >/dev/null || apt-get update -qq >/dev/null 2>&1
        env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null 2>&1 && return
    fi
    echo "Without ${missing[*]}: tests that need them are skipped" >&2
}
if [ "$with_optional" = yes ]; then
    try_tools tcpdump tcpreplay ethtool haproxy nginx
    # By itself, so that a release without it has the others.
    command -v chromium-browser >/dev/null 2>&1 || command -v google-chrome >/dev/null 2>&1 || try_tools chromium
fi
if [ "$with_optional" = yes ] && command -v python3 >/dev/null 2>&1; then
    try_python 'boto3, moto.server' 'moto[server]'
    try_python 'scipy.stats' scipy
    try_python 'statsmodels.api' statsmodels
    try_python sqlglot sqlglot
    if command -v java >/dev/null 2>&1 && ! command -v spark-sql >/dev/null 2>&1; then try_python pyspark pyspark; fi
fi
[ "$required_count" -eq 0 ] && exit 0

as_root=()
if [ "$(id -u)" -ne 0 ]; then
    if command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then
        as_root=(sudo -n)
    else
        as_root=(refused)
    fi
fi

# Prints the command for a person, and ends.
tell() {
    echo "lbforensics: system packages are missing. Run this, then try again:" >&2
    echo "    $*" >&2
    exit 1
}

install_with_apt() {
    [ "${as_root[0]:-}" = refused ] && tell "sudo apt-get update && sudo apt-get install -y ${missing_apt[*]}"
    echo "Installing ${missing_apt[*]}" >&2
    local install=(env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends)
    if ! compgen -G "/var/lib/apt/lists/*_Packages*" >/dev/null; then
        "${as_root[@]}" apt-get update -qq
    fi
    "${as_root[@]}" "${install[@]}" "${missing_apt[@]}" >/dev/null && return
    # The lists may be old, and the optional package may not exist in an old release.
    "${as_root[@]}" apt-get update -qq
    "${as_root[@]}" "${install[@]}" "${missing_apt[@]}" >/dev/null && return
    without_optional apt
    [ ${#missing_apt[@]} -eq 0 ] || "${as_root[@]}" "${install[@]}" "${missing_apt[@]}" >/dev/null
}

install_with_dnf() {
    [ "${as_root[0]:-}" = refused ] && tell "sudo $1 install -y ${missing_dnf[*]}"
    echo "Installing ${missing_dnf[*]}" >&2
    "${as_root[@]}" "$1" install -y -q "${missing_dnf[@]}" && return
    without_optional dnf
    [ ${#missing_dnf[@]} -eq 0 ] || "${as_root[@]}" "$1" install -y -q "${missing_dnf[@]}"
}

# Leaves the optional package out.
without_optional() {
    local kept=() name list="missing_$1[@]"
    for name in "${!list}"; do
        case "$name" in libdeflate* | libmaxminddb*) ;; *) kept+=("$name") ;; esac
    done
    if [ "$1" = apt ]; then missing_apt=("${kept[@]}"); else missing_dnf=("${kept[@]}"); fi
}

if command -v apt-get >/dev/null 2>&1; then
    install_with_apt
elif command -v dnf >/dev/null 2>&1; then
    install_with_dnf dnf
elif command -v yum >/dev/null 2>&1; then
    install_with_dnf yum
elif command -v brew >/dev/null 2>&1; then
    [ ${#missing_brew[@]} -eq 0 ] || brew install "${missing_brew[@]}"
else
    tell "install the development files of libpcap, SQLite 3 and zlib, and pkg-config"
fi
