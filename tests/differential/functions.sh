greet() {
  local who=${1:-world}
  echo "hello $who"
  return 3
}
greet
echo $?
greet you && echo never || echo returned $?
function other { echo $# "$*" "$FUNCNAME"; }
other a "b c" d
outer() { inner() { echo inner; }; inner; }
outer; inner
recurse() { [ $1 -le 0 ] || { echo $1; recurse $(($1 - 1)); }; }
recurse 3
type greet | head -3
unset -f greet
greet
return 3
