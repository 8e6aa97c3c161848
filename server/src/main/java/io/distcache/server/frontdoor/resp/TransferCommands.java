package io.distcache.server.frontdoor.resp;

import io.distcache.protocol.Bytes;
import io.distcache.protocol.Ttl;
import io.distcache.server.dispatch.MultiKeyStep;
import io.distcache.server.dispatch.NamedCache;
import io.distcache.server.shard.operation.EntryView;
import io.netty.buffer.ByteBuf;

/** The commands that bring a value from one key to another, or from one database to another, as one step. Stateless. */
final class TransferCommands {
    private static final String NO_SUCH_KEY = "ERR no such key";

    private TransferCommands() {}

    static void bind(RespActions actions) {
        actions.write("rename", (c, r) -> rename(c, r, false));
        actions.write("renamenx", (c, r) -> rename(c, r, true));
        actions.write("copy", TransferCommands::copy);
        actions.write("move", TransferCommands::move);
    }

    /** Stores a value as it is, with an absolute deadline. */
    private static final class Place extends RespVerb {
        private final Bytes value;
        private final long deadlineMillis;

        Place(RespClient c, Bytes key, Look from) {
            super(c, key);
            this.value = from.value();
            this.deadlineMillis = from.deadlineMillis();
        }

        @Override
        void run(EntryView entry) {
            entry.store(
                    value,
                    deadlineMillis == Ttl.ETERNAL
                            ? Ttl.ETERNAL
                            : Math.max(Ttl.NOW, deadlineMillis - entry.nowMillis()));
        }

        @Override
        void answer(ByteBuf out) {
            out.writeBytes(Replies.OK);
        }
    }

    private static void rename(RespClient c, Request r, boolean onlyIfAbsent) {
        Request own = r.copy();
        Step.atomically(c, c.current(), own, () -> {
            NamedCache keyspace = c.keyspace();
            Look from = new Look(c, own.tagged(1));
            Look to = new Look(c, own.tagged(2));
            if (c.isRefused(c.part(keyspace, from)) || c.isRefused(c.part(keyspace, to))) {
                return;
            }
            if (!from.exists()) {
                c.error(NO_SUCH_KEY);
            } else if (onlyIfAbsent && to.exists()) {
                Replies.integer(c.out(), 0);
            } else if (from.key().equals(to.key())) {
                c.ok();
            } else if (c.mayCopy(from.value())
                    && !c.isRefused(c.part(keyspace, new Place(c, to.key(), from)))
                    && !c.isRefused(c.part(keyspace, new KeyCommands.Delete(c, from.key())))) {
                if (onlyIfAbsent) {
                    Replies.integer(c.out(), 1);
                } else {
                    c.ok();
                }
            }
        });
    }

    private static void copy(RespClient c, Request r) {
        boolean replace = false;
        NamedCache target = c.keyspace();
        for (int i = 3; i < r.count(); i++) {
            if (r.is(i, "replace")) {
                replace = true;
            } else if (r.is(i, "db") && i + 1 < r.count()) {
                if (!r.isInteger(i + 1) || r.number() != (int) r.number()) {
                    c.error(Errors.NO_INTEGER);
                    return;
                }
                if (r.number() < 0 || r.number() >= RespNode.DATABASES) {
                    c.error("ERR DB index is out of range");
                    return;
                }
                target = c.node().database((int) r.number());
                i++;
            } else {
                c.error(Errors.SYNTAX);
                return;
            }
        }
        if (target == c.keyspace() && r.tagged(1).equals(r.tagged(2))) {
            c.error("ERR source and destination objects are the same");
            return;
        }
        NamedCache to = target;
        boolean over = replace;
        Request own = r.copy();
        Runnable body = () -> {
            Look from = new Look(c, own.tagged(1));
            Look there = new Look(c, own.tagged(2));
            if (c.isRefused(c.part(c.keyspace(), from)) || c.isRefused(c.part(to, there))) {
                return;
            }
            if (!from.exists() || (there.exists() && !over)) {
                Replies.integer(c.out(), 0);
            } else if (c.mayCopy(from.value()) && !c.isRefused(c.part(to, new Place(c, there.key(), from)))) {
                Replies.integer(c.out(), 1);
            }
        };
        if (c.isInside()) {
            body.run();
            return;
        }
        MultiKeyStep together = c.node().dispatcher().multiKeyStep();
        nameCopied(together, own, c.keyspace(), to);
        Step.run(c, together, body);
    }

    static void nameCopied(MultiKeyStep together, Request r, NamedCache from, NamedCache to) {
        together.needs(from, r.tagged(1), false);
        together.needs(to, r.tagged(2), true);
    }

    /** The keyspace that COPY goes to, if it says so and that makes sense; else the one given. */
    static NamedCache copyTarget(RespClient c, Request r, NamedCache from) {
        NamedCache target = from;
        for (int i = 3; i + 1 < r.count(); i++) {
            if (r.is(i, "db") && r.isInteger(i + 1) && r.number() >= 0 && r.number() < RespNode.DATABASES) {
                target = c.node().database((int) r.number());
            }
        }
        return target;
    }

    private static void move(RespClient c, Request r) {
        if (!r.isInteger(2) || r.number() != (int) r.number()) {
            c.error(Errors.NO_INTEGER);
            return;
        }
        if (r.number() < 0 || r.number() >= RespNode.DATABASES) {
            c.error("ERR DB index is out of range");
            return;
        }
        NamedCache from = c.keyspace();
        NamedCache to = c.node().database((int) r.number());
        if (from == to) {
            c.error("ERR source and destination objects are the same");
            return;
        }
        Bytes key = r.tagged(1);
        Runnable body = () -> {
            Look here = new Look(c, key);
            Look there = new Look(c, key);
            if (c.isRefused(c.part(from, here)) || c.isRefused(c.part(to, there))) {
                return;
            }
            if (!here.exists() || there.exists()) {
                Replies.integer(c.out(), 0);
            } else if (c.mayCopy(here.value())
                    && !c.isRefused(c.part(to, new Place(c, key, here)))
                    && !c.isRefused(c.part(from, new KeyCommands.Delete(c, key)))) {
                Replies.integer(c.out(), 1);
            }
        };
        if (c.isInside()) {
            body.run();
            return;
        }
        MultiKeyStep together = c.node().dispatcher().multiKeyStep();
        together.needs(from, key, true);
        together.needs(to, key, true);
        together.keeps(r.totalBytes());
        Step.run(c, together, body);
    }

    /** Names what MOVE touches, if its words make sense. */
    static void nameMoved(MultiKeyStep together, RespClient c, Request r, NamedCache from) {
        together.needs(from, r.tagged(1), true);
        together.needs(moveTarget(c, r, from), r.tagged(1), true);
    }

    /** The keyspace that MOVE goes to, if what it says makes sense; else the one given. */
    static NamedCache moveTarget(RespClient c, Request r, NamedCache from) {
        return r.isInteger(2) && r.number() >= 0 && r.number() < RespNode.DATABASES
                ? c.node().database((int) r.number())
                : from;
    }
}
