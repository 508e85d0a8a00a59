set -u
echo ${defined:-default}
echo $undefined
echo after $?
x=$undefined; echo not printed
echo $?
echo ${missing?custom message}
echo $?
echo ${missing:-fine}
set +u
echo "[$undefined]"
