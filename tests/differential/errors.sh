no-such-command
./no-such-file
/
touch plain; ./plain
echo $?
cd
cd nowhere at all
[ 1 -eq one ]
echo $?
local x
break
shift 5
unset -v BASH_VERSINFO
kill 999999999
echo ${bad substitution}
echo $?
exec no-such-program
echo still here
: $((1/0))
echo $?
