package io.distcache.jcache;

/**
 * Where a random test begins. In the build that is the same each time, so that nobody's build depends on luck; {@code
 * -Ddistcache.testing.seed=N} begins elsewhere, and {@code -Ddistcache.testing.seed=random} wherever the clock says. It is printed, so
 * that what a run found can be run again. Stateless.
 */
final class Seed {
    private static final String PROPERTY = "distcache.testing.seed";

    private Seed() {}

    /** The seed of a test, which is {@code fixed} unless another is wanted. */
    static long of(Class<?> test, long fixed) {
        String wanted = System.getProperty(PROPERTY, "");
        long seed = wanted.isEmpty() ? fixed : wanted.equals("random") ? System.nanoTime() : Long.parseLong(wanted);
        System.out.println(test.getSimpleName() + ": -D" + PROPERTY + "=" + seed);
        return seed;
    }
}
