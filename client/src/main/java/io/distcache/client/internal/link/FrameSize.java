package io.distcache.client.internal.link;

import io.distcache.protocol.Bytes;
import io.distcache.protocol.Command;
import io.distcache.protocol.EntryChange;
import java.util.List;

/** What can be told of a command before it is encoded. */
final class FrameSize {
    private FrameSize() {}

    /** A lower bound of the frame's bytes, from the bulk of it; exact enough to keep giants away from the event loop. */
    static long atLeast(Command command) {
        return switch (command.opcode()) {
            case PUT -> {
                Command.Put put = (Command.Put) command;
                Bytes expected = put.condition().value();
                yield put.key().length() + (long) put.value().length() + (expected == null ? 0 : expected.length());
            }
            case REMOVE -> {
                Command.Remove remove = (Command.Remove) command;
                Bytes expected = remove.condition().value();
                yield remove.key().length() + (expected == null ? 0L : expected.length());
            }
            case GET, CONTAINS, LEASE, ADD, EXPIRE, TTL_OF ->
                ((Command.OnEntry) command).key().length();
            case APPEND -> {
                Command.Append append = (Command.Append) command;
                yield append.key().length() + (long) append.piece().length();
            }
            case ONCE -> atLeast(((Command.Once) command).change());
            case GET_ALL -> sum(((Command.GetAll) command).keys());
            case REMOVE_ALL -> sum(((Command.RemoveAll) command).keys());
            case LEASE_MANY -> sum(((Command.LeaseMany) command).keys());
            case PUT_ALL -> {
                long bytes = 0;
                for (Command.Pair pair : ((Command.PutAll) command).pairs()) {
                    bytes += pair.key().length() + (long) pair.value().length();
                }
                yield bytes;
            }
            case TOUCH_ALL -> {
                long bytes = 0;
                for (Command.Touch touch : ((Command.TouchAll) command).touches()) {
                    bytes += touch.key().length();
                }
                yield bytes;
            }
            case SETTLE -> {
                long bytes = 0;
                for (Command.Settlement settlement : ((Command.Settle) command).settlements()) {
                    bytes += settlement.key().length();
                    for (EntryChange change : settlement.changes()) {
                        bytes += change instanceof EntryChange.Put put
                                ? put.value().length()
                                : 0;
                    }
                }
                yield bytes;
            }
            case OPEN_CACHE, CLOSE_CACHE, DESTROY_CACHE, LIST_CACHES, CACHE_INFO, SUBSCRIBE, ACK, PING -> 0;
            case CLEAR, REMOVE_EVERY, SIZE, SCAN -> 0;
            case SNAPSHOT, RESUME, BACKUP, READ_BACKUP -> 0;
            case POOL, AWAY, HANDED_OVER, STANDING -> 0;
            case INVALIDATE -> sum(((Command.Invalidate) command).keys());
        };
    }

    private static long sum(List<Bytes> keys) {
        long bytes = 0;
        for (Bytes key : keys) {
            bytes += key.length();
        }
        return bytes;
    }
}
