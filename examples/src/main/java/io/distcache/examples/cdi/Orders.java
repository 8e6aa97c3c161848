package io.distcache.examples.cdi;

import jakarta.enterprise.context.ApplicationScoped;
import java.util.concurrent.atomic.AtomicInteger;

/** Stands for a database: a table of orders without an index, so that each query reads all of it. Thread-safe. */
@ApplicationScoped
class Orders {
    private static final int ROWS = 2_000_000;
    static final int PRODUCTS = 100;

    private final AtomicInteger queries = new AtomicInteger();

    /** The sum over all orders of a product. */
    long revenueOf(int product) {
        queries.incrementAndGet();
        if (product >= PRODUCTS) {
            throw new IllegalArgumentException("there is no product " + product);
        }
        long sum = 0;
        for (int row = 0; row < ROWS; row++) {
            long mixed = row * 0x9e3779b97f4a7c15L;
            mixed ^= mixed >>> 29;
            if (Long.remainderUnsigned(mixed, PRODUCTS) == product) {
                sum += Long.remainderUnsigned(mixed >>> 8, 1000);
            }
        }
        return sum;
    }

    /** How many queries it has answered. */
    int queries() {
        return queries.get();
    }
}
