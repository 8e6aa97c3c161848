package io.distcache.client.spi.codec;

/** What the names of classes in stored bytes stand for, once it is allowed. Thread-safe. */
interface StoredTypes {
    /** A class loader keeps every name that it was ever asked for. */
    int MAX_CLASS_NAME = 1024;

    /** The class of this name. */
    Class<?> type(String name);

    /** The enum of this name. */
    Class<? extends Enum<?>> enumType(String name);

    /** How objects of a shape are read that is written as class name, space, field names with commas. */
    Form.Reader shape(String text);

    /** How objects of a shape are read that were taken apart as {@link StatePlan} does it. */
    Form.Reader stateShape(String text);

    /** The object of a Java object stream. */
    Object deserialize(byte[] stream, Cost cost);

    /** What may be made at all. */
    AllowList allowList();
}
