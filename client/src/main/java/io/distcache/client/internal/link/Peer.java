package io.distcache.client.internal.link;

import io.distcache.client.NodeAddress;
import io.distcache.protocol.Hello;
import io.distcache.protocol.PoolMember;
import org.jspecify.annotations.Nullable;

/** The node at the other end of a socket: what its pool calls it, and what it has said of itself. Thread-safe. */
final class Peer {
    private final NodeAddress address;
    private volatile PoolMember member;
    private volatile Hello.@Nullable Node hello;

    Peer(PoolMember member) {
        this.member = member;
        this.address = NodeAddress.parse(member.address());
    }

    NodeAddress address() {
        return address;
    }

    PoolMember member() {
        return member;
    }

    /** The pool knows it by another name or weight; the address is the same. */
    void member(PoolMember known) {
        member = known;
    }

    /** What it has said of itself over the last connection; null before the first. */
    Hello.@Nullable Node hello() {
        return hello;
    }

    void greeted(Hello.Node said) {
        hello = said;
    }

    /** Whether it has said, over the present or the last connection, that it is in a replicated pool. */
    boolean isReplicated() {
        Hello.Node said = hello;
        return said != null && (said.capabilities() & Hello.REPLICATED) != 0;
    }

    /** The longest frame that it takes. */
    int maxFrameBytes() {
        Hello.Node said = hello;
        return said == null ? Integer.MAX_VALUE : said.maxFrameBytes();
    }

    /** The node as messages name it. */
    String where() {
        PoolMember as = member;
        Hello.Node said = hello;
        String name =
                !as.name().equals(as.address()) || said == null || said.node().isEmpty() ? as.name() : said.node();
        return name.equals(address.toString()) ? name : name + " (" + address + ")";
    }
}
