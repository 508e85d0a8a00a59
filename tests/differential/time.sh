TIMEFORMAT='took'
time true
time false
echo $?
time { echo a; echo b; }
