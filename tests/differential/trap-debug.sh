trap 'echo "> $BASH_COMMAND"' DEBUG
echo one
x=2; echo $x
for i in a b; do echo $i; done
f() { echo inside; }
f
(echo subshell)
false
trap - DEBUG
echo quiet
