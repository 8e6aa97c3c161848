package io.distcache.client.spi.codec;

import io.distcache.client.UndecodableValueException;
import java.io.IOException;
import java.lang.reflect.Array;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/** Arrays: of primitives as one byte string, of objects with their component type. Stateless. */
final class ArrayForms {
    static final Form OBJECTS = (out, value) -> writeObjects(out, (@Nullable Object[]) value);

    private ArrayForms() {}

    static void register(FormTable forms) {
        forms.form(byte[].class, (out, value) -> {
            out.cost().array(((byte[]) value).length);
            out.generator().writeBinary((byte[]) value);
        });
        primitive(
                forms,
                short[].class,
                PortableTag.SHORT_ARRAY,
                Short.BYTES,
                (b, a) -> b.asShortBuffer().put(a),
                (b, n) -> {
                    short[] a = new short[n];
                    b.asShortBuffer().get(a);
                    return a;
                });
        primitive(
                forms,
                char[].class,
                PortableTag.CHAR_ARRAY,
                Character.BYTES,
                (b, a) -> b.asCharBuffer().put(a),
                (b, n) -> {
                    char[] a = new char[n];
                    b.asCharBuffer().get(a);
                    return a;
                });
        primitive(
                forms,
                int[].class,
                PortableTag.INT_ARRAY,
                Integer.BYTES,
                (b, a) -> b.asIntBuffer().put(a),
                (b, n) -> {
                    int[] a = new int[n];
                    b.asIntBuffer().get(a);
                    return a;
                });
        primitive(
                forms,
                long[].class,
                PortableTag.LONG_ARRAY,
                Long.BYTES,
                (b, a) -> b.asLongBuffer().put(a),
                (b, n) -> {
                    long[] a = new long[n];
                    b.asLongBuffer().get(a);
                    return a;
                });
        primitive(
                forms,
                float[].class,
                PortableTag.FLOAT_ARRAY,
                Float.BYTES,
                (b, a) -> b.asFloatBuffer().put(a),
                (b, n) -> {
                    float[] a = new float[n];
                    b.asFloatBuffer().get(a);
                    return a;
                });
        primitive(
                forms,
                double[].class,
                PortableTag.DOUBLE_ARRAY,
                Double.BYTES,
                (b, a) -> b.asDoubleBuffer().put(a),
                (b, n) -> {
                    double[] a = new double[n];
                    b.asDoubleBuffer().get(a);
                    return a;
                });
        primitive(forms, boolean[].class, PortableTag.BOOLEAN_ARRAY, 1, ArrayForms::putBooleans, (b, n) -> {
            boolean[] a = new boolean[n];
            for (int i = 0; i < n; i++) {
                a[i] = b.get() != 0;
            }
            return a;
        });
        forms.read(PortableTag.ARRAY, ArrayForms::readObjects);
    }

    private static void putBooleans(ByteBuffer buffer, boolean[] array) {
        for (boolean element : array) {
            buffer.put((byte) (element ? 1 : 0));
        }
    }

    private static <A> void primitive(
            FormTable forms,
            Class<A> type,
            int tag,
            int elementBytes,
            BiConsumer<ByteBuffer, A> put,
            BiFunction<ByteBuffer, Integer, A> get) {
        forms.form(
                type,
                tag,
                (out, value) -> {
                    out.cost().array(Array.getLength(value));
                    ByteBuffer buffer = ByteBuffer.allocate(Math.multiplyExact(Array.getLength(value), elementBytes));
                    put.accept(buffer, value);
                    out.generator().writeBinary(buffer.array());
                },
                in -> {
                    byte[] bytes = in.primitives(elementBytes);
                    if (bytes.length % elementBytes != 0) {
                        throw new UndecodableValueException(bytes.length + " bytes are no " + type.getSimpleName());
                    }
                    return get.apply(ByteBuffer.wrap(bytes), bytes.length / elementBytes);
                });
    }

    private static void writeObjects(PortableWriter out, @Nullable Object[] array) throws IOException {
        Class<?> component = array.getClass().getComponentType();
        out.cost().container();
        out.cost().array(array.length);
        out.tag(PortableTag.ARRAY);
        out.generator().writeStartArray(array, 1 + array.length);
        out.type(component, component.getName());
        for (int i = 0; i < array.length; i++) {
            try {
                out.write(array[i], component);
            } catch (Unportable e) {
                throw e.inside("[" + i + "]");
            }
        }
        out.generator().writeEndArray();
    }

    private static Object readObjects(PortableReader in) throws IOException {
        in.startArray();
        in.cost().container();
        Class<?> component = in.resolver().type(in.nextType());
        List<@Nullable Object> elements = new ArrayList<>();
        while (in.more()) {
            elements.add(in.current());
        }
        in.cost().array(elements.size());
        Object array = Array.newInstance(component, elements.size());
        for (int i = 0; i < elements.size(); i++) {
            Array.set(array, i, elements.get(i));
        }
        return array;
    }
}
