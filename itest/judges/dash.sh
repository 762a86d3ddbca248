# dash: pipelines, here-documents, traps, background jobs, job control.
# needs: dash seq sort
# seconds: 30
cat > judge.sh <<'DASH'
seq 1 1000 | grep 9 | sort -rn | head -n 2
false | true; echo "$?"
(echo out; echo error >&2) 2>&1 | sort
i=0; while [ $i -lt 200 ]; do i=$((i + 1)); echo $i; done | tail -n 1
for i in 1 2 3; do echo "$(echo "$(echo nested $i)")"; done
n=0; while read -r a b; do n=$((n + b)); done <<EOF
x 1
y $((1 + 1))
z $(echo 3)
EOF
echo "sum $n"
cat <<'EOF' | tr a-z A-Z
literal $n
EOF
cat <<-EOF >file
	$(seq 3)
	EOF
cat file
exec 3>>file; echo three >&3; exec 3>&-; exec 4<file; read -r line <&4; echo "$line"; exec 4<&-; wc -l <file
echo x >nowhere/file; echo "redirection $?"
trap 'echo usr1' USR1; kill -USR1 $$; echo after
trap '' TERM; kill -TERM $$; echo deaf; trap - TERM
(trap 'echo leaving' EXIT; exit 6); echo "$?"
dash -c 'trap "echo alarm; exit 5" ALRM; (sleep 0.1; kill -ALRM $$) & wait; wait'; echo "$?"
dash -c 'trap "echo int; exit 3" INT; (sleep 0.1; kill -INT $$) & wait $!; wait; echo not reached'; echo "$?"
dash -c 'kill -KILL $$'; echo "killed $?"
dash -c 'ulimit -c 0; kill -SEGV $$'; echo "segv $?"
(exit 4) & a=$!; (exit 5) & b=$!; wait $b; echo $?; wait $a; echo $?; wait; echo $?
for i in 1 2 3 4 5 6 7 8 9 10; do (sleep 0.0$i; exit $i) & pids="$pids $!"; done
t=0; for p in $pids; do wait "$p"; t=$((t + $?)); done; echo "total $t"
mkfifo fifo; (echo first; echo second) >fifo & cat fifo; wait
sleep 0.1 && echo slept & wait
f() { local x=$1; [ "$x" -eq 0 ] && { echo bottom; return 9; }; f $((x - 1)); }; f 40; echo $?
(umask 077; : >private); ls -l private | cut -c1-10; ulimit -n 40; ulimit -n
cd / && pwd; cd - >/dev/null; eval 'echo evaluated'; . ./sourced; command -v sh; times >/dev/null && echo times
set -e; (false; echo not reached) || echo "errexit"; trap 'echo the end' EXIT
false
echo not reached
DASH
echo 'echo sourced $#' >sourced
dash judge.sh 2>errors; echo "status $?"
cat errors
cat >jobs.sh <<'DASH'
set -m
executed() { until grep -q sleep /proc/$1/comm; do sleep 0.02; done; }
stopped() { until jobs >list; grep -q Stopped list; do sleep 0.02; done; }
sleep 50 & executed $!; kill -STOP $!; stopped; tr -s " " <list; kill %1; fg %1 >/dev/null; echo "job $?"
(kill -STOP $(exec sh -c 'echo $PPID'); echo continued; exit 4) & stopped; fg %1 >/dev/null; echo "fg $?"
sleep 50 | sleep 50 & jobs -p %1 >leader; executed "$(cat leader)"; executed $!; kill %1; wait; echo none left
DASH
command -v script >/dev/null && script -qec 'timeout --foreground 30 dash jobs.sh' /dev/null </dev/null; echo "on a terminal $?"
dash <judge.sh >/dev/null 2>&1; echo "from a file $?"
