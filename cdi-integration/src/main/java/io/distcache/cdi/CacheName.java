package io.distcache.cdi;

import jakarta.enterprise.util.AnnotationLiteral;
import jakarta.inject.Qualifier;
import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Names the cache to inject: {@code @Inject @CacheName("books") Cache<String, Book> books}. It is opened at its first use, and
 * created with the types of the injection point if it does not exist. A producer of the application's for the same type and
 * name is taken instead.
 */
@Qualifier
@Documented
@Retention(RetentionPolicy.RUNTIME)
@Target({ElementType.FIELD, ElementType.PARAMETER, ElementType.METHOD, ElementType.TYPE})
public @interface CacheName {

    /** The cache's name in its manager. */
    String value();

    /** The qualifier as an object, for lookups in code. */
    final class Literal extends AnnotationLiteral<CacheName> implements CacheName {
        private static final long serialVersionUID = 1L;

        private final String value;

        private Literal(String value) {
            this.value = value;
        }

        /** The qualifier with this name. */
        public static Literal of(String value) {
            return new Literal(value);
        }

        @Override
        public String value() {
            return value;
        }
    }
}
