package io.distcache.server.pool;

import io.distcache.protocol.Membership;
import io.distcache.protocol.PoolMember;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32C;

/**
 * The file {@value #NAME} in a data directory: who is in the pool, and which of them the node is.
 *
 * <pre>
 *  offset  bytes  field
 *       0      8  magic    "DISTPOOL"
 *       8      2  version  of the format: 1
 *      10      8  epoch    1 to 2^62
 *      18      .  self     the node's name: length (2) and UTF-8
 *       .      2  members  how many
 *       .      .  of each  name and address, both length (2) and UTF-8, and weight (1)
 *       .      4  crc32c   over the bytes before
 * </pre>
 *
 * <p>Immutable.
 *
 * @param self the name of the node in it
 */
public record PoolFile(Membership membership, String self) {
    public static final String NAME = "pool";
    public static final int VERSION = 1;

    private static final byte[] MAGIC = "DISTPOOL".getBytes(StandardCharsets.US_ASCII);
    private static final int MIN_BYTES = 8 + 2 + 8 + 2 + 2 + 4;
    private static final int FIXED_OF_MEMBER = 2 + 2 + 1;

    /** The file's bytes. */
    public byte[] encode() {
        byte[] name = self.getBytes(StandardCharsets.UTF_8);
        int size = MIN_BYTES + name.length;
        for (PoolMember member : membership.members()) {
            size += FIXED_OF_MEMBER + utf8(member.name()).length + utf8(member.address()).length;
        }
        ByteBuffer out = ByteBuffer.allocate(size);
        out.put(MAGIC).putShort((short) VERSION).putLong(membership.epoch());
        put(out, self);
        out.putShort((short) membership.members().size());
        for (PoolMember member : membership.members()) {
            put(out, member.name());
            put(out, member.address());
            out.put((byte) member.weight());
        }
        return out.putInt(crc(out.array(), out.position())).array();
    }

    /**
     * What a file says.
     *
     * @throws IllegalArgumentException if it is none, damaged, or of a later version; the message says what is wrong
     */
    public static PoolFile decode(byte[] bytes) {
        ByteBuffer in = ByteBuffer.wrap(bytes);
        byte[] magic = new byte[MAGIC.length];
        if (bytes.length < MIN_BYTES || !ByteBuffer.wrap(bytes, 0, MAGIC.length).equals(ByteBuffer.wrap(MAGIC))) {
            throw new IllegalArgumentException(
                    "it does not begin with DISTPOOL, or is only " + bytes.length + " bytes");
        }
        in.get(magic);
        int version = in.getShort() & 0xffff;
        if (version > VERSION) {
            throw new IllegalArgumentException("it has format version " + version + ", and this node knows up to "
                    + VERSION + ": a later DistCache wrote it");
        }
        int found = in.getInt(bytes.length - Integer.BYTES);
        int expected = crc(bytes, bytes.length - Integer.BYTES);
        if (found != expected) {
            throw new IllegalArgumentException(String.format("it has crc %08x, expected %08x", found, expected));
        }
        try {
            long epoch = in.getLong();
            String self = text(in);
            int count = in.getShort() & 0xffff;
            List<PoolMember> members = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                members.add(new PoolMember(text(in), text(in), in.get()));
            }
            if (epoch == 0 || members.isEmpty() || in.remaining() != Integer.BYTES) {
                throw new IllegalArgumentException("it names " + count + " members in epoch " + epoch);
            }
            return new PoolFile(new Membership(epoch, members), self);
        } catch (BufferUnderflowException e) {
            throw new IllegalArgumentException("it ends within a member", e);
        }
    }

    private static void put(ByteBuffer out, String text) {
        byte[] bytes = utf8(text);
        out.putShort((short) bytes.length).put(bytes);
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static String text(ByteBuffer in) {
        byte[] bytes = new byte[in.getShort() & 0xffff];
        in.get(bytes);
        return new String(bytes, StandardCharsets.UTF_8);
    }

    private static int crc(byte[] bytes, int length) {
        CRC32C crc = new CRC32C();
        crc.update(bytes, 0, length);
        return (int) crc.getValue();
    }
}
