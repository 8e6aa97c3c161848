package io.distcache.cdi;

/** Whether the provider of this project is on the class path, where {@link DistCacheAccess} can be used. */
final class Providers {
    /** Its class, as {@code Caching.getCachingProvider} takes it. */
    static final String DISTCACHE = "io.distcache.jcache.DistCachingProvider";

    static final boolean DISTCACHE_IS_PRESENT = isPresent();

    private Providers() {}

    private static boolean isPresent() {
        try {
            Class<?> unused =
                    Class.forName("io.distcache.jcache.ComputingCache", false, Providers.class.getClassLoader());
            return true;
        } catch (ClassNotFoundException | LinkageError e) {
            return false;
        }
    }
}
