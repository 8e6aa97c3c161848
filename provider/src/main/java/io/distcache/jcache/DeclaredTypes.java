package io.distcache.jcache;

import java.lang.reflect.Type;
import java.util.Collection;

/**
 * What a manager of this provider does beyond the standard, by {@code manager.unwrap(DeclaredTypes.class)}: learns what classes
 * a cache holds whose configuration declares none, or only the raw ones. Thread-safe.
 */
public interface DeclaredTypes {

    /**
     * From the cache's next opening by this manager on, objects of these types and of what is reachable from their fields may
     * be deserialized, as if its configuration declared them. Adds to what was said before.
     */
    void declare(String cacheName, Collection<? extends Type> types);
}
