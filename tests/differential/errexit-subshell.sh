(set -e; false; echo never)
echo $?
set -e
(false; echo never) || echo also condition
echo $(false; echo substitutions go on)
false
