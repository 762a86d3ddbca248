# nginx with two worker processes, a load tool, reload, graceful end.
# needs: nginx ab curl
# seconds: 30
mkdir -p www tmp
chmod -R a+rwX .
echo hello >www/index.html
head -c 3000000 /dev/zero | tr '\0' x >www/big
port=$((30000 + RANDOM % 10000))
cat >nginx.conf <<CONF
worker_processes 2;
daemon off;
pid $PWD/nginx.pid;
error_log $PWD/error.log notice;
events { worker_connections 256; }
http {
    access_log $PWD/access.log;
    client_body_temp_path tmp; proxy_temp_path tmp; fastcgi_temp_path tmp; uwsgi_temp_path tmp; scgi_temp_path tmp;
    sendfile on;
    server {
        listen 127.0.0.1:$port;
        root $PWD/www;
        location /again/ { proxy_pass http://127.0.0.1:$port/; }
    }
}
CONF
nginx -p "$PWD" -c "$PWD/nginx.conf" 2>server-errors & server=$!
url=http://127.0.0.1:$port
until curl -s $url >/dev/null; do
    kill -0 $server || exit 1
    sleep 0.1
done
curl -s $url/
curl -s $url/big | sha256sum
curl -s $url/again/big | sha256sum
curl -s -r 10-19 $url/big; echo
curl -s -o /dev/null -w '%{http_code}\n' $url/nowhere
ab -q -n "${QUICK:-1000}" -c 10 $url/ 2>&1 | grep -E '^(Complete|Failed|Non-2xx)'
ab -q -k -n "${QUICK:-1000}" -c 10 $url/ 2>&1 | grep -E '^(Complete|Failed|Non-2xx|Keep-Alive)'
ab -q -n "$((${QUICK:-1000} / 10))" -c 5 $url/big 2>&1 | grep -E '^(Complete|Failed|Non-2xx)'
kill -HUP "$(cat nginx.pid)"
sleep 1
curl -s $url/
kill -USR1 "$(cat nginx.pid)"
sleep 0.3
kill -QUIT "$(cat nginx.pid)"
wait $server
echo "server $?"
ls nginx.pid 2>/dev/null
grep -ac '" 200 ' access.log
grep -avc '\[notice\]' error.log
