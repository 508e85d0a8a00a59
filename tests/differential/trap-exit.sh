trap 'echo goodbye $?' EXIT
echo working
(echo a subshell)
exit 5
