package io.distcache.jcache.internal.processor;

import javax.cache.processor.EntryProcessorException;
import javax.cache.processor.EntryProcessorResult;
import org.jspecify.annotations.Nullable;

/** What a processor returned for one key, or how it failed. */
public record ProcessorResult<T>(
        @Nullable T value, @Nullable Throwable failure) implements EntryProcessorResult<T> {

    @Override
    @SuppressWarnings("NullAway") // without failure there is a value: null results are left out
    public T get() {
        // Whatever failed, the processor or the cache around it, comes wrapped (EntryProcessorResult.get).
        if (failure instanceof EntryProcessorException e) {
            throw e;
        }
        if (failure != null) {
            throw new EntryProcessorException(failure);
        }
        return value;
    }
}
