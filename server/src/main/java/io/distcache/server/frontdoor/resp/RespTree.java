package io.distcache.server.frontdoor.resp;

import io.netty.buffer.ByteBuf;
import java.util.ArrayList;
import java.util.List;

/**
 * A value of RESP3 as a tree, for the table of commands.
 *
 * @param type its first byte on the wire
 * @param text of scalars
 * @param items of aggregates; keys and values in turns for maps
 */
record RespTree(char type, String text, List<RespTree> items) {

    /** Reads values from lines that end with a line feed alone. */
    static final class Reader {
        private final String from;
        private int at;

        Reader(String from) {
            this.from = from;
        }

        boolean hasMore() {
            return at < from.length();
        }

        RespTree read() {
            int end = from.indexOf('\n', at);
            char type = from.charAt(at);
            String line = from.substring(at + 1, end);
            at = end + 1;
            return switch (type) {
                case '*', '~', '%' -> {
                    int count = Integer.parseInt(line) * (type == '%' ? 2 : 1);
                    List<RespTree> items = new ArrayList<>(count);
                    for (int i = 0; i < count; i++) {
                        items.add(read());
                    }
                    yield new RespTree(type, "", items);
                }
                case '$' -> {
                    int length = Integer.parseInt(line);
                    String text = from.substring(at, at + length);
                    at += length + 1;
                    yield new RespTree(type, text, List.of());
                }
                default -> new RespTree(type, line, List.of());
            };
        }
    }

    void write(ByteBuf out, int protocol) {
        switch (type) {
            case '*' -> Replies.array(out, items.size());
            case '~' -> Replies.set(out, protocol, items.size());
            case '%' -> Replies.map(out, protocol, items.size() / 2);
            case '$' -> Replies.bulk(out, text);
            case ':' -> Replies.integer(out, Long.parseLong(text));
            case '_' -> Replies.nil(out, protocol);
            default -> Replies.simple(out, text);
        }
        for (RespTree item : items) {
            item.write(out, protocol);
        }
    }
}
