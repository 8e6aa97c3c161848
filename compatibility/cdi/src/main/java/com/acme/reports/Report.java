package com.acme.reports;

/** A value. */
public record Report(int product, String text) {}
