# shellcheck shell=bash
# A service for system tests, behind lib.sh: start OPTIONS..., stop, get URL...

server=
began() { grep -q listening serve.err || ! kill -0 $server 2>/dev/null; }
# start OPTIONS...: sets $base; with nightjar.conf if it is there
start() {
    local config=()
    [ ! -f nightjar.conf ] || config=(--config nightjar.conf)
    : >serve.err # not the line of the server before
    "$NIGHTJAR" serve --listen 127.0.0.1:0 "${config[@]}" "$@" >serve.out 2>serve.err &
    server=$!
    within 60 began
    base=$(sed -n 's/.*listening on \(http[^ ]*\)\/.*/\1/p' serve.err)
}

# stop: sets $status
stop() {
    kill -TERM $server 2>/dev/null || true
    status=0
    wait $server || status=$?
    server=
}
trap 'last=$?; set +e; [ -z "$server" ] || kill -9 $server 2>/dev/null; (exit $last); finish' EXIT

# get CURL-OPTIONS... URL: the answer to the file `out`, its status on standard output
get() { curl -s -m 60 --path-as-is -o out -w '%{http_code}' "$@"; }
