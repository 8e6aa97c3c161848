#!/usr/bin/env bash
# A node beside redis-server, both under redis-benchmark, in turns: SET, GET and INCR with 50 clients, pipeline 1 and 16.
#
#   benchmarks/doors.sh [rounds] [requests]
#
# Wants redis-server and redis-benchmark (Debian: redis-server, redis-tools), and a built node (bin/distcache server starts one).
# Prints the median of each, and of the ratios within the rounds, as Markdown.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

rounds=${1:-5}
requests=${2:-200000}
directory=$(mktemp -d)
node=''
redis=''
cleanup() {
    [ -z "$node" ] || kill "$node" 2>/dev/null || true
    [ -z "$redis" ] || kill "$redis" 2>/dev/null || true
    rm -rf "$directory"
}
trap cleanup EXIT

free_port() {
    python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

redis_port=$(free_port)
redis-server --port "$redis_port" --save '' --appendonly no --dir "$directory" >/dev/null &
redis=$!
# DOORS_NODE: another command that starts a node and takes its options.
${DOORS_NODE:-bin/distcache server} --port 0 --resp-port 0 >"$directory/node" 2>&1 &
node=$!
for _ in $(seq 600); do
    grep -q '^ready ' "$directory/node" && break
    kill -0 "$node" || { cat "$directory/node" >&2; exit 1; }
    sleep 0.1
done
node_port=$(sed -n 's/.* resp=\([0-9]*\) .*/\1/p' "$directory/node")

# Requests a second: port, pipeline, command.
measure() {
    redis-benchmark -p "$1" -c 50 -P "$2" -n $((requests * ($2 > 1 ? 5 : 1))) -r 100000 -t "$3" -q --csv \
        | tail -n 1 | cut -d '"' -f 4
}

for port in "$node_port" "$redis_port"; do
    for command in set get incr; do
        measure "$port" 16 "$command" >/dev/null
        measure "$port" 1 "$command" >/dev/null
    done
done
for round in $(seq "$rounds"); do
    for pipeline in 1 16; do
        for command in set get incr; do
            if [ $((round % 2)) -eq 0 ]; then
                a=$(measure "$node_port" "$pipeline" "$command")
                b=$(measure "$redis_port" "$pipeline" "$command")
            else
                b=$(measure "$redis_port" "$pipeline" "$command")
                a=$(measure "$node_port" "$pipeline" "$command")
            fi
            echo "$pipeline $command $a $b" >>"$directory/results"
            echo "round $round: pipeline $pipeline $command: node $a, redis-server $b" >&2
        done
    done
done

python3 - "$directory/results" <<'END'
import statistics, sys
rows = {}
for line in open(sys.argv[1]):
    pipeline, command, node, redis = line.split()
    rows.setdefault((int(pipeline), command.upper()), []).append((float(node), float(redis)))
print("| pipeline | command | DistCache, requests/s | redis-server, requests/s | ratio |")
print("|---|---|---|---|---|")
for (pipeline, command), pairs in rows.items():
    node = statistics.median(a for a, _ in pairs)
    redis = statistics.median(b for _, b in pairs)
    ratio = statistics.median(a / b for a, b in pairs)
    print(f"| {pipeline} | {command} | {node:,.0f} | {redis:,.0f} | {ratio:.2f} |")
END
