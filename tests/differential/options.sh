shopt -s extglob
echo !(x) | head -c 0
[[ foobar == foo@(bar|baz) ]] && echo extended
set -o posix
echo $(set -o | grep posix)
set +o posix
set -a; auto=1; set +a; bash -c 'echo $auto'
set -o noclobber; set -o | grep noclobber; set +o noclobber
umask 027; umask
ulimit -n > /dev/null; echo $?
shopt -u expand_aliases; alias q='echo alias'; q
shopt -s expand_aliases
q
