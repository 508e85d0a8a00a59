trap 'echo usr1' USR1
kill -USR1 $$
kill -USR1 $$; echo after
trap 'echo term' TERM
kill $$
trap -p USR1
trap - USR1 TERM
trap '' USR2
kill -USR2 $$; echo ignored
bash -c 'kill -USR2 $$; echo ignored there too'
kill -INT $$; echo not printed
echo $?
