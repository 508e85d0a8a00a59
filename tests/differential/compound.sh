if [ -d / ]; then
  echo folder
elif false; then
  echo never
else
  echo none
fi
for i in 1 2 3; do
  [ $i = 2 ] && continue
  echo $i
done
i=0
while [ $i -lt 3 ]; do i=$((i + 1)); echo -n "$i "; done; echo
until false; do break; done
case "hello world" in
  hello*) echo matched ;;
  *) echo not ;;
esac
{ echo group; echo of two; } | wc -l
(cd /; pwd); basename $PWD > /dev/null
for ((j = 0; j < 3; j++)); do printf %d $j; done; echo
select_none=1; [[ $select_none -eq 1 ]] && echo yes || echo no
echo one && echo two || echo three; echo four
echo continued \
  over \
  lines
echo a; echo b; false
echo $?
