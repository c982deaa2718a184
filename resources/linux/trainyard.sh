#!/bin/sh
# The `trainyard` command: the app's own runtime as Node, so that no other Node is needed.
self=$(readlink -f -- "$0") || exit 1
app=${self%/bin/trainyard}
# Set by hand, it would hide the archive that the command is in.
unset ELECTRON_NO_ASAR
ELECTRON_RUN_AS_NODE=1 exec "$app/trainyard" "$app/resources/app.asar/out/main/cli.js" "$@"
