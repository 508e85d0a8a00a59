sleep 30 >/dev/null 2>&1 &
jobs
kill %1; wait %1
echo $?
jobs
(exit 9) &
wait $!
echo $?
sleep 0.01 & wait; echo waited
sh -c 'kill -STOP $$; echo resumed'
echo $?
jobs | sed 's/  */ /g'
fg
echo $?
disown -a
bg
kill %5
