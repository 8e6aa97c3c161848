package com.acme.web;

import jakarta.json.bind.annotation.JsonbTransient;
import java.io.Serializable;

/** A value, one field of which is nobody's business outside. */
public class Report implements Serializable {
    private static final long serialVersionUID = 1;

    private int product;
    private String text;

    @JsonbTransient
    private String author;

    /** For JSON-B. */
    public Report() {}

    Report(int product, String text, String author) {
        this.product = product;
        this.text = text;
        this.author = author;
    }

    public int getProduct() {
        return product;
    }

    public void setProduct(int product) {
        this.product = product;
    }

    public String getText() {
        return text;
    }

    public void setText(String text) {
        this.text = text;
    }

    public String getAuthor() {
        return author;
    }

    public void setAuthor(String author) {
        this.author = author;
    }
}
