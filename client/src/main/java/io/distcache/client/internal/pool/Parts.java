package io.distcache.client.internal.pool;

import io.distcache.protocol.Bytes;
import io.distcache.protocol.Command;
import io.distcache.protocol.Condition;
import io.distcache.protocol.Reply;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/** A command on many entries as its entries: which keys, a command on some of them, and one reply of the parts'. Immutable. */
final class Parts {
    private final Command whole;
    private final int cache;
    private final int size;
    private final IntFunction<Bytes> keys;
    private final IntFunction<Command.@Nullable OnEntry> single;

    private Parts(
            Command whole,
            int cache,
            int size,
            IntFunction<Bytes> keys,
            IntFunction<Command.@Nullable OnEntry> single) {
        this.whole = whole;
        this.cache = cache;
        this.size = size;
        this.keys = keys;
        this.single = single;
    }

    /** The parts of a command on many entries; null if it is on a whole cache. */
    static @Nullable Parts of(Command command) {
        return switch (command.opcode()) {
            case GET_ALL -> {
                Command.GetAll c = (Command.GetAll) command;
                yield keyed(
                        c,
                        c.cache(),
                        c.keys(),
                        i -> new Command.Get(c.cache(), c.keys().get(i)));
            }
            case REMOVE_ALL -> {
                Command.RemoveAll c = (Command.RemoveAll) command;
                yield keyed(
                        c,
                        c.cache(),
                        c.keys(),
                        i -> new Command.Remove(c.cache(), c.keys().get(i), Condition.ALWAYS, false));
            }
            case LEASE_MANY -> {
                Command.LeaseMany c = (Command.LeaseMany) command;
                yield keyed(
                        c,
                        c.cache(),
                        c.keys(),
                        i -> new Command.Lease(c.cache(), c.keys().get(i), c.onMiss(), c.leaseMillis()));
            }
            case PUT_ALL -> {
                Command.PutAll c = (Command.PutAll) command;
                Condition condition = c.onlyIfAbsent() ? Condition.ABSENT : Condition.ALWAYS;
                yield new Parts(
                        c, c.cache(), c.pairs().size(), i -> c.pairs().get(i).key(), i -> {
                            Command.Pair pair = c.pairs().get(i);
                            return new Command.Put(
                                    c.cache(), pair.key(), pair.value(), condition, c.ttlMillis(), false);
                        });
            }
            case TOUCH_ALL -> {
                Command.TouchAll c = (Command.TouchAll) command;
                yield new Parts(
                        c,
                        c.cache(),
                        c.touches().size(),
                        i -> c.touches().get(i).key(),
                        i -> null);
            }
            case SETTLE -> {
                Command.Settle c = (Command.Settle) command;
                yield new Parts(
                        c,
                        c.cache(),
                        c.settlements().size(),
                        i -> c.settlements().get(i).key(),
                        i -> null);
            }
            default -> command instanceof Command.OnEntry entry ? single(entry) : null;
        };
    }

    /** A command on one entry. */
    static Parts single(Command.OnEntry command) {
        return new Parts(command, command.cache(), 1, i -> command.key(), i -> command);
    }

    private static Parts keyed(
            Command whole, int cache, List<Bytes> keys, IntFunction<Command.@Nullable OnEntry> single) {
        return new Parts(whole, cache, keys.size(), keys::get, single);
    }

    int size() {
        return size;
    }

    int cache() {
        return cache;
    }

    Bytes key(int index) {
        return keys.apply(index);
    }

    /** The command on this one entry; null if it has nothing to do on an entry that is not there. */
    Command.@Nullable OnEntry onEntry(int index) {
        return single.apply(index);
    }

    boolean isSettle() {
        return whole instanceof Command.Settle;
    }

    long token(int index) {
        return ((Command.Settle) whole).settlements().get(index).token();
    }

    /** Whether the lease goes on after the settlement. */
    boolean isKept(int index) {
        return ((Command.Settle) whole).settlements().get(index).share() instanceof Command.Share.Keep;
    }

    /** The command on some of the entries. */
    Command command(List<Integer> indices) {
        if (indices.size() == size) {
            return whole;
        }
        return switch (whole.opcode()) {
            case GET_ALL -> new Command.GetAll(cache, pick(((Command.GetAll) whole).keys(), indices));
            case REMOVE_ALL -> new Command.RemoveAll(cache, pick(((Command.RemoveAll) whole).keys(), indices));
            case LEASE_MANY -> {
                Command.LeaseMany c = (Command.LeaseMany) whole;
                yield new Command.LeaseMany(cache, pick(c.keys(), indices), c.onMiss(), c.leaseMillis());
            }
            case PUT_ALL -> {
                Command.PutAll c = (Command.PutAll) whole;
                yield new Command.PutAll(cache, pick(c.pairs(), indices), c.onlyIfAbsent(), c.ttlMillis());
            }
            case TOUCH_ALL -> new Command.TouchAll(cache, pick(((Command.TouchAll) whole).touches(), indices));
            case SETTLE -> new Command.Settle(cache, pick(((Command.Settle) whole).settlements(), indices));
            default -> throw new IllegalStateException(whole.opcode() + " has no parts");
        };
    }

    private static <T> List<T> pick(List<T> all, List<Integer> indices) {
        List<T> some = new ArrayList<>(indices.size());
        indices.forEach(i -> some.add(all.get(i)));
        return some;
    }

    /** The reply to the whole. {@code replies} are those by entry, where there are such; the counts those of parts that only count. */
    Reply whole(@Nullable Reply[] replies, int applied, int existed) {
        return switch (whole.opcode()) {
            case GET_ALL, LEASE_MANY, SETTLE -> {
                @SuppressWarnings("NullAway") // every entry has been answered
                List<Reply> all = Arrays.asList(replies);
                yield new Reply.Many(all);
            }
            case PUT_ALL, REMOVE_ALL -> new Reply.Affected(applied, existed);
            case TOUCH_ALL -> Reply.Ok.INSTANCE;
            default -> {
                Reply only = replies[0];
                if (only == null) {
                    throw new IllegalStateException(whole.opcode() + " has not been answered");
                }
                yield only;
            }
        };
    }

    /** One reply of those of all nodes to a command on a whole cache. */
    static Reply sum(List<Reply> replies) {
        long count = 0;
        int applied = 0;
        int existed = 0;
        long[] info = new long[4];
        Reply some = Reply.Ok.INSTANCE;
        for (Reply reply : replies) {
            some = reply;
            if (reply instanceof Reply.Count of) {
                count += of.value();
            } else if (reply instanceof Reply.Affected of) {
                applied += of.applied();
                existed += of.existed();
            } else if (reply instanceof Reply.Info of) {
                info[0] += of.entries();
                info[1] += of.bytes();
                info[2] += of.evictions();
                info[3] += of.expirations();
            }
        }
        return switch (some.kind()) {
            case COUNT -> new Reply.Count(count);
            case AFFECTED -> new Reply.Affected(applied, existed);
            case INFO -> new Reply.Info(info[0], info[1], info[2], info[3]);
            default -> some;
        };
    }

    /** The reply to a command on a whole cache of which nothing can be reached. */
    static Reply ofNone(Command command) {
        return switch (command.opcode()) {
            case SIZE -> new Reply.Count(0);
            case REMOVE_EVERY -> new Reply.Affected(0, 0);
            case CACHE_INFO -> new Reply.Info(0, 0, 0, 0);
            case SCAN -> new Reply.Page(-1, List.of());
            default -> Reply.Ok.INSTANCE;
        };
    }
}
