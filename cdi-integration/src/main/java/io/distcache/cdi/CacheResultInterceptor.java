package io.distcache.cdi;

import jakarta.annotation.Priority;
import jakarta.enterprise.inject.spi.BeanManager;
import jakarta.inject.Inject;
import jakarta.interceptor.AroundInvoke;
import jakarta.interceptor.Interceptor;
import jakarta.interceptor.InvocationContext;
import javax.cache.annotation.CacheResult;
import org.jspecify.annotations.Nullable;

/** Around methods with {@code @CacheResult}. */
@CacheResult
@Interceptor
@Priority(Interceptor.Priority.LIBRARY_BEFORE)
final class CacheResultInterceptor extends CachingInterceptor {
    private static final long serialVersionUID = 1L;

    @Inject
    CacheResultInterceptor(BeanManager beans) {
        super(beans);
    }

    @AroundInvoke
    @Nullable
    Object around(InvocationContext context) throws Exception {
        return around(context, Caching.Kind.RESULT);
    }
}
