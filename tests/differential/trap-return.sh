f() { echo in f; return 2; }
trap 'echo returned' RETURN
f
set -T
f
set +T
trap - RETURN
f
