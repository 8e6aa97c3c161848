#!/usr/bin/env bash
# A node beside redis-server and beside memcached, in turns, with 50 clients that send 1 or 16 requests at once:
# SET, GET, INCR under redis-benchmark; set, get, incr under MemcachedLoad, since no packaged tool does incr or pipelines.
#
#   benchmarks/doors.sh [rounds] [requests]
#
# Wants redis-server and redis-benchmark (Debian: redis-server, redis-tools), memcached, a JDK, and a built node (bin/distcache
# server makes one). What is missing is left out, loudly. Each round measures each server once, those of even rounds in the other
# order. Prints medians over the rounds, the ratio of the medians, the median of the ratios within the rounds, and for Redis the
# processor time of the server for each request, as Markdown.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

rounds=${1:-5}
requests=${2:-200000}
clients=50
directory=$(mktemp -d)
processes=()
cleanup() {
    [ ${#processes[@]} -eq 0 ] || kill "${processes[@]}" 2>/dev/null || true
    rm -rf "$directory"
}
trap cleanup EXIT

free_port() {
    python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

java=${JAVA_HOME:+$JAVA_HOME/bin/}java

# DOORS_NODE: another command that starts a node and takes its options.
${DOORS_NODE:-bin/distcache server} --port 0 --resp-port 0 --memcached-port 0 >"$directory/node" 2>&1 &
node=$!
processes+=("$node")
for _ in $(seq 600); do
    grep -q '^ready ' "$directory/node" && break
    kill -0 "$node" || { cat "$directory/node" >&2; exit 1; }
    sleep 0.1
done

node_port() {
    sed -n "s/^ready .* $1=\\([0-9]*\\) .*/\\1/p" "$directory/node"
}

missing=''
has() {
    for program in "$@"; do
        command -v "$program" >/dev/null || missing=$program
    done
    [ -z "$missing" ]
}

# Processor time of a process so far, in clock ticks.
ticks() {
    sed 's/.*) //' "/proc/$1/stat" | awk '{ print $12 + $13 }'
}

# Lines "pipeline command node other [ticks of node, ticks of the other, requests]" as a table; $1 is the other's name.
table() {
    python3 - "$1" "$directory/results" "$(getconf CLK_TCK)" <<'END_OF_TABLE'
import statistics, sys
name, results, hertz = sys.argv[1], sys.argv[2], int(sys.argv[3])
rows = {}
for line in open(results):
    pipeline, command, *figures = line.split()
    rows.setdefault((int(pipeline), command), []).append([float(figure) for figure in figures])
timed = all(len(figures) > 2 for rounds in rows.values() for figures in rounds)
print(f"| pipeline | command | DistCache, requests/s | {name}, requests/s | ratio | within rounds |"
      + (" processor us/request | of the other |" if timed else ""))
print("|---|---|---:|---:|---:|---:|" + ("---:|---:|" if timed else ""))
for (pipeline, command), rounds in sorted(rows.items(), key=lambda row: row[0][0]):
    median = lambda of: statistics.median(of(*figures) for figures in rounds)
    node = median(lambda a, b, *rest: a)
    other = median(lambda a, b, *rest: b)
    within = median(lambda a, b, *rest: a / b)
    line = f"| {pipeline} | {command} | {node:,.0f} | {other:,.0f} | {node / other:.2f} | {within:.2f} |"
    if timed:
        ours = median(lambda a, b, mine, its, requests: mine / hertz / requests * 1e6)
        theirs = median(lambda a, b, mine, its, requests: its / hertz / requests * 1e6)
        line += f" {ours:.1f} | {theirs:.1f} |"
    print(line)
print()
END_OF_TABLE
}

redis_rounds() {
    local redis redis_port round pipeline command count
    redis_port=$(free_port)
    redis-server --port "$redis_port" --save '' --appendonly no --dir "$directory" >/dev/null &
    redis=$!
    processes+=("$redis")
    sleep 1

    # Sets rate and used: requests a second and ticks of the server; port, process, pipeline, command, requests.
    measure() {
        local before
        before=$(ticks "$2")
        rate=$(redis-benchmark -p "$1" -c "$clients" -P "$3" -n "$5" -r 100000 -t "$4" -q --csv | tail -n 1 | cut -d '"' -f 4)
        used=$(($(ticks "$2") - before))
    }

    : >"$directory/results"
    # Round 0 warms up.
    for round in $(seq 0 "$rounds"); do
        for pipeline in 1 16; do
            for command in set get incr; do
                count=$((requests * (pipeline > 1 ? 5 : 1)))
                local a='' a_used='' b b_used
                if [ $((round % 2)) -eq 0 ]; then
                    measure "$(node_port resp)" "$node" "$pipeline" "$command" "$count"
                    a=$rate a_used=$used
                fi
                measure "$redis_port" "$redis" "$pipeline" "$command" "$count"
                b=$rate b_used=$used
                if [ $((round % 2)) -eq 1 ]; then
                    measure "$(node_port resp)" "$node" "$pipeline" "$command" "$count"
                    a=$rate a_used=$used
                fi
                [ "$round" -eq 0 ] || echo "$pipeline ${command^^} $a $b $a_used $b_used $count" >>"$directory/results"
                echo "round $round: pipeline $pipeline $command: node $a, redis-server $b" >&2
            done
        done
    done
    kill "$redis"
    table redis-server
}

memcached_rounds() {
    local memcached memcached_port
    memcached_port=$(free_port)
    # As Debian starts it, but for its memory, of which the entries here need about 30 MB.
    memcached -u nobody -l 127.0.0.1 -U 0 -p "$memcached_port" -m 512 &
    memcached=$!
    processes+=("$memcached")
    sleep 1
    "$java" benchmarks/src/main/java/io/distcache/benchmarks/door/MemcachedLoad.java \
        "$rounds" "$requests" "$(node_port memcached)" "$memcached_port" | tee "$directory/results" | sed 's/^/node, memcached: /' >&2
    kill "$memcached"
    table memcached
}

if has redis-server redis-benchmark; then
    redis_rounds
else
    echo "LEFT OUT: the comparison with Redis: there is no $missing on the PATH" | tee /dev/stderr
fi
missing=''
if has memcached; then
    memcached_rounds
else
    echo "LEFT OUT: the comparison with memcached: there is no $missing on the PATH" | tee /dev/stderr
fi
