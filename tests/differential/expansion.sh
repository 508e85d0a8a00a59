touch a.txt b.txt "c d.txt"
echo *.txt
for f in *.txt; do echo "<$f>"; done
echo 'single $x' "double $((1+1))" $'ansi\ttab' \$escaped
echo ~ > /dev/null; echo "~"
echo {1..5} {a..e..2}
shopt -s nullglob; echo none*; shopt -u nullglob
echo none*
set -f; echo *.txt; set +f
v="a  b   c"; echo $v; echo "$v"
IFS=:; p="x:y:z"; echo $p; set -- $p; echo $# $2
IFS=$' \t\n'
echo ${v/b/B} ${v%%c*}. ${#v} ${v^^} ${v:3:1}
echo `echo back ticks` $(echo $(echo nested))
eval 'echo evaluated; false'
echo $?
echo "a \"quoted\" word" \
'and more'
echo "two
lines"
echo $'it\'s'
