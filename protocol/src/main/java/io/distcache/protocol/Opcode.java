package io.distcache.protocol;

/** What a {@link Command} asks; its {@link #code()} is the frame type on the wire (docs/formats.md). */
public enum Opcode {
    OPEN_CACHE(0x01, Effect.CACHE),
    CLOSE_CACHE(0x02, Effect.CONTROL),
    DESTROY_CACHE(0x03, Effect.CACHE),
    LIST_CACHES(0x04, Effect.READ),
    CACHE_INFO(0x05, Effect.READ),
    SUBSCRIBE(0x06, Effect.READ),
    ACK(0x07, Effect.CONTROL),
    PING(0x08, Effect.CONTROL),
    SNAPSHOT(0x09, Effect.OPERATOR),
    RESUME(0x0a, Effect.OPERATOR),
    BACKUP(0x0b, Effect.OPERATOR),
    READ_BACKUP(0x0c, Effect.OPERATOR),
    RELOAD(0x0d, Effect.OPERATOR),
    REPLICATE(0x0e, Effect.OPERATOR),
    GET(0x10, Effect.READ),
    CONTAINS(0x11, Effect.READ),
    PUT(0x12, Effect.WRITE),
    REMOVE(0x13, Effect.WRITE),
    TOUCH_ALL(0x14, Effect.WRITE),
    GET_ALL(0x15, Effect.READ),
    PUT_ALL(0x16, Effect.WRITE),
    REMOVE_ALL(0x17, Effect.WRITE),
    CLEAR(0x18, Effect.WRITE),
    REMOVE_EVERY(0x19, Effect.WRITE),
    SIZE(0x1a, Effect.READ),
    SCAN(0x1b, Effect.READ),
    ADD(0x1c, Effect.WRITE),
    APPEND(0x1d, Effect.WRITE),
    EXPIRE(0x1e, Effect.WRITE),
    TTL_OF(0x1f, Effect.READ),
    LEASE(0x20, Effect.WRITE),
    LEASE_MANY(0x21, Effect.WRITE),
    SETTLE(0x22, Effect.WRITE),
    ONCE(0x23, Effect.WRITE),
    /** Its effect is that of the command in it. */
    OF_GROUP(0x24, Effect.WRITE),
    STALE(0x25, Effect.READ),
    POOL(0x30, Effect.POOL),
    AWAY(0x31, Effect.WRITE),
    HANDED_OVER(0x32, Effect.POOL),
    INVALIDATE(0x33, Effect.POOL),
    STANDING(0x34, Effect.POOL),
    ROUTES(0x35, Effect.POOL),
    GROUPS(0x36, Effect.POOL);

    private static final Opcode[] BY_CODE = new Opcode[0x40];

    static {
        for (Opcode opcode : values()) {
            BY_CODE[opcode.code] = opcode;
        }
    }

    private final int code;
    private final Effect effect;

    Opcode(int code, Effect effect) {
        this.code = code;
        this.effect = effect;
    }

    /** The frame type, 0x01 to 0x3f. */
    public int code() {
        return code;
    }

    /** What such commands do to a node, at most. */
    public Effect effect() {
        return effect;
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
