package io.distcache.server.cli;

import io.distcache.protocol.Secret;

/**
 * Who a tool is to nodes. Immutable.
 *
 * @param user a user's name; empty if the secret tells it, or none is wanted
 * @param secret a token, or the user's password; {@link Secret#NONE} for none
 */
public record Who(String user, Secret secret) {}
