package io.distcache.server.shard;

import static io.distcache.server.shard.TestShards.HANDLE;
import static io.distcache.server.shard.TestShards.get;
import static io.distcache.server.shard.TestShards.put;
import static io.distcache.server.shard.TestShards.text;
import static org.assertj.core.api.Assertions.assertThat;

import io.distcache.protocol.Bytes;
import io.distcache.protocol.CacheDefinition;
import io.distcache.protocol.Command;
import io.distcache.protocol.EventKind;
import io.distcache.protocol.Push;
import io.distcache.protocol.Reply;
import io.distcache.protocol.Ttl;
import org.junit.jupiter.api.Test;

/**
 * What time or a lack of room takes is out of the table before the log has committed that. The entry does not come back if
 * the log fails, and who misses it in a replicated pool waits until the members agree. Confined to one thread.
 */
class UncommittedExpiryAndEvictionTest {
    private static final int ALL_KINDS = 0xf;

    @Test
    void listeners_hear_of_what_time_took_although_the_log_fails() {
        TestShards node = new TestShards();
        HeldCommits commits = new HeldCommits(node.log);
        RecordingSession writer = node.client("writer");
        RecordingSession reader = node.client("reader");
        writer.ask(put("k", "v", 1000));
        reader.ask(new Command.Subscribe(HANDLE, ALL_KINDS, 0, true));
        commits.hold();
        node.clock.advance(2000);
        assertThat(reader.ask(get("k"))).isEqualTo(Reply.Miss.INSTANCE);
        commits.fail();
        assertThat(reader.takeEvents()).extracting(Push.Event::event).containsExactly(EventKind.EXPIRED);
    }

    /** Another member may have the entry still, should this one stop leading before the others know. */
    @Test
    void who_misses_what_time_took_waits_until_the_pool_knows() {
        TestShards member = TestShards.ofMember(2);
        RecordingSession client = member.client("client", TestShards.expiring(1000, Ttl.UNCHANGED, Ttl.UNCHANGED));
        client.ask(put("k", "v"));
        HeldCommits agreed = new HeldCommits(member.log);
        agreed.hold();
        // The tick takes it, not the look.
        member.clock.advance(1200);
        member.tick();
        assertThat(member.cache().entries()).isZero();
        int look = client.send(get("k"));
        assertThat(client.reply(look)).isNull();
        agreed.commit();
        assertThat(client.reply(look)).isEqualTo(Reply.Miss.INSTANCE);
    }

    /** The same of what was evicted. */
    @Test
    void who_misses_what_had_to_make_room_waits_until_the_pool_knows() {
        TestShards member = TestShards.ofMember(1);
        RecordingSession client = member.client("client", TestShards.bounded(1, 0, CacheDefinition.WhenFull.EVICT));
        client.ask(put("k", "v"));
        HeldCommits agreed = new HeldCommits(member.log);
        agreed.hold();
        int change = client.send(put("other", "v"));
        member.evictor.makeRoom(member.cache(), null);
        String gone = member.cache().entries() == 1 && isMissing(member, "k") ? "k" : "other";
        int look = client.send(get(gone));
        assertThat(client.reply(look)).isNull();
        agreed.commit();
        assertThat(client.reply(change)).isNotNull();
        assertThat(client.reply(look)).isEqualTo(Reply.Miss.INSTANCE);
    }

    private static boolean isMissing(TestShards member, String key) {
        Bytes sought = text(key);
        CacheShard part = member.cache().part(0);
        return part == null || part.get(sought) == null;
    }
}
