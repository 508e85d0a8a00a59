x=$(printf 'y%.0s' {1..5000}); echo ${#x}
echo $x | wc -c
for i in {1..300}; do echo -n "line $i; "; done | md5sum
