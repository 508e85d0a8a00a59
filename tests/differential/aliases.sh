alias hi='echo hello'
hi
hi there; alias hi='echo bye'; hi
hi
alias ll='ls -d' root='/ '
ll /
unalias hi
hi
alias twice='echo a;
echo b'
twice
