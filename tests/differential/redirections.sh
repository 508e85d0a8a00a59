echo one > file; cat file
echo two >> file; cat < file
ls /no/such/file 2> error; wc -l < error
{ echo out; echo err >&2; } > both 2>&1; sort both
echo to stderr >&2
cat file missing-file 2>/dev/null
echo $?
echo > /no/such/folder/file
echo $?
set -C
echo three > file
echo $?
echo four >| file
cat file
: > file; [ -s file ] || echo empty
echo {a,b}{1,2} > file; cat file
diff <(echo 1) <(echo 2)
echo $?
tee copy < file > /dev/null; cat copy
