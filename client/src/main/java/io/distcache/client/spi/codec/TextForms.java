package io.distcache.client.spi.codec;

import io.distcache.client.UndecodableValueException;
import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.util.BitSet;
import java.util.Currency;
import java.util.Locale;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Pattern;

/** Text that UTF-8 cannot say, identifiers, and Optional. Stateless. */
final class TextForms {
    private static final Pattern ESCAPE = Pattern.compile("%[0-9a-fA-F]{2}");

    private TextForms() {}

    static void register(FormTable forms) {
        forms.form(String.class, (out, value) -> out.write(value, String.class));
        forms.form(
                UUID.class,
                PortableTag.UUID,
                (out, value) -> out.generator()
                        .writeBinary(ByteBuffer.allocate(16)
                                .putLong(value.getMostSignificantBits())
                                .putLong(value.getLeastSignificantBits())
                                .array()),
                TextForms::readUuid);
        forms.form(
                URI.class,
                PortableTag.URI,
                (out, value) -> out.generator().writeString(out.canonical() ? canonical(value) : value.toString()),
                in -> URI.create(in.text()));
        forms.form(
                Currency.class,
                PortableTag.CURRENCY,
                (out, value) -> out.generator().writeString(value.getCurrencyCode()),
                in -> Currency.getInstance(in.text()));
        forms.form(Locale.class, TextForms::writeLocale);
        forms.read(PortableTag.LOCALE, in -> Locale.forLanguageTag(in.text()));
        forms.form(
                BitSet.class,
                PortableTag.BIT_SET,
                (out, value) -> out.generator().writeBinary(value.toByteArray()),
                in -> BitSet.valueOf(in.binary()));
        forms.form(
                Optional.class,
                PortableTag.OPTIONAL,
                (out, value) -> {
                    out.generator().writeStartArray(value, value.isPresent() ? 1 : 0);
                    if (value.isPresent()) {
                        out.write(value.get(), Object.class);
                    }
                    out.generator().writeEndArray();
                },
                in -> NumberForms.startsEmpty(in)
                        ? Optional.empty()
                        : NumberForms.last(in, Optional.ofNullable(in.current())));
    }

    private static UUID readUuid(PortableReader in) throws IOException {
        byte[] bytes = in.binary();
        if (bytes.length != 16) {
            throw new UndecodableValueException("UUID of " + bytes.length + " bytes");
        }
        ByteBuffer buffer = ByteBuffer.wrap(bytes);
        return new UUID(buffer.getLong(), buffer.getLong());
    }

    /** URI.equals ignores case in scheme, host and escapes. */
    private static String canonical(URI uri) {
        StringBuilder text = new StringBuilder(
                ESCAPE.matcher(uri.toString()).replaceAll(m -> m.group().toUpperCase(Locale.ROOT)));
        if (uri.getScheme() != null) {
            lower(text, 0, uri.getScheme().length());
        }
        if (uri.getHost() != null) {
            int userInfo =
                    uri.getRawUserInfo() == null ? 0 : uri.getRawUserInfo().length() + 1;
            int host = text.indexOf("//") + 2 + userInfo;
            lower(text, host, host + uri.getHost().length());
        }
        return text.toString();
    }

    private static void lower(StringBuilder text, int from, int to) {
        text.replace(from, to, text.substring(from, to).toLowerCase(Locale.ROOT));
    }

    /** A few historic locales (ja_JP_JP) have no language tag of their own. */
    private static void writeLocale(PortableWriter out, Object value) throws IOException {
        Locale locale = (Locale) value;
        String languageTag = locale.toLanguageTag();
        if (!Locale.forLanguageTag(languageTag).equals(locale)) {
            out.serialized(value);
            return;
        }
        out.tag(PortableTag.LOCALE);
        out.generator().writeString(languageTag);
    }
}
