# bash: pipelines, here-documents, traps, job control, wait -n, coprocesses, process substitution.
# needs: bash seq sort
# seconds: 30
cat > judge.sh <<'BASH'
echo "# pipelines"
seq 1 2000 | grep 7 | sort -rn | head -n 3 | tr '\n' ' '; echo "${PIPESTATUS[@]}"
true | false | (exit 3) | cat; echo "${PIPESTATUS[@]}"
set -o pipefail; false | true; echo "pipefail $?"; set +o pipefail
! true | false; echo "not $?"
yes | head -n 2; echo "${PIPESTATUS[@]}"
seq 3 | while read -r n; do echo "read $n"; done
shopt -s lastpipe; seq 3 | while read -r n; do sum=$((sum + n)); done; echo "sum $sum"; shopt -u lastpipe
(echo out; echo error >&2) 2>&1 | sort
{ echo 1; echo 2 >&2; } |& sort
echo twice > >(cat; echo end) | cat; wait $!
for i in {1..40}; do echo $i; done | xargs -P 4 -n 3 echo | wc -l
time_format=$(TIMEFORMAT='%R'; { time sleep 0.01; } 2>&1); [[ $time_format == 0.* ]] && echo timed

echo "# here-documents"
name=world
cat <<EOF
hello $name $((6 * 7)) $(echo nested)
EOF
cat <<'EOF' | sed 's/^/> /'
literal $name
EOF
cat <<-EOF
	without a tab
	EOF
tr a-z A-Z <<< "here $name"
wc -c <<< "$(printf '%0100000d' 1)"
while read -r a b; do echo "$b-$a"; done <<EOF
one two
three four
EOF
cat <(echo process) <(echo substitution; cat <<EOF
in a document
EOF
)
diff <(seq 5) <(seq 2 6)
tee >(wc -l >lines) >(sort -r | head -n 1 >last) < <(seq 50) >/dev/null; wait
for try in {1..600}; do [ -s lines ] && [ -s last ] && break; sleep 0.05; done
cat lines last

echo "# redirections"
exec 5>file 6<&0
echo five >&5; echo more 1>&5; exec 5>&-
cat file; { cat <&7; } 7<file
exec {fd}<file; read -r line <&"$fd"; echo "$line $((fd >= 10))"; exec {fd}<&-
echo x >&9; echo "closed $?"
set -C; echo y >file; echo "noclobber $?"; echo z >|file; set +C; cat file
mkfifo silent; exec 8<>silent; read -r -t 0.1 line <&8; echo "timeout $(($? > 128))"; exec 8<&-
read -r -N 3 three <<< abcdef; echo "$three"
mkfifo fifo; cat fifo & echo through >fifo; wait $!; echo "fifo $?"

echo "# traps"
trap 'echo exit trap' EXIT
(trap 'echo subshell ends' EXIT; exit 2); echo "status $?"
trap 'echo usr1' USR1; kill -USR1 $BASHPID; echo after
(trap 'echo term; exit 9' TERM; kill -TERM $BASHPID; sleep 1); echo "status $?"
trap '' INT; kill -INT $$; bash -c 'kill -INT $$; echo ignored'; trap - INT
trap 'echo "error at $LINENO: $?"' ERR; false; (exit 7); trap - ERR
f() { trap 'echo returned' RETURN; return 3; }; f; echo "f $?"; trap - RETURN
trap 'echo child' CHLD; set -m; sleep 0.01 & wait $!; set +m; trap - CHLD
bash -c 'trap "echo hup; exit 4" HUP; sleep 1 & kill -HUP $$; wait $!; echo not reached'; echo "status $?"
[ -n "$QUICK" ] || bash -c 'trap "echo a" USR1; trap "echo b" USR2; (sleep 0.5; kill -USR1 $$; sleep 0.5; kill -USR2 $$; sleep 0.5) & p=$!; wait $p; a=$?; wait $p; b=$?; wait $p; echo $((a > 128)) $((b > 128)) $?'
trap -p USR1
for signal in HUP INT QUIT ILL ABRT FPE KILL SEGV PIPE ALRM TERM USR2; do
    env --default-signal bash -c "ulimit -c 0; kill -$signal \$\$; echo survived" 2>/dev/null; echo "$signal $?"
done
kill -l 9 15 130; kill -0 $$; echo "there $?"; kill -0 999999 2>/dev/null; echo "not there $?"

echo "# waiting"
(exit 5) & a=$!; (exit 6) & b=$!
wait $b; echo $?; wait $a; echo $?; wait $a; echo "again $?"; wait 999999 2>/dev/null; echo "no child $?"
mkfifo one two three
# "wait -n" loses a job that ends just when it begins to look, or when another child does; so jobs end while it waits, alone.
soon() { { sleep 0.3; echo go >"$1"; exec sleep 3; } >/dev/null 2>&1 & disown; }
(read -r <one; exit 1) & (read -r <two; exit 2) & (read -r <three; exit 3) &
for fifo in two one three; do soon $fifo; wait -n; echo "any $?"; done; wait -n; echo "any $?"
(read -r <one; exit 11) & slow=$!; (read -r <two; exit 12) & quick=$!
soon two; wait -n -p which $slow $quick; echo "first $? $((which == quick))"; soon one; wait -n $slow; echo "then $?"
for i in {1..30}; do (exit $i) & pids+=($!); done
total=0; for pid in "${pids[@]}"; do wait "$pid"; total=$((total + $?)); done; echo "total $total"
timeout 0.2 sleep 10; echo "timeout $?"
timeout -s KILL 0.2 bash -c 'trap "" TERM; sleep 1'; echo "killed $?"

echo "# coprocesses"
coproc CAT { while read -r line; do echo "got $line"; done; exit 8; }
pid=$CAT_PID
echo one >&"${CAT[1]}"; read -r answer <&"${CAT[0]}"; echo "$answer"
echo two >&"${CAT[1]}"; read -r answer <&"${CAT[0]}"; echo "$answer"
eval "exec ${CAT[1]}>&-"; wait "$pid"; echo "coproc $?"
coproc bc -q 2>/dev/null || coproc cat; pid=$COPROC_PID
echo "6*7" >&"${COPROC[1]}"; read -r answer <&"${COPROC[0]}"; echo "${answer:0:3}"
sleep 0.2; kill $pid; wait $pid 2>/dev/null; echo "ended $?"

echo "# job control"
set -m
# Until a child is what it is to be, and until the shell has seen that it stopped.
executed() { local try; for try in {1..200}; do grep -q sleep /proc/$1/comm && break; sleep 0.02; done; }
stopped() { local try; for try in {1..200}; do jobs -s | grep -q Stopped && break; sleep 0.02; done; }
sleep 100 & executed $!; jobs -l | sed "s/ *$!/ PID/"; kill -STOP %1; stopped; jobs | tr -s ' '
bg %1 >/dev/null; kill -TERM %1; wait %1; echo "job $?"
[ "$(ps -o pgid= -p $$ 2>/dev/null || echo 1)" != "" ] && echo groups
bash -c 'sleep 0.1 | cat; exit 3' & fg %+ >/dev/null; echo "fg $?"
(kill -STOP $BASHPID; echo continued; exit 4) &
stopped; jobs -s | grep -c Stopped; fg %% >/dev/null; echo "status $?"
sleep 100 | sleep 100 & executed "$(jobs -p %%)"; executed $!; kill %%; wait; jobs -r; echo "none left"
disown -a; set +m
(sleep 0.2; echo orphan >orphan) & disown
for try in {1..600}; do [ -s orphan ] && break; sleep 0.05; done; cat orphan

echo "# processes"
echo $((BASHPID == $$)) $( ((BASHPID != $$)) && echo other); echo "$SHLVL" >/dev/null
ulimit -n 50; ulimit -n; (ulimit -c 0; ulimit -S -t 100; ulimit -t); umask 027; : >masked; stat -c %a masked
exec -a renamed bash -c 'echo $0'  </dev/null | cat
(exec nowhere) 2>/dev/null; echo "exec $?"; ./file 2>/dev/null; echo "not executable $?"; /dev 2>/dev/null; echo "directory $?"
printf '#!/bin/cat\nscript\n' >script; chmod +x script; ./script; printf 'echo no interpreter line\n' >plain; chmod +x plain; ./plain
env -i A=1 bash -c 'echo $A${PATH:+path}'; nice -n 5 nice
f() { if [ "$1" -gt 0 ]; then (f $(($1 - 1))); else echo "deep $BASH_SUBSHELL"; fi; }; f 30
x=$(for i in {1..300}; do echo "$(echo $i)"; done | sort -n | tail -n 1); echo "$x"
big=$(head -c 2000000 /dev/zero | tr '\0' a); echo ${#big}
SECONDS=0; sleep 1; echo $((SECONDS >= 1))
mapfile -t lines < <(seq 10); echo "${lines[9]}"
cat /proc/self/comm; read -r comm </proc/$$/comm; echo "$comm"; tr '\0' ' ' </proc/$$/cmdline; echo
BASH
bash judge.sh 2>errors; echo "status $?"
sed 's/line [0-9]*: *[0-9]* /line N: /' errors | grep -v -e 'Terminated' -e Killed -e Hangup -e 'No record of process'
[ -n "$QUICK" ] || dd if=judge.sh status=none | bash -s a b >/dev/null 2>&1; echo "from a pipe $?"
bash --norc -i -c 'echo interactive $-; exit 3' 2>/dev/null; echo "status $?"
printf 'echo typed\nfalse || echo or\nexit 7\n' | bash --norc -i 2>/dev/null; echo "status $?"
