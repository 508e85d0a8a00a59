echo before
exec bash -c 'echo in another; exit 8'
echo never
