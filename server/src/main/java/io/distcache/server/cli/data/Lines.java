package io.distcache.server.cli.data;

import com.fasterxml.jackson.core.JsonGenerator;
import io.distcache.protocol.Bytes;
import io.distcache.protocol.CacheDefinition;
import io.distcache.protocol.OneLine;
import io.distcache.server.cli.Json;
import io.distcache.server.cli.Table;
import io.distcache.server.consensus.GroupRecord;
import io.distcache.server.mutation.Mutation;
import io.distcache.server.replication.files.GroupLine;
import io.distcache.server.store.EntryRecord;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.Locale;

/** Mutations and entries, one per line. Confined to one thread. */
abstract class Lines implements AutoCloseable {
    private static final int CHECK_EVERY = 1000;

    final PrintWriter out;
    private int printed;

    Lines(PrintWriter to) {
        // Unlike the one of the command line this flushes when it is full, not after each line.
        this.out = new PrintWriter(new BufferedWriter(to, 1 << 16));
    }

    abstract void mutation(long position, long millis, int shard, String cache, Mutation mutation) throws IOException;

    abstract void group(long position, long millis, int group, GroupLine line) throws IOException;

    abstract void entry(int shard, String cache, byte[] record) throws IOException;

    abstract void definition(String cache, CacheDefinition definition) throws IOException;

    /** Whether nobody reads what is printed any more. */
    final boolean isBroken() {
        return ++printed % CHECK_EVERY == 0 && out.checkError();
    }

    @Override
    public void close() throws IOException {
        out.flush();
    }

    static String kind(Mutation mutation) {
        return mutation.getClass().getSimpleName().toLowerCase(Locale.ROOT);
    }

    static String kind(GroupLine line) {
        GroupRecord record = line.record();
        return record == null ? "log_begins" : record.kind().name().toLowerCase(Locale.ROOT);
    }

    /** For people: aligned, long values shortened. */
    static final class OfText extends Lines {
        private static final int MOST = 60;

        OfText(PrintWriter to) {
            super(to);
        }

        @Override
        void mutation(long position, long millis, int shard, String cache, Mutation mutation) {
            out.printf(
                    "%12d  %-24s  %4d  %-7s  %s",
                    position, Table.time(millis), shard, kind(mutation), OneLine.of(cache));
            if (mutation instanceof Mutation.Store store) {
                entry(store.record().array());
            } else if (mutation instanceof Mutation.Delete delete) {
                out.print("  " + key(delete.key()) + "  version " + delete.version());
            } else if (mutation instanceof Mutation.Touch touch) {
                out.print("  " + key(touch.key()) + "  version " + touch.version() + deadline(touch.deadlineMillis()));
            } else if (mutation instanceof Mutation.Clear clear) {
                out.print("  entries of this shard up to version " + clear.version());
            } else if (mutation instanceof Mutation.ClearPart clear) {
                out.print("  entries of what was shard " + clear.shard() + " of " + clear.shards() + ", up to version "
                        + clear.version());
            } else if (mutation instanceof Mutation.Create create) {
                definition(create.definition());
            }
            out.println();
        }

        @Override
        void group(long position, long millis, int group, GroupLine line) {
            out.printf("%12d  %-24s  %4d  %-17s", position, Table.time(millis), group, kind(line));
            GroupRecord record = line.record();
            if (record == null) {
                out.printf("  position %d%n", line.begins());
            } else {
                out.printf("  index %d  term %d  %d bytes%n", record.index(), record.term(), record.payload().length);
            }
        }

        @Override
        void entry(int shard, String cache, byte[] record) {
            out.printf("%4d  %s", shard, OneLine.of(cache));
            entry(record);
            out.println();
        }

        @Override
        void definition(String cache, CacheDefinition definition) {
            out.print("cache " + OneLine.of(cache));
            definition(definition);
            out.println();
        }

        private void entry(byte[] record) {
            out.print("  " + key(EntryRecord.key(record)) + " = "
                    + ValueText.of(EntryRecord.value(record)).shown(MOST) + "  version "
                    + EntryRecord.version(record) + deadline(EntryRecord.deadlineMillis(record)));
        }

        private void definition(CacheDefinition definition) {
            // What is as usual goes without saying.
            CacheDefinition usual = CacheDefinition.of(definition.namespace(), definition.name());
            for (String difference : definition.differences(usual)) {
                out.print("  " + OneLine.of(difference.substring(0, difference.lastIndexOf(", not "))));
            }
        }

        private static String key(Bytes key) {
            return ValueText.of(key).shown(MOST);
        }

        private static String deadline(long millis) {
            return millis == EntryRecord.NO_DEADLINE ? "" : "  until " + Table.time(millis);
        }
    }

    /** For programs, with whole values. */
    static final class OfJson extends Lines {
        private final JsonGenerator json;

        OfJson(PrintWriter to) throws IOException {
            super(to);
            this.json = Json.lines(out);
        }

        @Override
        void mutation(long position, long millis, int shard, String cache, Mutation mutation) throws IOException {
            json.writeStartObject();
            json.writeNumberField("position", position);
            Json.time(json, "time", millis);
            json.writeNumberField("shard", shard);
            json.writeStringField("kind", kind(mutation));
            json.writeNumberField("cacheId", mutation.cacheId());
            json.writeStringField("cache", cache);
            if (mutation instanceof Mutation.Store store) {
                entry(store.record().array());
            } else if (mutation instanceof Mutation.Delete delete) {
                ValueText.of(delete.key()).write(json, "key");
                json.writeNumberField("version", delete.version());
            } else if (mutation instanceof Mutation.Touch touch) {
                ValueText.of(touch.key()).write(json, "key");
                json.writeNumberField("version", touch.version());
                deadline(touch.deadlineMillis());
            } else if (mutation instanceof Mutation.Clear clear) {
                json.writeNumberField("version", clear.version());
            } else if (mutation instanceof Mutation.ClearPart clear) {
                json.writeNumberField("version", clear.version());
                json.writeNumberField("formerShard", clear.shard());
                json.writeNumberField("formerShards", clear.shards());
            } else if (mutation instanceof Mutation.Create create) {
                definition(create.definition());
            }
            json.writeEndObject();
        }

        @Override
        void group(long position, long millis, int group, GroupLine line) throws IOException {
            json.writeStartObject();
            json.writeNumberField("position", position);
            Json.time(json, "time", millis);
            json.writeNumberField("group", group);
            json.writeStringField("kind", kind(line));
            GroupRecord record = line.record();
            if (record == null) {
                json.writeNumberField("begins", line.begins());
            } else {
                json.writeNumberField("index", record.index());
                json.writeNumberField("term", record.term());
                json.writeNumberField("bytes", record.payload().length);
            }
            json.writeEndObject();
        }

        @Override
        void entry(int shard, String cache, byte[] record) throws IOException {
            json.writeStartObject();
            json.writeNumberField("shard", shard);
            json.writeStringField("cache", cache);
            entry(record);
            json.writeEndObject();
        }

        @Override
        void definition(String cache, CacheDefinition definition) throws IOException {
            json.writeStartObject();
            json.writeStringField("cache", cache);
            definition(definition);
            json.writeEndObject();
        }

        private void entry(byte[] record) throws IOException {
            ValueText.of(EntryRecord.key(record)).write(json, "key");
            ValueText.of(EntryRecord.value(record)).write(json, "value");
            json.writeNumberField("version", EntryRecord.version(record));
            deadline(EntryRecord.deadlineMillis(record));
        }

        private void deadline(long millis) throws IOException {
            if (millis != EntryRecord.NO_DEADLINE) {
                Json.time(json, "deadline", millis);
            }
        }

        private void definition(CacheDefinition definition) throws IOException {
            json.writeObjectFieldStart("definition");
            json.writeNumberField("creationMillis", definition.expiry().creationMillis());
            json.writeNumberField("updateMillis", definition.expiry().updateMillis());
            json.writeNumberField("accessMillis", definition.expiry().accessMillis());
            json.writeBooleanField("byClient", definition.expiry().byClient());
            json.writeNumberField("maxEntries", definition.maxEntries());
            json.writeNumberField("maxBytes", definition.maxBytes());
            json.writeStringField("whenFull", definition.whenFull().name());
            json.writeStringField("durability", definition.durability().name());
            json.writeObjectFieldStart("attributes");
            for (var attribute : definition.attributes().entrySet()) {
                json.writeStringField(attribute.getKey(), attribute.getValue());
            }
            json.writeEndObject();
            json.writeEndObject();
        }

        @Override
        public void close() throws IOException {
            boolean any = json.getOutputContext().hasCurrentIndex();
            json.close();
            if (any) {
                out.println();
            }
            super.close();
        }
    }
}
