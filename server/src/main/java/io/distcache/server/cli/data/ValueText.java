package io.distcache.server.cli.data;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.dataformat.cbor.CBORFactory;
import com.fasterxml.jackson.dataformat.cbor.CBORParser;
import io.distcache.protocol.Bytes;
import io.distcache.protocol.OneLine;
import io.distcache.protocol.ValueTag;
import java.io.IOException;
import java.io.StringWriter;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/**
 * A key or value for people to read. Nothing is deserialized: of a Java object only the class is told, of a portable value the items.
 * Immutable.
 *
 * @param type the name of its tag
 * @param plain what it says, without type
 */
record ValueText(String type, String plain) {
    private static final CBORFactory CBOR = new CBORFactory();
    private static final JsonFactory JSON = new JsonFactory();
    /** Before the class name of an object stream: magic, version, TC_OBJECT, TC_CLASSDESC, length. */
    private static final int CLASS_NAME_OFFSET = 8;

    private static final int OBJECT_OF_CLASS = 0x7372;

    /** A key or value with its tag. */
    static ValueText of(Bytes tagged) {
        if (tagged.length() == 0) {
            return new ValueText("EMPTY", "");
        }
        byte tag = tagged.get(0);
        Bytes rest = Bytes.of(tagged.array(), tagged.offset() + 1, tagged.length() - 1);
        String scalar = scalar(tag, rest);
        String name = name(tag);
        return scalar == null ? new ValueText(name, hex(rest)) : new ValueText(name, scalar);
    }

    /** Null if the bytes are not what the tag says. */
    private static @Nullable String scalar(byte tag, Bytes rest) {
        ByteBuffer in = ByteBuffer.wrap(rest.array(), rest.offset(), rest.length());
        int length = rest.length();
        return switch (tag) {
            case ValueTag.NULL -> length == 0 ? "null" : null;
            case ValueTag.FALSE -> length == 0 ? "false" : null;
            case ValueTag.TRUE -> length == 0 ? "true" : null;
            case ValueTag.TEXT -> rest.toUtf8();
            case ValueTag.INT64 -> length == Long.BYTES ? Long.toString(in.getLong()) : null;
            case ValueTag.INT32 -> length == Integer.BYTES ? Integer.toString(in.getInt()) : null;
            case ValueTag.INT16 -> length == Short.BYTES ? Short.toString(in.getShort()) : null;
            case ValueTag.INT8 -> length == 1 ? Byte.toString(in.get()) : null;
            case ValueTag.DOUBLE -> length == Double.BYTES ? Double.toString(in.getDouble()) : null;
            case ValueTag.FLOAT -> length == Float.BYTES ? Float.toString(in.getFloat()) : null;
            case ValueTag.CHAR16 -> length == Character.BYTES ? Character.toString(in.getChar()) : null;
            case ValueTag.PORTABLE -> portable(rest);
            case ValueTag.SERIALIZED -> serialized(rest);
            default -> null;
        };
    }

    private static String name(byte tag) {
        return switch (tag) {
            case ValueTag.NULL -> "NULL";
            case ValueTag.FALSE -> "FALSE";
            case ValueTag.TRUE -> "TRUE";
            case ValueTag.BYTES -> "BYTES";
            case ValueTag.TEXT -> "TEXT";
            case ValueTag.INT64 -> "INT64";
            case ValueTag.INT32 -> "INT32";
            case ValueTag.INT16 -> "INT16";
            case ValueTag.INT8 -> "INT8";
            case ValueTag.DOUBLE -> "DOUBLE";
            case ValueTag.FLOAT -> "FLOAT";
            case ValueTag.CHAR16 -> "CHAR16";
            case ValueTag.PORTABLE -> "PORTABLE";
            case ValueTag.SERIALIZED -> "SERIALIZED";
            default -> String.format("0x%02x", tag);
        };
    }

    private static String hex(Bytes bytes) {
        return "0x" + HexFormat.of().formatHex(bytes.array(), bytes.offset(), bytes.offset() + bytes.length());
    }

    /** The CBOR items as JSON; their tags, which say how a client makes objects of them, are left out. */
    private static @Nullable String portable(Bytes bytes) {
        StringWriter text = new StringWriter();
        try (CBORParser in = CBOR.createParser(bytes.array(), bytes.offset(), bytes.length());
                JsonGenerator out = JSON.createGenerator(text)) {
            if (in.nextToken() == null) {
                return null;
            }
            out.copyCurrentStructure(in);
        } catch (IOException e) {
            return null;
        }
        return text.toString();
    }

    private static @Nullable String serialized(Bytes bytes) {
        ByteBuffer in = ByteBuffer.wrap(bytes.array(), bytes.offset(), bytes.length());
        String ofClass = "";
        if (in.remaining() > CLASS_NAME_OFFSET) {
            in.getInt();
            int kind = in.getShort();
            int length = in.getShort();
            if (kind == OBJECT_OF_CLASS && length > 0 && length <= in.remaining()) {
                byte[] name = new byte[length];
                in.get(name);
                ofClass = " of class " + new String(name, StandardCharsets.UTF_8);
            }
        }
        return "object" + ofClass + ", " + bytes.length() + " bytes";
    }

    /** As in source code, so that 1 and 1L, "1" and 1 look different; shortened if longer than a number of characters. */
    String shown(int most) {
        String text = switch (type) {
            case "TEXT" -> '"' + escaped() + '"';
            case "CHAR16" -> '\'' + escaped() + '\'';
            case "INT64" -> plain + "L";
            case "INT16" -> plain + "s";
            case "INT8" -> plain + "b";
            case "FLOAT" -> plain + "f";
            case "SERIALIZED" -> '<' + plain + '>';
            default -> plain;
        };
        String cut =
                text.length() <= most ? text : text.substring(0, most - 3) + "... (" + plain.length() + " characters)";
        return OneLine.of(cut, Integer.MAX_VALUE);
    }

    /** On one line, whatever it contains. */
    private String escaped() {
        StringBuilder escaped = new StringBuilder();
        for (int i = 0; i < plain.length(); i++) {
            char c = plain.charAt(i);
            switch (c) {
                case '"', '\\' -> escaped.append('\\').append(c);
                case '\n' -> escaped.append("\\n");
                case '\r' -> escaped.append("\\r");
                case '\t' -> escaped.append("\\t");
                default -> {
                    if (Character.isISOControl(c)) {
                        escaped.append(String.format("\\u%04x", (int) c));
                    } else {
                        escaped.append(c);
                    }
                }
            }
        }
        return escaped.toString();
    }

    /** Whether somebody who writes {@code text} can mean it. */
    boolean isWrittenAs(String text) {
        return text.equals(plain) || text.equals(shown(Integer.MAX_VALUE));
    }

    /** An object of type and value. */
    void write(JsonGenerator json, String name) throws IOException {
        json.writeObjectFieldStart(name);
        json.writeStringField("type", type);
        json.writeStringField("value", plain);
        json.writeEndObject();
    }
}
