#!/bin/sh
# Before the removal: says which runs go on, since nothing will show them any more. Ends none.
set -e

[ "$1" = remove ] || exit 0

runner=/opt/trainyard/resources/app.asar.unpacked/out/runner/
live=
for exe in /proc/[0-9]*/exe; do
  case $(readlink "$exe" 2>/dev/null || :) in
  "$runner"*)
    pid=${exe#/proc/}
    live="$live ${pid%/exe}"
    ;;
  esac
done

if [ -n "$live" ]; then
  echo "trainyard: runs that are live go on without the package, and end as they would have ended."
  echo "trainyard: to stop one as a cancel would, send SIGTERM to its runner:$live"
fi
exit 0
