#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# with_hub.sh TORCHDECK PYTHON SCRIPT: runs SCRIPT against a fresh `torchdeck hub serve`. Exit code 77: skipped.
set -euo pipefail
torchdeck=$1 python=$2 script=$3
if [ ! -x "$python" ]; then
    echo "skipped: no Python with hub-sdk ($python); run ./test with a network once"
    exit 77
fi
folder=$(mktemp -d)
export XDG_CONFIG_HOME=$folder/config XDG_DATA_HOME=$folder/data XDG_STATE_HOME=$folder/state
server=
cleanup() {
    [ -z "$server" ] || { kill "$server" 2>/dev/null && wait "$server" 2>/dev/null; } || true
    rm -rf "$folder"
}
trap cleanup EXIT
"$torchdeck" hub serve port=0 dir="$folder/hub" --json >"$folder/ready" &
server=$!
for _ in $(seq 300); do
    [ -s "$folder/ready" ] && break
    kill -0 "$server" 2>/dev/null || { echo "torchdeck hub serve ended at once"; exit 1; }
    sleep 0.1
done
field() { sed -n "s/.*\"$1\": *\"\([^\"]*\)\".*/\1/p" "$folder/ready"; }
ULTRALYTICS_HUB_API=$(field api_root) HUB_API_KEY=$(field api_key) "$python" "$script"
kill -TERM "$server"
wait "$server" || { echo "torchdeck hub serve did not end cleanly on SIGTERM"; exit 1; }
server=
