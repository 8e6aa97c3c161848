package io.distcache.server.consensus;

import java.util.List;

/**
 * A group as one of its members sees it. Members are fixed for now; the list is the seam for changing them.
 *
 * @param term rises with every leader
 * @param leader the member that leads in this term; {@link #NOBODY} if that is not known
 * @param members who has a vote, as last committed
 */
public record GroupView(int term, int leader, List<Integer> members) {
    public static final int NOBODY = -1;
}
