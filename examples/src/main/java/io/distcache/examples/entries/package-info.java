/** The native API: entries by the verbs of Redis and memcached. Start with {@code Entries}. */
@NullMarked
package io.distcache.examples.entries;

import org.jspecify.annotations.NullMarked;
