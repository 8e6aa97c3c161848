package io.distcache.cdi;

import jakarta.enterprise.inject.spi.BeanManager;
import jakarta.interceptor.InvocationContext;
import java.io.Serializable;
import org.jspecify.annotations.Nullable;

/**
 * What the four interceptors share: they find what is known of the method and let it do the rest. Serializable, so that beans of
 * passivating scopes can be intercepted. Thread-safe.
 */
abstract class CachingInterceptor implements Serializable {
    private static final long serialVersionUID = 1L;

    private final BeanManager beans;
    private transient volatile @Nullable Operations operations;

    CachingInterceptor(BeanManager beans) {
        this.beans = beans;
    }

    /** A method that has another of the annotations, or none, under an annotated class or stereotype just goes on. */
    final @Nullable Object around(InvocationContext context, Caching.Kind kind) throws Exception {
        Operations known = operations;
        if (known == null) {
            known = beans.getExtension(CachingExtension.class).operations();
            operations = known;
        }
        Operation operation = known.of(context.getTarget().getClass(), context.getMethod());
        return operation == null || operation.method.caching().kind() != kind
                ? context.proceed()
                : operation.around(context);
    }
}
