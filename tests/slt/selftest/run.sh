#!/bin/sh
# Self-test of the runner: run.sh SLT PROBE.so
#
# Each *.test here says in its first line what must become of it:
#   # expect pass
#   # expect skip
#   # expect fail 4 9    these lines, and no others, are reported
# and in `# says TEXT` lines next to it what the output must hold. Failing once here means the runner judges wrongly.
set -u
slt=$1
probe=$2
cd "$(dirname "$0")" || exit 1
wrong=0

complain() {
  wrong=$((wrong + 1))
  printf 'WRONG %s: %s\n%s\n' "$test" "$1" "$output"
}

for test in *.test; do
  read -r _ _ verdict lines <"$test"
  output=$("$slt" --extension "$probe" --root . "$test" 2>&1)
  status=$?
  case $verdict in
    pass) expected=0 ;;
    skip) expected=77 ;;
    fail) expected=1 ;;
    *) expected='# expect pass, skip or fail' ;;
  esac
  [ "$status" = "$expected" ] || complain "exit $status, expected $expected"
  reported=$(printf '%s\n' "$output" | sed -n "s/^$test:\([0-9]*\): .*/\1/p" | sort -nu | tr '\n' ' ')
  [ "${reported% }" = "$lines" ] || complain "reported lines '$reported', expected '$lines'"
  while read -r hash says text; do
    [ "$hash" = '#' ] || break
    [ "$says" = says ] || continue
    case $output in *"$text"*) ;; *) complain "it does not say: $text" ;; esac
  done <"$test"
done

test='command line'
check() { # EXPECTED_STATUS ARGUMENT...
  expected=$1
  shift
  output=$("$slt" "$@" 2>&1)
  status=$?
  [ "$status" = "$expected" ] || complain "slt $*: exit $status, expected $expected"
}
check 2
check 2 --no-such-option pass_query.test
check 2 --extension
check 2 --extension no-such-file.so pass_query.test
check 1 no-such-file.test
check 77 skip_version.test skip_version.test
check 0 skip_version.test pass_query.test
check 1 pass_query.test fail_value.test skip_version.test
case $("$slt" --verbose pass_query.test) in
  *'pass_query.test:'*'SELECT'*) ;;
  *) complain '--verbose does not print the records' ;;
esac

test='temporary directory'
TMPDIR=$(mktemp -d)
export TMPDIR
check 0 pass_query.test
rmdir "$TMPDIR" || complain 'the directory of a test is left behind'

[ $wrong -eq 0 ] && echo 'the runner judges rightly'
[ $wrong -eq 0 ]
