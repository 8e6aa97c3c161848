package com.acme.library;

/** A key. */
public record Isbn(String number, int edition) {}
