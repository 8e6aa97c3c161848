package com.acme.library;

import java.util.List;

/** A value. */
public record Book(Isbn isbn, String title, List<String> authors) {}
