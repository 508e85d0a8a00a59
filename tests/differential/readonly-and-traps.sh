set -o errtrace
trap 'echo "trapped at $BASH_COMMAND"' ERR
readonly r=1
f() { ls /no/such; echo on; }
f
r=2
echo after $?
trap ERR
g() { return 4; }
g
