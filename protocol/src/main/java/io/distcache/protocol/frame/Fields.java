package io.distcache.protocol.frame;

import io.distcache.protocol.Bytes;
import io.distcache.protocol.ProtocolException;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * The fields frames are made of. Stateless.
 *
 * <pre>
 *  u8, i64      fixed width, big-endian
 *  varint       unsigned LEB128, at most 5 bytes, at most 2^31 - 1
 *  varlong      zigzag, then unsigned LEB128, at most 10 bytes
 *  bytes        varint length, then the bytes
 *  bytes?       varint length + 1, then the bytes; 0 for none
 *  text         bytes holding UTF-8
 * </pre>
 */
final class Fields {
    private static final int UNCOPIED_BYTES = 64 * 1024;

    private Fields() {}

    static void writeVarint(ByteBuf out, int value) {
        int rest = value;
        while ((rest & ~0x7f) != 0) {
            out.writeByte((rest & 0x7f) | 0x80);
            rest >>>= 7;
        }
        out.writeByte(rest);
    }

    static int readVarint(ByteBuf in) {
        long value = 0;
        for (int shift = 0; shift < 35; shift += 7) {
            byte b = readByte(in);
            value |= (long) (b & 0x7f) << shift;
            if (b >= 0) {
                if (value > Integer.MAX_VALUE) {
                    throw new ProtocolException("length " + value + " is over 2^31 - 1");
                }
                return (int) value;
            }
        }
        throw new ProtocolException("a varint is longer than 5 bytes");
    }

    static void writeVarlong(ByteBuf out, long value) {
        long rest = (value << 1) ^ (value >> 63);
        while ((rest & ~0x7fL) != 0) {
            out.writeByte((int) (rest & 0x7f) | 0x80);
            rest >>>= 7;
        }
        out.writeByte((int) rest);
    }

    static long readVarlong(ByteBuf in) {
        long value = 0;
        for (int shift = 0; shift < 70; shift += 7) {
            byte b = readByte(in);
            value |= (long) (b & 0x7f) << shift;
            if (b >= 0) {
                return (value >>> 1) ^ -(value & 1);
            }
        }
        throw new ProtocolException("a varlong is longer than 10 bytes");
    }

    static void writeBytes(ByteBuf out, Bytes bytes) {
        writeVarint(out, bytes.length());
        out.writeBytes(bytes.array(), bytes.offset(), bytes.length());
    }

    static Bytes readBytes(ByteBuf in) {
        return readExactly(in, readVarint(in));
    }

    static void writeOptional(ByteBuf out, @Nullable Bytes bytes) {
        if (bytes == null) {
            writeVarint(out, 0);
        } else {
            writeVarint(out, bytes.length() + 1);
            out.writeBytes(bytes.array(), bytes.offset(), bytes.length());
        }
    }

    static @Nullable Bytes readOptional(ByteBuf in) {
        int length = readVarint(in);
        return length == 0 ? null : readExactly(in, length - 1);
    }

    static void writeText(ByteBuf out, String text) {
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        writeVarint(out, utf8.length);
        out.writeBytes(utf8);
    }

    static String readText(ByteBuf in) {
        return readBytes(in).toUtf8();
    }

    /**
     * A count of parts that each take at least {@code leastBytes}: checked before anything is allocated for them, as a part takes
     * far more memory decoded than on the wire.
     */
    static int readCount(ByteBuf in, int leastBytes) {
        int count = readVarint(in);
        if (count > FrameEncoder.MAX_PARTS) {
            throw new ProtocolException(
                    count + " parts in one message; at most " + FrameEncoder.MAX_PARTS + " are allowed");
        }
        if (count > in.readableBytes() / leastBytes) {
            throw new ProtocolException(count + " parts announced where " + in.readableBytes() + " bytes are left");
        }
        return count;
    }

    static boolean readFlag(ByteBuf in) {
        byte flag = readByte(in);
        if (flag != 0 && flag != 1) {
            throw new ProtocolException("a flag is " + flag);
        }
        return flag == 1;
    }

    static byte readByte(ByteBuf in) {
        need(in, 1);
        return in.readByte();
    }

    static int readInt(ByteBuf in) {
        need(in, 4);
        return in.readInt();
    }

    static long readLong(ByteBuf in) {
        need(in, 8);
        return in.readLong();
    }

    static <E extends Enum<E>> E readEnum(ByteBuf in, E[] values) {
        byte ordinal = readByte(in);
        if (ordinal < 0 || ordinal >= values.length) {
            throw new ProtocolException(
                    ordinal + " is no " + values[0].getDeclaringClass().getSimpleName());
        }
        return values[ordinal];
    }

    private static Bytes readExactly(ByteBuf in, int length) {
        need(in, length);
        if (length == 0) {
            return Bytes.EMPTY;
        }
        if (length >= UNCOPIED_BYTES && isOwnArray(in, length)) {
            Bytes part = Bytes.of(in.array(), in.arrayOffset() + in.readerIndex(), length);
            in.skipBytes(length);
            return part;
        }
        byte[] array = new byte[length];
        in.readBytes(array);
        return Bytes.of(array);
    }

    /** Whether the bytes lie in an array that is only this frame's, and are most of it: then they can stay where they are. */
    private static boolean isOwnArray(ByteBuf in, int length) {
        return in.hasArray() && in.alloc() == UnpooledByteBufAllocator.DEFAULT && length >= in.array().length / 2;
    }

    private static void need(ByteBuf in, int bytes) {
        if (in.readableBytes() < bytes) {
            throw new ProtocolException(bytes + " bytes announced where " + in.readableBytes() + " are left");
        }
    }
}
