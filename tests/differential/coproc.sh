coproc UP { tr a-z A-Z; }
echo hello >&${UP[1]}; exec {UP[1]}>&-
cat <&${UP[0]}
wait
