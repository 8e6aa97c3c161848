package io.distcache.benchmarks.load;

/** What the values of a cache are. */
public enum ValueKind {
    BYTES(byte[].class, "byte[]"),
    TEXT(String.class, "String"),
    BEAN(Customer.class, "bean"),
    COUNT(Long.class, "Long");

    private final Class<?> type;
    private final String title;

    ValueKind(Class<?> type, String title) {
        this.type = type;
        this.title = title;
    }

    public Class<?> type() {
        return type;
    }

    public String title() {
        return title;
    }
}
