mkdir -p one/two
cd $_
basename $PWD
echo a b c
echo $_
true x y
echo $_
z=5
echo "[$_]"
: "quoted one" 'it'\''s'
echo "$_"
f() { echo in f; }; f arg
echo $_
for i in 1 2; do echo $i; done
echo $_
cd ../..
