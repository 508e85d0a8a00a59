trap 'echo goodbye' EXIT
set -e
echo before
false
