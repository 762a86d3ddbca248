# What the architectures' compare.sh share; to be read by them. Before that they set here (where they are), architecture (the name of their
# bundle), seed and count of what "record" makes, and the functions build (makes program of program.s) and reference (runs it under qemu-user).
# A bundle that is not of the distribution is put into a copy of it.
#
#   compare.sh [SEED [COUNT [PATTERN]]]
#   compare.sh record      makes again what the unit tests compare with

project=$(cd "$here/../../../../.." && pwd)
dune=$project/dune
export PYTHONDONTWRITEBYTECODE=1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
if [ "${1:-}" != record ]; then
    seed=${1:-1}
    count=${2:-3000}
fi
python3 "$here/instructions.py" "$seed" "$count" "${3:-}" > program.s 2> tests.txt
build
reference > expected
if [ "${1:-}" = record ]; then
    mkdir -p "$here/../resources/org/nesteddune/$architecture"
    cd "$here/../resources/org/nesteddune/$architecture"
    gzip -9 -n -c "$work/program" > instructions.gz
    python3 "$here/compare.py" record "$work" | gzip -9 -n > instructions.txt.gz
    exit
fi
if ! "$dune" enter ./program > /dev/null 2> complaint && grep -q 'no installed bundle' complaint; then
    "$project/itest/dune-with" "$architecture" "$work/own"
    dune=$work/own/dune
fi
for options in -Ddune.software.threshold=0 '-Ddune.software.threshold=1 -Ddune.software.patient=compact' '-Ddune.software.threshold=1 -Ddune.software.patient=large'; do
    DUNE_JAVA_OPTS=$options "$dune" enter ./program > actual
    printf '%s: ' "$options"
    python3 "$here/compare.py"
done
