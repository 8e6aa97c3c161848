package io.distcache.server.frontdoor.resp;

import io.distcache.protocol.Bytes;
import io.distcache.protocol.Reply;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.List;

/**
 * What a command answers that is made of many parts: text that is written as they are done, and large values between it. Those are kept as
 * they are stored, and written part by part as the client takes them, holding no lock. Confined to the connection's event loop.
 */
final class Answers {
    private static final int SMALL_BYTES = 64 * 1024;
    private static final int LARGE_VALUE_BYTES = 1024;

    /** An answer that comes after so many bytes of the text. */
    private record Large(int after, RespVerb verb, Reply reply) {}

    /** How much there was at a moment. */
    record Mark(int text, int large, long largeBytes) {}

    private final ByteBuf text = Unpooled.buffer(64);
    private final List<Large> large = new ArrayList<>(0);
    private long largeBytes;
    private int next;

    /** Where text is to be written. */
    ByteBuf text() {
        // Over 4 MiB Netty would grow it by 4 MiB at a time, and copy what is there each time.
        if (text.writableBytes() < text.writerIndex() / 4) {
            text.ensureWritable(text.writerIndex());
        }
        return text;
    }

    /** Adds what a verb answers, which has been executed. */
    void add(RespVerb verb, Reply reply) {
        Bytes shown = verb.shown();
        if (shown != null && shown.length() > LARGE_VALUE_BYTES) {
            large.add(new Large(text.writerIndex(), verb, reply));
            largeBytes += shown.length();
        } else {
            verb.encode(reply, text());
        }
    }

    /** How much there is now. */
    Mark mark() {
        return new Mark(text.writerIndex(), large.size(), largeBytes);
    }

    /** Forgets all that was added since. */
    void backTo(Mark mark) {
        text.writerIndex(mark.text());
        large.subList(mark.large(), large.size()).clear();
        largeBytes = mark.largeBytes();
    }

    /** Forgets everything. */
    void clear() {
        text.clear();
        large.clear();
        largeBytes = 0;
    }

    /** How long all of it is, about. */
    long bytes() {
        return largeBytes + text.writerIndex();
    }

    /** Whether all of it is no more than goes out at once anyway. */
    boolean isSmall() {
        return large.isEmpty() && text.writerIndex() <= SMALL_BYTES;
    }

    /** Writes all that is {@link #isSmall}. */
    void writeAll(ByteBuf out) {
        out.writeBytes(text);
    }

    /** Writes the next part; whether there was one. */
    boolean writePart(ByteBuf out) {
        int end = next < large.size() ? large.get(next).after() : text.writerIndex();
        if (text.readerIndex() < end) {
            out.writeBytes(text, Math.min(SMALL_BYTES, end - text.readerIndex()));
            return true;
        }
        if (next == large.size()) {
            return false;
        }
        Large one = large.get(next++);
        one.verb().encode(one.reply(), out);
        return true;
    }
}
