#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# with_ultralytics.sh PYTHON PACKAGE SCRIPT ARGUMENTS: runs SCRIPT with the version of ultralytics in the folder PACKAGE, or with
# PYTHON's own where PACKAGE is empty. Exit code 77: skipped.
set -euo pipefail
python=$1 package=$2
shift 2
if [ ! -x "$python" ] || { [ -n "$package" ] && [ ! -d "$package" ]; }; then
    echo "skipped: no Python with ultralytics ($python $package); run ./test with a network once"
    exit 77
fi
[ -z "$package" ] || export PYTHONPATH=$package ULTRALYTICS_FOLDER=$package
exec "$python" "$@"
