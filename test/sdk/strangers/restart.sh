kill -9 "$(cat server.pid)"
node server.ts > server.log 2>&1 &
echo $! > server.pid
