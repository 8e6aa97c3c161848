package io.distcache.server.frontdoor.resp;

import io.distcache.protocol.Bytes;
import io.distcache.server.frontdoor.value.PlainValue;
import io.distcache.server.shard.operation.Decimal;
import io.distcache.server.shard.operation.EntryView;
import java.util.function.Function;

/** The commands on keys, whatever their values: whether they are there, and what is. Stateless. */
final class KeyCommands {
    /** What Redis says where it counts uses, as it is done here ({@link RespNode#EVICTION_POLICY}). */
    private static final String NO_IDLE_TIME =
            "ERR An LFU maxmemory policy is selected, idle time not tracked. Please note that when switching between"
                    + " policies at runtime LRU and LFU data will take some time to adjust.";

    private static final int EMBEDDED_BYTES = 44;

    private KeyCommands() {}

    static void bind(RespActions actions) {
        actions.write("del", (c, r) -> count(c, r, key -> new Delete(c, key), true));
        actions.write("unlink", (c, r) -> count(c, r, key -> new Delete(c, key), true));
        actions.read("exists", (c, r) -> count(c, r, key -> new Look(c, key), false));
        actions.read("touch", (c, r) -> count(c, r, key -> new Touch(c, key), false));
        actions.read(
                "type",
                (c, r) -> c.execute(new Told(c, r.tagged(1), (e, out) -> {
                    Replies.simple(out, e.exists() ? "string" : "none");
                })));
        actions.read("object|encoding", KeyCommands::encoding);
        actions.read("object|refcount", (c, r) -> c.execute(Told.number(c, r.tagged(2), e -> 1)));
        actions.read("object|freq", (c, r) -> c.execute(Told.number(c, r.tagged(2), EntryView::frequency)));
        actions.read("object|idletime", (c, r) -> c.execute(Told.refusing(c, r.tagged(2), NO_IDLE_TIME)));
        actions.control(
                "object|help",
                (c, r) -> Replies.help(
                        c.out(),
                        "OBJECT <subcommand> [<arg> [value] [opt] ...]. Subcommands are:",
                        "ENCODING <key>",
                        "    Return the kind of internal representation used in order to store the value",
                        "    associated with a <key>.",
                        "FREQ <key>",
                        "    Return the access frequency index of the <key>, 0 to 3.",
                        "REFCOUNT <key>",
                        "    Return the number of references of the value associated with the specified",
                        "    <key>.",
                        "HELP",
                        "    Print this help."));
    }

    private static final class Touch extends Look {
        Touch(RespClient c, Bytes key) {
            super(c, key);
        }

        @Override
        void run(EntryView entry) {
            super.run(entry);
            entry.read();
        }
    }

    private static void encoding(RespClient c, Request r) {
        c.execute(new Told(c, r.tagged(2), (e, out) -> {
            if (!e.exists()) {
                Replies.nil(out, c.protocol());
                return;
            }
            Bytes text = PlainValue.isShort(e.value()) ? PlainValue.plain(e.value()) : e.value();
            if (Decimal.isCanonical(text.array(), text.offset(), text.length())) {
                Replies.bulk(out, "int");
            } else {
                Replies.bulk(out, text.length() <= EMBEDDED_BYTES ? "embstr" : "raw");
            }
        }));
    }

    // --- DEL, EXISTS and such: how many of the keys ---

    private static void count(RespClient c, Request r, Function<Bytes, Look> verbs, boolean isWrite) {
        if (r.count() == 2) {
            c.execute(verbs.apply(r.tagged(1)));
            return;
        }
        if (!c.isInside()) {
            new ManyKeys.Counted(c, r, verbs, isWrite).begin();
            return;
        }
        long found = 0;
        for (int i = 1; i < r.count(); i++) {
            Look verb = verbs.apply(r.tagged(i));
            if (c.isRefused(c.part(c.keyspace(), verb))) {
                return;
            }
            found += verb.exists() ? 1 : 0;
        }
        Replies.integer(c.out(), found);
    }

    /** Removes an entry; exists tells whether it was there. */
    static final class Delete extends Look {
        Delete(RespClient c, Bytes key) {
            super(c, key);
        }

        @Override
        public boolean isRead() {
            return false;
        }

        @Override
        void run(EntryView entry) {
            super.run(entry);
            entry.remove();
        }
    }
}
