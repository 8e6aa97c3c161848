package com.acme.shop;

import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import org.hibernate.annotations.Cache;
import org.hibernate.annotations.CacheConcurrencyStrategy;
import org.hibernate.annotations.NaturalId;
import org.hibernate.annotations.NaturalIdCache;

/** An entity with a natural id. */
@Entity
@Cache(usage = CacheConcurrencyStrategy.READ_WRITE)
@NaturalIdCache
public class Product {
    @Id
    long id;

    @NaturalId
    String code;

    String name;

    /** For Hibernate. */
    protected Product() {}

    Product(long id, String code, String name) {
        this.id = id;
        this.code = code;
        this.name = name;
    }
}
