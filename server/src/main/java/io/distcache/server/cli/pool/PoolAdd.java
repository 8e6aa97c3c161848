package io.distcache.server.cli.pool;

import io.distcache.protocol.Membership;
import io.distcache.protocol.PoolMember;
import io.distcache.server.cli.WrongArgumentException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code distcache pool add}. Confined to one thread. */
@Command(
        name = "add",
        description = {
            "Adds nodes to a pool, and tells all members. A name that is in the pool already gets the address and weight given here.",
            "If the node named with --node is in no pool, it and the added ones become one."
        })
final class PoolAdd extends PoolChange {

    @Parameters(
            paramLabel = "[NAME=]HOST:PORT[*WEIGHT]",
            arity = "1..*",
            split = ",",
            description = "As in a client's URI: without a name HOST:PORT is one, the weight is 1 if none is given.")
    private List<String> added = new ArrayList<>();

    @Option(names = "--force", description = "Add also what cannot be reached now, or is in another pool.")
    private boolean force;

    @Override
    List<PoolMember> change(Membership before, Nodes connections) throws IOException, InterruptedException {
        Map<String, PoolMember> wanted = parsed();
        List<String> unseen = wanted.values().stream()
                .map(PoolMember::address)
                .filter(address -> !sights.containsKey(address))
                .distinct()
                .toList();
        sights.putAll(connections.look(unseen));
        Map<String, PoolMember> members = new LinkedHashMap<>();
        before.members().forEach(member -> members.put(member.name(), member));
        for (PoolMember member : wanted.values()) {
            PoolMember old = members.get(member.name());
            if (old == null || !old.address().equals(member.address())) {
                check(member, before);
            }
            if (!before.isDefined()) {
                // Nobody knows the founders by name yet: they can still be given one.
                members.values().removeIf(other -> isSameNode(other, member));
            }
            for (PoolMember other : members.values()) {
                if (!other.name().equals(member.name()) && isSameNode(other, member)) {
                    throw new WrongArgumentException("'" + member + "' is in the pool already, as " + other.name()
                            + " at " + other.address() + "; change that one by its name, or remove it first");
                }
            }
            members.put(member.name(), member);
            describe(old, member);
        }
        return List.copyOf(members.values());
    }

    private Map<String, PoolMember> parsed() throws WrongArgumentException {
        Map<String, PoolMember> parsed = new LinkedHashMap<>();
        for (String text : added) {
            PoolMember member = PoolMember.parse(text);
            PoolMember twice = parsed.put(member.name(), member);
            if (twice != null) {
                throw new WrongArgumentException(member.name() + " is given twice: " + twice + " and " + member);
            }
        }
        return parsed;
    }

    /** Whether a node may come in here from where it is. */
    private void check(PoolMember member, Membership before) throws IOException {
        Sight sight = sights.get(member.address());
        if (force || sight == null) {
            return;
        }
        if (!sight.isReachable()) {
            throw new IOException(member.address() + " cannot be reached: " + sight.error()
                    + ". Add it when it runs, or now with --force");
        }
        Membership own = sight.known();
        boolean isOurs = own.members().isEmpty()
                || own.members().stream()
                        .anyMatch(theirs -> before.members().stream()
                                .anyMatch(ours -> ours.name().equals(theirs.name())
                                        || ours.address().equals(theirs.address())));
        if (!isOurs) {
            throw new IOException(member.address() + " is in another pool, of epoch " + own.epoch() + ": " + own.text()
                    + ". Remove it there first; --force takes it out of that without telling the others");
        }
    }

    private boolean isSameNode(PoolMember one, PoolMember other) {
        Sight first = sights.get(one.address());
        Sight second = sights.get(other.address());
        return one.address().equals(other.address()) || first != null && second != null && first.isSameNode(second);
    }

    private void describe(@Nullable PoolMember old, PoolMember member) {
        if (old == null) {
            changes.add(member.name() + ": added, at " + member.address() + ", weight " + member.weight());
            return;
        }
        if (!old.address().equals(member.address())) {
            changes.add(member.name() + ": is in the pool already; now at " + member.address() + ", before at "
                    + old.address());
        }
        if (old.weight() != member.weight()) {
            changes.add(member.name() + ": is in the pool already; now of weight " + member.weight() + ", before "
                    + old.weight());
        }
    }
}
