# A pipeline of twenty processes, and what becomes of their ends.
# needs: seq sort sed grep tr
seq 1 3000 | grep -v 4 | sed 's/^/x/' | tr x y | sort -r | sed -n 1,900p | cat | tac | cut -c2- | sort -n | tail -n 700 | tac | tac \
    | paste -sd' ' | tr ' ' '\n' | uniq | nl -ba | sed 's/^ *//' | cat | tail -n 3 | sed -n 1,2p
echo "${PIPESTATUS[@]}"
p=(); for i in 1 2 3 4; do (exit $i) & p+=($!); done; for i in "${p[@]}"; do wait $i; echo $?; done
seq 40 | xargs -P 4 -n 5 echo | wc -l
yes | head -n 3; echo "${PIPESTATUS[@]}"
x=$(seq 5 | while read -r n; do echo $((n * n)); done | tr '\n' ,); echo "$x"
trap 'echo usr1' USR1; kill -USR1 $$; (kill -TERM $BASHPID); echo $?
(ulimit -c 0; kill -SEGV $BASHPID) 2>/dev/null; echo $?
