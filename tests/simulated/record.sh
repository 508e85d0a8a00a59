#!/bin/bash
# record.sh COMMANDS RECORDING: types each line of COMMANDS into one shell and writes what came of it: the command
# after `$`, standard output after `o|`, standard error after `e|`, a status that is not 0 after `=`.
#
# The recordings beside this file were made with it on real tools: docker 20.10.24, docker-compose 1.29.2, the registry
# 2.8.2, kubectl and Kubernetes 1.20.2. The tests run the same commands on the simulated stage with it and compare.
exec 3< "$1" 4> "$2"
work=$(mktemp -d)
cd "$work" || exit
while IFS= read -r -u 3 line; do
  eval "$line" > "$work/.out" 2> "$work/.err" < /dev/null 3<&- 4>&-
  status=$?
  {
    printf '$ %s\n' "$line"
    sed 's/^/o| /' "$work/.out"
    [ -s "$work/.out" ] && [ -n "$(tail -c 1 "$work/.out")" ] && echo
    sed 's/^/e| /' "$work/.err"
    [ "$status" = 0 ] || echo "= $status"
  } >&4
done
cd / && rm -rf "$work"
