# SPDX-License-Identifier: GPL-3.0-or-later
# Shared by ./run and ./test: installs what is missing, finds or fetches LibTorch, builds. Safe to repeat.
# Sourced by bash with `set -euo pipefail`, in the project's root.

TORCH_VERSION=2.15.0
PACKAGES=(build-essential cmake ninja-build ccache pkg-config python3 python3-venv
    qt6-base-dev qt6-charts-dev qt6-svg-dev qt6-l10n-tools libqt6opengl6-dev libqt6sql6-sqlite qtkeychain-qt6-dev
    libgl1-mesa-dev libopencv-dev libyaml-cpp-dev libarchive-dev libcpp-httplib-dev libssl-dev fonts-dejavu-core)

say() { printf '[torchdeck] %s\n' "$*"; }
fail() {
    printf '[torchdeck] %s\n' "$*" >&2
    exit 1
}

as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    elif command -v sudo >/dev/null 2>&1; then
        sudo "$@"
    else
        fail "Packages are missing and there is neither root nor sudo: ask an administrator to install: ${MISSING[*]}"
    fi
}

install_packages() {
    command -v dpkg-query >/dev/null 2>&1 ||
        fail "This script installs Debian packages; on another system install their equivalents of: ${PACKAGES[*]}"
    MISSING=()
    local package
    for package in "$@"; do
        dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || MISSING+=("$package")
    done
    [ ${#MISSING[@]} -eq 0 ] && return
    say "Installing Debian packages: ${MISSING[*]}"
    local log
    log=$(mktemp)
    if ! { as_root env DEBIAN_FRONTEND=noninteractive apt-get update -q &&
        as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "${MISSING[@]}"; } \
        >"$log" 2>&1 </dev/null; then
        tail -n 15 "$log" >&2
        rm -f "$log"
        fail "Installing packages failed: check the network and apt's package sources, then run this again."
    fi
    rm -f "$log"
}

gpu_present() { [ -e /dev/nvidiactl ] || [ -e /dev/nvidia0 ]; }

# Sets TORCH_DIR. Reuses TORCHDECK_TORCH_DIR, an official LibTorch on CMAKE_PREFIX_PATH, or the project's .venv.
find_torch() {
    local dir prefixes=${CMAKE_PREFIX_PATH:-}
    for dir in "${TORCHDECK_TORCH_DIR:-}" ${prefixes//:/ } .venv/lib/python3*/site-packages/torch; do
        if [ -n "$dir" ] && [ -e "$dir/lib/libtorch_cpu.so" ] && [ -e "$dir/include/ATen/ATen.h" ]; then
            case "$dir" in
                .venv/*) [ -e .venv/torchdeck-ready ] || continue ;; # an install that broke off half way
            esac
            TORCH_DIR=$(cd "$dir" && pwd)
            return 0
        fi
    done
    return 1
}

install_torch() {
    find_torch && return
    local free
    free=$(df -Pm . | awk 'NR == 2 { print $4 }')
    [ "$free" -ge 4000 ] || fail "LibTorch needs about 4 GB of free disk space here, there are ${free} MB: free some."
    local wheels=(--no-deps "torch==$TORCH_VERSION" nvidia-cuda-runtime nvidia-cuda-cupti)
    if gpu_present; then
        say "Installing LibTorch $TORCH_VERSION with its CUDA libraries (several GB) into .venv"
        wheels=("torch==$TORCH_VERSION")
    else
        say "Installing LibTorch $TORCH_VERSION (about 1.3 GB; no NVIDIA GPU found) into .venv"
    fi
    [ -x .venv/bin/python ] || python3 -m venv .venv ||
        fail "Creating .venv failed: check that python3-venv is installed and the folder is writable."
    .venv/bin/python -m pip install -q --disable-pip-version-check "${wheels[@]}" </dev/null ||
        fail "Downloading LibTorch failed: check the network (or point TORCHDECK_TORCH_DIR at an unpacked LibTorch), then run this again."
    touch .venv/torchdeck-ready
    find_torch || fail "LibTorch was installed but not found in .venv: remove the folder .venv and run this again."
}

# One job a core, but torch's headers want about 2 GB a job.
jobs() {
    local cores memory
    cores=$(nproc)
    memory=$(awk '/MemAvailable/ { print int($2 / 2000000) }' /proc/meminfo)
    [ "$memory" -lt 1 ] && memory=1
    echo $((cores < memory ? cores : memory))
}

configure() {
    local log
    log=$(mktemp)
    if ! cmake --preset release -DTORCHDECK_TORCH_DIR="$TORCH_DIR" "$@" >"$log" 2>&1; then
        tail -n 25 "$log" >&2
        rm -f "$log"
        fail "Configuring the build failed; the lines above say why."
    fi
    rm -f "$log"
}

build() {
    say "Building (the first time takes some minutes)"
    cmake --build --preset release -j "$(jobs)" "$@" || fail "The build failed; the lines above say why."
}
