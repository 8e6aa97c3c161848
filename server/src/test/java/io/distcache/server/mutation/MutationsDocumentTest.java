package io.distcache.server.mutation;

import static org.assertj.core.api.Assertions.assertThat;

import io.distcache.protocol.Bytes;
import io.distcache.protocol.CacheDefinition;
import io.distcache.server.FormatsDocument;
import io.distcache.server.store.EntryRecord;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The kinds of mutations in docs/formats.md are those that are written, all of them and no others. */
class MutationsDocumentTest {
    private static final Bytes KEY = Bytes.ofUtf8("\u0002k");

    @Test
    void kinds() throws IOException {
        List<Mutation> one = List.of(
                new Mutation.Store(1, Bytes.of(EntryRecord.create(KEY, KEY, 1, EntryRecord.NO_DEADLINE))),
                new Mutation.Delete(1, KEY, 1),
                new Mutation.Touch(1, KEY, 1, 1),
                new Mutation.Clear(1, 1),
                new Mutation.Create(1, CacheDefinition.of("", "c")),
                new Mutation.Destroy(1),
                new Mutation.ClearPart(1, 1, 1, 2));
        assertThat(one.stream().map(Object::getClass)).containsExactlyInAnyOrderElementsOf(records(Mutation.class));

        Map<Integer, String> written = one.stream()
                .collect(Collectors.toMap(
                        MutationsDocumentTest::firstByte,
                        mutation -> mutation.getClass().getSimpleName().toUpperCase(Locale.ROOT)));

        assertThat(FormatsDocument.rows("### Mutations")).isEqualTo(written);
    }

    private static List<Class<?>> records(Class<?> type) {
        return type.isSealed()
                ? Stream.of(type.getPermittedSubclasses())
                        .flatMap(kind -> records(kind).stream())
                        .toList()
                : List.of(type);
    }

    private static int firstByte(Mutation mutation) {
        byte[] bytes = new byte[MutationCodec.bytes(List.of(mutation))];
        MutationCodec.encode(List.of(mutation), bytes, 0);
        return bytes[0];
    }
}
