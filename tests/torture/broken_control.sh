#!/bin/sh
# Runs the broken control, which the checker must catch: exit status 1, and violations of what it breaks.
#
#   broken_control.sh torture --extension build/agentinfra.so --seconds 3
set -u
dir=$(mktemp -d) || exit 2
trap 'rm -rf "$dir"' EXIT
"$@" --broken-control --dir "$dir/run" >"$dir/output"
status=$?
grep -E '^torture|violations:' "$dir/output"
if [ $status -ne 1 ]; then
  echo "the checker must end with exit status 1, got $status"
  exit 1
fi
for invariant in 1 2 3 4; do
  if ! grep -q "violations:.* invariant $invariant:" "$dir/output"; then
    echo "the checker did not find the violations of invariant $invariant"
    exit 1
  fi
done
