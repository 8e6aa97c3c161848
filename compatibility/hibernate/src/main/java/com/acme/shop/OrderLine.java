package com.acme.shop;

import jakarta.persistence.EmbeddedId;
import jakarta.persistence.Entity;
import org.hibernate.annotations.Cache;
import org.hibernate.annotations.CacheConcurrencyStrategy;

/** An entity with a composite id. */
@Entity
@Cache(usage = CacheConcurrencyStrategy.NONSTRICT_READ_WRITE)
public class OrderLine {
    @EmbeddedId
    OrderLineId id;

    int amount;

    /** For Hibernate. */
    protected OrderLine() {}

    OrderLine(OrderLineId id, int amount) {
        this.id = id;
        this.amount = amount;
    }
}
