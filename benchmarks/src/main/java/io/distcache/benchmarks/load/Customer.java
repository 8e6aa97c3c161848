package io.distcache.benchmarks.load;

import java.io.Serializable;
import java.util.Objects;

/** The small bean that applications put into caches: five fields, accessors, serializable. */
public final class Customer implements Serializable {
    private static final long serialVersionUID = 1;

    private long id;
    private String name = "";
    private String email = "";
    private double balance;
    private boolean active;

    public long getId() {
        return id;
    }

    public void setId(long id) {
        this.id = id;
    }

    public String getName() {
        return name;
    }

    public void setName(String name) {
        this.name = name;
    }

    public String getEmail() {
        return email;
    }

    public void setEmail(String email) {
        this.email = email;
    }

    public double getBalance() {
        return balance;
    }

    public void setBalance(double balance) {
        this.balance = balance;
    }

    public boolean isActive() {
        return active;
    }

    public void setActive(boolean active) {
        this.active = active;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Customer that
                && id == that.id
                && Double.compare(balance, that.balance) == 0
                && active == that.active
                && name.equals(that.name)
                && email.equals(that.email);
    }

    @Override
    public int hashCode() {
        return Objects.hash(id, name, email, balance, active);
    }
}
