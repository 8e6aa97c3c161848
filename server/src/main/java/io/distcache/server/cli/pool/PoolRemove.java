package io.distcache.server.cli.pool;

import io.distcache.protocol.Membership;
import io.distcache.protocol.PoolMember;
import io.distcache.server.cli.WrongArgumentException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code distcache pool remove}. Confined to one thread. */
@Command(
        name = "remove",
        description =
                "Takes members out of a pool, and tells all; those that are out drop their entries, and go on running.")
final class PoolRemove extends PoolChange {

    @Parameters(paramLabel = "NAME", arity = "1..*", split = ",", description = "As pool list shows it.")
    private List<String> removed = new ArrayList<>();

    @Override
    List<PoolMember> change(Membership before, Nodes connections) throws IOException {
        if (!before.isDefined()) {
            throw new IOException(before.text() + " knows of no pool, so there is nobody to take out of one");
        }
        Map<String, PoolMember> members = new LinkedHashMap<>();
        before.members().forEach(member -> members.put(member.name(), member));
        for (String name : removed) {
            if (members.remove(name) == null
                    && before.members().stream().noneMatch(m -> m.name().equals(name))) {
                throw new WrongArgumentException("no member of the pool is named '" + name + "'; there are "
                        + String.join(
                                ", ",
                                before.members().stream().map(PoolMember::name).toList()));
            }
            changes.add(name + ": removed");
        }
        if (members.isEmpty()) {
            throw new WrongArgumentException("the pool would have no member any more; to end it, end its nodes");
        }
        return List.copyOf(members.values());
    }
}
