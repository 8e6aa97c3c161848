package io.distcache.cdi;

import jakarta.interceptor.InvocationContext;
import java.lang.annotation.Annotation;
import java.lang.reflect.Method;
import java.util.Set;
import javax.cache.annotation.CacheInvocationParameter;
import javax.cache.annotation.CacheKeyInvocationContext;

/** One call of an annotated method, as the standard shows it to generators and resolvers. Confined to the call. */
record Invocation(CacheMethod of, InvocationContext context) implements CacheKeyInvocationContext<Annotation> {

    @Override
    public Object getTarget() {
        return context.getTarget();
    }

    @Override
    public CacheInvocationParameter[] getAllParameters() {
        return of.parameters().all(context.getParameters());
    }

    @Override
    public CacheInvocationParameter[] getKeyParameters() {
        return of.parameters().keys(context.getParameters());
    }

    @Override
    @SuppressWarnings("NullAway") // the standard says null for methods without a value
    public CacheInvocationParameter getValueParameter() {
        return of.parameters().valueParameter(context.getParameters());
    }

    @Override
    public Method getMethod() {
        return of.method();
    }

    @Override
    public Set<Annotation> getAnnotations() {
        return of.annotations();
    }

    @Override
    public Annotation getCacheAnnotation() {
        return of.caching().annotation();
    }

    @Override
    public String getCacheName() {
        return of.cacheName();
    }

    @Override
    public <T> T unwrap(Class<T> type) {
        if (type.isInstance(this)) {
            return type.cast(this);
        }
        if (type.isInstance(context)) {
            return type.cast(context);
        }
        throw new IllegalArgumentException(
                "cannot unwrap the invocation to " + type + "; possible is " + InvocationContext.class.getName());
    }
}
