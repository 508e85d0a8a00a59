cat <<EOF
hello $((1 + 1)) $(echo sub)
EOF
cat <<'EOF'
hello $((1 + 1)) $(echo sub) \n
EOF
cat <<-EOF | tr a-z A-Z
	tabs go
		all of them
	EOF
cat <<A; cat <<B
first
A
second
B
x=$(cat <<EOF
inner
EOF
)
echo "$x"
cat <<< "a here string $x"
wc -l <<EOF
1
2

4
EOF
echo $_ $?
