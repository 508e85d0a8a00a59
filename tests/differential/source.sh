cat > lib.sh <<'EOF'
lib_var=from-lib
lib_fn() { echo "lib fn $1"; }
return 4
EOF
source lib.sh
echo $? $lib_var
lib_fn x
. ./lib.sh arg
source missing.sh
echo $?
bash lib.sh
echo 'exit 6' > ends.sh; bash ends.sh
echo $?
source ends.sh
