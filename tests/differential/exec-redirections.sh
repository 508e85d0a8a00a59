exec 3>three.txt
echo into three >&3
echo more >&3
exec 3>&-
cat three.txt
exec 4<three.txt
read -u 4 line; echo "$line"
read -u 4 line; echo "$line"
read -u 4 line; echo $? "[$line]"
exec 4<&-
cat <&4
exec >all.txt; echo in the file; echo also >&2; exec >/dev/tty
