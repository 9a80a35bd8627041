#!/bin/sh
# Examines a YektaYar server: ./scripts/test-socketio.sh [url] [--help for the options]
set -eu

root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd -P)

if ! command -v node >/dev/null 2>&1; then
  echo 'Node.js is needed: get it from https://nodejs.org and run this again.' >&2
  exit 1
fi

# Prints only if it installs or builds something, and not to standard output.
node "$root/scripts/build.mjs" --if-changed >&2

exec node "$root/apps/doctor/bin/yektayar-doctor.js" "$@"
