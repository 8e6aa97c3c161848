package com.acme.shop;

import jakarta.persistence.Embeddable;
import java.io.Serializable;
import java.util.Objects;

/** A composite id. */
@Embeddable
public class OrderLineId implements Serializable {
    private static final long serialVersionUID = 1;

    String orderCode;
    int line;

    /** For Hibernate. */
    protected OrderLineId() {}

    OrderLineId(String orderCode, int line) {
        this.orderCode = orderCode;
        this.line = line;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof OrderLineId that && orderCode.equals(that.orderCode) && line == that.line;
    }

    @Override
    public int hashCode() {
        return Objects.hash(orderCode, line);
    }
}
