mkdir -p a/b/c; cd a/b
basename $PWD
cd - > /dev/null; basename "$(pwd)" > /dev/null
pushd a > /dev/null; basename $PWD; popd > /dev/null
ln -s a link; cd link; basename $PWD; basename "$(pwd -P)"
cd ..
CDPATH=a; cd b > /dev/null; basename $PWD
unset CDPATH; cd ../..
cd nowhere
echo $?
cd a; rmdir b/c; cd b; rmdir ../b; ls; echo $?
cd ../..
