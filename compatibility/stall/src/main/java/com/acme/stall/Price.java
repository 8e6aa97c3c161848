package com.acme.stall;

/** A value. */
public record Price(int product, int cents) {}
