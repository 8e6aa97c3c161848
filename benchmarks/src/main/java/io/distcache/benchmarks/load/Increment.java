package io.distcache.benchmarks.load;

import java.io.Serializable;
import javax.cache.processor.EntryProcessor;
import javax.cache.processor.MutableEntry;

/** Adds one. Serializable because some peers run it on their server, where this class is on the class path too. */
public final class Increment implements EntryProcessor<String, Object, Object>, Serializable {
    private static final long serialVersionUID = 1;

    @Override
    public Object process(MutableEntry<String, Object> entry, Object... arguments) {
        long count = entry.exists() && entry.getValue() instanceof Long value ? value : 0;
        entry.setValue(count + 1);
        return count + 1;
    }
}
