set -x
echo traced
x="a b"; echo $x "$x"
for i in 1 2; do true $i; done
f() { echo in f; }; f
y=$(echo sub)
false
echo $?
echo $(echo $(echo deep))
set +x
echo quiet
