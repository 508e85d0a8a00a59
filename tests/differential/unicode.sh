echo "grün 日本語 🐚"
x='é'; echo ${#x} ${x^^}
touch "ü ä.txt"; printf '%s\n' *ä*
printf '%s\n' 'a\tb' "$(printf 'tab\there')"
