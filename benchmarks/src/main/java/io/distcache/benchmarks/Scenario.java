package io.distcache.benchmarks;

/** One table of the report. */
interface Scenario {

    String title();

    /** How many steps of progress a run reports, for this many peers. */
    int steps(int peers);

    Result run(Arena arena);
}
