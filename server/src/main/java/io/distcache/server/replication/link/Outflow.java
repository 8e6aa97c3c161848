package io.distcache.server.replication.link;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What goes out on one connection: frames are gathered, and leave in one write. A connection on which more waits than may ends, with all that
 * waits: a gap within it would be what the consensus was not tested with. Confined to the consensus loop.
 */
final class Outflow {
    private static final Logger LOG = LoggerFactory.getLogger(Outflow.class);
    /** So many bytes leave without waiting for more. */
    private static final int WRITE_BYTES = 1 << 20;

    private final ChannelHandlerContext socket;
    private final long mostBytes;
    private final AtomicLong waiting = new AtomicLong();
    private final List<byte[]> gathered = new ArrayList<>();
    private int gatheredBytes;
    private boolean full;

    Outflow(ChannelHandlerContext socket, long mostBytes) {
        this.socket = socket;
        this.mostBytes = mostBytes;
    }

    void send(byte[] frame) {
        int bytes = PeerFrame.HEADER_BYTES + frame.length;
        long before = waiting.getAndAdd(bytes);
        if (full || (before > 0 && before + bytes > mostBytes)) {
            if (!full) {
                LOG.warn(
                        "closing the connection to {}: {} bytes wait for it, and at most {} may",
                        socket.channel().remoteAddress(),
                        before + bytes,
                        mostBytes);
                socket.close();
            }
            full = true;
            gathered.clear();
            return;
        }
        if (gatheredBytes > 0 && (long) gatheredBytes + bytes > WRITE_BYTES) {
            flush();
        }
        gathered.add(frame);
        gatheredBytes += bytes;
    }

    void flush() {
        if (gathered.isEmpty()) {
            return;
        }
        int bytes = gatheredBytes;
        ByteBuf all = socket.alloc().ioBuffer(bytes);
        for (byte[] frame : gathered) {
            PeerFrame.header(all, PeerFrame.MESSAGE, frame.length).writeBytes(frame);
        }
        gathered.clear();
        gatheredBytes = 0;
        socket.writeAndFlush(all).addListener(written -> waiting.addAndGet(-bytes));
    }

    /** Bytes that are not with the system yet. Thread-safe. */
    long waitingBytes() {
        return waiting.get();
    }
}
