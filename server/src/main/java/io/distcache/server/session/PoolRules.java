package io.distcache.server.session;

/** By which rules a client is treated on a node that is one of several. */
public enum PoolRules {
    /** The client can say who is in the pool, and must before it uses the node. */
    MUST_TELL,
    /** The client's protocol knows no pools: it may use keys of this node only. */
    OWN_KEYS_ONLY,
    /** No rules: the node is embedded with the client, and nobody else is there. */
    EXEMPT
}
