/**
 * How the members of a replicated pool talk to each other, on the port that they have for clients. Read {@link
 * io.distcache.server.replication.link.PeerLinks} first; {@link io.distcache.server.replication.link.PeerFrame} says what goes over a
 * connection. What the frames mean is the consensus's.
 */
@NullMarked
package io.distcache.server.replication.link;

import org.jspecify.annotations.NullMarked;
