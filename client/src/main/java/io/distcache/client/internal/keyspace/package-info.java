/**
 * The verbs of {@code Keyspace}: objects to commands, replies to objects. Start with {@code Requests}. Where commands go is not known here.
 */
@NullMarked
package io.distcache.client.internal.keyspace;

import org.jspecify.annotations.NullMarked;
