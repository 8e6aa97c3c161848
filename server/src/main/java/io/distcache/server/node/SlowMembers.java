package io.distcache.server.node;

import java.util.List;
import java.util.Map;
import java.util.StringJoiner;
import java.util.function.IntFunction;

/**
 * Which members of a replicated pool are slow or away, as the leader of some groups sees it. Stateless.
 *
 * <p>A member is slow that lacks many entries of a group and has not even got all that were there some seconds ago: under load a few hundred
 * are under way to one that keeps up, but these are new ones.
 */
final class SlowMembers {
    /** So many looks, a second apart, tell of one who was slow for 5 s. */
    static final int LOOKS = 6;

    private static final int SECONDS = LOOKS - 1;
    private static final long MOST_UNDER_WAY = 256;
    private static final String NO_OTHER = ". Stop no other node before ";

    private SlowMembers() {}

    /**
     * A group that this node leads.
     *
     * @param term in which it leads
     * @param last the index of its last entry
     * @param behind by member how many entries it lacks
     */
    record Led(int term, long last, List<Long> behind) {
        Led {
            behind = List.copyOf(behind);
        }
    }

    /**
     * What was seen at a moment.
     *
     * @param reached by member, whether there is a connection
     * @param led the groups that this node leads by their numbers, 0 being that of the caches
     */
    record Look(List<Boolean> reached, Map<Integer, Led> led) {
        Look {
            reached = List.copyOf(reached);
            led = Map.copyOf(led);
        }
    }

    /**
     * What is to be said of members that are slow or away, and what to do.
     *
     * @param looks the oldest first
     * @param self the member that has looked
     * @param nameOf how people call a member
     * @return one line; empty if all keep up, or this node leads nothing, or it has not looked for long enough
     */
    static String line(List<Look> looks, int self, IntFunction<String> nameOf) {
        if (looks.size() < LOOKS || looks.get(looks.size() - 1).led().isEmpty()) {
            return "";
        }
        StringJoiner line = new StringJoiner(" ");
        List<Look> judged = looks.subList(looks.size() - LOOKS, looks.size());
        for (int i = 0; i < judged.get(0).reached().size(); i++) {
            int member = i;
            if (member == self) {
                continue;
            }
            if (judged.stream().noneMatch(look -> look.reached().get(member))) {
                line.add(nameOf.apply(member) + " has not been in reach of this node for " + SECONDS
                        + " s. Start it again with its data directory, or look at the network to it" + NO_OTHER
                        + "it is back.");
            } else if (judged.stream().allMatch(look -> look.reached().get(member))) {
                String slow = slow(judged.get(0).led(), judged.get(LOOKS - 1).led(), member);
                if (!slow.isEmpty()) {
                    line.add(nameOf.apply(member) + slow);
                }
            }
        }
        return line.toString();
    }

    /** Of the groups that were led all the time the one of which a member lacks most, if it is slow there. */
    private static String slow(Map<Integer, Led> before, Map<Integer, Led> now, int member) {
        String slow = "";
        long most = MOST_UNDER_WAY;
        for (Map.Entry<Integer, Led> led : now.entrySet()) {
            Led then = before.get(led.getKey());
            long lacks = led.getValue().behind().get(member);
            if (then != null
                    && then.term() == led.getValue().term()
                    && lacks > most
                    && led.getValue().last() - lacks < then.last()) {
                most = lacks;
                slow = lacks >= led.getValue().last()
                        ? silent(led.getKey())
                        : slow(led.getKey(), lacks, then.behind().get(member));
            }
        }
        return slow;
    }

    /** One that lacks everything, as far as a leader knows that was elected meanwhile, has not answered it. */
    private static String silent(int group) {
        return " has not said for over " + SECONDS + " s what it has of " + nameOf(group)
                + ": it loads what it has, or stands still. If that lasts, look at its processor and its disk"
                + NO_OTHER
                + "it keeps up.";
    }

    private static String nameOf(int group) {
        return group == 0 ? "the group of the caches" : "group " + (group - 1);
    }

    private static String slow(int group, long lacks, long lacked) {
        String of = lacks + " entries of " + nameOf(group);
        return lacks < lacked
                ? " is catching up: it lacks " + of + ", and lacked " + lacked + " " + SECONDS + " s ago" + NO_OTHER
                        + "it has them."
                : " is slow: it lacks " + of + ", some of them for over " + SECONDS
                        + " s. Look at its disk, its processor and the network to it" + NO_OTHER + "it keeps up.";
    }
}
