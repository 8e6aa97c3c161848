package io.distcache.client.spi.codec;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * How objects written with certain fields are read into a class as it is now: fields meet by name, one that is gone is
 * passed over, one that is new keeps its default. Immutable.
 */
final class ObjectShape implements Form.Reader {
    private final ObjectPlan plan;
    private final @Nullable ObjectField[] fields;

    private ObjectShape(ObjectPlan plan, @Nullable ObjectField[] fields) {
        this.plan = plan;
        this.fields = fields;
    }

    static ObjectShape of(ObjectPlan plan, String names) {
        if (names.isEmpty()) {
            return new ObjectShape(plan, new ObjectField[0]);
        }
        String[] split = names.split(",", -1);
        @Nullable ObjectField[] fields = new ObjectField[split.length];
        for (int i = 0; i < split.length; i++) {
            fields[i] = plan.field(split[i]);
        }
        return new ObjectShape(plan, fields);
    }

    /** Reads the values up to the end of the array. */
    @Override
    public Object read(PortableReader in) throws IOException {
        in.cost().items(Math.max(0, plan.fieldCount() - fields.length));
        Object target = plan.begin();
        for (ObjectField field : fields) {
            if (field == null) {
                in.skip();
            } else {
                field.read(in, target);
            }
        }
        in.endArray();
        return plan.finish(target);
    }
}
