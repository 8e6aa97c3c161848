package io.distcache.protocol;

/** What a {@link Command} asks; its {@link #code()} is the frame type on the wire (docs/formats.md). */
public enum Opcode {
    OPEN_CACHE(0x01),
    CLOSE_CACHE(0x02),
    DESTROY_CACHE(0x03),
    LIST_CACHES(0x04),
    CACHE_INFO(0x05),
    SUBSCRIBE(0x06),
    ACK(0x07),
    PING(0x08),
    SNAPSHOT(0x09),
    RESUME(0x0a),
    BACKUP(0x0b),
    READ_BACKUP(0x0c),
    GET(0x10),
    CONTAINS(0x11),
    PUT(0x12),
    REMOVE(0x13),
    TOUCH_ALL(0x14),
    GET_ALL(0x15),
    PUT_ALL(0x16),
    REMOVE_ALL(0x17),
    CLEAR(0x18),
    REMOVE_EVERY(0x19),
    SIZE(0x1a),
    SCAN(0x1b),
    ADD(0x1c),
    APPEND(0x1d),
    EXPIRE(0x1e),
    TTL_OF(0x1f),
    LEASE(0x20),
    LEASE_MANY(0x21),
    SETTLE(0x22),
    ONCE(0x23),
    POOL(0x30),
    AWAY(0x31),
    HANDED_OVER(0x32),
    INVALIDATE(0x33),
    STANDING(0x34);

    private static final Opcode[] BY_CODE = new Opcode[0x40];

    static {
        for (Opcode opcode : values()) {
            BY_CODE[opcode.code] = opcode;
        }
    }

    private final int code;

    Opcode(int code) {
        this.code = code;
    }

    /** The frame type, 0x01 to 0x3f. */
    public int code() {
        return code;
    }

    /**
     * The opcode of a frame type.
     *
     * @throws ProtocolException if no command has that type
     */
    public static Opcode of(int code) {
        Opcode opcode = code >= 0 && code < BY_CODE.length ? BY_CODE[code] : null;
        if (opcode == null) {
            throw new ProtocolException("unknown opcode 0x" + Integer.toHexString(code));
        }
        return opcode;
    }
}
