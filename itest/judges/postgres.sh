# PostgreSQL: a cluster is made, started, asked by many clients over both kinds of sockets, killed, recovered, stopped.
# needs: /usr/share/postgresql-common setpriv
# seconds: 120
bin=$(echo /usr/lib/postgresql/*/bin | tr ' ' '\n' | tail -n 1)
if [ ! -x "$bin/postgres" ]; then
    echo "the program postgres is missing"
    exit 77
fi
# It refuses to be root's.
if [ "$(id -u)" = 0 ]; then
    chown nobody .
    exec setpriv --reuid=nobody --regid=nogroup --clear-groups env HOME="$PWD" bash "$0"
fi
PATH=$bin:$PATH
export PGHOST=$PWD/sockets PGUSER=judge PGDATABASE=postgres PGDATA=$PWD/data PGCONNECT_TIMEOUT=30
mkdir sockets
initdb -A trust -U judge -E UTF8 --locale=C.UTF-8 >initdb.log 2>&1
echo "initdb $?"
grep -c ok initdb.log
# The port is a socket's name as well.
export PGPORT=$((30000 + RANDOM % 10000))
cat >>data/postgresql.conf <<CONF
listen_addresses = '127.0.0.1'
unix_socket_directories = '$PWD/sockets'
shared_buffers = 16MB
max_connections = 30
log_min_duration_statement = -1
CONF
pg_ctl -w -t 60 -l log start >/dev/null
echo "start $?"
pg_ctl status >/dev/null
echo "status $?"
# Waits until a command succeeds.
await() {
    local tries
    for tries in {1..300}; do
        "$@" && return
        sleep 0.1
    done
    echo "in vain: $*"
    pg_ctl -m immediate stop
    exit 1
}
sql() {
    psql -X -q -A -t -v ON_ERROR_STOP=1 "$@"
}
sql <<'SQL'
select 6 * 7;
create table town (id serial primary key, name text not null unique, country int, people bigint);
create table country (id int primary key, name text);
insert into country select n, 'country ' || n from generate_series(1, 20) n;
insert into town (name, country, people) select 'town ' || n, n % 20 + 1, n * 7919 % 10007 from generate_series(1, 5000) n;
create index on town (people);
analyze;
select c.name, count(*), sum(t.people), round(avg(t.people), 3)
    from town t join country c on c.id = t.country group by c.name having count(*) > 200 order by 3 desc, 1 limit 5;
select name, rank() over (partition by country order by people desc) r from town order by r, name limit 5;
with recursive f(a, b) as (values (0::numeric, 1::numeric) union all select b, a + b from f where b < 1e30) select max(a) from f;
begin;
delete from town where country = 3;
select count(*) from town;
savepoint s;
update town set people = people + 1;
rollback to s;
rollback;
select count(*), sum(people) from town;
create function twice(n int) returns int language plpgsql as $$ begin return 2 * n; exception when others then return null; end $$;
select twice(21), twice(2000000000) is null;
select jsonb_agg(x order by x) from (select distinct people % 7 as x from town) y;
select md5(string_agg(name, ',' order by id)) from town;
select to_char(timestamp '2024-02-29 12:00' + interval '1 year', 'YYYY-MM-DD'), 'abcdef' ~ 'c.e', upper('grüße');
SQL
echo "queries $?"
sql -c "select 1 / 0" 2>&1; echo "error $?"
sql -c "\copy town to 'towns.csv' csv header"
sha256sum <towns.csv
sql -c "create table again (like town including all)" -c "\copy again from 'towns.csv' csv header" -c "select count(*) from again"
sql -c "copy (select id, name from town order by id limit 3) to program 'tr a-z A-Z > copied'"
cat data/copied

# By TCP.
sql -h 127.0.0.1 -c "select inet_server_addr() = '127.0.0.1', inet_server_port() = $PGPORT, count(*) from town"
# One waits for what another has locked.
sql -c "begin" -c "update town set people = 1 where id = 1" -c "select pg_sleep(1)" -c "commit" >/dev/null & locker=$!
locked() {
    [ "$(sql -c "select count(*) from pg_locks where relation = 'town'::regclass and mode = 'RowExclusiveLock'")" -ge 1 ]
}
await locked
sql -c "update town set people = people + 1 where id = 1 returning people"
wait $locker
# A listener, a query that is cancelled, one whose backend is ended.
sql -c "set statement_timeout = 200" -c "select pg_sleep(60)" 2>&1
sql -c "select pg_sleep(60)" 2>/dev/null & sleeper=$!
cancelled() {
    [ "$(sql -c "select pg_cancel_backend(pid) from pg_stat_activity where query like '%sleep(60)' and pid <> pg_backend_pid()")" = t ]
}
await cancelled
wait $sleeper
echo "cancelled $?"
sql -c "listen l" -c "notify l, 'news'" -c "select 1" | cut -d' ' -f1-8
# Parallel workers, in shared memory of their own.
sql -c "set parallel_setup_cost = 0" -c "set parallel_tuple_cost = 0" -c "set min_parallel_table_scan_size = 0" \
    -c "set max_parallel_workers_per_gather = 2" \
    -c "explain (costs off) select count(*), sum(people) from town" -c "select count(*), sum(people) from town where id > 1"
pgbench -i -q -s 1 >/dev/null 2>&1
echo "pgbench -i $?"
times=${QUICK:+10}
for host in "$PGHOST" 127.0.0.1; do
    pgbench -h "$host" -n -c 6 -j 2 -t "${times:-50}" 2>pgbench.errors | grep -E 'actually processed|failed'
    cat pgbench.errors
done
pgbench -n -C -c 2 -t 5 2>&1 | grep 'actually processed'
sql -c "select sum(abalance) = (select sum(tbalance) from pgbench_tellers) and sum(abalance) = (select sum(bbalance) from pgbench_branches)
    from pgbench_accounts" -c "select count(*) from pgbench_history"
sql -c "vacuum full analyze town" -c "reindex table town" -c "checkpoint" -c "select count(*) from town"; echo "vacuum $?"
pg_dump -t town -t country | grep -v -e ^-- -e restrict | sha256sum
pg_ctl reload >/dev/null; echo "reload $?"

# The postmaster is killed: its children end, and the next one recovers.
pg_ctl -w -m smart stop >/dev/null
echo "stop $?"
postgres >>log 2>&1 & server=$!
await pg_isready -q
sql -c "create table last as select 41 as answer" -c "update last set answer = 42"
sql -c "select pg_sleep(60)" 2>/dev/null & sleeper=$!
sleeping() {
    backend=$(sql -c "select pid from pg_stat_activity where query like '%sleep(60)' and pid <> pg_backend_pid()") && [ -n "$backend" ]
}
await sleeping
kill -KILL $server
wait $server 2>/dev/null
echo "postmaster $?"
wait $sleeper
echo "its client $?"
await pg_ctl -w -t 60 -l log start >/dev/null
sql -c "select answer from last" -c "select count(*) from town"
# A backend is killed: the others start anew.
sql -c "select pg_sleep(60)" 2>/dev/null & sleeper=$!
await sleeping
kill -KILL "$backend"
wait $sleeper
echo "killed $?"
await pg_isready -q
sql -c "select answer from last"
pg_ctl -w -m fast stop >/dev/null
echo "stop $?"
pg_ctl status >/dev/null
echo "status $?"
pg_controldata | grep 'cluster state'
grep -a -e PANIC -e FATAL log | sed 's/^.*\(PANIC\|FATAL\)/\1/' \
    | grep -v -e 'starting up' -e 'in recovery mode' -e 'connection' -e 'shutting down' -e 'lock file' -e 'shared memory block' | sort -u
grep -ac 'automatic recovery' log
