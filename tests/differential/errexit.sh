set -e
! true
false && true
false || echo saved
if false; then echo no; fi
while false; do :; done
x=$(false) || echo caught
f() { false; echo in a condition; }; f || true
echo about to end
ls /no/such/file
echo never reached
