package io.distcache.examples.cdi;

/** What a query found. */
public record Report(int product, long revenue) {}
