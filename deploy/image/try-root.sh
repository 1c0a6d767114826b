#!/bin/sh
# Runs the files of the image without a container engine: as the image's user, in its root file system, which is read-only,
# as process 1, with nothing else but Node and the libraries of this machine. Needs root on Linux.
#
#   try-root.sh ROOT NODE ARGUMENTS...   ROOT: what build-root.mjs wrote; ARGUMENTS: those of the image
#
# The health check runs beside it: nsenter --target PID --mount --pid --root --setuid 65532 /nodejs/bin/node /opt/modelyard/health-check.mjs
set -eu
root=$1
node=$2
shift 2
cd "$root"
mkdir -p nodejs/bin proc lib lib64 usr/lib
: > nodejs/bin/node
exec unshare --mount --pid --fork --kill-child sh -eu -c '
  root=$1
  node=$2
  shift 2
  mount --bind "$root" "$root"
  mount --bind "$node" "$root/nodejs/bin/node"
  for folder in lib lib64 usr/lib; do
    [ -d "/$folder" ] && mount --bind "/$folder" "$root/$folder" && mount -o remount,bind,ro "$root/$folder"
  done
  mount -t proc proc "$root/proc"
  mount -o remount,bind,ro "$root"
  exec chroot --userspec=65532:65532 "$root" /usr/local/bin/modelyard "$@"
' sh "$root" "$node" "$@"
