package io.distcache.protocol;

/**
 * The first byte of every key and value: what the bytes after it are. A node looks at it only where a command needs the
 * number (increments) or the text (slots, other front doors); otherwise keys and values are opaque to it. Stateless.
 *
 * <pre>
 *  tag   name         bytes after the tag
 *  0x00  NULL         none
 *  0x01  BYTES        raw bytes
 *  0x02  TEXT         UTF-8
 *  0x03  INT64        8, big-endian two's complement (java.lang.Long)
 *  0x04  DOUBLE       8, IEEE 754 bits big-endian
 *  0x05  FALSE        none
 *  0x06  TRUE         none
 *  0x07  INT32        4, big-endian two's complement (java.lang.Integer)
 *  0x08  INT16        2 (java.lang.Short)
 *  0x09  INT8         1 (java.lang.Byte)
 *  0x0a  CHAR16       2, one UTF-16 unit (java.lang.Character)
 *  0x0b  FLOAT        4, IEEE 754 bits big-endian
 *  0x10  PORTABLE     one CBOR item (RFC 8949): lists, sets, maps, dates, numbers, records, beans
 *  0x11  SERIALIZED   a Java object stream
 *  0x12  FLAGGED      1 of bits, 4 of flags, then a value with a tag of its own, not FLAGGED: what memcached keeps beside it
 * </pre>
 */
public final class ValueTag {
    public static final byte NULL = 0x00;
    public static final byte BYTES = 0x01;
    public static final byte TEXT = 0x02;
    public static final byte INT64 = 0x03;
    public static final byte DOUBLE = 0x04;
    public static final byte FALSE = 0x05;
    public static final byte TRUE = 0x06;
    public static final byte INT32 = 0x07;
    public static final byte INT16 = 0x08;
    public static final byte INT8 = 0x09;
    public static final byte CHAR16 = 0x0a;
    public static final byte FLOAT = 0x0b;
    public static final byte PORTABLE = 0x10;
    public static final byte SERIALIZED = 0x11;
    public static final byte FLAGGED = 0x12;

    private ValueTag() {}
}
