false | true | (exit 3)
echo ${PIPESTATUS[@]}
true | false; echo ${PIPESTATUS[*]}
set -o pipefail
false | true
echo $?
set +o pipefail
false | true
echo $?
yes | head -1
