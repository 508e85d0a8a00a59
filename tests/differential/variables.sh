x=1
echo $x ${x:-none} ${y:-none} ${y:=set} $y
arr=(a b "c d"); echo ${#arr[@]} "${arr[2]}"
declare -A map=([k]=v [l]=w); echo ${map[k]} ${#map[@]}
export EXPORTED=yes; bash -c 'echo $EXPORTED'
readonly fixed=1
fixed=2
echo still $fixed
unset x; echo "[$x]"
printf '%s|' "$@" ; echo
((n = 3 * 4)); echo $n $((n << 1))
((0))
let m=5-5
echo ${!EXP*}
