true
echo $?
false
echo $?
(exit 42)
echo $? $?
! true
echo $?
false || true
echo $?
no-such-command-at-all
echo $?
cd /no/such/folder
echo $?
test -d /; echo $?
[ a = b ]
[[ a == a && -n x ]]
echo $?

echo after an empty line $?
# a comment keeps the status
false
# so does this
echo $?
