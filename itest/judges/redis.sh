# redis: benchmark, persistence by a snapshot of a forked child and by a log, restart.
# needs: redis-server redis-cli redis-benchmark redis-check-rdb
# seconds: 60
socket=$PWD/socket
start() {
    redis-server --port 0 --unixsocket "$socket" --dir . --save '' --enable-debug-command yes "$@" >>log 2>&1 &
    server=$!
    until [ "$(cli ping 2>/dev/null)" = PONG ]; do
        kill -0 $server || exit 1
        sleep 0.1
    done
}
cli() {
    redis-cli -s "$socket" "$@"
}
keys=${QUICK:+20000}
keys=${keys:-200000}
start --appendonly yes
redis-benchmark -s "$socket" -n "${QUICK:-2000}" -q -P 4 -t ping,set,get,incr,lpush,rpop,sadd,hset,zadd,lrange_100,mset >/dev/null
echo "benchmark $?"
cli config set proto-max-bulk-len 100mb
cli debug populate $keys key 200
cli set answer 42
cli set changes 0
cli bgsave
changes=0
while cli info persistence | grep -q bgsave_in_progress:1; do
    cli incr changes >/dev/null
    changes=$((changes + 1))
    sleep 0.05
done
[ "$(cli get changes)" = $changes ] && echo 'all changes'
cli info persistence | grep -a bgsave_status
cli bgrewriteaof
while cli info persistence | grep -q 'aof_rewrite_\(in_progress\|scheduled\):1'; do sleep 0.05; done
cli info persistence | grep -a bgrewrite_status
cli eval 'local s = 0 for i = 1, 100000 do s = s + i end return s' 0
cli subscribe channel >heard & listener=$!
until [ "$(cli publish channel news)" = 1 ]; do sleep 0.05; done
until grep -q news heard; do sleep 0.05; done
kill $listener
wait $listener 2>/dev/null
cli shutdown
wait $server
echo "server $?"
start --appendonly yes
until cli info persistence | grep -q ^loading:0; do sleep 0.1; done
cli get answer
cli exists key:0 key:$((keys - 1)) key:$keys
kill -TERM $server
wait $server
echo "server $?"
redis-check-rdb dump.rdb | grep -ac 'RDB looks OK'
