# redis in dune on the loopback interface, with its clients outside.
# needs: redis-server redis-cli redis-benchmark
# runs: outside
# seconds: 30
port=$((20000 + RANDOM % 10000))
$ENTER redis-server --port $port --bind 127.0.0.1 --dir . --save '' >log 2>redis.stats & server=$!
cli() {
    redis-cli -p $port "$@"
}
until [ "$(cli ping 2>/dev/null)" = PONG ]; do
    kill -0 $server || exit 1
    sleep 0.1
done
redis-benchmark -p $port -n 5000 -q -t ping,set,get,lpush,lrange_100,mset >/dev/null
echo "benchmark $?"
cli rpush list a b c
cli lrange list 0 -1
cli info clients | grep -a ^blocked
cli shutdown nosave
wait $server
echo "server $?"
