i=5
((i--)); echo $? $i
((i -= 4)); echo $?
((i--))
echo $?
[ $i -eq 0 ] && echo zero
printf '%05.1f|%-5s|%x\n' 3.14159 ab 255
echo $RANDOM > /dev/null; SECONDS=0; echo $SECONDS
