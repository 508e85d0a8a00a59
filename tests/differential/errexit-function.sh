set -e
work() { echo working; false; echo never; }
work
echo never
