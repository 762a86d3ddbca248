# A program in Go, whose runtime makes its own threads, preempts them by signals and asks epoll.
# needs: fzf
# seconds: 20
seq 100000 | fzf --filter=777 | sort -n | tail -n 3
seq 20 | GOMAXPROCS=8 fzf --filter='1 !2' ; echo "status $?"
fzf --filter=nothing </dev/null; echo "status $?"
fzf --version | tr -d '0-9.' | head -c 3; echo
