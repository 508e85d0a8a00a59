trap 'echo "error: $?"' ERR
false
true
(exit 7)
ls /no/such/file
false || true
! true
if false; then :; fi
f() { false; }; f
echo text | grep nothing
trap - ERR
false
